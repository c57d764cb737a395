// When a level is crossed: between steps the sum of a window changes by the same amount each day, so that the first date
// on which it lies on the other side of a level follows by a division.

/// How far the sum of a window lies from the edges of its level, times days; both change by the same amount each day.
struct Margins {
    private let lower: Int128?
    private let upper: Int128?
    /// Not negative while the level is held.
    private var above: Int128 = 0
    /// Negative while the next level is not reached.
    private var below: Int128 = 0

    /// Of `average` from the edges of its level, or the upper one alone.
    init(_ average: Average, _ edges: [Int64], upperOnly: Bool = false) {
        lower = average.level > 0 && !upperOnly ? Int128(edges[average.level]) : nil
        upper = average.level + 1 < edges.count ? Int128(edges[average.level + 1]) : nil
        if let lower { above = average.sum - lower * Int128(average.days) }
        if let upper { below = average.sum - upper * Int128(average.days) }
    }

    /// Goes on by `length` days, on each of which the sum gains `gain` and `added` days are added; the days to the first
    /// crossing if it lies among them.
    mutating func pass(_ length: Int32, gain: Int128, added: Int128) -> Int32? {
        let days = Int128(length)
        var first = Int128.max
        if let lower {
            let slope = gain - lower * added
            if above + slope * days < 0 { first = Margins.fall(above, slope) }
            above += slope * days
        }
        if let upper {
            let slope = gain - upper * added
            if below + slope * days >= 0 { first = min(first, Margins.rise(below, slope)) }
            below += slope * days
        }
        return first == .max ? nil : Int32(first)
    }

    /// The date of the first crossing when the sum gains `gain` a day for good after `last`.
    mutating func cross(gain: Int128, last: Int32) -> Int32 {
        // Dates before 1970 are negative.
        let left = Int32.max - 1 - max(last, 0)
        guard let days = pass(left, gain: gain, added: 0) else { return .max }
        return last + days
    }

    /// Days until `margin`, at least 0, first lies below 0.
    private static func fall(_ margin: Int128, _ slope: Int128) -> Int128 { margin / -slope + 1 }

    /// Days until `margin`, below 0, first reaches 0.
    private static func rise(_ margin: Int128, _ slope: Int128) -> Int128 {
        (-margin + slope - 1) / slope
    }
}
