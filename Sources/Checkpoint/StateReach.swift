// What a state holds. The offset alone does not say it: a clock may move between two records, without one, and close
// dates; states written before and after that hold the same input.
public import Banking
internal import Engine

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

extension Progress {
    /// Whether nothing is in a state of the customer `id` that reaches to `reach` which was not committed with this.
    public func covers(_ reach: StateReach, of id: Span<UInt8>) -> Bool {
        guard reach.lsn < position else { return false }
        guard let date = reach.lastClosed, let closed = clock.lastClosed, date > closed else {
            return true
        }
        guard let openClose else { return false }
        return date == openClose.date && openClose.holds(id)
    }
}
