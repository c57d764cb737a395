import Banking
import Engine
import Testing

@testable import Pipeline

@Suite("Clock trail")
struct ClockTrailTests {
    static func clock(_ time: Int64) -> TaskClock {
        TaskClock(time: Instant(microseconds: time), lastClosed: Day(1))
    }

    @Test("a restore begins at the last point that is not after the oldest change")
    func points() {
        var trail = ClockTrail()
        trail.restart(100, TaskClock())
        for position in stride(from: Int64(100), through: 100_000, by: 100) {
            trail.note(position, Self.clock(position))
        }
        #expect(trail.count <= 100)
        for oldest in stride(from: Int64(100), through: 100_000, by: 777) {
            let point = trail.point(at: oldest)
            #expect(point.position <= oldest)
            #expect(oldest - point.position < 2 * ClockTrail.step)
            #expect(
                point.clock == (point.position == 100 ? TaskClock() : Self.clock(point.position)))
        }
        #expect(trail.count <= 3)
    }
}
