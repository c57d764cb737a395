// State is written behind: a commit holds a slice of the oldest dirty customers, and after a crash the input from the
// oldest dirty offset on is replayed silently. Here without Kafka: a crash at any commit must not be seen in what
// follows.
import Banking
import Engine
import Oracle
import Randomness
import Testing

/// What the last commit left behind.
private struct Committed {
    var states: [[UInt8]: (bytes: [UInt8], lsn: Int64)] = [:]
    /// The offset after the last record taken.
    var position = 0
    /// Where replay begins.
    var low = 0
    /// The clock before the record at `low`.
    var clock = TaskClock()
}

/// A run over a history that commits and crashes as its dice say.
private struct CrashingRun: ~Copyable {
    let history: History
    var engine: EngineRun
    var committed = Committed()
    /// The clock before each record.
    var clocks: [TaskClock] = [TaskClock()]
    /// Alerts by offset.
    var alerts: [Int: [OracleAlert]] = [:]
    var position = 0

    init(_ history: History) {
        self.history = history
        engine = EngineRun(policy: history.policy)
    }

    mutating func step() {
        _ = engine.apply(history.events[position], offset: Int64(position))
        alerts[position] = engine.drain()
        position += 1
        if clocks.count > position {
            clocks[position] = engine.shard.clock
        } else {
            clocks.append(engine.shard.clock)
        }
    }

    /// Writes at most `slice` states; a restore begins `back` records before the oldest that is not written.
    mutating func commit(slice: Int, back: Int) {
        var key: [UInt8] = []
        var state: [UInt8] = []
        for _ in 0..<min(slice, engine.shard.dirtyCount) {
            engine.shard.takeOldestDirty(key: &key, state: &state)
            committed.states[key] = (state, Int64(position - 1))
        }
        committed.position = position
        committed.low = max(0, (engine.shard.oldestDirty.map { Int($0) } ?? position) - back)
        committed.clock = clocks[committed.low]
    }

    /// Begins anew from what was committed; what came after it is read again.
    mutating func crash() throws {
        engine = EngineRun(policy: history.policy)
        for (key, state) in committed.states {
            try engine.shard.install(
                key: key.span, state: state.bytes.span, lsn: state.lsn)
        }
        engine.shard.beginReplay(at: committed.clock)
        for offset in committed.low..<committed.position {
            _ = engine.apply(history.events[offset], offset: Int64(offset))
        }
        engine.shard.endReplay()
        _ = engine.drain()
        position = committed.position
    }
}

@Suite("Replay and live agree")
struct ReplayTests {
    @Test("After a crash at any commit alerts and states are those of a run without a crash")
    func crashes() throws {
        for seed in seeds(1000) {
            var dice = Dice(seed: seed &+ 1_000_000)
            let history = dice.history()
            if let text = try trouble(history, &dice) {
                let (small, still) = try shrunken(history, text)
                Issue.record("seed \(seed): \(still)\n\(small.description)")
                return
            }
        }
    }

    @Test("What came before an account was opened is not judged by the account's kind")
    func kindOfLaterAccount() throws {
        var dice = Dice(seed: 1)
        let day = try #require(Day(year: 2025, month: 5, day: 6))
        let policy = dice.policy(base: day)
        func event(_ id: String, _ status: EntryStatus, _ kind: AccountKind, hour: Int64)
            -> OracleEvent
        {
            var event = OracleEvent()
            event.id = id
            event.customerID = "c"
            event.accountID = "a"
            event.amountMinor = 100
            event.bookedAt = policy.calendar.start(of: day) + hour * Micros.hour
            event.status = status
            event.accountKind = kind
            return event
        }
        for status in [EntryStatus.info, .pending] {
            let events = [
                event("1", status, .loan, hour: 12), event("2", .booked, .deposit, hour: 9),
            ]
            var run = CrashingRun(History(policy: policy, events: events, daysToClose: 0))
            run.step()
            run.step()
            run.commit(slice: 1, back: 2)
            try run.crash()
            #expect(run.committed.low == 0)
            #expect(run.engine.shard.clock == run.clocks[2], "after \(status)")
        }
    }

