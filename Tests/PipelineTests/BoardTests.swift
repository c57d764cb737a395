import Synchronization
import Testing

@testable import Pipeline

@Suite("What is published")
struct BoardTests {
    /// What an operator is shown of partition 0 with this outlook.
    private static func sighted(
        _ change: (inout TaskSnapshot) -> Void, low: Int64, high: Int64
    ) -> TaskSnapshot? {
        let board = Board(workers: 1, labels: [])
        var task = TaskSnapshot(topic: "t", partition: 0)
        change(&task)
        board.setTasks([task], worker: 0)
        board.setOutlooks([0: Outlook(low: low, high: high)])
        return board.facts.withLock { $0.sightedTasks }.first
    }

    @Test("a partition that is blocked lags behind what comes in, from the offset committed on")
    func blocked() {
        let task = Self.sighted(
            {
                $0.state = .blocked
                ($0.committed, $0.position, $0.end) = (100, 100, 100)
            }, low: 0, high: 175)
        #expect(task?.end == 175)
        #expect(task?.lagRecords == 75)
    }

    @Test(
        "what an open transaction hides is part of the lag, and what was seen before is not twice")
    func hidden() {
        let task = Self.sighted(
            {
                $0.state = .running
                ($0.committed, $0.position, $0.end, $0.lagRecords) = (90, 100, 100, 10)
            }, low: 0, high: 130)
        #expect(task?.lagRecords == 40)
    }

    @Test(
        "the reserve is what is kept below the low-water mark, below 0 where a restart misses records",
        arguments: [(low: 40, reserve: 50), (90, 0), (97, -7)])
    func reserve(low: Int64, reserve: Int64) {
        let task = Self.sighted(
            {
                $0.state = .running
                $0.lowWater = 90
            }, low: low, high: 130)
        #expect(task?.reserveRecords == reserve)
    }
}
