// A customer's state as bytes: what the changelog holds. Rules and levels are named by hashes, so that a state
// finds its place again when rules.yaml has changed. Multi-byte numbers are little-endian.
//
// format (1) = 4, the fixed part (`FixedState`), then the blobs head, steps, entries, notes, each with its length (4);
// then the windows: how many (2), each as `FixedWindow`.
public import Banking

/// Reads the values of a state one after another.
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

/// What every state has, as it lies in the record: wide fields first, so that there is nothing between them.
private struct FixedState: BitwiseCopyable {
    var measure: Int128
    var settled: Int128
    var openDelta: Int128
    /// What grades are made by, and the level.
    var grade: UInt64
    var level: UInt64
    var lastTime: Int64
    var lastArrival: Int64
    var openDay: Int32
    var lastStepDay: Int32
    var startDay: Int32
    var due: Int32
    var lateDay: Int32
    var openAccount: UInt16
    var lateCount: UInt16
    var accounts: UInt16
    var foreignBalances: UInt16
    /// 1: `hasDateOnly`, 2: `isRegraded`.
    var flags: UInt8

    init(_ customer: borrowing Customer, grade: UInt64, level: UInt64, due: Int32) {
        measure = customer.measure
        settled = customer.settled
        openDelta = customer.openDelta
        self.grade = grade
        self.level = level
        lastTime = customer.lastTime
        lastArrival = customer.lastArrival
        openDay = customer.openDay
        lastStepDay = customer.lastStepDay
        startDay = customer.startDay
        self.due = due
        lateDay = customer.lateDay
        openAccount = customer.openAccount
        lateCount = customer.lateCount
        accounts = customer.accountCount
        foreignBalances = customer.foreignBalances
        flags = (customer.hasDateOnly ? 1 : 0) | (customer.isRegraded ? 2 : 0)
    }

    /// The customer with its fixed part; blobs, tier and date are still to come.
    var customer: Customer {
        var customer = Customer()
        customer.measure = measure
        customer.settled = settled
        customer.openDelta = openDelta
        customer.lastTime = lastTime
        customer.lastArrival = lastArrival
        customer.openDay = openDay
        customer.lastStepDay = lastStepDay
        customer.startDay = startDay
        customer.lateDay = lateDay
        customer.openAccount = openAccount
        customer.lateCount = lateCount
        customer.accountCount = accounts
        customer.foreignBalances = foreignBalances
        customer.hasDateOnly = flags & 1 != 0
        customer.isRegraded = flags & 2 != 0
        return customer
    }
}

/// A window's state in the record.
private struct FixedWindow: BitwiseCopyable {
    var sum: Int128
    var announced: Int128
    /// The rule's.
    var key: UInt64
    var latestSeen: Int64
    var lastFiring: Int64
    var tail: UInt32
    var count: UInt32
    var merged: Int32
    /// 1: `isArmed`, 2: `hasStanding`.
    var flags: UInt8

    init(_ state: WindowState, key: UInt64) {
        sum = state.sum
        announced = state.announced
        self.key = key
        latestSeen = state.latestSeen
        lastFiring = state.lastFiring
        tail = state.tail
        count = state.count
        merged = state.merged
        flags = (state.isArmed ? 1 : 0) | (state.hasStanding ? 2 : 0)
    }

    var state: WindowState {
        var state = WindowState()
        state.sum = sum
        state.announced = announced
        state.latestSeen = latestSeen
        state.lastFiring = lastFiring
        state.tail = tail
        state.count = count
        state.merged = merged
        state.isArmed = flags & 1 != 0
        state.hasStanding = flags & 2 != 0
        return state
    }
}

extension [UInt8] {
    /// Appends the bytes of `value`.
    fileprivate mutating func put<T: BitwiseCopyable>(_ value: T) {
        unsafe Swift.withUnsafeBytes(of: value) {
            unsafe append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<MemoryLayout<T>.size]))
        }
    }
}

extension Shard {
    /// What is written and read; earlier ones were never released.
    private static let format: UInt8 = 4

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
    ///
    /// Returns the last date whose close is in the state; nil before the first record.
    @discardableResult
    public mutating func takeOldestDirty(key: inout [UInt8], state: inout [UInt8]) -> Day? {
        let slot = dirty.removeFirst()
        table[slot].firstDirty = -1
        if mayCompact(slot) {
            compact(slot)
            arena.shrink(&table[slot].entries)
        }
        key.removeAll(keepingCapacity: true)
        key.append(copying: table[slot].id)
        state.removeAll(keepingCapacity: true)
        encode(slot, into: &state)
        return clockTime == .min ? nil : lastClosed(of: slot)
    }

    /// The last date that has closed for the customer in `slot`.
    func lastClosed(of slot: Int) -> Day {
        // No id is empty: before the first is told of all come behind.
        let isTold = closing.isOpen && !precedes(closing.last.span, table[slot].id)
        return Day(isTold ? lastClosed + 1 : lastClosed)
    }

