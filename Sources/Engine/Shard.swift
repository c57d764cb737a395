// The state of one input partition and what a record does to it. Pure: no wall clock, no I/O. A record is first
// judged on the state and clock before it; then the clock moves, due days close, and the entry takes effect
// (semantics, 3.1).
//
// Methods of the data path are mutating even where they change nothing: where a mutating method calls one that only
// borrows the shard, the compiler makes a copy of its 800 bytes for it.
public import Banking

/// What became of a record.
public enum Outcome: Sendable, Equatable {
    /// It took effect.
    case applied
    /// The same entry had come before; nothing but the clock moved.
    case duplicate
    /// It was refused; nothing moved.
    case refused(Rejection)
    /// Nothing yet: a close comes before it that is done in parts; `continueClose` until `mustContinueClose` is false,
    /// then apply it once more.
    case closing
}

/// Counts of what has no alert of its own; the pipeline publishes them.
public struct Counters: Sendable, Equatable {
    /// Entries that had come before.
    public var duplicates: Int64 = 0
    /// Entries with a kind that is not known.
    public var unknownKinds: Int64 = 0
    /// Entries with a channel that is not known.
    public var unknownChannels: Int64 = 0
    /// Entries with a counterparty class that is not known.
    public var unknownClasses: Int64 = 0
    /// Entries in a currency without a rate.
    public var undecidedMissingRate: Int64 = 0
    /// Entries whose `balance_after` is not our own balance.
    public var balanceDrift: Int64 = 0
    /// Entries too old to be known as duplicates.
    public var unverifiableAge: Int64 = 0
    /// Firings inside a cool-down.
    public var suppressedCoolDown: Int64 = 0
    /// Entries that went into others of their minute, in windows that were full.
    public var windowMerged: Int64 = 0
    /// All zero.
    public init() {}
}

/// The clock of a task, as kept in the offset metadata.
public struct TaskClock: Sendable, Equatable {
    /// The latest time seen; nil before the first record.
    public var time: Instant?
    /// The last business date that has closed; nil before the first record.
    public var lastClosed: Day?
    /// A clock that has seen nothing, or what is given.
    public init(time: Instant? = nil, lastClosed: Day? = nil) {
        self.time = time
        self.lastClosed = lastClosed
    }
}

/// Why a state could not be read back.
public enum StateError: Error, Sendable, Equatable {
    /// Written by a later version, in the format given.
    case newerFormat(UInt8)
    /// Not a state at all.
    case corrupt
}

/// The customers of one input partition, their clock and their rules.
///
/// Used on one thread.
public struct Shard: ~Copyable {
    let book: Rulebook
    var cursor: BusinessCalendar.Cursor
    var table: CustomerTable
    var arena = Arena()
    var dueDates: DueDates
    var grading: Grading
    var firing: Firing
    var dirty = SlotQueue()
    var changed = SlotQueue()
    let tracksChanges: Bool
    let cachedGradeKey: UInt64
    let cachedLevelKeys: [UInt64]

    /// The latest time seen; `Int64.min` before the first record.
    var clockTime = Int64.min
    var lastClosed = Int32.min
    /// The time at which the next date closes.
    var nextClose = Int64.max
    /// Whether committed input is applied again after a restore.
    var isReplaying = false
    /// In restore: the clock that the replay leads to.
    var replayEnd = Int64.max
    /// In restore, by slot: the last date whose close is in the state that was read; `Int32.min` when it does not say.
    var heldDates: [Int32] = []

    /// Totals since the shard was made; replay does not count.
    public internal(set) var counters = Counters()
    /// Called with the alerts so far whenever a close has raised many; they are removed afterwards.
    ///
    /// Returns whether more may come: a close stops there otherwise, and a record that has caused it has to wait. Nil where
    /// closes are not to be cut.
    public var onManyAlerts: ((borrowing AlertBatch, CloseLoad) -> Bool)?
    /// How often a close asks that.
    public var pace = ClosePace()

    /// Whether customers were installed whose dates are on no list yet.
    var hasUnplacedDates = false
    /// How many customers `tidy` has still to look at, and where it was last.
    var untidy = 0
    var tidyPlace = -1

    var foresight = Foresight()
    var scratch: [LogEntry] = []
    var seen = SeenEntries()
    var dueScratch: [DueChange] = []
    var closing = ClosingState()

    /// An empty state under `policy`; with `tracksChanges` it keeps a list of customers for `takeChanged`.
    public init(policy: Policy, tracksChanges: Bool = false) {
        self.init(policy: policy, tracksChanges: tracksChanges, seed: UInt64.random(in: 0 ... .max))
    }

    /// The same with the customer table's seed; nothing that is visible depends on it.
    init(policy: Policy, tracksChanges: Bool, seed: UInt64) {
        self.tracksChanges = tracksChanges
        book = Rulebook(policy)
        cursor = BusinessCalendar.Cursor(policy.calendar)
        table = CustomerTable(seed: seed)
        dueDates = DueDates(days: policy.tiers.levels.isEmpty ? 0 : policy.tiers.trailingDays)
        grading = Grading(policy)
        firing = Firing(book)
        (cachedGradeKey, cachedLevelKeys) = Shard.stateKeys(policy)
    }

    /// What is judged.
    @inline(__always) var policy: Policy { _read { yield book.policy } }
    /// The same, compiled.
    @inline(__always) var rules: CompiledRules { _read { yield book.rules } }

