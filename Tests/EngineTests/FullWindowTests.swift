// Windows with more entries than are held one by one (semantics 5.7).
import Banking
import Engine
import Oracle
import Testing

@Suite("Windows that are full")
struct FullWindowTests {
    private static let start = Int64(20_000) * Micros.day
    private static let debits = 5000

    private func policy(capacity: Int = 4096) -> Policy {
        var rule = Rule(id: "outflow-24h", version: 1, kind: .cumulativeOutflow)
        rule.window = 24 * Micros.hour
        rule.atLeast = Int64.max
        var policy = Policy(
            calendar: BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0), currency: .cny,
            dayCloseAfter: 30 * Micros.minute, duplicateHorizon: 7 * Micros.day,
            reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour, tiers: TierPolicy(),
            rules: [rule])
        policy.windowCapacity = capacity
        return policy
    }

    /// Applies a debit of 1.00 so long after the start.
    private func pay(_ run: inout EngineRun, at time: Int64, offset: Int) {
        var event = OracleEvent()
        event.id = "e\(offset)"
        event.customerID = "shop"
        event.accountID = "till"
        event.amountMinor = 100
        event.bookedAt = Instant(microseconds: Self.start + time)
        guard case .applied = run.apply(event, offset: Int64(offset)) else {
            Issue.record("entry \(offset) is not applied")
            return
        }
    }

    @Test("beyond 4,096 entries the oldest minutes leave as a whole, with their newest entry")
    func minutes() throws {
        var run = EngineRun(policy: policy())
        // Ten a minute.
        for index in 0..<Self.debits {
            pay(&run, at: Int64(index) * 6 * Micros.second, offset: index)
        }
        // 101 minutes of ten have become one each: the fewest that leave 4,096.
        #expect(run.shard.counters.windowMerged == 909)
        let full = Int128(Self.debits)
        let (minute, hour) = (Micros.minute, Micros.hour)
        let times = [
            8 * hour + 20 * minute,
            // Five of the first minute's are too old for the window, the newest is not.
            24 * hour + 27 * Micros.second, 24 * hour + 54 * Micros.second,
            25 * hour + 53 * Micros.second, 25 * hour + 54 * Micros.second,
            // Later minutes were not merged.
            24 * hour + 200 * minute + 27 * Micros.second,
        ]
        let sums = times.map { sum(&run, at: $0) }
        #expect(sums == [full, full, full - 10, full - 600, full - 610, full - 2005])
    }

    @Test("a minute of which some have left already is in the window again as a whole")
    func minuteAtTheEdge() {
        var run = EngineRun(policy: policy(capacity: 1))
        pay(&run, at: 0, offset: 0)
        pay(&run, at: 40 * Micros.second, offset: 1)
        #expect(run.shard.counters.windowMerged == 0)
        let day = 24 * Micros.hour
        pay(&run, at: day + 20 * Micros.second, offset: 2)
        #expect(run.shard.counters.windowMerged == 0)
        let sums = [20, 30, 40].map { sum(&run, at: day + $0 * Micros.second) }
        #expect(sums == [3, 3, 1])
    }

    /// The sum of the window that ends so long after the start, in whole units; nil for a customer who has none.
    private func sum(_ run: inout EngineRun, at time: Int64) -> Int128? {
        _ = run.shard.advance(to: Instant(microseconds: Self.start + time), offset: -1)
        return run.view(of: "shop")?.flows.first.map { $0.sumMinor / 100 }
    }
}
