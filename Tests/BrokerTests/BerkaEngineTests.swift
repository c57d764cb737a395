// The same real transactions through the engine alone: every day-end of the bank, not only those that an alert shows.
import Banking
import BrokerSupport
import Engine
import Formats
import Operations
import Oracle
import Pipeline
import Testing

@Suite("Berka without a broker", .enabled(if: Berka.isAvailable, "needs the Berka data"))
struct BerkaEngineTests {
    @Test("every day-end balance of the bank is the engine's within the rounding of interest")
    func everyDayEnd() throws {
        let policy = try berkaPolicy()
        let truth = try Berka.dayEnds()
        // Customers whose balance changed on a date.
        var due: [String: [(customer: String, halere: Int)]] = [:]
        for (customer, ends) in truth {
            for end in ends { due[end.date, default: []].append((customer, end.halere)) }
        }
        var shard = Shard(policy: policy)
        var reader = EventReader(bankCurrency: policy.currency)
        var event = Event()
        var compared = 0
        var date = ""
        for (offset, row) in try Berka.events().enumerated() {
            if row.date != date {
                compared += compare(&shard, with: due[date] ?? [], on: date)
                date = row.date
            }
            let refused = reader.read(
                key: Array(row.customer.utf8).span, value: Array(row.payload.utf8).span,
                into: &event)
            #expect(refused == nil)
            let outcome = shard.apply(&event, timestampMillis: -1, offset: Int64(offset))
            #expect(outcome == .applied)
            shard.removeAlerts()
        }
        let all = due.filter { $0.key < Berka.lastDay }.reduce(0) { $0 + $1.value.count }
        #expect(compared == all)
    }

    private func compare(
        _ shard: inout Shard, with ends: [(customer: String, halere: Int)], on date: String
    ) -> Int {
        for end in ends {
            let view = shard.view(of: Array(end.customer.utf8).span)
            let found = view.map { Int($0.measure.minor) } ?? 0
            #expect(abs(found - end.halere) <= Berka.tolerance, "\(end.customer) on \(date)")
        }
        return ends.count
    }

    @Test("alerts of the engine equal the oracle's, byte for byte")
    func alerts() throws {
        let expected = try BerkaReference.inOrder.get()
        #expect(expected.alerts.count > 2000)
        let records = BerkaReference.records(of: try Berka.events())
        var found = AlertLog()
        for partition in 0..<BerkaReference.partitions {
            try judge(records.filter { $0.partition == partition }, into: &found)
        }
        #expect(expected.alerts.differences(to: found).isEmpty)
        #expect(try found.repeated().isEmpty)
    }

    private func judge(_ records: [StoredRecord], into log: inout AlertLog) throws {
        let policy = try berkaPolicy()
        var shard = Shard(policy: policy)
        var reader = EventReader(bankCurrency: policy.currency)
        var writer = AlertWriter(
            currency: policy.currency, calendar: policy.calendar, masksAccounts: true, language: .en
        )
        var event = Event()
        var bytes: [UInt8] = []
        for record in records {
            _ = reader.read(key: record.key?.span, value: record.value?.span, into: &event)
            _ = shard.apply(&event, timestampMillis: -1, offset: record.offset)
            for index in 0..<shard.alerts.count {
                bytes.removeAll(keepingCapacity: true)
                let alert = shard.alerts[index]
                writer.write(alert, to: &bytes)
                log.add(
                    String(decoding: bytes, as: UTF8.self),
                    of: String(decoding: alert.texts[alert.customerID], as: UTF8.self))
            }
            shard.removeAlerts()
        }
    }

    private func berkaPolicy() throws -> Policy {
        try BerkaReference.configuration().settings.policy
    }
}

/// What the oracle says of the Berka file in four partitions under the rules `RuleTexts.berka`.
enum BerkaReference {
    /// Partitions of every topic with the file.
    static let partitions: Int32 = 4
    /// The bank's settings.
    static let bank = "{time_zone: Europe/Prague, currency: CZK}"
    /// The file in its own order; worked out once.
    static let inOrder = Result { try expected(of: Berka.events()) }

    /// What the oracle says of events in a given order.
    static func expected(of events: [BerkaEvent]) throws -> Expected {
        Expected(from: records(of: events), configuration: try configuration())
    }

    /// The records that a broker holds after `events` were written to an empty topic.
    static func records(of events: [BerkaEvent]) -> [StoredRecord] {
        var ends = [Int64](repeating: 0, count: Int(partitions))
        let records = events.map { event in
            let key = Array(event.customer.utf8)
            let partition = kafkaPartition(of: key, among: Int(partitions))
            defer { ends[partition] += 1 }
            return StoredRecord(
                partition: Int32(partition), offset: ends[partition], timestamp: -1, key: key,
                value: Array(event.payload.utf8))
        }
        return records.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    /// The settings and rules.
    static func configuration() throws -> Configuration {
        let scratch = try Scratch("berka")
        try scratch.write("rules.yaml", RuleTexts.berka)
        let path = try scratch.write("tidemark.yaml", "bank: \(bank)\nrules: rules.yaml\n")
        return try Configuration.load(path: path, environment: [:])
    }
}
