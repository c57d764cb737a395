// Putting entries into a customer's log, and letting go of those that nothing needs any more.
internal import Banking

extension Shard {
    /// Puts `entry` into the log in the order of time; fills in where it lies.
    ///
    /// Returns whether it is the last one.
    @inline(__always)
    mutating func record(
        _ entry: inout LogEntry, id: Span<UInt8>, branch: Span<UInt8>, _ slot: Int
    ) -> Bool {
        let size = EntryLog.measure(
            &entry, idCount: id.count, branchCount: min(branch.count, 255))
        let branch = branch.extracting(first: 255)
        makeRoom(size, slot)
        let isAppended = entry.time >= table[slot].lastTime
        let offset =
            isAppended
            ? table[slot].entries.count : EntryLog.place(table[slot].entries, time: entry.time)
        table[slot].entries.shift(from: offset, by: size)
        EntryLog.write(table[slot].entries, entry, id: id, branch: branch, at: offset)
        entry.lie(at: offset, branchCount: branch.count)
        if isAppended {
            table[slot].lastTime = entry.time
        } else {
            table[slot].loseTails()
        }
        table[slot].lastArrival = clockTime
        return isAppended
    }

    /// Makes room for `size` bytes in the log: lets go of old entries first, then grows.
    @inline(__always)
    private mutating func makeRoom(_ size: Int, _ slot: Int) {
        let need = table[slot].entries.count + size
        guard need > table[slot].entries.capacity else { return }
        if mayCompact(slot) { compact(slot) }
        let used = table[slot].entries.count
        if used + size + used / 16 > table[slot].entries.capacity {
            arena.reserve(&table[slot].entries, used + size + used / 16)
        }
    }

    /// Whether `entry` is still remembered or could lie in a window that is judged.
    @inline(__always)
    func isKept(_ entry: LogEntry) -> Bool {
        let retention = rules.retention + (entry.isDateOnly ? Micros.day : 0)
        return clockTime <= entry.arrival + max(retention, rules.memory(of: entry.amount))
    }

    /// Whether letting go could be worth the look: the first entry has nearly always come first.
    @inline(__always)
    func mayCompact(_ slot: Int) -> Bool {
        !table[slot].entries.isEmpty
            && EntryLog.time(table[slot].entries, 0) < clockTime - rules.retention
    }

    /// Lets go of the entries that are neither remembered nor needed by a window.
    ///
    /// Costs the length of the log.
    mutating func compact(_ slot: Int) {
        var read = 0
        var write = 0
        var hasDateOnly = false
        let states = table[slot].windows.count / MemoryLayout<WindowState>.stride
        while read < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, read)
            if isKept(entry) {
                hasDateOnly = hasDateOnly || entry.makesDateOnlyDay
                table[slot].entries.move(from: read, to: write, length: entry.size)
                write += entry.size
            } else {
                for index in 0..<states {
                    var state = table[slot].windowState(index)
                    guard state.tail != .max else { continue }
                    state.tail = Int(state.tail) > write ? state.tail - UInt32(entry.size) : .max
                    table[slot].setWindowState(index, state)
                }
            }
            read += entry.size
        }
        table[slot].entries.truncate(to: write)
        if write == 0 { table[slot].lastTime = .min }
        if table[slot].hasDateOnly, !hasDateOnly {
            table[slot].hasDateOnly = false
            table[slot].loseTails()
        }
    }

    /// Takes the entry at `offset` out of the log.
    mutating func removeEntry(_ slot: Int, at offset: Int) {
        let size = EntryLog.decode(table[slot].entries, offset).size
        table[slot].entries.shift(from: offset + size, by: -size)
        table[slot].loseTails()
        if table[slot].entries.isEmpty { table[slot].lastTime = .min }
    }

    /// Fills `scratch` with the customer's booked entries that are kept.
    mutating func decodeEntries(_ slot: Int) {
        scratch.removeAll(keepingCapacity: true)
        var offset = 0
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            if !entry.isPending, isKept(entry) { scratch.append(entry) }
            offset += entry.size
        }
    }

    /// Lets go of what customers without recent entries still hold.
    ///
    /// Costs one look at each customer.
    mutating func sweep() {
        for slot in 0..<table.count {
            guard !table[slot].entries.isEmpty,
                table[slot].lastArrival < clockTime - rules.retention
            else { continue }
            compact(slot)
            arena.shrink(&table[slot].entries)
        }
    }
}

extension Span<UInt8> {
    /// At most the first `count` bytes.
    @_lifetime(copy self)
    @inline(__always)
    func extracting(first count: Int) -> Span<UInt8> {
        self.count <= count ? self : extracting(0..<count)
    }
}
