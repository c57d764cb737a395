// A histogram whose buckets grow by the same small factor: four to each doubling, from 1 microsecond to 4.5 hours.

/// Counts of durations in log-linear buckets; the bound of each is at most a quarter above what it counts.
public struct Histogram: Sendable {
    /// Buckets of each doubling.
    private static let steps = 4
    private static let doublings = 34
    /// Counts by bucket; see `upperBound`.
    public private(set) var counts = [Int64](repeating: 0, count: steps * doublings + 1)
    /// All durations together, in microseconds; those of old records are decades each.
    public private(set) var sumMicroseconds: Int128 = 0
    /// How many there are.
    public private(set) var count: Int64 = 0

    /// An empty histogram.
    public init() {}

    /// Adds a duration; a negative one counts as 0.
    public mutating func add(microseconds: Int64) {
        let value = max(0, microseconds)
        counts[Histogram.bucket(value)] += 1
        sumMicroseconds += Int128(value)
        count += 1
    }

    /// Adds all of `other`.
    public mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        sumMicroseconds += other.sumMicroseconds
        count += other.count
    }

    /// The largest duration that bucket `index` counts, in microseconds; the last counts everything above.
    public static func upperBound(_ index: Int) -> Int64 {
        if index < steps { return Int64(index) }
        let doubling = index / steps - 1
        return (Int64(steps + index % steps + 1) << Int64(doubling)) - 1
    }

    private static func bucket(_ value: Int64) -> Int {
        if value < Int64(steps) { return Int(value) }
        let doubling = 63 - value.leadingZeroBitCount - 2
        let step = Int(value >> Int64(doubling)) - steps
        return min((doubling + 1) * steps + step, steps * doublings)
    }
}
