import Banking
import Engine
import Formats
import Kafka
import Synchronization
import Testing

@testable import Pipeline

/// Histories for the worker: a few customers, money in and out over some weeks, now and then a record that is refused.
private enum History {
    static func policy() -> Policy {
        var large = Rule(id: "large", version: 1, kind: .singleOutflow)
        large.atLeast = 50_000_00
        var day = Rule(id: "day", version: 1, kind: .cumulativeOutflow)
        day.atLeast = 60_000_00
        day.window = 24 * Micros.hour
        var tier = Rule(id: "tier", version: 1, kind: .tierChange)
        tier.assigned = true
        return Policy(
            calendar: BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800),
            currency: .cny, dayCloseAfter: 30 * Micros.minute, duplicateHorizon: 7 * Micros.day,
            reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour,
            tiers: TierPolicy(
                trailingDays: 30,
                levels: [
                    .init(name: "ordinary", fromMinor: 0),
                    .init(name: "gold", fromMinor: 100_000_00),
                ]),
            rules: [large, day, tier])
    }

    static func settings() -> Settings {
        var settings = Settings(policy: policy())
        settings.rulesDigest = "abc"
        settings.alertLatencyMilliseconds = 0
        settings.intervalMilliseconds = 1
        return settings
    }

    static func records(_ count: Int, partitions: Int, seed: UInt64) -> [[FakeBroker.Stored]] {
        var random = seed
        func next(_ below: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % below
        }
        var input = Array(repeating: [FakeBroker.Stored](), count: partitions)
        for number in 0..<count {
            let customer = "c\(next(40))"
            let day = 1 + number * 20 / count
            let date = "2025-03-" + (day < 10 ? "0\(day)" : "\(day)")
            let amount = next(20) == 0 ? 30_000 + next(40_000) : next(9_000)
            let direction = next(2) == 0 ? "debit" : "credit"
            let entry = next(50) == 0 ? number - next(10) : number
            var value =
                #"{"id":"e\#(entry)","customer_id":"\#(customer)","account_id":"a\#(customer)","#
            value += #""direction":"\#(direction)","amount":"\#(amount).00","currency":"CNY","#
            value += #""booking_date":"\#(date)","booked_at":"\#(date)T12:00:00+08:00"}"#
            if next(60) == 0 { value = "{" }
            let key = Array(customer.utf8)
            let partition = Partitioner.partition(of: key.span, partitions: partitions)
            input[Int(partition)].append(.init(key: key, value: Array(value.utf8)))
        }
        return input
    }

    /// What the engine gives without any of the machinery.
    static func expected(_ input: [[FakeBroker.Stored]]) -> (alerts: [String], rejected: Int) {
        let settings = settings()
        var alerts: [String] = []
        var rejected = 0
        for log in input {
            var shard = Shard(policy: settings.policy)
            var reader = EventReader(bankCurrency: .cny)
            var event = Event()
            var writer = AlertWriter(
                currency: .cny, calendar: settings.policy.calendar, masksAccounts: true,
                language: .en)
            for (offset, record) in log.enumerated() {
                if reader.read(key: record.key.span, value: record.value.span, into: &event) != nil
                {
                    rejected += 1
                } else if case .refused = shard.apply(
                    &event, timestampMillis: -1, offset: Int64(offset))
                {
                    rejected += 1
                }
                for index in 0..<shard.alerts.count {
                    var bytes: [UInt8] = []
                    writer.write(shard.alerts[index], to: &bytes)
                    alerts.append(String(decoding: bytes, as: UTF8.self))
                }
                shard.removeAlerts()
            }
        }
        return (alerts.sorted(), rejected)
    }

    /// Runs a worker until everything is committed, or it ends by itself.
    static func run(_ broker: FakeBroker, _ settings: Settings) -> ExitError? {
        let board = Board(workers: 1, labels: [])
        let deadline = Clock.monotonicMilliseconds() + 60_000
        let context = WorkerContext(
            index: 0, settings: settings, board: board, mailbox: Mailbox(), log: .none,
            shouldStop: {
                broker.state.withLock { state in
                    Clock.monotonicMilliseconds() > deadline
                        || state.input.indices.allSatisfy { partition in
                            state.committed[Int32(partition)]?.offset
                                == Int64(state.input[partition].count)
                        }
                }
            }, onAlerts: nil, partitions: broker.state.withLock { $0.input.count },
            maxDeadLetterBytes: 100_000)
        let worker = Worker(context, cluster: FakeCluster(broker: broker))
        defer { worker.close() }
        return worker.run()
    }

    /// What is missing in, or too much of, the alerts that came out: at most four.
    static func difference(_ broker: FakeBroker, _ expected: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for alert in expected { counts[alert, default: 0] += 1 }
        for alert in alerts(broker) { counts[alert, default: 0] -= 1 }
        return Array(
            counts.filter { $0.value != 0 }.map {
                "\($0.value > 0 ? "missing" : "extra"): \($0.key)"
            }
            .sorted().prefix(4))
    }

    static func alerts(_ broker: FakeBroker) -> [String] {
        broker.state.withLock { $0.outputs[.alerts] ?? [] }
            .map { String(decoding: $0.value, as: UTF8.self) }.sorted()
    }
}