    /// The clock of the task.
    public var clock: TaskClock {
        guard clockTime != .min else { return TaskClock() }
        return TaskClock(time: Instant(microseconds: clockTime), lastClosed: Day(lastClosed))
    }

    /// Alerts in the order in which they arose; encode them, then `removeAlerts`.
    public var alerts: AlertBatch { _read { yield firing.alerts } }

    /// Forgets the alerts; their slots are used again.
    public mutating func removeAlerts() { firing.alerts.removeAll() }

    /// Customers known.
    public var customerCount: Int { table.count }

    /// Bytes held for customers and their index.
    public var stateBytes: Int { arena.heldBytes + table.heldBytes }

    /// Applies one decoded record: refuses it, drops it as a duplicate, or lets it take effect
    /// after closing the days that its time closes.
    ///
    /// Alerts are appended to `alerts`. Offsets increase.
    ///
    /// `timestampMillis` is the record's Kafka timestamp, -1 when it has none. Costs O(1) for an entry in order;
    /// nothing is allocated in steady state.
    public mutating func apply(
        _ event: inout Event, timestampMillis: Int64, offset: Int64
    ) -> Outcome {
        let sighting = sight(&event)
        return apply(event, sighting, timestampMillis: timestampMillis, offset: offset)
    }

    /// The same for an event that was sighted before, in any state of this shard.
    public mutating func apply(
        _ event: borrowing Event, _ sighting: Sighting, timestampMillis: Int64, offset: Int64
    ) -> Outcome {
        var entry = Posting(event, sighting, policy.calendar, &cursor)
        firing.begin(
            offset: offset, timestampMillis: timestampMillis, isSilent: isReplaying)
        if let refusal = refuseFuture(entry, timestampMillis) { return .refused(refusal) }
        let id = event.bytes(event.customerID)
        let hash = sighting.hash
        var slot = sighting.slot >= 0 ? sighting.slot : table.find(id, hash: hash)
        // In replay, what a state holds already only moves the clock.
        let isHeld = isReplaying && slot >= 0 && table[slot].lsn >= offset
        // What has moved the clock lies before its end: the rest was refused, for what the state may know no more.
        if isHeld, entry.clock(policy.dayCloseAfter) > replayEnd {
            return .refused(Rejection(.conflictingDuplicate, .id))
        }
        switch identify(event, &entry, slot, offset, isHeld: isHeld) {
        case .refused(let rejection): return .refused(rejection)
        case .duplicate:
            guard advance(entry, offset) else { return .closing }
            if !isReplaying { counters.duplicates += 1 }
            return .duplicate
        case .accepted: break
        }
        guard advance(entry, offset) else { return .closing }
        if isHeld || event.status == .info {
            countCodes(event)
            return .applied
        }
        countCodes(event)
        if event.status == .pending {
            guard slot >= 0 else {
                slot = table.add(id, hash: hash, arena: &arena)
                rememberPending(event, entry, slot, offset)
                return .applied
            }
            rememberPending(event, entry, slot, offset)
            return .applied
        }
        if slot < 0 { slot = table.add(id, hash: hash, arena: &arena) }
        post(event, entry, slot, offset)
        return .applied
    }

    /// Closes every date through `day`, as a clock that reached its close would; `offset` as for a record.
    public mutating func closeThrough(_ day: Day, offset: Int64) {
        guard clockTime != .min else { return }
        firing.begin(offset: offset, timestampMillis: -1, isSilent: isReplaying)
        while lastClosed < day.number {
            closing.beginTurn()
            _ = closeNext(offset, inParts: false)
        }
    }

    private mutating func countCodes(_ event: borrowing Event) {
        guard !isReplaying else { return }
        if event.unknownKind { counters.unknownKinds += 1 }
        if event.unknownChannel { counters.unknownChannels += 1 }
        if event.unknownClass { counters.unknownClasses += 1 }
    }

    /// Puts the customer in `slot`, whose state the record at `offset` changed, on the list of states to be written.
    @inline(__always)
    mutating func markDirty(_ slot: Int, _ offset: Int64) {
        if table[slot].firstDirty < 0 {
            table[slot].firstDirty = offset
            dirty.append(slot)
        }
    }

    /// The same for a customer whose view has changed, too: balances, windows, tier.
    @inline(__always)
    mutating func markChanged(_ slot: Int, _ offset: Int64) {
        markDirty(slot, offset)
        if tracksChanges, !isReplaying, !table[slot].isChanged {
            table[slot].isChanged = true
            changed.append(slot)
        }
    }
}

/// Slots in the order in which they were put in: a ring that grows.
struct SlotQueue {
    private var ring = [UInt32](repeating: 0, count: 256)
    private var head = 0
    private(set) var count = 0

    /// The slot that has waited longest.
    var first: Int? { count == 0 ? nil : Int(ring[head]) }

    mutating func append(_ slot: Int) {
        if count == ring.count {
            var larger = [UInt32](repeating: 0, count: ring.count * 2)
            for index in 0..<count { larger[index] = ring[(head + index) & (ring.count - 1)] }
            ring = larger
            head = 0
        }
        ring[(head + count) & (ring.count - 1)] = UInt32(slot)
        count += 1
    }

    mutating func removeFirst() -> Int {
        precondition(count > 0)
        let slot = Int(ring[head])
        head = (head + 1) & (ring.count - 1)
        count -= 1
        return slot
    }
}
