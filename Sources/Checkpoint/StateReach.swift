// What a state holds. The offset alone does not say it: a clock may move between two records, without one, and close
// dates; states written before and after that hold the same input.
public import Banking

/// How far a customer's state in the changelog reaches; of two the later one has the greater reach.
public struct StateReach: Sendable, Equatable, Comparable {
    /// All input up to this offset is in the state; -1 for none.
    public var lsn: Int64
    /// Every close up to that of this date is in it; nil in states of format 2, which no move of the clock has touched.
    public var lastClosed: Day?

    /// A reach; see the properties.
    public init(lsn: Int64, lastClosed: Day?) {
        self.lsn = lsn
        self.lastClosed = lastClosed
    }

    /// By input, then by closes.
    public static func < (left: StateReach, right: StateReach) -> Bool {
        if left.lsn != right.lsn { return left.lsn < right.lsn }
        return (left.lastClosed?.number ?? .min) < (right.lastClosed?.number ?? .min)
    }
}
