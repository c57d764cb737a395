// What a correct daemon must have written for the records of a topic: each partition's records, as stored, go through
// the naive oracle, and its alerts become payloads.
import Banking
import BrokerSupport
import Engine
import Formats
import JSONSupport
import Operations
import Oracle
import Pipeline

/// The alerts and refusals that follow from an input topic.
struct Expected: Sendable {
    /// Payloads of each customer, in order.
    var alerts = AlertLog()
    /// Refused records.
    var refused: [Refusal] = []
    /// Records that had come before.
    var duplicates = 0

    /// A refused record and the reasons for which it may be refused.
    struct Refusal: Sendable {
        var partition: Int32
        var offset: Int64
        var reasons: Set<String>
    }

    /// Works out what must follow from `records`, which are a whole topic.
    init(from records: [StoredRecord], configuration: Configuration) {
        let settings = configuration.settings
        let writer = AlertWriter(
            currency: settings.policy.currency, calendar: settings.policy.calendar,
            masksAccounts: settings.masksAccounts, language: settings.language)
        var partitions: [Int32: [StoredRecord]] = [:]
        for record in records { partitions[record.partition, default: []].append(record) }
        for partition in partitions.keys.sorted() {
            add(partitions[partition] ?? [], settings.policy, writer)
        }
    }

    private mutating func add(_ records: [StoredRecord], _ policy: Policy, _ writer: AlertWriter) {
        var task = OracleTask(policy: policy)
        var reader = EventReader(bankCurrency: policy.currency)
        var event = Event()
        for record in records {
            if let rejection = reader.read(
                key: record.key?.span, value: record.value?.span, into: &event)
            {
                refuse(record, [rejection.reason.text.description])
                continue
            }
            let outcome = task.apply(
                OracleEvent(event, timestampMillis: record.timestamp), offset: record.offset)
            switch outcome {
            case .applied: break
            case .duplicate: duplicates += 1
            case .refused(let reasons): refuse(record, Set(reasons.map(\.text.description)))
            }
        }
        var writer = writer
        for alert in task.alerts {
            var bytes: [UInt8] = []
            writer.write(alert.banking, to: &bytes)
            alerts.add(String(decoding: bytes, as: UTF8.self), of: alert.customerID)
        }
    }

    private mutating func refuse(_ record: StoredRecord, _ reasons: Set<String>) {
        refused.append(
            Refusal(partition: record.partition, offset: record.offset, reasons: reasons))
    }
}

/// Alert payloads of each customer in the order in which they were written.
struct AlertLog: Equatable, Sendable {
    private(set) var payloads: [String: [String]] = [:]

    /// An empty log.
    init() {}

    /// The records of an alerts topic, whose order within a customer is their partition's.
    init(_ records: [StoredRecord]) {
        for record in records { add(record.valueText, of: record.keyText) }
    }

    /// How many alerts there are.
    var count: Int { payloads.values.reduce(0) { $0 + $1.count } }

    /// Every payload.
    var all: [String] { payloads.values.flatMap(\.self) }

    /// Adds the next alert of a customer.
    mutating func add(_ payload: String, of customer: String) {
        payloads[customer, default: []].append(payload)
    }

    /// The first places in which another log is not the same, in words; empty when it is.
    func differences(to other: AlertLog, limit: Int = 3) -> [String] {
        var found: [String] = []
        for customer in Set(payloads.keys).union(other.payloads.keys).sorted()
        where found.count < limit {
            let mine = payloads[customer] ?? []
            let theirs = other.payloads[customer] ?? []
            guard mine != theirs else { continue }
            let index = zip(mine, theirs).prefix { $0 == $1 }.count
            found.append(
                """
                alert \(index) of customer \(customer) (\(mine.count) and \(theirs.count) alerts):
                  expected \(index < mine.count ? mine[index] : "none")
                  found    \(index < theirs.count ? theirs[index] : "none")
                """)
        }
        return found
    }

    /// `alert_id` and version of alerts that are there more than once.
    func repeated() throws -> [String] {
        var seen: Set<String> = []
        return try all.compactMap { payload in
            let alert = try JSONValue(payload)
            let name =
                "\(alert["alert_id"].string ?? "?") version \(alert["version"].integer ?? -1)"
            return seen.insert(name).inserted ? nil : name
        }
    }
}
