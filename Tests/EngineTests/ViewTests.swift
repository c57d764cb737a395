// What others see of a customer, in answers and in the topic `balances`: what holds now, and only when it has moved.
import Banking
import Engine
import Oracle
import Testing

@Suite("Views of customers")
struct ViewTests {
    private static let start = Int64(20_000) * Micros.day

    private func run(coolDown: Int64 = 0, share: Ratio? = nil) -> EngineRun {
        var rule = Rule(id: "outflow", version: 1, kind: .cumulativeOutflow)
        rule.window = Micros.day
        rule.atLeast = share == nil ? 1000 : nil
        rule.shareOfBalance = share
        rule.coolDown = coolDown
        return EngineRun(
            policy: Policy(
                calendar: BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0), currency: .cny,
                dayCloseAfter: 30 * Micros.minute, duplicateHorizon: 7 * Micros.day,
                reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour, tiers: TierPolicy(),
                rules: [rule]), tracksChanges: true)
    }

    private func event(
        _ id: String, _ direction: Direction, _ amount: Int64, hours: Int64,
        status: EntryStatus = .booked
    ) -> OracleEvent {
        var event = OracleEvent()
        event.id = id
        event.customerID = "c"
        event.accountID = "a"
        event.direction = direction
        event.amountMinor = amount
        event.bookedAt = Instant(microseconds: Self.start + hours * Micros.hour)
        event.status = status
        return event
    }

    /// Whether the rule shows as armed so many hours after the start.
    private func isArmed(_ run: inout EngineRun, hours: Int64) -> Bool? {
        let time = Instant(microseconds: Self.start + hours * Micros.hour)
        _ = run.shard.advance(to: time, offset: -1)
        return run.view(of: "c")?.flows.first?.isArmed
    }

    @Test("a rule that has fired is armed once its window is empty, though nothing has come since")
    func armed() {
        var run = run()
        _ = run.apply(event("1", .debit, 1000, hours: 0), offset: 0)
        let armed = [0, 23, 24, 100].map { isArmed(&run, hours: $0) }
        #expect(armed == [false, false, true, true])
        _ = run.apply(event("2", .debit, 1000, hours: 101), offset: 1)
        #expect(run.drain().count == 2)
        #expect(run.view(of: "c")?.flows.first?.isArmed == false)
    }

    @Test("a rule is not armed before its cool-down is over")
    func coolDown() {
        var run = run(coolDown: 2 * Micros.day)
        _ = run.apply(event("1", .debit, 1000, hours: 0), offset: 0)
        let armed = [25, 47, 48].map { isArmed(&run, hours: $0) }
        #expect(armed == [false, false, true])
    }

    @Test("the share of a rule is of the balance at the start of the window that ends now")
    func share() {
        var run = run(share: Ratio(numerator: 1, denominator: 2))
        _ = run.apply(event("1", .credit, 1000, hours: 0), offset: 0)
        _ = run.apply(event("2", .debit, 500, hours: 30), offset: 1)
        _ = run.apply(event("3", .credit, 9000, hours: 31), offset: 2)
        let armed = [31, 53, 54].map { isArmed(&run, hours: $0) }
        #expect(run.drain().count == 1)
        #expect(armed == [false, false, true])
    }

    @Test("a pending entry changes nothing that others see; its booking does")
    func pending() {
        var run = run()
        _ = run.apply(event("1", .debit, 100, hours: 0, status: .pending), offset: 0)
        _ = run.apply(event("2", .debit, 100, hours: 0, status: .info), offset: 1)
        #expect(run.shard.changedCount == 0)
        #expect(run.shard.dirtyCount == 1, "its state must be written")
        _ = run.apply(event("1", .debit, 100, hours: 1), offset: 2)
        #expect(run.shard.changedCount == 1)
        let view = run.shard.takeChanged()
        #expect(view?.measure.minor == -100)
        _ = run.apply(event("3", .debit, 100, hours: 2, status: .pending), offset: 3)
        _ = run.apply(event("1", .debit, 100, hours: 1), offset: 4)
        #expect(run.shard.changedCount == 0)
    }
}
