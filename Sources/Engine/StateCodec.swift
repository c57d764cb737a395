// A customer's state as bytes: what the changelog holds. Rules and levels are named by hashes, so that a state
// finds its place again when rules.yaml has changed. Multi-byte numbers are little-endian.
//
// format (1) = 1, grade key (8), measure (16), settled (16), open step: delta (16), day (4), account (2), last step
// day (4), start (4), due (4), level key (8), late day (4), late count (2), flags (1), accounts (2), foreign
// balances (2), last time (8), last arrival (8); then the blobs head, steps, entries, notes, each with its length
// (4); then the windows: how many (2), each rule key (8) and state.
internal import Banking

/// Appends to and reads from state bytes.
private struct StateReader: ~Escapable {
    let bytes: Span<UInt8>
    var at = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var left: Int { bytes.count - at }

    @_lifetime(self: copy self)
    mutating func read<T: BitwiseCopyable>(_ type: T.Type) throws(StateError) -> T {
        guard left >= MemoryLayout<T>.size else { throw .corrupt }
        let raw = unsafe bytes.bytes
        let value = unsafe raw.unsafeLoadUnaligned(fromByteOffset: at, as: type)
        at += MemoryLayout<T>.size
        return value
    }
}

extension [UInt8] {
    /// Appends the bytes of `value`.
    fileprivate mutating func put<T: BitwiseCopyable>(_ value: T) {
        unsafe Swift.withUnsafeBytes(of: value) { unsafe append(contentsOf: $0) }
    }
}

extension Shard {
    private static let format: UInt8 = 1

    private static func key(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return fnv1a64(bytes.span)
    }

    // MARK: writing

    /// Customers whose state is not in the changelog.
    public var dirtyCount: Int { dirty.count }

    /// The first record whose effect is not in the changelog; nil when all is.
    public var oldestDirty: Int64? { dirty.first.map { table[$0].firstDirty } }

    /// Replaces `key` and `state` by those of the customer that has been dirty longest, and takes it off the list.
    public mutating func takeOldestDirty(key: inout [UInt8], state: inout [UInt8]) {
        let slot = dirty.removeFirst()
        table[slot].firstDirty = -1
        if mayCompact(slot) {
            compact(slot)
            arena.shrink(&table[slot].entries)
        }
        key.removeAll(keepingCapacity: true)
        let id = table[slot].id
        for index in id.indices { key.append(id[index]) }
        state.removeAll(keepingCapacity: true)
        encode(slot, into: &state)
    }

    private func encode(_ slot: Int, into state: inout [UInt8]) {
        state.put(Shard.format)
        state.put(cachedGradeKey)
        state.put(table[slot].measure)
        state.put(table[slot].settled)
        state.put(table[slot].openDelta)
        state.put(table[slot].openDay)
        state.put(table[slot].openAccount)
        state.put(table[slot].lastStepDay)
        state.put(table[slot].startDay)
        state.put(table[slot].due)
        state.put(table[slot].tier < 0 ? 0 : cachedLevelKeys[Int(table[slot].tier)])
        state.put(table[slot].lateDay)
        state.put(table[slot].lateCount)
        state.put(
            UInt8((table[slot].hasDateOnly ? 1 : 0) | (table[slot].isRegraded ? 2 : 0)))
        state.put(table[slot].accountCount)
        state.put(table[slot].foreignBalances)
        state.put(table[slot].lastTime)
        state.put(table[slot].lastArrival)
        append(table[slot].head, to: &state)
        append(table[slot].steps, to: &state)
        append(table[slot].entries, to: &state)
        append(table[slot].notes, to: &state)
        let states = table[slot].windows.count / MemoryLayout<WindowState>.stride
        state.put(UInt16(states))
        for index in 0..<states {
            let window = table[slot].windowState(index)
            state.put(rules.windows[index].screen.key)
            state.put(window.sum)
            state.put(window.announced)
            state.put(window.latestSeen)
            state.put(window.lastFiring)
            state.put(window.tail)
            state.put(UInt8((window.isArmed ? 1 : 0) | (window.hasStanding ? 2 : 0)))
        }
    }

    private func append(_ blob: Blob, to state: inout [UInt8]) {
        state.put(UInt32(blob.count))
        blob.append(to: &state)
    }

    /// The keys that every state repeats: of what grades are made by (levels, window, denominator), and of each level.
    static func stateKeys(_ policy: Policy) -> (grade: UInt64, levels: [UInt64]) {
        var text = "\(policy.tiers.trailingDays)/\(policy.tiers.denominator.rawValue)"
        text += "/\(policy.tiers.minHistoryDays)"
        for level in policy.tiers.levels { text += "/\(level.name)=\(level.fromMinor)" }
        return (key(text), policy.tiers.levels.map { key($0.name) })
    }

    /// The next customer changed since it was last taken; nil when there is none.
    ///
    /// For the topic `balances`.
    public mutating func takeChanged() -> CustomerView? {
        guard changed.count > 0 else { return nil }
        let slot = changed.removeFirst()
        table[slot].isChanged = false
        return view(slot)
    }

    // MARK: reading

