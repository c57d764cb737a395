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
    var states: [[UInt8]: (bytes: [UInt8], lsn: Int64, lastClosed: Day?)] = [:]
    /// The last move of the clock before each record: a compacted topic keeps no more.
    var advances: [Int: Instant] = [:]
    /// Steps taken.
    var taken = 0
    /// The offset after the last record taken.
    var position = 0
    /// Where replay begins.
    var low = 0
    /// The clock at `low`.
    var clock = TaskClock()
    /// Of the step that is under way: the close that is open, what was told, and where the clock stands.
    var openClose: OpenClose?
    var told: [OracleAlert] = []
    var now = TaskClock()
}

/// How closes are cut.
private struct Cut {
    var pace = ClosePace()
    var seed: UInt64

    init(_ dice: inout Dice) {
        pace.whole = dice.number(0...1)
        pace.alerts = dice.number(1...2)
        pace.customers = dice.pick([1, 2, 1000])
        seed = dice.next()
    }
}

/// A run over a history that commits and crashes as its dice say.
private struct CrashingRun: ~Copyable {
    /// The record at an offset, or a move of the clock before it.
    struct Step {
        var offset: Int
        var advance: Instant?
    }

    let history: History
    let steps: [Step]
    var engine: EngineRun
    var committed = Committed()
    /// The clock before each step.
    var clocks: [TaskClock] = [TaskClock()]
    /// Alerts by step.
    var alerts: [Int: [OracleAlert]] = [:]
    var taken = 0
    /// Alerts of the step that is under way.
    var told: [OracleAlert] = []
    /// Parts in which closes were done.
    var parts = 0
    let cut: Cut?

    init(_ history: History, _ cut: Cut? = nil) {
        self.history = history
        self.cut = cut
        steps = (0...history.events.count).flatMap { offset in
            let advances = (history.advances[offset] ?? []).map {
                Step(offset: offset, advance: $0)
            }
            return offset < history.events.count ? advances + [Step(offset: offset)] : advances
        }
        engine = CrashingRun.engine(history, cut)
    }

    private static func engine(_ history: History, _ cut: Cut?) -> EngineRun {
        var engine = EngineRun(policy: history.policy)
        if let cut {
            var dice = Dice(seed: cut.seed)
            engine.cut(cut.pace) { dice.chance(30) }
        }
        return engine
    }

    var isOver: Bool { taken == steps.count }
    /// The offset after the last record taken.
    var position: Int { isOver ? history.events.count : steps[taken].offset }

    /// Takes a step, or a part of the close that it causes.
    mutating func step() {
        let step = steps[taken]
        var outcome = Outcome.applied
        let isGoingOn = engine.shard.mustContinueClose
        if isGoingOn {
            engine.shard.continueClose()
        } else if let time = step.advance {
            _ = engine.shard.advance(to: time, offset: Int64(step.offset))
        } else {
            outcome = engine.apply(history.events[step.offset], offset: Int64(step.offset))
        }
        told += engine.drain().map {
            var alert = $0
            // By the record's time latency is measured, nothing told: a close that goes on after a crash has none.
            alert.sourceTimestamp = -1
            return alert
        }
        guard !isGoingOn, !engine.shard.mustContinueClose, outcome != .closing else {
            parts += 1
            return
        }
        alerts[taken] = told
        told = []
        taken += 1
        clocks.replaceSubrange(min(taken, clocks.count)..., with: [engine.shard.clock])
    }

    /// Writes at most `slice` states; a restore begins `back` records before the oldest that is not written.
    mutating func commit(slice: Int, back: Int) {
        var key: [UInt8] = []
        var state: [UInt8] = []
        for _ in 0..<min(slice, engine.shard.dirtyCount) {
            let lastClosed = engine.shard.takeOldestDirty(key: &key, state: &state)
            committed.states[key] = (state, Int64(position - 1), lastClosed)
        }
        committed.taken = taken
        committed.position = position
        committed.low = max(0, (engine.shard.oldestDirty.map { Int($0) } ?? position) - back)
        let low = committed.low
        // Where nothing is left to be written, moves of the clock at the position need not be repeated.
        let isClean = engine.shard.dirtyCount == 0 && low == position
        let first = steps.firstIndex { $0.offset >= low } ?? taken
        committed.clock = isClean ? engine.shard.clock : clocks[first]
        committed.advances = [:]
        for step in steps[..<taken] where step.advance != nil {
            committed.advances[step.offset] = step.advance
        }
        if !isOver, steps[taken].advance != nil, engine.shard.clock != clocks[taken] {
            committed.advances[position] = engine.shard.clock.time
        }
        committed.openClose = engine.shard.openClose
        committed.told = told
        committed.now = engine.shard.clock
    }

    /// Whether no step is under way.
    var isBetweenSteps: Bool {
        engine.shard.openClose == nil && engine.shard.clock == clocks[taken]
    }

    /// Begins anew from what was committed; what came after it is read again.
    mutating func crash() throws {
        engine = CrashingRun.engine(history, cut)
        for (key, state) in committed.states {
            try engine.shard.install(
                key: key.span, state: state.bytes.span, lsn: state.lsn,
                lastClosed: state.lastClosed)
        }
        engine.shard.beginReplay(at: committed.clock, to: committed.now)
        for offset in committed.low..<committed.position {
            repeatAdvance(offset)
            _ = engine.apply(history.events[offset], offset: Int64(offset))
        }
        if let close = committed.openClose, let time = committed.now.time {
            engine.shard.reopen(close, time: time, offset: Int64(committed.position))
        } else {
            repeatAdvance(committed.position)
        }
        engine.shard.endReplay()
        _ = engine.drain()
        taken = committed.taken
        told = committed.told
    }