    private mutating func encode(_ slot: Int, into state: inout [UInt8]) {
        let tier = Int(table[slot].tier)
        let due = table[slot].due
        state.put(Shard.format)
        state.put(
            FixedState(
                table[slot], grade: cachedGradeKey, level: tier < 0 ? 0 : cachedLevelKeys[tier],
                due: table[slot].isDueNext ? min(due, lastClosed + 1) : due))
        Shard.append(table[slot].head, to: &state)
        Shard.append(table[slot].steps, to: &state)
        Shard.append(table[slot].entries, to: &state)
        Shard.append(table[slot].notes, to: &state)
        let states = table[slot].windows.count / MemoryLayout<WindowState>.stride
        state.put(UInt16(states))
        for index in 0..<states {
            state.put(
                FixedWindow(table[slot].windowState(index), key: rules.windows[index].screen.key))
        }
    }

    private static func append(_ blob: borrowing Blob, to state: inout [UInt8]) {
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

    /// Puts a state read from the changelog in place; `lsn` is the last offset that it holds, `lastClosed` the last date
    /// whose close it holds, if that is known.
    ///
    /// A later state of the same customer replaces an earlier one.
    public mutating func install(
        key: Span<UInt8>, state: Span<UInt8>, lsn: Int64, lastClosed: Day? = nil
    ) throws(StateError) {
        var reader = StateReader(state)
        let format = try reader.read(UInt8.self)
        guard format <= Shard.format else { throw .newerFormat(format) }
        guard format == Shard.format, (1...64).contains(key.count) else { throw .corrupt }
        let fixed = try reader.read(FixedState.self)
        var customer = fixed.customer
        var isDone = false
        defer { if !isDone { customer.release(to: &arena) } }
        customer.tier = Int16(
            fixed.level == 0 ? -1 : cachedLevelKeys.firstIndex(of: fixed.level) ?? -1)
        if fixed.grade != cachedGradeKey { customer.isRegraded = true }
        try read(&customer.head, &reader)
        try read(&customer.steps, &reader)
        try read(&customer.entries, &reader)
        try read(&customer.notes, &reader)
        guard AccountList.isSound(customer.head, id: key, accounts: Int(customer.accountCount)),
            StepList.isSound(customer.steps, byAccount: grading.byAccount),
            EntryLog.isSound(customer.entries, accounts: Int(customer.accountCount)),
            NoteList.isSound(customer.notes)
        else { throw .corrupt }
        customer.firstStepDay = StepList.firstDay(customer.steps)
        customer.entryCount = EntryLog.count(customer.entries)
        try readWindows(&customer, &reader)
        guard reader.left == 0 else { throw .corrupt }
        isDone = true
        customer.lsn = lsn
        let slot = place(customer, key: key, due: customer.isRegraded ? .min : fixed.due)
        hold(lastClosed, slot)
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
            let fixed = try reader.read(FixedWindow.self)
            let window = fixed.state
            guard window.tail == .max || Int(window.tail) <= customer.entries.count else {
                throw .corrupt
            }
            if let index = rules.windows.firstIndex(where: { $0.screen.key == fixed.key }) {
                customer.setWindowState(index, window)
            }
        }
    }

    /// Puts a decoded customer into the table; its date is set when replay begins.
    private mutating func place(_ customer: Customer, key: Span<UInt8>, due: Int32) -> Int {
        let hash = table.hash(key)
        var slot = table.find(key, hash: hash)
        if slot < 0 { slot = table.add(key, hash: hash, arena: &arena) }
        var old = table[slot]
        old.release(to: &arena)
        table[slot] = customer
        // Until the clock is known the date waits in `due`, off every list.
        table[slot].due = due
        hasUnplacedDates = true
        IDFilter.rebuild(&table[slot], arena: &arena)
        return slot
    }

    /// After all states are installed: sets the clock to that of the low-water mark; `end` is the clock that the replay
    /// leads to.
    ///
    /// Records applied until `endReplay` raise no alerts, and leave alone what a customer's state
    /// holds already.
    public mutating func beginReplay(at clock: TaskClock, to end: TaskClock) {
        isReplaying = true
        replayEnd = end.time?.microseconds ?? .max
        // Without a clock the first record sets it, and the dates with it.
        guard let time = clock.time, let day = clock.lastClosed else { return }
        clockTime = time.microseconds
        setLastClosed(day.number)
        placeDueDates()
    }

    /// Puts the customers that were installed on their dates; the last closed date is known.
    mutating func placeDueDates() {
        precondition(lastClosed != .min, "a date has closed, or counts as closed")
        hasUnplacedDates = false
        for slot in 0..<table.count {
            let due = table[slot].due
            table[slot].due = .max
            guard due != .max else { continue }
            dueDates.set(slot, due, open: lastClosed + 1, table: &table)
        }
    }

    /// Ends the replay: memory is the state at the committed offset, and alerts are raised again.
    public mutating func endReplay() {
        isReplaying = false
        heldDates = []
        firing.alerts.removeAll()
    }
}
