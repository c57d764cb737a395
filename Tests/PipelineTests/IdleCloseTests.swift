import Banking
import Testing

@testable import Pipeline

@Suite("When real time may move a clock")
struct IdleCloseTests {
    private static func target(
        _ idle: IdleClose, clock: Int64?, due: Int64?, now: Int64
    ) -> Int64? {
        func instant(_ seconds: Int64) -> Instant { Instant(microseconds: seconds * Micros.second) }
        return idle.target(clock: clock.map(instant), due: due.map(instant), now: instant(now))
            .map { $0.microseconds / Micros.second }
    }

    private static let idle = IdleClose(after: 10 * Micros.second, within: 1000 * Micros.second)

    @Test("only once something is due, and then to real time less `after`")
    func due() {
        #expect(Self.target(Self.idle, clock: 100, due: 500, now: 509) == nil)
        #expect(Self.target(Self.idle, clock: 100, due: 500, now: 510) == 500)
        #expect(Self.target(Self.idle, clock: 100, due: 500, now: 600) == 590)
    }

    @Test("only from within `within` of real time")
    func within() {
        #expect(Self.target(Self.idle, clock: 100, due: 500, now: 1100) == 1090)
        #expect(Self.target(Self.idle, clock: 100, due: 500, now: 1101) == nil)
    }

    @Test("a wall clock that jumps never moves a clock back, nor without a first record")
    func jumps() {
        // Ahead by more than `within`, then back.
        #expect(Self.target(Self.idle, clock: 100, due: 500, now: 90_000) == nil)
        #expect(Self.target(Self.idle, clock: 590, due: 580, now: 595) == nil)
        #expect(Self.target(Self.idle, clock: 590, due: 580, now: 0) == nil)
        #expect(Self.target(Self.idle, clock: 590, due: 580, now: -90_000) == nil)
        #expect(Self.target(Self.idle, clock: nil, due: nil, now: 600) == nil)
    }
}
