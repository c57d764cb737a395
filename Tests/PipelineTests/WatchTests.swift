import Testing

@testable import Pipeline

@Suite("What is watched from outside the workers")
struct WatchTests {
    private static func sight(
        position: Int64 = 100, lowWater: Int64? = 100, low: Int64 = 0, stableEnd: Int64 = 100,
        high: Int64 = 100
    ) -> PartitionSight {
        PartitionSight(
            position: position, lowWater: lowWater, low: low, stableEnd: stableEnd, high: high)
    }

    @Test("a transaction that is open for ten seconds holds a partition back, until it ends")
    func held() {
        var watch = PartitionWatch()
        let open = Self.sight(high: 130)
        watch.look(open, now: 0)
        watch.look(open, now: 9999)
        #expect(!watch.isHeld)
        watch.look(open, now: 10_000)
        #expect(watch.isHeld)
        #expect(watch.reason(open)?.contains("holds back 30 records from offset 100 on") == true)
        watch.look(Self.sight(position: 130, lowWater: 130, stableEnd: 130, high: 130), now: 12_000)
        #expect(!watch.isHeld)
    }

    @Test(
        "transactions that end one after the other hold nothing back, and neither does a task that lags"
    )
    func notHeld() {
        var watch = PartitionWatch()
        for turn in 0..<20 {
            let position = Int64(100 + turn)
            watch.look(
                Self.sight(position: position, stableEnd: position, high: 200),
                now: Int64(turn) * 2000)
            #expect(!watch.isHeld)
        }
        watch = PartitionWatch()
        for turn in 0..<20 {
            watch.look(Self.sight(stableEnd: 180, high: 200), now: Int64(turn) * 2000)
            #expect(!watch.isHeld)
        }
    }

    @Test(
        "little input below S is a danger when some was deleted already and there is something to read again",
        arguments: [
            (lowWater: 109, low: 100, high: 150, isThin: true),
            (lowWater: 110, low: 100, high: 150, isThin: false),
            (lowWater: 4, low: 0, high: 150, isThin: false),
            (lowWater: 150, low: 150, high: 150, isThin: false),
            (lowWater: 90, low: 100, high: 150, isThin: true),
        ])
    func reserve(lowWater: Int, low: Int, high: Int, isThin: Bool) {
        var watch = PartitionWatch()
        let sight = Self.sight(
            position: Int64(high), lowWater: Int64(lowWater), low: Int64(low),
            stableEnd: Int64(high), high: Int64(high))
        watch.look(sight, now: 0)
        #expect(!watch.isThin)
        watch.look(sight, now: 5000)
        #expect(watch.isThin == isThin)
        #expect((watch.reason(sight) != nil) == isThin)
    }

    @Test(
        "a worker that turns, and commits that end, are no stall; a commit without end becomes one")
    func stalls() {
        let pulse = Pulse()
        var watch = StallWatch(pulse.beats)
        for _ in 0..<300 {
            pulse.turn()
            pulse.commitBegins()
            watch.look(pulse.beats, elapsed: 1000)
            pulse.commitEnds()
        }
        #expect(watch.suspicion == nil)
        pulse.commitBegins()
        for _ in 0..<16 {
            pulse.turn()
            watch.look(pulse.beats, elapsed: 1000)
        }
        #expect(watch.suspicion == "a commit has been under way for 15 s")
        #expect(!watch.hangs)
        for _ in 0..<105 { watch.look(pulse.beats, elapsed: 1000) }
        #expect(watch.hangs)
        pulse.commitEnds()
        pulse.turn()
        watch.look(pulse.beats, elapsed: 1000)
        #expect(watch.suspicion == nil)
    }

    @Test("time in which the watcher itself was stopped counts for nothing")
    func sleeps() {
        let pulse = Pulse()
        var watch = StallWatch(pulse.beats)
        watch.look(pulse.beats, elapsed: 600_000)
        #expect(watch.suspicion == nil)
    }

    @Test("the end of a changelog that goes back for good tells that it is another one")
    func changelog() {
        var watch = ChangelogWatch()
        // What one answer says may be old.
        let ends: [Int64] = [0, 40, 40, 55, 41, 55, 0, 12]
        let answers = ends.map { watch.hasFallen(to: $0) }
        #expect(answers == [false, false, false, false, false, false, false, true])
        #expect(watch.highest == 55)
    }
}
