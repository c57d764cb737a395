// What feeds and operators do seldom: entries whose time lies far before their date, ids used twice, accounts without
// number, years without tiers, levels that change.
import Banking
import Engine
import Oracle
import Randomness
import Testing

private let start = Int64(20_000) * Micros.day

private func policy(_ rules: [Rule], tiers: TierPolicy = TierPolicy()) -> Policy {
    Policy(
        calendar: BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0), currency: .cny,
        dayCloseAfter: 30 * Micros.minute, duplicateHorizon: 7 * Micros.day,
        reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour, tiers: tiers, rules: rules)
}

private func tiers(gold: Int64, days: Int) -> TierPolicy {
    TierPolicy(
        trailingDays: days,
        levels: [.init(name: "ordinary", fromMinor: 0), .init(name: "gold", fromMinor: gold)])
}

private func outflow(_ limit: Int64) -> Rule {
    var rule = Rule(id: "outflow", version: 1, kind: .cumulativeOutflow)
    rule.window = Micros.day
    rule.atLeast = limit
    return rule
}

private func event(
    _ id: String, _ customer: String, _ direction: Direction, _ amount: Int64, at time: Int64,
    date: Int32? = nil, status: EntryStatus = .booked
) -> OracleEvent {
    var event = OracleEvent()
    event.id = id
    event.customerID = customer
    event.accountID = "a-\(customer)"
    event.direction = direction
    event.amountMinor = amount
    event.bookedAt = Instant(microseconds: time)
    event.bookingDate = date.map { Day($0) }
    event.status = status
    return event
}

/// All states of `run`, as a commit writes them.
private func states(of run: inout EngineRun) -> [[UInt8]: [UInt8]] {
    var (key, state): ([UInt8], [UInt8]) = ([], [])
    var states: [[UInt8]: [UInt8]] = [:]
    while run.shard.oldestDirty != nil {
        run.shard.takeOldestDirty(key: &key, state: &state)
        states[key] = state
    }
    return states
}

@Suite("Odd feeds")
struct OddFeedTests {
    @Test(
        "What an entry from long ago brings does not depend on what the log has let go of",
        arguments: [false, true])
    func oldTime(hasFired: Bool) {
        var outcomes: Set<Int> = []
        // Logs with more and with less room.
        for fill in 0..<24 {
            for tidies in [false, true] {
                outcomes.insert(told(early: fill / 4, later: fill % 4, tidies, hasFired))
            }
        }
        #expect(outcomes.count == 1, "\(outcomes)")
    }

    /// Alerts of a debit on top of others that were forgotten long ago, among so many credits.
    private func told(early: Int, later: Int, _ tidies: Bool, _ hasFired: Bool) -> Int {
        var run = EngineRun(policy: policy([outflow(1000)]))
        var offset: Int64 = 0
        func apply(_ event: OracleEvent) {
            #expect(run.apply(event, offset: offset) == .applied)
            offset += 1
        }
        for number in 0..<early { apply(event("p\(number)", "c", .credit, 1, at: start)) }
        apply(event("A", "c", .debit, 600, at: start))
        if hasFired { apply(event("a", "c", .debit, 600, at: start + 1)) }
        let now = start + 60 * Micros.day
        apply(event("X", "d", .credit, 1, at: now))
        for number in 0..<Int64(later) {
            apply(event("f\(number)", "c", .credit, 1, at: now + number))
        }
        if tidies { run.shard.tidy(1000) }
        let amount: Int64 = hasFired ? 1000 : 600
        apply(event("B", "c", .debit, amount, at: start + Micros.hour, date: 20_060))
        return run.drain().count
    }

    @Test(
        "A restore leads to the clock of a run in which a pending entry came twice and was booked")
    func pendingTwice() throws {
        let bank = policy([outflow(1_000_000)], tiers: tiers(gold: 10_000, days: 1))
        var live = EngineRun(policy: bank)
        _ = live.apply(event("0", "d", .debit, 100, at: start), offset: 0)
        let low = live.shard.clock
        let hour = Micros.hour
        let events = [
            event("P", "c", .debit, 100, at: start + hour, status: .pending),
            event("P", "c", .debit, 120, at: start + 4 * hour, status: .pending),
            event("P", "c", .debit, 120, at: start + 2 * hour),
            event("X", "d", .credit, 100, at: start + 3 * hour),
        ]
        var outcomes: [Outcome] = []
        for (index, event) in events.enumerated() {
            outcomes.append(live.apply(event, offset: Int64(1 + index)))
        }
        guard case .refused = outcomes[1] else {
            Issue.record("the other pending entry: \(outcomes[1])")
            return
        }
        let written = states(of: &live)
        var restored = EngineRun(policy: bank)
        let id = Array("c".utf8)
        let state = try #require(written[id])
        try restored.shard.install(key: id.span, state: state.span, lsn: 4)
        restored.shard.beginReplay(at: low, to: live.shard.clock)
        for (index, event) in events.enumerated() {
            _ = restored.apply(event, offset: Int64(1 + index))
        }
        restored.shard.endReplay()
        #expect(restored.shard.clock == live.shard.clock)
    }

