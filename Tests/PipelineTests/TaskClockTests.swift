import Banking
import Checkpoint
import Engine
import Kafka
import Testing

@testable import Pipeline

/// One task whose customers rise at a close, fed by hand.
private struct Feeding: ~Copyable {
    static let noon: Int64 = 20_000 * Micros.day + 4 * Micros.hour
    let spool: Spool
    var task: PartitionTask
    var bench: Workbench
    var batch = Batch(capacity: 16)
    private let policy: Policy

    init(_ parts: PartPolicy = PartPolicy()) {
        var tier = Rule(id: "tier", version: 1, kind: .tierChange)
        tier.assigned = true
        policy = Policy(
            calendar: BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800),
            currency: .cny, dayCloseAfter: 30 * Micros.minute, duplicateHorizon: Micros.day,
            reversalHorizon: Micros.day, futureLimit: Micros.hour,
            tiers: TierPolicy(levels: [.init(name: "ordinary", fromMinor: 0)]), rules: [tier])
        let settings = Settings(policy: policy)
        spool = Spool(settings: settings, limits: .none)
        spool.parts = parts
        bench = Workbench(settings: settings, limits: .none)
        task = PartitionTask(
            partition: 0, shard: Shard(policy: policy), position: 0, spool: spool)
        task.committed = Commitment(offset: 0, text: "", lowWater: 0, openClose: nil)
    }

    /// Begins anew from what a commit would have left: some of the states, and the input from the low-water mark on.
    mutating func restore(_ progress: Progress, _ states: [[UInt8]: ([UInt8], StateReach)]) throws {
        task = PartitionTask(
            partition: 0, shard: Shard(policy: policy), position: progress.lowWater, spool: spool)
        for (key, (state, reach)) in states {
            try task.shard.install(
                key: key.span, state: state.span, lsn: reach.lsn, lastClosed: reach.lastClosed)
        }
        task.shard.beginReplay(at: progress.clockAtLowWater, to: progress.clock)
        task.trail.restart(progress.lowWater, progress.clockAtLowWater)
    }

    /// Whom the alerts that wait are about, in order; they are taken away.
    func told() -> [String] {
        let told = spool.outbox.items.map {
            String(decoding: spool.outbox.chunks[$0.chunk][$0.key], as: UTF8.self)
        }
        spool.outbox.removeAll()
        return told
    }

    /// A credit of a customer at noon on 4 October 2024.
    mutating func apply(_ customer: String, offset: Int64, date: String = "2024-10-04") {
        fill(customer, offset, date)
        _ = task.apply(batch, from: 0, &bench, now: 0)
    }

    /// The same once more, in a restore.
    mutating func replay(_ customer: String, offset: Int64) {
        fill(customer, offset, "2024-10-04")
        task.replay(batch, upTo: offset + 1, &bench)
    }

    private mutating func fill(_ customer: String, _ offset: Int64, _ date: String) {
        let value = """
            {"id":"e\(offset)","customer_id":"\(customer)","account_id":"a","direction":"credit",\
            "amount":"1","currency":"CNY","booked_at":"\(date)T12:00:00+08:00"}
            """
        batch.removeAll()
        batch.append(
            partition: 0, offset: offset, key: Array(customer.utf8), value: Array(value.utf8))
    }

    /// Midnight after that day and so many minutes.
    func night(_ minutes: Int64) -> Instant {
        Instant(microseconds: Feeding.noon + 12 * Micros.hour + minutes * Micros.minute)
    }
}

@Suite("A task's clock")
struct TaskClockTests {
    @Test("the end of a partition counts until the next record comes")
    func end() {
        var feeding = Feeding()
        #expect(!feeding.task.isAtEnd)
        feeding.apply("c1", offset: 4)
        feeding.task.sawEnd(4)
        #expect(!feeding.task.isAtEnd, "an end before the last record is an old one")
        feeding.task.sawEnd(6)
        #expect(feeding.task.isAtEnd)
        #expect(feeding.task.position == 6)
        feeding.apply("c1", offset: 6)
        #expect(!feeding.task.isAtEnd)
    }

    @Test("a move of the clock tells what it closes, and waits for a commit with it")
    func advance() throws {
        var feeding = Feeding()
        feeding.apply("c1", offset: 0)
        #expect(feeding.task.shard.nextDue == feeding.night(30))
        feeding.task.committed = Commitment(offset: 1, text: "", lowWater: 1, openClose: nil)
        #expect(!feeding.task.isAhead)
        feeding.task.advance(to: feeding.night(31), now: 5)
        #expect(feeding.task.isAhead)
        #expect(feeding.task.hasProgress)
        #expect(feeding.task.advances == [ClockRecord(offset: 1, time: feeding.night(31))])
        let items = feeding.spool.outbox.items
        #expect(items.count == 1)
        #expect(items[0].offset == -1)
        // A clock does not go back; at the same offset a later move stands for both.
        feeding.task.advance(to: feeding.night(20), now: 5)
        #expect(feeding.task.advances.count == 1)
        let next = feeding.night(24 * 60 + 31)
        feeding.task.advance(to: next, now: 5)
        #expect(feeding.task.advances == [ClockRecord(offset: 1, time: next)])
        feeding.apply("c2", offset: 1)
        feeding.task.advance(to: next + Micros.day, now: 5)
        #expect(feeding.task.advances.map(\.offset) == [1, 2])
        let progress = feeding.task.progress(rulesDigest: "")
        #expect(progress.position == 2)
        #expect(progress.lowWater == 0)
        #expect(progress.clockAtLowWater == TaskClock())
        #expect(progress.clock.time == next + Micros.day)
    }

