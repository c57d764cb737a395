// One customer's state: a fixed part in the table, four blobs for what varies.

/// The state of one customer.
///
/// Days are `Day.number`, times microseconds, money minor units of the bank's currency.
struct Customer {
    /// The id's length and bytes, then the accounts (`AccountList`).
    var head = Blob()
    /// Day-end steps before the open one (`StepList`).
    var steps = Blob()
    /// Entries that are remembered or lie in a window (`EntryLog`).
    var entries = Blob()
    /// One `WindowState` for each windowed rule; empty until one of them sees an entry.
    var windows = Blob()
    /// Alerts that the close or an escalation must know (`NoteList`).
    var notes = Blob()

    /// The measure, all that has arrived.
    var measure: Int128 = 0
    /// Sum of the steps that were folded away: the day-end before the first step kept.
    var settled: Int128 = 0
    /// The latest step, not yet in `steps`.
    var openDelta: Int128 = 0
    var openDay = Int32.min
    /// The account whose step it is, where steps are kept by account.
    var openAccount: UInt16 = 0
    /// The day of the last step in `steps`.
    var lastStepDay = Int32.min
    /// The smallest value date of entries that count; `Int32.max` when there is none.
    var startDay = Int32.max

    /// The next date at whose close something could change; `Int32.max` for never.
    var due = Int32.max
    var duePrevious: UInt32 = 0
    var dueNext: UInt32 = 0

    /// Index of the level, -1 before the first.
    var tier: Int16 = -1
    /// Corrections that moved the tier of `lateDay`.
    var lateCount: UInt16 = 0
    var lateDay = Int32.min
    /// Whether the levels changed since the tier was given: the next evaluation is silent.
    var isRegraded = false
    /// Whether an entry without a time may be in `entries`.
    var hasDateOnly = false
    var accountCount: UInt16 = 0
    /// Balances of accounts that are no loans in other currencies and not zero.
    var foreignBalances: UInt16 = 0

    /// Time of the last entry in `entries`, in their order.
    var lastTime = Int64.min
    /// The task's clock when the latest entry came.
    var lastArrival = Int64.min
    /// Offset of the first record whose effect is not in the changelog; -1 when all is.
    var firstDirty: Int64 = -1
    /// In restore: the last offset that the state holds.
    var lsn: Int64 = -1
    /// Whether the customer waits in the list of changes for `balances`.
    var isChanged = false

    init() {}

    /// The id's bytes.
    @inline(__always)
    var id: Span<UInt8> {
        @_lifetime(borrow self) get { head.bytes(1..<(1 + Int(head[0]))) }
    }
}
