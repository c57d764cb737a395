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
            ? table[slot].entries.count : place(entry.time, slot)
        table[slot].entries.shift(from: offset, by: size)
        EntryLog.write(table[slot].entries, &entry, id: id, branch: branch, at: offset)
        if isAppended {
            table[slot].lastTime = entry.time
        } else {
            table[slot].movePlaces(behind: offset, by: size)
        }
        table[slot].lastArrival = clockTime
        table[slot].entryCount += 1
        return isAppended
    }

    /// Where an entry of `time` belongs: behind all that are not later.
    ///
    /// Costs the entries between there and the last known place before it, which for most is the beginning of a window.
    @inline(never)
    private mutating func place(_ time: Int64, _ slot: Int) -> Int {
        var start = 0
        func consider(_ place: UInt32, _ log: borrowing Blob) {
            let place = Int(place)
            if place > start, place < log.count, EntryLog.time(log, place) <= time { start = place }
        }
        consider(table[slot].landmark, table[slot].entries)
        for index in 0..<(table[slot].windows.count / MemoryLayout<WindowState>.stride) {
            consider(table[slot].windowState(index).tail, table[slot].entries)
        }
        return EntryLog.place(table[slot].entries, time: time, from: start)
    }

    /// Where the entries begin that are later than `time`.
    ///
    /// Costs the entries before it from the landmark on. That is moved when it lies too late, or so early that there is
    /// more to go over than lies behind the place: who has entries out of order pays for a window each time, and for
    /// the log when one lies further back than those before.
    mutating func firstEntry(after time: Int64, _ slot: Int) -> Int {
        let count = table[slot].entries.count
        let known = Int(table[slot].landmark)
        let isKnown = known < count && EntryLog.time(table[slot].entries, known) <= time
        let start = isKnown ? known : 0
        // The next one may lie somewhat further back.
        let early = time - rules.widest / 16
        var (offset, last) = (start, start)
        while offset < count {
            let next = EntryLog.time(table[slot].entries, offset)
            guard next <= time else { break }
            if next <= early { last = offset }
            offset += EntryLog.place(ofID: table[slot].entries, offset).size
        }
        if !isKnown || offset - start > count - offset { table[slot].landmark = UInt32(last) }
        return offset
    }

    /// Makes room for `size` bytes in the log: lets go of old entries first, and grows unless that has left enough.
    ///
    /// Looking through the log costs its length, so that an eighth of it must be free until the next time.
    @inline(__always)
    private mutating func makeRoom(_ size: Int, _ slot: Int) {
        guard table[slot].entries.count + size > table[slot].entries.capacity else { return }
        widen(size, slot)
    }

    @inline(never)
    private mutating func widen(_ size: Int, _ slot: Int) {
        if mayCompact(slot) { compact(slot) }
        let used = table[slot].entries.count + size
        let wanted = used + used / 8
        if wanted > table[slot].entries.capacity {
            arena.reserve(&table[slot].entries, max(wanted, used + 32))
        }
    }

    /// Whether `entry` is still remembered or could lie in a window that is judged.
    @inline(__always)
    mutating func isKept(_ entry: LogEntry) -> Bool {
        let retention = rules.retention + (entry.isDateOnly ? Micros.day : 0)
        return clockTime <= entry.arrival + max(retention, rules.memory(of: entry.amount))
    }

    /// Whether letting go could be worth the look: the first entry has nearly always come first.
    @inline(__always)
    mutating func mayCompact(_ slot: Int) -> Bool {
        !table[slot].entries.isEmpty
            && EntryLog.time(table[slot].entries, 0) < clockTime - rules.retention
    }

    /// Lets go of the entries that are neither remembered nor needed by a window.
    ///
    /// Entries lie in the order of their time, so that only those up to `retention` ago are looked at: whatever is
    /// younger has come after its time, or, without a time, within the day that such entries are kept longer. Costs
    /// those, and one move of the rest.
    mutating func compact(_ slot: Int) {
        let limit = clockTime - rules.retention
        var read = 0
        var write = 0
        while read < table[slot].entries.count, EntryLog.time(table[slot].entries, read) < limit {
            let entry = EntryLog.decode(table[slot].entries, read)
            if isKept(entry) {
                table[slot].entries.move(from: read, to: write, length: entry.size)
                write += entry.size
            } else {
                table[slot].entryCount -= 1
                table[slot].letGo(at: write, size: entry.size)
            }
            read += entry.size
        }
        guard write < read else { return }
        table[slot].entries.shift(from: read, by: write - read)
        if table[slot].entries.isEmpty { table[slot].lastTime = .min }
        if table[slot].hasDateOnly, !holdsDateOnly(slot) {
            table[slot].hasDateOnly = false
            table[slot].loseTails()
        }
    }

    /// Whether an entry without a time is in the log.
    private mutating func holdsDateOnly(_ slot: Int) -> Bool {
        var offset = 0
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            if entry.makesDateOnlyDay { return true }
            offset += entry.size
        }
        return false
    }

    /// Takes the pending entry at `offset`, which no window holds, out of the log.
    mutating func removeEntry(_ slot: Int, at offset: Int) {
        let size = EntryLog.decode(table[slot].entries, offset).size
        table[slot].entries.shift(from: offset + size, by: -size)
        table[slot].entryCount -= 1
        table[slot].movePlaces(behind: offset, by: -size)
        if table[slot].entries.isEmpty { table[slot].lastTime = .min }
    }

    /// Fills `scratch` with the customer's booked entries that are kept, of those that lie at `start` or behind it.
    mutating func decodeEntries(_ slot: Int, from start: Int = 0) {
        scratch.removeAll(keepingCapacity: true)
        var offset = start
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            if !entry.isPending, isKept(entry) { scratch.append(entry) }
            offset += entry.size
        }
    }

    /// Lets go of what customers without recent entries still hold since a date has closed, for at most `limit` of the
    /// customers; after the last of them memory that lies unused in pieces comes together.
    ///
    /// Changes nothing that is visible. To be called between records, again and again: a look at every customer at the
    /// close itself would keep the next records waiting. Costs the lines of those that are looked at; the last call
    /// after a close now and then two looks at each customer.
    public mutating func tidy(_ limit: Int) {
        guard untidy > 0 else { return }
        for _ in 0..<min(limit, untidy) {
            tidyPlace = tidyPlace + 1 < table.count ? tidyPlace + 1 : 0
            let ahead = tidyPlace + Shard.tidyAhead
            if ahead < table.count { table.request(ahead, lines: 2) }
            letGo(tidyPlace)
            untidy -= 1
        }
        if untidy == 0, arena.isSparse { evacuate() }
    }

    /// How many customers ahead of the one that is looked at memory is asked for.
    private static var tidyAhead: Int { 8 }

    private mutating func letGo(_ slot: Int) {
        guard !table[slot].entries.isEmpty,
            table[slot].lastArrival < clockTime - rules.retention
        else { return }
        let count = table[slot].entryCount
        compact(slot)
        guard table[slot].entryCount != count else { return }
        arena.shrink(&table[slot].entries)
        IDFilter.rebuild(&table[slot], arena: &arena)
    }

    private mutating func evacuate() {
        guard arena.beginCensus() else { return }
        for slot in 0..<table.count { table[slot].count(in: &arena) }
        if arena.markSparse() {
            for slot in 0..<table.count { table[slot].evacuate(in: &arena) }
            arena.freeMarked()
        }
        arena.endCensus()
    }
}

extension Customer {
    /// Counts the memory of all its parts.
    @inline(__always)
    func count(in arena: inout Arena) {
        arena.count(head)
        arena.count(entries)
        arena.count(known)
        arena.count(windows)
        arena.count(steps)
        arena.count(notes)
    }

    /// Moves the parts that lie in slabs to be emptied.
    @inline(__always)
    mutating func evacuate(in arena: inout Arena) {
        arena.evacuate(&head)
        arena.evacuate(&entries)
        arena.evacuate(&known)
        arena.evacuate(&windows)
        arena.evacuate(&steps)
        arena.evacuate(&notes)
    }

    /// Gives the memory of all its parts back.
    mutating func release(to arena: inout Arena) {
        arena.release(&head)
        arena.release(&entries)
        arena.release(&known)
        arena.release(&windows)
        arena.release(&steps)
        arena.release(&notes)
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
