// How much state a commit writes. Customers wait in the dirty list in the order in which they were changed; replay
// after a crash begins at the oldest of them, S. Each commit writes a share of the list: as much as empties a list
// of this length while `aim` records pass, so that the cost is even and a hot customer is written once a turn.
// Whoever has waited longer than the aim allows is written whatever the share, a commit's limit permitting; who
// would break the bound is written whatever the limit. Commits may follow each other within milliseconds, and a
// partition more in a transaction costs its requests and its marker: so when little comes in, most write no state. When
// nothing comes in, or the task is given away, all of the list is written, so that a restore replays nothing.

/// Decides the slice of each commit of one task.
///
/// Pure: positions and times in, a plan out.
public struct SlicePolicy: Sendable {
    /// What a commit should write.
    public struct Plan: Sendable, Equatable {
        /// At least so many of the oldest dirty customers.
        public var count: Int
        /// And those changed before this offset, while fewer than `limit` are written.
        public var floor: Int64
        /// The most customers that `count` and `floor` ask for.
        public var limit: Int
        /// And all changed before this offset.
        public var bound: Int64

        /// Whether to write one more, `written` being written and the oldest left changed at `oldest`.
        @inline(__always)
        public func wants(written: Int, oldest: Int64) -> Bool {
            if oldest < bound { return true }
            return written < limit && (written < count || oldest < floor)
        }
    }

    /// C - S never exceeds it, in records.
    public let maxRecords: Int64
    /// Nor what has come in so many milliseconds.
    public let maxMilliseconds: Int64
    /// The most customers in one commit, but for those that would break the bound.
    public let limit: Int
    /// Fewer records than this are replayed in no time: no bound from the rate goes below it.
    static let leastBound: Int64 = 20_000

    /// No share of the list is due before so many milliseconds or records have passed since the last.
    static let spacingMilliseconds: Int64 = 1000
    static let spacingRecords: Int64 = 5000

    /// Of the last commit with a share.
    private var lastPosition: Int64?
    private var lastTime: Int64 = 0
    /// Records a second, smoothed over about five seconds.
    private var rate: Int64 = 0

    /// A policy; see the properties.
    public init(
        maxRecords: Int64 = 1_000_000, maxMilliseconds: Int64 = 30_000, limit: Int = 4096
    ) {
        self.maxRecords = maxRecords
        self.maxMilliseconds = maxMilliseconds
        self.limit = limit
    }

    /// The bound on C - S at the present rate, in records.
    public var bound: Int64 {
        min(maxRecords, max(SlicePolicy.leastBound, rate * maxMilliseconds / 1000))
    }

    /// The plan for a commit at `position`, at `milliseconds` of a clock that never goes back.
    ///
    /// With `isIdle` there is nothing else to do than to write states.
    public mutating func plan(
        position: Int64, dirtyCount: Int, milliseconds: Int64, isIdle: Bool = false
    ) -> Plan {
        if isIdle { return plan(min(dirtyCount, limit), position) }
        let records = max(0, position - (lastPosition ?? position))
        let elapsed = lastPosition == nil ? 0 : max(1, milliseconds - lastTime)
        if lastPosition == nil {
            rate = maxRecords
        } else if records < SlicePolicy.spacingRecords,
            elapsed < SlicePolicy.spacingMilliseconds
        {
            return plan(0, position)
        }
        if elapsed > 0 {
            let current = records * 1000 / elapsed
            let weight = min(elapsed, 5000)
            rate += (current - rate) * weight / 5000
        }
        lastPosition = position
        lastTime = milliseconds
        let aim = bound * 5 / 6
        // The share of the list: by records, or by time when little comes in.
        let byRecords = Int64(dirtyCount) * min(records, aim) / aim
        let byTime = Int64(dirtyCount) * min(elapsed, maxMilliseconds / 2) / (maxMilliseconds / 2)
        let isQuiet = records < elapsed
        let share = max(byRecords, byTime) + (dirtyCount > 0 ? (isQuiet ? 64 : 1) : 0)
        return plan(min(dirtyCount, Int(share)), position)
    }

    private func plan(_ count: Int, _ position: Int64) -> Plan {
        Plan(
            count: count, floor: position - bound * 9 / 10, limit: limit, bound: position - bound)
    }
}
