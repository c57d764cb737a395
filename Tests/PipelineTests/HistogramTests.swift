import Pipeline
import Testing

@Suite("Histogram")
struct HistogramTests {
    @Test(
        "a bucket's bound is at most a quarter above the value",
        arguments: [0, 1, 3, 4, 7, 8, 999, 14_999, 1_000_000, 3_600_000_000] as [Int64])
    func error(value: Int64) throws {
        let bound = Histogram.upperBound(try bucket(value))
        #expect(bound >= value)
        #expect(bound <= value + value / 4)
    }

    @Test("bounds of buckets ascend and meet")
    func bounds() throws {
        for index in 1..<136 {
            let below = Histogram.upperBound(index - 1)
            #expect(Histogram.upperBound(index) > below)
            #expect(try bucket(below + 1) == index)
            #expect(try bucket(Histogram.upperBound(index)) == index)
        }
    }

    /// The index of the only bucket that counts a duration.
    private func bucket(_ microseconds: Int64) throws -> Int {
        var histogram = Histogram()
        histogram.add(microseconds: microseconds)
        #expect(histogram.count == 1)
        #expect(histogram.counts.reduce(0, +) == 1)
        return try #require(histogram.counts.firstIndex(of: 1))
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
