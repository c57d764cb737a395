import Banking
import Formats
import Testing

@Suite("Alerts as JSON")
struct AlertWriterTests {
    @Test("have the contract's fields in its order, without blanks")
    func whole() {
        var alert = Alerts.single()
        alert.reasons = [AlertReasons(.escalated), AlertReasons(.late)]
        #expect(
            Alerts.json(alert) == """
                {"alert_id":"big@2/ana/9d5f6094681bf8eb:a1","version":1,"status":"open",\
                "kind":"single_outflow","tier":null,"rule":{"id":"big","version":2},\
                "customer_id":"ana","branch":null,"star":null,"tier_now":"gold",\
                "severity":"warning","occurred_at":"2025-05-06T09:15:00.000001+08:00",\
                "business_date":"2025-05-06","value":{"amount":"7300.00","currency":"CNY"},\
                "threshold":{"amount":"7000.00","currency":"CNY"},"window":null,\
                "balance":{"before":"0.00","after":"-7300.00"},"average":null,\
                "evidence":{"entries":[{"id":"a1","account":"****a-01","direction":"debit",\
                "amount":"7300.00","kind":"transfer","channel":"self_service",\
                "destination":"unknown","at":"2025-05-06T09:15:00.000001+08:00"}],"more":3},\
                "destinations":{"unknown":"7300.00"},"notify":[],"reasons":["late","escalated"],\
                "summary":"Customer ana: 7,300.00 CNY left account ****a-01 on 2025-05-06 09:15, \
                at or above the limit of 7,000.00 CNY; the balance went from 0.00 CNY to \
                -7,300.00 CNY; more has moved since the first alert; the entry came after its \
                day had closed.","suppress_key":"ana/big"}
                """)
    }

    @Test("one larger than its topic takes comes without evidence, which it counts, and says so")
    func truncated() {
        let whole = Alerts.json(Alerts.single())
        #expect(Alerts.json(Alerts.single(), limit: whole.utf8.count) == whole)
        let brief = Alerts.json(Alerts.single(), limit: whole.utf8.count - 1)
        #expect(brief.contains(#""evidence":{"entries":[],"more":4},"destinations":{},"#))
        #expect(brief.contains(#""reasons":["truncated"],"#))
        let rest = { (text: String) in
            text.split(separator: "\"evidence\"")[0] + text.split(separator: "\"summary\"")[1]
        }
        #expect(rest(brief) == rest(whole))
    }
}

/// Alerts to write, and what is written.
enum Alerts {
    static let shanghai = BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800)

    static func json(
        _ alert: Alert, masked: Bool = true, language: Language = .en, currency: Currency = .cny,
        calendar: BusinessCalendar = shanghai, limit: Int = .max
    ) -> String {
        var writer = AlertWriter(
            currency: currency, calendar: calendar, masksAccounts: masked, language: language)
        var bytes: [UInt8] = []
        writer.write(alert, to: &bytes, limit: limit)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ text: String, to alert: inout Alert) -> Range<Int> {
        let bytes = Array(text.utf8)
        return alert.append(bytes.span)
    }

    /// A debit of 7,300.00 of customer `ana`.
    static func single(account: String = "ana-01", id: String = "a1") -> Alert {
        var alert = Alert()
        alert.customerID = append("ana", to: &alert)
        let id = append(id, to: &alert)
        alert.ruleID = "big"
        alert.ruleVersion = 2
        alert.kind = .singleOutflow
        alert.severity = .warning
        alert.anchor = .entry(accountHash: fnv1a64(Array(account.utf8).span), id: id)
        alert.tierNow = "gold"
        alert.businessDate = Day(year: 2025, month: 5, day: 6)!
        alert.occurredAt = Instant(microseconds: 1_746_494_100_000_001)
        alert.valueMinor = 730_000
        alert.thresholdMinor = 700_000
        alert.balanceAfter = -730_000
        alert.evidence = [
            EvidenceEntry(
                id: id, account: append(account, to: &alert), direction: .debit,
                amountMinor: 730_000, kind: .transfer, channel: .selfService,
                destination: .unknown, time: alert.occurredAt, date: alert.businessDate)
        ]
        alert.evidenceMore = 3
        alert.destinations[Int(CounterpartyClass.unknown.rawValue)] = 730_000
        return alert
    }
}