    /// Puts a state read from the changelog in place; `lsn` is the last offset that it holds.
    ///
    /// A later state of the same customer replaces an earlier one.
    public mutating func install(key: Span<UInt8>, state: Span<UInt8>, lsn: Int64)
        throws(StateError)
    {
        var reader = StateReader(state)
        let format = try reader.read(UInt8.self)
        guard format <= Shard.format else { throw .newerFormat(format) }
        guard format == Shard.format, (1...64).contains(key.count) else { throw .corrupt }
        var customer = Customer()
        var isDone = false
        defer { if !isDone { release(&customer) } }
        let grade = try reader.read(UInt64.self)
        customer.measure = try reader.read(Int128.self)
        customer.settled = try reader.read(Int128.self)
        customer.openDelta = try reader.read(Int128.self)
        customer.openDay = try reader.read(Int32.self)
        customer.openAccount = try reader.read(UInt16.self)
        customer.lastStepDay = try reader.read(Int32.self)
        customer.startDay = try reader.read(Int32.self)
        let due = try reader.read(Int32.self)
        let level = try reader.read(UInt64.self)
        customer.tier = Int16(level == 0 ? -1 : cachedLevelKeys.firstIndex(of: level) ?? -1)
        customer.lateDay = try reader.read(Int32.self)
        customer.lateCount = try reader.read(UInt16.self)
        let flags = try reader.read(UInt8.self)
        customer.hasDateOnly = flags & 1 != 0
        customer.isRegraded = flags & 2 != 0 || grade != cachedGradeKey
        customer.accountCount = try reader.read(UInt16.self)
        customer.foreignBalances = try reader.read(UInt16.self)
        customer.lastTime = try reader.read(Int64.self)
        customer.lastArrival = try reader.read(Int64.self)
        try read(&customer.head, &reader)
        try read(&customer.steps, &reader)
        try read(&customer.entries, &reader)
        try read(&customer.notes, &reader)
        guard AccountList.isSound(customer.head, id: key, accounts: Int(customer.accountCount)),
            StepList.isSound(customer.steps, byAccount: grading.byAccount),
            EntryLog.isSound(customer.entries, accounts: Int(customer.accountCount)),
            NoteList.isSound(customer.notes)
        else { throw .corrupt }
        try readWindows(&customer, &reader)
        guard reader.left == 0 else { throw .corrupt }
        isDone = true
        customer.lsn = lsn
        place(customer, key: key, due: customer.isRegraded ? .min : due)
    }

    private mutating func read(_ blob: inout Blob, _ reader: inout StateReader) throws(StateError) {
        let count = Int(try reader.read(UInt32.self))
        guard count <= reader.left else { throw .corrupt }
        arena.reserve(&blob, count)
        blob.extend(by: count)
        blob.write(reader.bytes.extracting(reader.at..<(reader.at + count)), at: 0)
        reader.at += count
    }

    private mutating func readWindows(_ customer: inout Customer, _ reader: inout StateReader)
        throws(StateError)
    {
        let count = Int(try reader.read(UInt16.self))
        guard count > 0 else { return }
        if !rules.windows.isEmpty { customer.openWindows(rules.windows.count, arena: &arena) }
        for _ in 0..<count {
            let key = try reader.read(UInt64.self)
            var window = WindowState()
            window.sum = try reader.read(Int128.self)
            window.announced = try reader.read(Int128.self)
            window.latestSeen = try reader.read(Int64.self)
            window.lastFiring = try reader.read(Int64.self)
            window.tail = try reader.read(UInt32.self)
            let flags = try reader.read(UInt8.self)
            window.isArmed = flags & 1 != 0
            window.hasStanding = flags & 2 != 0
            guard window.tail == .max || Int(window.tail) <= customer.entries.count else {
                throw .corrupt
            }
            if let index = rules.windows.firstIndex(where: { $0.screen.key == key }) {
                customer.setWindowState(index, window)
            }
        }
    }

    private mutating func release(_ customer: inout Customer) {
        arena.release(&customer.head)
        arena.release(&customer.steps)
        arena.release(&customer.entries)
        arena.release(&customer.notes)
        arena.release(&customer.windows)
    }

    /// Puts a decoded customer into the table; its date is set when replay begins.
    private mutating func place(_ customer: Customer, key: Span<UInt8>, due: Int32) {
        let hash = table.hash(key)
        var slot = table.find(key, hash: hash)
        if slot < 0 { slot = table.add(key, hash: hash, arena: &arena) }
        var old = table[slot]
        release(&old)
        table[slot] = customer
        // Until the clock is known the date waits in `due`, off every list.
        table[slot].due = due
        var offset = 0
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            let key = StableHash.of(
                table[slot].entries.bytes(entry.idOffset..<(entry.idOffset + entry.idCount)),
                seed: hash)
            recall(key, amount: entry.amount, clock: entry.arrival, mayForget: false)
            offset += entry.size
        }
    }

    /// After all states are installed: sets the clock to that of the low-water mark.
    ///
    /// Records applied until `endReplay` raise no alerts, and leave alone what a customer's state
    /// holds already.
    public mutating func beginReplay(at clock: TaskClock) {
        isReplaying = true
        // Without a clock the first record of the replay sets it, and the dates with it.
        guard let time = clock.time, let day = clock.lastClosed else { return }
        clockTime = time.microseconds
        setLastClosed(day.number)
        placeDueDates()
    }

    /// Puts the customers that were installed on their dates; the last closed date is known.
    mutating func placeDueDates() {
        for slot in 0..<table.count {
            let due = table[slot].due
            table[slot].due = .max
            guard due != .max else { continue }
            // Without a clock nothing has closed, and no date is too far away to wait at its own place.
            let open = lastClosed == .min ? due : lastClosed + 1
            dueDates.set(slot, due, open: open, table: &table)
        }
    }

    /// Ends the replay: memory is the state at the committed offset, and alerts are raised again.
    public mutating func endReplay() {
        isReplaying = false
        firing.alerts.removeAll()
    }
}
