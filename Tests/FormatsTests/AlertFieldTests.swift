import Banking
import Formats
import FoundationEssentials
import Testing

@Suite("Fields of alerts")
struct AlertFieldTests {
    /// The parts of an alert that these tests ask for, read back by another reader.
    struct Record: Decodable {
        struct Money: Decodable, Equatable { var amount, currency: String }
        struct Span: Decodable, Equatable { var from, to: String }
        struct Tier: Decodable { var from, to: String? }
        struct Average: Decodable, Equatable {
            var sum: String
            var days: Int
            var amount: String
        }
        struct Entry: Decodable { var id, account, destination, at: String }
        struct Evidence: Decodable {
            var entries: [Entry]
            var more: Int
        }
        var alert_id: String
        var tier: Tier?
        var occurred_at: String
        var value, threshold: Money?
        var window: Span?
        var average: Average?
        var evidence: Evidence
        var destinations: [String: String]
        var reasons: [String]
        var summary, suppress_key: String
    }

    static func read(_ json: String) throws -> Record {
        try JSONDecoder().decode(Record.self, from: Data(json.utf8))
    }

    @Test(
        "accounts show their last four characters",
        arguments: [
            ("deposit-4417", "****4417"), ("ab", "****ab"), ("abcd", "****abcd"),
            ("abcde", "****bcde"),
            ("账户号码一二", "****号码一二"), ("x😀é中y", "****😀é中y"), ("12\"3\\4", "****\"3\\4"),
        ])
    func masks(account: String, shown: String) throws {
        let alert = Alerts.single(account: account)
        let masked = try AlertFieldTests.read(Alerts.json(alert))
        #expect(masked.evidence.entries[0].account == shown)
        let plain = try AlertFieldTests.read(Alerts.json(alert, masked: false))
        #expect(plain.evidence.entries[0].account == account)
        // The sentence masks in any case.
        #expect(plain.summary.contains(shown))
        if account.count > 4 { #expect(!plain.summary.contains(account)) }
    }

    @Test("texts keep their characters, escaped only where JSON demands it")
    func escapes() throws {
        var alert = Alerts.single(id: "a/\"é\\中")
        alert.ruleID = "r"
        let json = Alerts.json(alert)
        #expect(json.contains(#":a/\"é\\中","version":1"#))
        #expect(try AlertFieldTests.read(json).alert_id == "r@2/ana/9d5f6094681bf8eb:a/\"é\\中")
    }

    @Test("anchors are an entry, a date or a late correction")
    func anchors() throws {
        var alert = Alerts.single()
        alert.anchor = .date(Day(year: 2025, month: 5, day: 7)!)
        #expect(try AlertFieldTests.read(Alerts.json(alert)).alert_id == "big@2/ana/2025-05-07")
        alert.anchor = .late(Day(year: 2025, month: 5, day: 7)!, 12)
        let late = try AlertFieldTests.read(Alerts.json(alert))
        #expect(late.alert_id == "big@2/ana/2025-05-07:late12" && late.suppress_key == "ana/big")
    }

    @Test("windows, averages, dates and destinations stand as the contract says")
    func measures() throws {
        var alert = Alerts.single()
        alert.kind = .cumulativeOutflow
        alert.windowFrom = Instant(microseconds: -1)
        alert.windowTo = alert.occurredAt
        alert.windowMicroseconds = 24 * Micros.hour
        alert.averageSum = -1005
        alert.averageDays = 10
        alert.evidence[0].time = nil
        alert.destinations[Int(CounterpartyClass.cash.rawValue)] = 5
        alert.destinations[Int(CounterpartyClass.wealthProduct.rawValue)] = Int128(Int64.max) * 4
        let json = Alerts.json(alert)
        let record = try AlertFieldTests.read(json)
        #expect(
            record.window
                == .init(
                    from: "1970-01-01T07:59:59.999999+08:00", to: "2025-05-06T09:15:00.000001+08:00"
                ))
        #expect(record.average == .init(sum: "-10.05", days: 10, amount: "-1.00"))
        #expect(record.evidence.entries[0].at == "2025-05-06")
        #expect(
            json.contains(
                #""destinations":{"cash":"0.05","unknown":"7300.00","wealth_product":"368934881474191032.28"}"#
            ))
        alert.evidence = []
        alert.evidenceMore = 0
        alert.destinations = .init(repeating: 0)
        #expect(
            Alerts.json(alert).contains(
                #""evidence":{"entries":[],"more":0},"destinations":{},"notify":[],"reasons":[],"#))
    }

