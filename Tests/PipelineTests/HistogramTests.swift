import Pipeline
import Testing

@Suite("Histogram")
struct HistogramTests {
    @Test(
        "a quantile is at most a quarter above the value",
        arguments: [0, 1, 3, 4, 7, 8, 999, 14_999, 1_000_000, 3_600_000_000] as [Int64])
    func error(value: Int64) {
        var histogram = Histogram()
        histogram.add(microseconds: value)
        let bound = histogram.quantile(0.5)
        #expect(bound >= value)
        #expect(bound <= value + value / 4)
        #expect(histogram.count(upTo: bound) == 1)
    }

    @Test("bounds of buckets ascend and meet")
    func bounds() {
        var histogram = Histogram()
        for index in 1..<136 {
            let below = Histogram.upperBound(index - 1)
            #expect(Histogram.upperBound(index) > below)
            histogram.reset()
            histogram.add(microseconds: below + 1)
            #expect(histogram.quantile(1) == Histogram.upperBound(index))
        }
    }

    @Test("what is too long is counted all the same, what is negative as nothing")
    func extremes() {
        var histogram = Histogram()
        histogram.add(microseconds: .max)
        histogram.add(microseconds: -5)
        var other = Histogram()
        other.add(histogram)
        #expect(other.count == 2)
        #expect(other.counts.last == 1)
        #expect(other.counts.first == 1)
        other.add(microseconds: .max)
        #expect(other.sumMicroseconds == 2 * Int128(Int64.max))
    }
}