    @Test(
        "A customer's account beyond the most that are counted is refused, and the next record applied"
    )
    func accounts() {
        var run = EngineRun(policy: policy([outflow(1_000_000)]))
        var refused = 0
        var entry = event("", "c", .credit, 1, at: start)
        let most = Int64(UInt16.max) - 1
        for number in 0...most {
            entry.id = "e\(number)"
            entry.accountID = "\(number)"
            let outcome = run.apply(entry, offset: number)
            if case .refused(let refusal) = outcome {
                #expect(refusal.reason == .tooLarge && refusal.field == .accountID)
                refused += 1
            }
        }
        #expect(refused == 1)
        entry.id = "last"
        entry.accountID = "7"
        #expect(run.apply(entry, offset: most + 1) == .applied)
    }

    @Test("A first entry of the last century closes the dates since like any other")
    func lastCentury() {
        for days in [30, 365] {
            var run = EngineRun(policy: policy([], tiers: tiers(gold: 10_000, days: days)))
            let first = Int64(-7305) * Micros.day
            #expect(run.apply(event("1", "c", .credit, 20_000, at: first), offset: 0) == .applied)
            #expect(run.apply(event("2", "d", .credit, 1, at: start), offset: 1) == .applied)
            #expect(run.shard.clock.lastClosed == Day(19_998))
            #expect(run.view(of: "c")?.tier == "gold")
        }
    }

    @Test("Without tiers a customer's day-ends of years ago are let go of")
    func yearsWithoutTiers() {
        var run = EngineRun(policy: policy([outflow(1_000_000)]))
        var sizes: [Int] = []
        for day in 0..<Int64(1600) {
            let time = start + day * Micros.day
            _ = run.apply(event("e\(day)", "c", .credit, 100 + day, at: time), offset: day)
            run.shard.tidy(10)
            if day % 400 == 399 { sizes.append(states(of: &run).values.first?.count ?? 0) }
        }
        #expect(sizes[3] < sizes[1] + 100, "\(sizes)")
    }

    @Test(
        "Where a negative account counts as zero, day-ends of long ago are let go of, and tiers stay right"
    )
    func yearsByAccount() throws {
        var rule = Rule(id: "tier", version: 1, kind: .tierChange)
        rule.assigned = true
        var grading = tiers(gold: 40_000, days: 20)
        grading.negativeIsZero = true
        var single = Rule(id: "large", version: 1, kind: .singleOutflow)
        single.shareOfBalance = Ratio(text: "0.5")
        let bank = policy([rule, single, outflow(90_000)], tiers: grading)
        var dice = Dice(seed: 3)
        var events: [OracleEvent] = []
        var run = EngineRun(policy: bank)
        var sizes: [Int] = []
        for day in 0..<Int64(300) {
            // Two accounts that go below zero and come back, late entries and other value dates among theirs.
            let time = start + day * Micros.day - (dice.chance(20) ? 2 * Micros.day : 0)
            var entry = event(
                "e\(day)", "c", dice.chance(50) ? .debit : .credit,
                dice.pick([1000, 30_000, 80_000]), at: time)
            entry.accountID = "a\(dice.number(1...2))"
            if dice.chance(30) {
                entry.valueDate = Day(Int32(20_000 + day)) + dice.number(-5...1)
            }
            events.append(entry)
            _ = run.apply(entry, offset: day)
            run.shard.tidy(10)
            if day % 100 == 99 { sizes.append(states(of: &run).values.first?.count ?? 0) }
        }
        #expect(sizes[2] < sizes[0] + 300, "\(sizes)")
        let found = difference(History(policy: bank, events: events, daysToClose: 30))
        #expect(found == nil, "at event \(found?.step ?? 0): \(found?.text ?? "")")
    }

    @Test("A late entry says nothing of a tier that other levels give")
    func lateAfterNewLevels() throws {
        var rule = Rule(id: "tier", version: 1, kind: .tierChange)
        rule.assigned = true
        var first = EngineRun(policy: policy([rule], tiers: tiers(gold: 10_000, days: 30)))
        for day in 0..<Int64(5) {
            let entry = event("\(day)", "c", .credit, 10_000, at: start + day * Micros.day)
            _ = first.apply(entry, offset: day)
        }
        #expect(!first.drain().isEmpty)
        let written = states(of: &first)
        for hasLate in [false, true] {
            var next = EngineRun(policy: policy([rule], tiers: tiers(gold: 500_000, days: 30)))
            for (key, state) in written {
                try next.shard.install(key: key.span, state: state.span, lsn: 4)
            }
            next.shard.beginReplay(at: first.shard.clock, to: first.shard.clock)
            next.shard.endReplay()
            if hasLate {
                _ = next.apply(
                    event("late", "c", .credit, 1, at: start + Micros.day), offset: 5)
            }
            _ = next.apply(event("x", "d", .credit, 1, at: start + 8 * Micros.day), offset: 6)
            let told = next.drain().filter { $0.customerID == "c" }
            #expect(told.isEmpty, "\(hasLate): \(told)")
            #expect(next.view(of: "c")?.tier == "ordinary")
        }
    }
}