    @Test("a restore begins before a move of the clock whose customers are not written")
    func lowWater() {
        var feeding = Feeding()
        feeding.apply("c1", offset: 0)
        var (key, state): ([UInt8], [UInt8]) = ([], [])
        feeding.task.shard.takeOldestDirty(key: &key, state: &state)
        let before = feeding.task.progress(rulesDigest: "")
        #expect(before.lowWater == 1)
        feeding.task.advance(to: feeding.night(31), now: 5)
        let after = feeding.task.progress(rulesDigest: "")
        #expect(after.lowWater == 1)
        #expect(after.position == 1)
        #expect(after.clockAtLowWater == before.clock)
        #expect(after.clock.time == feeding.night(31))
        // Once they are written there is nothing left to be repeated.
        feeding.task.shard.takeOldestDirty(key: &key, state: &state)
        #expect(feeding.task.progress(rulesDigest: "").clockAtLowWater == after.clock)
    }

    /// One customer a part.
    private static var single: PartPolicy {
        var parts = PartPolicy()
        parts.pace.whole = 0
        parts.pace.alerts = 1
        parts.maxBytes = 1
        return parts
    }

    @Test("a record that closes a date for many waits, and comes again when all were told")
    func parts() throws {
        var feeding = Feeding(Self.single)
        for (offset, customer) in ["c3", "c1", "c2"].enumerated() {
            feeding.apply(customer, offset: Int64(offset))
        }
        let before = feeding.task.shard.clock
        feeding.apply("c1", offset: 9, date: "2024-10-05")
        #expect(feeding.told() == ["c1"])
        #expect(feeding.task.isStopped)
        #expect(feeding.task.supply == .missed)
        #expect(feeding.task.position == 9)
        #expect(feeding.task.shard.clock == before)
        let date = before.lastClosed! + 1
        #expect(feeding.task.shard.openClose == OpenClose(date: date, customer: Array("c1".utf8)))
        // What comes meanwhile has to come again, and an end is none.
        feeding.apply("c1", offset: 10, date: "2024-10-05")
        feeding.task.sawEnd(11)
        #expect(feeding.task.position == 9)
        feeding.task.continueClose(now: 0)
        #expect(feeding.told() == ["c2"])
        #expect(feeding.task.isStopped)
        feeding.task.continueClose(now: 0)
        #expect(feeding.told() == ["c3"])
        #expect(!feeding.task.isStopped)
        // It stays open until the record takes effect.
        let progress = feeding.task.progress(rulesDigest: "")
        #expect(progress.openClose == OpenClose(date: date, customer: Array("c3".utf8)))
        #expect(progress.clock == before)
        feeding.apply("c1", offset: 9, date: "2024-10-05")
        #expect(feeding.told() == [])
        #expect(feeding.task.position == 10)
        #expect(feeding.task.shard.openClose == nil)
        #expect(feeding.task.shard.clock.lastClosed == date)
    }

    @Test(
        "a restore between two parts tells the customers behind the last one, whatever was written",
        arguments: 0..<8, [false, true])
    func restoreBetweenParts(written: Int, isIdle: Bool) throws {
        var feeding = Feeding(Self.single)
        for (offset, customer) in ["c3", "c1", "c2"].enumerated() {
            feeding.apply(customer, offset: Int64(offset))
        }
        feeding.task.committed = Commitment(offset: 3, text: "", lowWater: 3, openClose: nil)
        let date = feeding.task.shard.clock.lastClosed! + 1
        if isIdle {
            feeding.task.advance(to: feeding.night(31), now: 0)
            #expect(feeding.task.advances == [ClockRecord(offset: 3, time: feeding.night(30))])
        } else {
            feeding.apply("c1", offset: 3, date: "2024-10-05")
        }
        #expect(feeding.told() == ["c1"])
        #expect(feeding.task.isStopped)
        // Some of the three are written: c1, whose close is done, and two whose is not.
        var states: [[UInt8]: ([UInt8], StateReach)] = [:]
        var (key, state): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<3 {
            let closed = feeding.task.shard.takeOldestDirty(key: &key, state: &state)
            #expect(closed == (key == Array("c1".utf8) ? date : date + -1))
            let number = Int(key[1] - UInt8(ascii: "1"))
            guard written & 1 << number != 0 else { continue }
            states[key] = (state, StateReach(lsn: 2, lastClosed: closed))
        }
        var progress = Progress(
            position: 3, lowWater: 0, clockAtLowWater: TaskClock(),
            clock: feeding.task.shard.clock, rulesDigest: "")
        progress.openClose = feeding.task.shard.openClose
        progress = try Progress(text: progress.text(writer: "0"))
        try feeding.restore(progress, states)
        for (offset, customer) in ["c3", "c1", "c2"].enumerated() {
            feeding.replay(customer, offset: Int64(offset))
        }
        feeding.task.finishReplay(at: progress)
        #expect(feeding.task.shard.clock == progress.clock)
        #expect(feeding.task.shard.openClose == progress.openClose)
        #expect(feeding.told() == [])
        #expect(feeding.task.isStopped)
        var told: [String] = []
        while feeding.task.isStopped {
            feeding.task.continueClose(now: 0)
            told += feeding.told()
        }
        #expect(told == ["c2", "c3"])
        feeding.apply("c1", offset: 3, date: "2024-10-05")
        #expect(feeding.told() == [])
        #expect(feeding.task.position == 4)
        #expect(feeding.task.shard.clock.lastClosed == date)
    }
}
