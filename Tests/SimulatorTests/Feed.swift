// What comes in, and what must come out: entries of a few customers over some weeks, written as producers of all kinds
// write them, and the engine run straight over what of it is committed, without any of the machinery.
import Banking
import Engine
import Formats
import Kafka
import Randomness

@testable import Pipeline

/// The producers of the input.
struct Feed {
    /// Records still to be written.
    private var left: Int
    private let count: Int
    private let customers: Int
    private var producers = 0

    init(_ dice: inout Dice) {
        count = dice.pick([40, 100, 200, 400])
        left = count
        customers = dice.pick([3, 8, 20])
    }

    var isEmpty: Bool { left == 0 }

    static let policy: Policy = {
        var large = Rule(id: "large", version: 1, kind: .singleOutflow)
        large.atLeast = 50_000_00
        var day = Rule(id: "day", version: 1, kind: .cumulativeOutflow)
        day.atLeast = 60_000_00
        day.window = 24 * Micros.hour
        var tier = Rule(id: "tier", version: 1, kind: .tierChange)
        tier.assigned = true
        return Policy(
            calendar: BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800),
            currency: .cny, dayCloseAfter: 30 * Micros.minute, duplicateHorizon: Micros.day,
            reversalHorizon: 90 * Micros.day, futureLimit: Micros.hour,
            tiers: TierPolicy(
                trailingDays: 10,
                levels: [
                    .init(name: "ordinary", fromMinor: 0),
                    .init(name: "gold", fromMinor: 100_000_00),
                ]),
            rules: [large, day, tier])
    }()

    /// Writes at most `most` records: plainly, or in a transaction that is committed, aborted or forgotten.
    mutating func write(_ most: Int, to broker: Broker, partitions: Int) {
        let amount = min(left, most)
        guard amount > 0 else { return }
        let topic = Settings(policy: Feed.policy).inputTopic
        let records = (0..<amount).map { _ in record(&broker.strands.dice) }
        func place(_ key: [UInt8]) -> Int {
            Int(Partitioner.partition(of: key.span, partitions: partitions))
        }
        guard broker.strands.dice.chance(30) else {
            for (key, value) in records {
                broker.append(topic, place(key), key: key, value: value)
            }
            return
        }
        producers += 1
        let id = "feed-\(producers)"
        guard let epoch = try? broker.initialize(id) else { return }
        for (key, value) in records {
            try? broker.write(id, epoch, topic, place(key), key: key, value: value)
        }
        switch broker.strands.dice.number(0...3) {
        case 0: break
        case 1: _ = try? broker.initialize(id)
        default:
            let delay = Int64(broker.strands.dice.number(1000...3_000_000))
            broker.strands.after(delay) { try? broker.finish(id, epoch) }
        }
    }

    private mutating func record(_ dice: inout Dice) -> (key: [UInt8], value: [UInt8]) {
        let number = count - left
        left -= 1
        let customer = "canary\(dice.number(1...customers))"
        let day = 1 + number * 20 / count
        let date = "2025-03-" + (day < 10 ? "0\(day)" : "\(day)")
        let amount = dice.chance(12) ? dice.number(30_000...70_000) : dice.number(0...9000)
        let direction = dice.chance(50) ? "debit" : "credit"
        let entry = dice.chance(3) ? max(0, number - dice.number(0...9)) : number
        var value =
            #"{"id":"e\#(entry)","customer_id":"\#(customer)","account_id":"a\#(customer)","#
        value += #""direction":"\#(direction)","amount":"\#(amount).00","currency":"CNY","#
        value += #""booking_date":"\#(date)","booked_at":"\#(date)T12:00:00+08:00"}"#
        if dice.chance(2) { value = "{" }
        return (Array(customer.utf8), Array(value.utf8))
    }
}

/// What a straight run over the committed input gives.
struct Expectation {
    /// Payloads by customer, in order.
    var alerts: [[UInt8]: [[UInt8]]] = [:]
    /// Refused records, key and value, in no order.
    var rejected: [[[UInt8]]] = []
    /// By partition: what is known of each customer, and the clock.
    var customers: [[[UInt8]: [UInt8]]] = []
    var clocks: [TaskClock] = []

    init(_ logs: [PartitionLog], _ settings: Settings) {
        for log in logs { run(log, settings) }
    }

    private mutating func run(_ log: PartitionLog, _ settings: Settings) {
        var shard = Shard(policy: settings.policy)
        var reader = EventReader(bankCurrency: settings.policy.currency)
        var event = Event()
        var writer = AlertWriter(
            currency: settings.policy.currency, calendar: settings.policy.calendar,
            masksAccounts: settings.masksAccounts, language: settings.language)
        var keys: Set<[UInt8]> = []
        for record in log.committed {
            let (key, value) = (record.key ?? [], record.value ?? [])
            keys.insert(key)
            var isRefused = reader.read(key: key.span, value: value.span, into: &event) != nil
            if !isRefused {
                let outcome = shard.apply(&event, timestampMillis: -1, offset: record.offset)
                if case .refused = outcome { isRefused = true }
            }
            if isRefused { rejected.append([key, value]) }
            for index in 0..<shard.alerts.count {
                var bytes: [UInt8] = []
                writer.write(shard.alerts[index], to: &bytes)
                alerts[Expectation.customer(shard.alerts[index]), default: []].append(bytes)
            }
            shard.removeAlerts()
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
            guard var view = shard.view(of: key.span) else { continue }
            // Sums of windows are those of the last entry, or of the last time the state was written.
            view.flows = []
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
