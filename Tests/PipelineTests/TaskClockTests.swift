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
    let task: PartitionTask
    var bench: Workbench
    var batch = Batch(capacity: 16)

    init() {
        var tier = Rule(id: "tier", version: 1, kind: .tierChange)
        tier.assigned = true
        let policy = Policy(
            calendar: BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800),
            currency: .cny, dayCloseAfter: 30 * Micros.minute, duplicateHorizon: Micros.day,
            reversalHorizon: Micros.day, futureLimit: Micros.hour,
            tiers: TierPolicy(levels: [.init(name: "ordinary", fromMinor: 0)]), rules: [tier])
        let settings = Settings(policy: policy)
        spool = Spool(settings: settings, limits: .none)
        bench = Workbench(settings: settings, limits: .none)
        task = PartitionTask(
            partition: 0, shard: Shard(policy: policy), position: 0, spool: spool)
        task.committed = (0, "")
    }

    /// A credit of a customer at noon on 4 October 2024.
    mutating func apply(_ customer: String, offset: Int64) {
        let value = """
            {"id":"e\(offset)","customer_id":"\(customer)","account_id":"a","direction":"credit",\
            "amount":"1","currency":"CNY","booked_at":"2024-10-04T12:00:00+08:00"}
            """
        batch.removeAll()
        batch.append(
            partition: 0, offset: offset, key: Array(customer.utf8), value: Array(value.utf8))
        _ = task.apply(batch, from: 0, &bench, now: 0)
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
        feeding.task.committed = (1, "")
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
}