    @Test(
        "times are in the bank's zone, with its offset of the moment",
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000000+00:00"),
            (1, -12_600, "1969-12-31T20:30:00.000001-03:30"),
            (-1, 20_700, "1970-01-01T05:44:59.999999+05:45"),
            (1_740_823_200_500_000, -28_800, "2025-03-01T02:00:00.500000-08:00"),
            (0, 29_143, "1970-01-01T08:05:00.000000+08:05"),
            (0, -17_776, "1969-12-31T19:04:00.000000-04:56"),
        ] as [(Int64, Int, String)])
    func times(microseconds: Int64, offset: Int, text: String) throws {
        var alert = Alerts.single()
        alert.occurredAt = Instant(microseconds: microseconds)
        let calendar = BusinessCalendar(name: "x", fixedOffsetSeconds: offset)
        let record = try AlertFieldTests.read(Alerts.json(alert, calendar: calendar))
        #expect(record.occurred_at == text)
    }

    @Test("money has the decimals of the bank's currency, and is null when there is none")
    func money() throws {
        var alert = Alerts.single()
        let yen = try AlertFieldTests.read(Alerts.json(alert, currency: Currency("JPY")!))
        #expect(yen.value == .init(amount: "730000", currency: "JPY"))
        #expect(yen.summary.contains("730,000 JPY"))
        alert.valueMinor = nil
        alert.thresholdMinor = nil
        let none = try AlertFieldTests.read(Alerts.json(alert))
        #expect(none.value == nil && none.threshold == nil)
    }

    @Test("every reason is written, in the contract's order")
    func reasons() throws {
        var alert = Alerts.single()
        for reason in AlertReason.allCases { alert.reasons.insert(AlertReasons(reason)) }
        let record = try AlertFieldTests.read(Alerts.json(alert))
        #expect(record.reasons == AlertReason.allCases.map { "\($0.text)" })
    }

    @Test("the largest record finds room", arguments: Language.allCases, RuleKind.allCases)
    func largest(language: Language, kind: RuleKind) throws {
        var alert = Alert()
        let controls = String(repeating: "\u{1}", count: 100)
        let text = Alerts.append(controls, to: &alert)
        (alert.customerID, alert.ruleID, alert.kind) = (text, controls, kind)
        (alert.isTierChange, alert.isNet, alert.status) = (true, true, .retracted)
        (alert.tierFrom, alert.tierTo, alert.tierNow) = (controls, controls, controls)
        (alert.version, alert.ruleVersion, alert.evidenceMore) = (.min, .min, .min)
        alert.anchor = .entry(accountHash: .max, id: text)
        for reason in AlertReason.allCases { alert.reasons.insert(AlertReasons(reason)) }
        (alert.valueMinor, alert.thresholdMinor) = (.min, .min)
        (alert.balanceBefore, alert.balanceAfter) = (.min, .min)
        (alert.averageSum, alert.averageDays) = (.min, 1)
        (alert.windowFrom, alert.windowTo) = (alert.occurredAt, alert.occurredAt)
        alert.windowMicroseconds = .max
        for index in alert.destinations.indices { alert.destinations[index] = .min }
        alert.evidence = (0..<20).map { _ in
            EvidenceEntry(
                id: text, account: text, direction: .credit, amountMinor: .min,
                kind: .productRedemption, channel: .selfService,
                destination: .thirdPartyPayment, time: alert.occurredAt, date: Day(0))
        }
        for masked in [true, false] {
            let json = Alerts.json(alert, masked: masked, language: language)
            let record = try AlertFieldTests.read(json)
            #expect(record.reasons.count == AlertReason.allCases.count)
        }
    }

    @Test("control characters and all else in a text of JSON survive another reader")
    func strings() throws {
        let text = String(String.UnicodeScalarView((0...0x2FF).map { UnicodeScalar($0)! }))
        var bytes: [UInt8] = Array("[".utf8)
        JSONText.appendString(text, to: &bytes)
        bytes.append(0x5D)
        #expect(try JSONDecoder().decode([String].self, from: Data(bytes)) == [text])
    }

    @Test("what needs an escape is seen wherever it stands", arguments: 1...26)
    func escapes(count: Int) throws {
        for special in ["\"", "\\", "\n", "\u{1F}", "\u{0}", "!", "#", "[", "]", "ü"] {
            for place in 0..<count {
                let text =
                    String(repeating: "z", count: place) + special
                    + String(repeating: " ", count: count - place - 1)
                var bytes: [UInt8] = Array("[".utf8)
                JSONText.appendString(text, to: &bytes)
                bytes.append(0x5D)
                #expect(try JSONDecoder().decode([String].self, from: Data(bytes)) == [text])
            }
        }
    }
}
