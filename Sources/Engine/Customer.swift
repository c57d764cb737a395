// One customer's state: a fixed part of four cache lines in the table, blobs for what varies. What nearly every entry
// touches lies in the first three.

/// The state of one customer.
///
/// Days are `Day.number`, times microseconds, money minor units of the bank's currency.
struct Customer {
    /// The id's length and bytes, then the accounts (`AccountList`).
    var head = Blob()
    /// Entries that are remembered or lie in a window (`EntryLog`).
    var entries = Blob()
    /// Which ids are among them (`IDFilter`).
    var known = Blob()
    /// One `WindowState` for each windowed rule; empty until one of them sees an entry.
    var windows = Blob()

    /// The measure, all that has arrived.
    var measure: Int128 = 0
    /// The latest step, not yet in `steps`.
    var openDelta: Int128 = 0
    var openDay = Int32.min
    /// The account whose step it is, where steps are kept by account.
    var openAccount: UInt16 = 0
    /// Index of the level, -1 before the first.
    var tier: Int16 = -1
    /// Time of the last entry in `entries`, in their order.
    var lastTime = Int64.min
    /// The task's clock when the latest entry came.
    var lastArrival = Int64.min
    /// Offset of the first record whose effect is not in the changelog; -1 when all is.
    var firstDirty: Int64 = -1

    /// The smallest value date of entries that count; `Int32.max` when there is none.
    var startDay = Int32.max
    /// Entries in `entries`, and ids put into `known` since it was made.
    var entryCount: UInt32 = 0
    var knownCount: UInt32 = 0
    var accountCount: UInt16 = 0
    /// Balances of accounts that are no loans in other currencies and not zero.
    var foreignBalances: UInt16 = 0
    /// Corrections that moved the tier of `lateDay`.
    var lateCount: UInt16 = 0
    /// Whether the customer is looked at when the next date closes, whatever `due` says.
    var isDueNext = false
    /// Whether an entry that makes its day one without order may be in `entries`.
    var hasDateOnly = false
    /// Whether the levels changed since the tier was given: the next evaluation is silent.
    var isRegraded = false
    /// Whether the customer waits in the list of changes for `balances`.
    var isChanged = false
    /// The next date at whose close something could change if nothing moves; `Int32.max` for never.
    var due = Int32.max
    /// `Int32.min` when the sum of the window must be made afresh.
    var windowDay = Int32.min

    /// The sum of the day-ends of the window that ends at `windowDay` (`RollingSum`).
    var windowSum: Int128 = 0
    /// Day-end steps before the open one (`StepList`).
    var steps = Blob()
    /// Sum of the steps that were folded away: the day-end before the first step kept; 0 where steps are kept by account.
    var settled: Int128 = 0
    /// Alerts that the close or an escalation must know (`NoteList`).
    var notes = Blob()
    /// The neighbours in the list of `due`.
    var duePrevious: UInt32 = 0
    var dueNext: UInt32 = 0
    /// The days of the first and the last step in `steps`.
    var firstStepDay = Int32.max
    var lastStepDay = Int32.min
    var lateDay = Int32.min
    /// Where in `entries` one lies from which others are looked for: in restore that behind the last that was replayed,
    /// then one before the windows of what comes out of order.
    var landmark: UInt32 = 0
    /// In restore: the last offset that the state holds.
    var lsn: Int64 = -1

    init() {}

    /// The id's bytes.
    @inline(__always)
    var id: Span<UInt8> {
        @_lifetime(borrow self) get { head.bytes(1..<(1 + Int(head[0]))) }
    }
}