    private mutating func repeatAdvance(_ offset: Int) {
        guard let time = committed.advances[offset] else { return }
        _ = engine.shard.advance(to: time, offset: Int64(offset))
    }
}

@Suite("Replay and live agree")
struct ReplayTests {
    @Test("After a crash at any commit alerts and states are those of a run without a crash")
    func crashes() throws {
        for seed in seeds(1000) {
            var dice = Dice(seed: seed &+ 1_000_000)
            let history = seed % 20 == 0 ? dice.busyHistory() : dice.history()
            if let text = try trouble(history, &dice) {
                let (small, still) = try shrunken(history, text)
                Issue.record("seed \(seed): \(still)\n\(small.description)")
                return
            }
        }
    }

    @Test("A close in parts of any size tells and leaves what one at once does")
    func parts() {
        var cuts = 0
        for seed in seeds(1000) {
            var dice = Dice(seed: seed &+ 3_000_000)
            let history = dice.history()
            var whole = CrashingRun(history)
            while !whole.isOver { whole.step() }
            var run = CrashingRun(history, Cut(&dice))
            while !run.isOver { run.step() }
            cuts += run.parts
            for step in run.steps.indices where run.alerts[step] != whole.alerts[step] {
                let found = (run.alerts[step] ?? []).map(\.description)
                let expected = (whole.alerts[step] ?? []).map(\.description)
                Issue.record("seed \(seed) step \(step): \(found), expected \(expected)")
                return
            }
            #expect(run.engine.shard.clock == whole.engine.shard.clock, "seed \(seed)")
            run.commit(slice: .max, back: 0)
            whole.commit(slice: .max, back: 0)
            let states = run.committed.states.mapValues(\.bytes)
            #expect(states == whole.committed.states.mapValues(\.bytes), "seed \(seed)")
        }
        #expect(cuts > 1000)
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
            try later.shard.install(
                key: key.span, state: state.bytes.span, lsn: state.lsn,
                lastClosed: state.lastClosed)
        }
        later.shard.beginReplay(at: TaskClock(), to: TaskClock())
        later.shard.endReplay()
        for offset in 3..<6 { _ = later.apply(events[offset], offset: Int64(offset)) }
        later.shard.closeThrough(day + 9, offset: 6)
        #expect(later.shard.clock.lastClosed == day + 9)
        #expect(later.view(of: "c0")?.tier == "ordinary")
    }

    @Test("Of several moves of the clock between two records the last one stands for all")
    func lastAdvance() {
        var moves = 0
        for seed in seeds(1000) {
            var dice = Dice(seed: seed)
            let history = dice.history()
            guard history.advances.values.contains(where: { $0.count > 1 }) else { continue }
            moves += 1
            var compacted = history
            compacted.advances = history.advances.mapValues { $0.suffix(1) }
            var all = CrashingRun(history)
            var last = CrashingRun(compacted)
            while !all.isOver { all.step() }
            while !last.isOver { last.step() }
            #expect(all.engine.shard.clock == last.engine.shard.clock, "seed \(seed)")
            #expect(told(all) == told(last), "seed \(seed)")
            let text = views(&all.engine, &last.engine, history)
            #expect(text == nil, "seed \(seed): \(text ?? "")")
        }
        #expect(moves > 50)
    }

    private func told(_ run: borrowing CrashingRun) -> [OracleAlert] {
        run.steps.indices.flatMap { run.alerts[$0] ?? [] }
    }

    /// Leaves out events as long as some choice of commits and crashes still shows trouble.
    private func shrunken(_ history: History, _ text: String) throws -> (History, String) {
        var (small, still) = (history, text)
        var index = 0
        while index < small.events.count {
            var candidate = small
            candidate.remove(at: index)
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
        while !calm.isOver { calm.step() }
        var run = CrashingRun(history, dice.chance(60) ? Cut(&dice) : nil)
        var story: [String] = []
        while !run.isOver {
            run.step()
            if dice.chance(40) {
                run.commit(slice: dice.number(0...2), back: dice.pick([0, 0, 1, 3, .max / 2]))
                let close = run.committed.openClose.map { " in \($0)" } ?? ""
                story.append("commit at \(run.taken) low \(run.committed.low)\(close)")
            }
            if dice.chance(15) {
                try run.crash()
                story.append("crash back to \(run.taken)")
                let now = run.taken == 0 && run.told.isEmpty ? run.clocks[0] : run.committed.now
                if run.engine.shard.clock != now
                    || run.engine.shard.openClose != run.committed.openClose
                {
                    return "\(story) clock \(run.engine.shard.clock), expected \(now), open"
                        + " \(String(describing: run.engine.shard.openClose))"
                }
                if run.isBetweenSteps, let text = try difference(&run, after: run.taken, history) {
                    return "\(story) \(text)"
                }
            }
            if story.count > 12 { break }
        }
        while !run.isOver { run.step() }
        for step in run.steps.indices where calm.alerts[step] != run.alerts[step] {
            let found = (run.alerts[step] ?? []).map(\.description)
            let expected = (calm.alerts[step] ?? []).map(\.description)
            return "\(story) alerts of step \(step): \(found), expected \(expected)"
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
        _ run: inout CrashingRun, after step: Int, _ history: History
    ) throws -> String? {
        var straight = CrashingRun(history)
        while straight.taken < step { straight.step() }
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
