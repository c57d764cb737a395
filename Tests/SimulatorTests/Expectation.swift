// What must come out: the engine run straight over the committed input and moves of the clock, without any of the
// machinery, and how what
// came out differs from it.
import Banking
import Checkpoint
import Engine
import Formats
import Kafka

@testable import Pipeline

/// What a straight run over the committed input gives.
struct Expectation {
    /// Payloads by customer, in order.
    var alerts: [[UInt8]: [[UInt8]]] = [:]
    /// Refused records, key and value, in no order.
    var rejected: [[[UInt8]]] = []
    /// By partition: what is known of each customer, and the clock.
    var customers: [[[UInt8]: [UInt8]]] = []
    var clocks: [TaskClock] = []

    init(_ inputs: [(log: PartitionLog, advances: [ClockRecord])], _ settings: Settings) {
        for input in inputs { run(input.log, input.advances, settings) }
    }

    private mutating func run(
        _ log: PartitionLog, _ advances: [ClockRecord], _ settings: Settings
    ) {
        var advances = advances[...]
        var shard = Shard(policy: settings.policy)
        var reader = EventReader(bankCurrency: settings.policy.currency)
        var event = Event()
        var writer = AlertWriter(
            currency: settings.policy.currency, calendar: settings.policy.calendar,
            masksAccounts: settings.masksAccounts, language: settings.language)
        var keys: Set<[UInt8]> = []
        func move(upTo offset: Int64, _ shard: inout Shard) {
            while let next = advances.first, next.offset <= offset {
                advances.removeFirst()
                _ = shard.advance(to: next.time, offset: next.offset)
            }
        }
        for record in log.committed {
            move(upTo: record.offset, &shard)
            let (key, value) = (record.key ?? [], record.value ?? [])
            keys.insert(key)
            var isRefused = reader.read(key: key.span, value: value.span, into: &event) != nil
            if !isRefused {
                let outcome = shard.apply(&event, timestampMillis: -1, offset: record.offset)
                if case .refused = outcome { isRefused = true }
            }
            if isRefused { rejected.append([key, value]) }
        }
        move(upTo: .max, &shard)
        for index in 0..<shard.alerts.count {
            var bytes: [UInt8] = []
            writer.write(shard.alerts[index], to: &bytes)
            alerts[Expectation.customer(shard.alerts[index]), default: []].append(bytes)
        }
        clocks.append(shard.clock)
        customers.append(Expectation.customers(&shard, keys, settings))
    }

    private static func customer(_ alert: borrowing Alert) -> [UInt8] {
        let id = alert.texts[alert.customerID]
        return id.indices.map { id[$0] }
    }

    /// What a shard knows of `keys`, as bytes.
    static func customers(
        _ shard: inout Shard, _ keys: Set<[UInt8]>, _ settings: Settings
    ) -> [[UInt8]: [UInt8]] {
        let writer = CustomerJSON(policy: settings.policy, masksAccounts: false)
        var known: [[UInt8]: [UInt8]] = [:]
        for key in keys {
            guard let view = shard.view(of: key.span) else { continue }
            var bytes: [UInt8] = []
            writer.append(view, to: &bytes)
            known[key] = bytes
        }
        return known
    }
}

extension Expectation {
    /// What is wrong with what came out: alerts in each customer's order, each once, and refused records.
    func faults(_ broker: Broker, _ settings: Settings) -> [String] {
        var faults: [String] = []
        var found: [[UInt8]: [[UInt8]]] = [:]
        for record in broker.log(settings.alertsTopic).committed {
            found[record.key ?? [], default: []].append(record.value ?? [])
        }
        for customer in Set(found.keys).union(alerts.keys).sorted(by: {
            $0.lexicographicallyPrecedes($1)
        })
        where found[customer] != alerts[customer] {
            let (ours, theirs) = (found[customer] ?? [], alerts[customer] ?? [])
            let at = zip(ours, theirs).prefix { $0 == $1 }.count
            faults.append(
                "\(text(customer)) has \(ours.count) alerts, expected \(theirs.count); the first that differs: "
                    + "\(at < ours.count ? text(ours[at]) : "none"), expected \(at < theirs.count ? text(theirs[at]) : "none")"
            )
        }
        let refused = broker.log(settings.rejectedTopic).committed.map {
            [$0.key ?? [], $0.value ?? []]
        }
        if sorted(refused) != sorted(rejected) {
            faults.append("\(refused.count) records were refused, expected \(rejected.count)")
        }
        return faults
    }

    private func sorted(_ records: [[[UInt8]]]) -> [[UInt8]] {
        records.map { Array($0.joined(separator: [0])) }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// What is wrong with a restored task.
    func faults(_ task: PartitionTask, _ settings: Settings) -> [String] {
        let partition = Int(task.partition)
        let expected = customers[partition]
        var faults: [String] = []
        if task.shard.clock != clocks[partition] {
            faults.append(
                "partition \(partition): clock \(task.shard.clock), expected \(clocks[partition])")
        }
        let found = Expectation.customers(&task.shard, Set(expected.keys), settings)
        for (id, state) in expected where found[id] != state {
            faults.append(
                "\(text(id)) is \(found[id].map(text) ?? "unknown"), expected \(text(state))")
        }
        return faults.sorted()
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