    @Test("States without a clock and without a replay take their dates from the first record")
    func datesWithoutReplay() throws {
        var dice = Dice(seed: 4)
        let day = try #require(Day(year: 2025, month: 5, day: 6))
        var policy = dice.policy(base: day)
        policy.tiers.levels = [.init(name: "ordinary", fromMinor: 0)]
        var events: [OracleEvent] = []
        for number in 0..<6 {
            var event = OracleEvent()
            event.id = "e\(number)"
            event.customerID = "c\(number % 3)"
            event.accountID = "a\(number % 3)"
            event.amountMinor = 100
            event.bookedAt = policy.calendar.start(of: day + number / 3) + 12 * Micros.hour
            events.append(event)
        }
        var run = CrashingRun(History(policy: policy, events: events, daysToClose: 0))
        for _ in 0..<3 { run.step() }
        run.commit(slice: 3, back: 0)
        var later = EngineRun(policy: policy)
        for (key, state) in run.committed.states {
            try later.shard.install(key: key.span, state: state.bytes.span, lsn: state.lsn)
        }
        later.shard.beginReplay(at: TaskClock())
        later.shard.endReplay()
        for offset in 3..<6 { _ = later.apply(events[offset], offset: Int64(offset)) }
        later.shard.closeThrough(day + 9, offset: 6)
        #expect(later.shard.clock.lastClosed == day + 9)
        #expect(later.view(of: "c0")?.tier == "ordinary")
    }

    /// Leaves out events as long as some choice of commits and crashes still shows trouble.
    private func shrunken(_ history: History, _ text: String) throws -> (History, String) {
        var (small, still) = (history, text)
        var index = 0
        while index < small.events.count {
            var candidate = small
            candidate.events.remove(at: index)
            var found: String?
            for seed in 1...40 where found == nil {
                var dice = Dice(seed: UInt64(seed))
                found = try trouble(candidate, &dice)
            }
            if let found {
                (small, still) = (candidate, found)
            } else {
                index += 1
            }
        }
        return (small, still)
    }

    private func trouble(_ history: History, _ dice: inout Dice) throws -> String? {
        var calm = CrashingRun(history)
        while calm.position < history.events.count { calm.step() }
        var run = CrashingRun(history)
        var story: [String] = []
        while run.position < history.events.count {
            run.step()
            if dice.chance(40) {
                run.commit(slice: dice.number(0...2), back: dice.pick([0, 0, 1, 3, .max / 2]))
                story.append("commit at \(run.position) low \(run.committed.low)")
            }
            if dice.chance(15) {
                try run.crash()
                story.append("crash back to \(run.position)")
                if run.engine.shard.clock != run.clocks[run.position] {
                    return "\(story) clock \(run.engine.shard.clock), expected"
                        + " \(run.clocks[run.position])"
                }
                if let text = try difference(&run, after: run.position, history) {
                    return "\(story) \(text)"
                }
            }
            if story.count > 12 { break }
        }
        while run.position < history.events.count { run.step() }
        for offset in history.events.indices where calm.alerts[offset] != run.alerts[offset] {
            let found = (run.alerts[offset] ?? []).map(\.description)
            let expected = (calm.alerts[offset] ?? []).map(\.description)
            return "\(story) alerts of record \(offset): \(found), expected \(expected)"
        }
        return ends(&run, &calm, history).map { "\(story) \($0)" }
    }

    /// Compares what days closed at the end tell, and what is known of every customer.
    private func ends(
        _ run: inout CrashingRun, _ calm: inout CrashingRun, _ history: History
    ) -> String? {
        if let last = calm.engine.shard.clock.lastClosed {
            let offset = Int64(history.events.count)
            run.engine.shard.closeThrough(last + 3, offset: offset)
            calm.engine.shard.closeThrough(last + 3, offset: offset)
        }
        let found = run.engine.drain()
        let expected = calm.engine.drain()
        if found != expected {
            return "alerts at the end: \(found.map(\.description)),"
                + " expected \(expected.map(\.description))"
        }
        return views(&run.engine, &calm.engine, history)
    }

    /// Compares a run after a crash with one that went straight there.
    private func difference(
        _ run: inout CrashingRun, after position: Int, _ history: History
    ) throws -> String? {
        var straight = CrashingRun(history)
        while straight.position < position { straight.step() }
        return views(&run.engine, &straight.engine, history)
    }

    private func views(
        _ one: inout EngineRun, _ other: inout EngineRun, _ history: History
    ) -> String? {
        for id in Set(history.events.map(\.customerID)).sorted() {
            let found = one.view(of: id).map(standing)
            let expected = other.view(of: id).map(standing)
            if found != expected {
                return "customer \(id) is \(found ?? "unknown"), expected \(expected ?? "unknown")"
            }
        }
        return nil
    }
}
