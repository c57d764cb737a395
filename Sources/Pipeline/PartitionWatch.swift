// What is to be seen of an input partition from outside its task, looked at every few seconds: an open transaction of
// some producer that holds the task back, and how much of the input is left below S, from where a restart would read it
// again. The pure part: sights in, words out.

/// One look at a partition.
struct PartitionSight {
    /// The offset after the last record applied.
    var position: Int64
    /// S of the last commit.
    var lowWater: Int64?
    /// The first offset that is still there.
    var low: Int64
    /// The end of what is committed, as the task's consumer sees it.
    var stableEnd: Int64
    /// The end, records of open transactions counted.
    var high: Int64
}

/// Looks at one partition over time.
struct PartitionWatch {
    /// A transaction may last so long before anybody is told that it holds the input back.
    static let heldMilliseconds: Int64 = 10_000
    static let thinMilliseconds: Int64 = 5000

    private(set) var isHeld = false
    private(set) var isThin = false
    private var heldAt: (position: Int64, since: Int64)?
    private var thinSince: Int64?
    /// Since when an open transaction holds it back, by the clock of `look`; nil when none does.
    var heldSince: Int64? { heldAt?.since }

    /// Takes in a sight at `now` of a millisecond clock that never goes back.
    mutating func look(_ sight: PartitionSight, now: Int64) {
        lookForHold(sight, now)
        lookForReserve(sight, now)
    }

    /// Why the partition lags, or is in danger; nil when all is well.
    func reason(_ sight: PartitionSight) -> String? {
        let reasons = [hold(sight), danger(sight)].compactMap(\.self)
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// Why it lags.
    func hold(_ sight: PartitionSight) -> String? {
        guard isHeld else { return nil }
        return "an open transaction of another producer holds back "
            + "\(sight.high - sight.position) records from offset \(sight.position) on: it ends by "
            + "itself with its producer's timeout, or see kafka-transactions find-hanging"
    }

    /// Why a restart may soon be impossible.
    func danger(_ sight: PartitionSight) -> String? {
        guard isThin, let lowWater = sight.lowWater else { return nil }
        return "the input is kept from offset \(sight.low) on, and a restart reads it from "
            + "\(lowWater) on: only \(lowWater - sight.low) records are left until it could not; "
            + "keep the input longer, or catch up"
    }

    private mutating func lookForHold(_ sight: PartitionSight, _ now: Int64) {
        guard sight.high > sight.position, sight.stableEnd <= sight.position else {
            heldAt = nil
            isHeld = false
            return
        }
        if heldAt?.position != sight.position { heldAt = (sight.position, now) }
        isHeld = heldAt.map { now - $0.since >= PartitionWatch.heldMilliseconds } ?? false
    }

    /// The reserve is thin when less than a fifth of what is kept lies below S, and something was deleted already.
    private mutating func lookForReserve(_ sight: PartitionSight, _ now: Int64) {
        guard let lowWater = sight.lowWater, lowWater < sight.high, sight.low > 0,
            (lowWater - sight.low) * 5 < sight.high - sight.low
        else {
            thinSince = nil
            isThin = false
            return
        }
        if thinSince == nil { thinSince = now }
        isThin = thinSince.map { now - $0 >= PartitionWatch.thinMilliseconds } ?? false
    }
}

/// Looks at the end of one partition of the changelog over time: while the topic lives, it never goes back.
struct ChangelogWatch {
    private(set) var highest: Int64 = 0
    private var falls = 0

    /// Takes in an end; whether it lay below an earlier one twice in a row: a leader that is new may once tell too little.
    mutating func hasFallen(to end: Int64) -> Bool {
        falls = end < highest ? falls + 1 : 0
        highest = max(highest, end)
        return falls > 1
    }
}
