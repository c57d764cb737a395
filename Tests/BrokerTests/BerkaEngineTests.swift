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
            let outcome = shard.apply(event, timestampMillis: -1, offset: Int64(offset))
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
        let scratch = try Scratch("engine")
        let policy = try berkaPolicy(in: scratch)
        let records = try Berka.events().enumerated().map { offset, row in
            StoredRecord(
                partition: 0, offset: Int64(offset), timestamp: -1, key: Array(row.customer.utf8),
                value: Array(row.payload.utf8))
        }
        let configuration = try Configuration.load(
            path: scratch.file("tidemark.yaml"), environment: [:])
        let expected = Expected(from: records, configuration: configuration)
        #expect(expected.alerts.count > 2000)

        var found = AlertLog()
        var shard = Shard(policy: policy)
        var reader = EventReader(bankCurrency: policy.currency)
        var writer = AlertWriter(
            currency: policy.currency, calendar: policy.calendar, masksAccounts: true, language: .en
        )
        var event = Event()
        var bytes: [UInt8] = []
        for record in records {
            _ = reader.read(key: record.key?.span, value: record.value?.span, into: &event)
            _ = shard.apply(event, timestampMillis: -1, offset: record.offset)
            for index in 0..<shard.alerts.count {
                bytes.removeAll(keepingCapacity: true)
                let alert = shard.alerts[index]
                writer.write(alert, to: &bytes)
                found.add(
                    String(decoding: bytes, as: UTF8.self),
                    of: String(decoding: alert.texts[alert.customerID], as: UTF8.self))
            }
            shard.removeAlerts()
        }
        #expect(expected.alerts.differences(to: found).isEmpty)
        #expect(try found.repeated().isEmpty)
    }

    private func berkaPolicy(in given: Scratch? = nil) throws -> Policy {
        let scratch = try given ?? Scratch("engine")
        try scratch.write("rules.yaml", RuleTexts.berka)
        let path = try scratch.write(
            "tidemark.yaml", "bank: {time_zone: Europe/Prague, currency: CZK}\nrules: rules.yaml\n")
        return try Configuration.load(path: path, environment: [:]).settings.policy
    }
}