@Suite("Worker on a simulated cluster")
struct WorkerTests {
    @Test("every alert and every dead letter comes out once")
    func once() {
        let input = History.records(3000, partitions: 3, seed: 1)
        let expected = History.expected(input)
        let broker = FakeBroker(input: input)
        #expect(History.run(broker, History.settings()) == nil)
        #expect(expected.alerts.count > 50)
        #expect(expected.rejected > 10)
        #expect(History.difference(broker, expected.alerts) == [])
        #expect(broker.state.withLock { $0.outputs[.rejected]?.count } == expected.rejected)
    }

    @Test(
        "commits that fail, whether or not they took effect, change nothing of what comes out",
        arguments: 0..<20 as Range<UInt64>)
    func faults(seed: UInt64) {
        let input = History.records(2000, partitions: 2, seed: seed)
        let expected = History.expected(input)
        let broker = FakeBroker(input: input)
        var random = seed
        broker.state.withLock { state in
            for _ in 0..<3 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let isAfter = random >> 63 == 1
                state.faults.append((1 + Int(random >> 40) % 12, isAfter ? .after : .before))
            }
        }
        #expect(History.run(broker, History.settings()) == nil)
        #expect(History.difference(broker, expected.alerts) == [])
        #expect(broker.state.withLock { $0.outputs[.rejected]?.count } == expected.rejected)
    }

    @Test("a fourth loss within ten minutes ends the process with 75")
    func losses() {
        let broker = FakeBroker(input: History.records(2000, partitions: 1, seed: 3))
        broker.state.withLock { state in
            state.faults = Array(repeating: (countdown: 1, fault: .before), count: 4)
        }
        #expect(History.run(broker, History.settings())?.code == .tryAgain)
    }

    @Test("state written in another zone is refused with 78, naming both")
    func otherZone() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        #expect(History.run(broker, History.settings()) == nil)
        var settings = History.settings()
        settings.policy.calendar = BusinessCalendar(name: "Etc/UTC", fixedOffsetSeconds: 0)
        broker.state.withLock { state in
            state.input[0] += History.records(10, partitions: 1, seed: 9)[0]
        }
        let end = History.run(broker, settings)
        #expect(end?.code == .configuration)
        #expect(end?.message.contains("Asia/Shanghai") == true)
        #expect(end?.message.contains("Etc/UTC") == true)
    }

    @Test("a new rule on a state that has judged entries needs its time: 78 names the clock")
    func newRule() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        #expect(History.run(broker, History.settings()) == nil)
        broker.state.withLock { state in
            state.input[0] += History.records(10, partitions: 1, seed: 9)[0]
        }
        var settings = History.settings()
        var rule = Rule(id: "new", version: 1, kind: .singleInflow)
        rule.atLeast = 1
        settings.policy.rules.append(rule)
        settings.rulesDigest = "def"
        let end = History.run(broker, settings)
        #expect(end?.code == .configuration)
        #expect(end?.message.contains("2025-03-20T12:00:00") == true)
    }

    @Test("an offset that another program has committed blocks, and nothing comes out")
    func foreignOffset() {
        let broker = FakeBroker(input: History.records(300, partitions: 1, seed: 3))
        #expect(History.run(broker, History.settings()) == nil)
        let before = History.alerts(broker).count
        broker.state.withLock { state in
            state.committed[0] = PartitionOffset("transactions", 0, offset: 10)
        }
        #expect(History.run(broker, History.settings())?.code == .configuration)
        #expect(History.alerts(broker).count == before)
    }
}
