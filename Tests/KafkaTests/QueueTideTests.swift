import Testing

@testable import Kafka

@Suite("When a queue has ebbed")
struct QueueTideTests {
    /// Which of the lengths, after one poll each, are told.
    private func ebbs(_ lengths: [Int]) -> [Int] {
        var tide = QueueTide()
        return lengths.indices.filter { tide.ebbs(to: lengths[$0]) }
    }

    @Test("it is told once each time that the queue falls below half of what it held")
    func once() {
        #expect(ebbs([8000, 7000, 6000, 5000, 3500, 2500, 1500, 500, 0]) == [4])
        #expect(ebbs([8000, 3000, 2000, 8000, 7000, 3000, 0, 6000, 1000]) == [1, 5, 8])
    }

    @Test("a queue that never held much is not told")
    func small() {
        #expect(ebbs([QueueTide.least - 1, 0, 1000, 0, 500, 0]) == [])
    }

    @Test("a height that comes no more is forgotten")
    func forgets() {
        let high = [Int](repeating: 3000, count: 200)
        #expect(ebbs([50_000] + high).count == 1)
        #expect(ebbs([50_000] + high + [1400]).count == 2)
    }
}
