// Histories for a worker on a simulated cluster, and what must come of them.
import Banking
import Engine
import Formats
import Kafka
import SamplePolicy
import Synchronization

@testable import Pipeline

/// Histories for the worker: a few customers, money in and out over some weeks, now and then a record that is refused.
enum History {
    static func policy() -> Policy { SamplePolicy(trailingDays: 30).policy }

    static func settings() -> Settings {
        var settings = Settings(policy: policy())
        settings.rulesDigest = "abc"
        settings.workers = 1
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

    /// Runs a worker until everything is committed, or it ends by itself; it calls `watch` all the time.
    static func run(
        _ broker: FakeBroker, _ settings: Settings, standby: Standby<FakeCluster>? = nil,
        log: LogSink = .none, parts: PartPolicy = PartPolicy(),
        watch: @escaping @Sendable (Board) -> Void = { _ in }
    ) -> ExitError? {
        let board = Board(workers: 1, labels: [])
        let deadline = Clock.monotonicMilliseconds() + 60_000
        let context = WorkerContext(
            index: 0, settings: settings, board: board, mailbox: Mailbox(), log: log,
            shouldStop: {
                watch(board)
                return broker.state.withLock { state in
                    Clock.monotonicMilliseconds() > deadline
                        || state.input.indices.allSatisfy { partition in
                            state.committed[Int32(partition)]?.offset
                                == Int64(state.input[partition].count)
                        }
                }
            }, onAlerts: nil, partitions: broker.state.withLock { $0.input.count },
            limits: RecordLimits(maxRecordBytes: 100_000, settings))
        let worker = Worker(context, cluster: FakeCluster(broker: broker), standby: standby)
        worker.spool.parts = parts
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
