import Banking
import Formats
import Testing

@Suite("Sentences of alerts")
struct AlertSummaryTests {
    static func summary(_ alert: Alert, _ language: Language) -> String {
        let json = Alerts.json(alert, language: language)
        let start = json.range(of: #""summary":""#)!.upperBound
        return String(json[start...].prefix { $0 != "\"" })
    }

    static func window(_ kind: RuleKind, hours: Int64, byDate: Bool = false) -> Alert {
        var alert = Alerts.single()
        alert.kind = kind
        alert.windowMicroseconds = hours * Micros.hour
        let date = alert.businessDate
        alert.windowTo = byDate ? Alerts.shanghai.lastMicrosecond(of: date) : alert.occurredAt
        return alert
    }

    static func tier(from: String?, to: String, average: Int128, edge: Int128) -> Alert {
        var alert = Alerts.single()
        alert.kind = .tierChange
        alert.isTierChange = true
        (alert.tierFrom, alert.tierTo) = (from, to)
        (alert.valueMinor, alert.thresholdMinor) = (average, edge)
        (alert.averageSum, alert.averageDays) = (average * 30, 30)
        return alert
    }

    @Test("of a single movement")
    func single() {
        var alert = Alerts.single()
        alert.kind = .singleInflow
        #expect(
            AlertSummaryTests.summary(alert, .en) == """
                Customer ana: 7,300.00 CNY came into account ****a-01 on 2025-05-06 09:15, at or \
                above the limit of 7,000.00 CNY; the balance went from 0.00 CNY to -7,300.00 CNY.
                """)
        #expect(
            AlertSummaryTests.summary(Alerts.single(), .zh) == """
                客户 ana：账户 ****a-01 于 2025-05-06 09:15 流出 7,300.00 CNY，达到限额 7,000.00 CNY；\
                余额由 0.00 CNY 变为 -7,300.00 CNY。
                """)
    }

    @Test(
        "of a window",
        arguments: [
            (
                24, false, "in the 24 hours up to 2025-05-06 09:15,",
                "截至 2025-05-06 09:15 的 24 小时内累计流出"
            ),
            (168, false, "in the 7 days up to 2025-05-06 09:15,", "的 7 天内累计流出"),
            (1, false, "in the hour up to", "的 1 小时内累计流出"),
            (24, true, "in the day up to 2025-05-06,", "截至 2025-05-06 的 1 天内累计流出"),
            (25, true, "in the 2 days up to 2025-05-06,", "的 2 天内累计流出"),
        ] as [(Int64, Bool, String, String)])
    func windows(hours: Int64, byDate: Bool, english: String, chinese: String) {
        let alert = AlertSummaryTests.window(.cumulativeOutflow, hours: hours, byDate: byDate)
        let text = AlertSummaryTests.summary(alert, .en)
        #expect(text.hasPrefix("Customer ana: 7,300.00 CNY went out in the "))
        #expect(text.contains(english))
        #expect(AlertSummaryTests.summary(alert, .zh).contains(chinese))
    }

    @Test("of a net sum")
    func net() {
        var alert = AlertSummaryTests.window(.cumulativeInflow, hours: 24)
        alert.isNet = true
        alert.windowMicroseconds = 90 * Micros.minute
        #expect(
            AlertSummaryTests.summary(alert, .en).hasPrefix(
                "Customer ana: 7,300.00 CNY came in on balance (net of outflows) in the 90 minutes")
        )
        #expect(AlertSummaryTests.summary(alert, .zh).contains("90 分钟内累计净流入 7,300.00 CNY"))
    }

    @Test("of a tier gained, lost and first given")
    func tiers() {
        let up = AlertSummaryTests.tier(
            from: "gold", to: "platinum", average: 100_000_000, edge: 100_000_000)
        #expect(
            AlertSummaryTests.summary(up, .en) == """
                Customer ana rises from tier gold to platinum on 2025-05-06: the average balance \
                of 30 days is 1,000,000.00 CNY, at or above 1,000,000.00 CNY.
                """)
        let down = AlertSummaryTests.tier(
            from: "gold", to: "ordinary", average: 9_999_999, edge: 10_000_000)
        #expect(
            AlertSummaryTests.summary(down, .zh) == """
                客户 ana 于 2025-05-06 等级由 gold 降至 ordinary：30 天日均余额为 99,999.99 CNY，\
                低于 100,000.00 CNY。
                """)
        let first = AlertSummaryTests.tier(from: nil, to: "gold", average: -5, edge: 0)
        #expect(
            AlertSummaryTests.summary(first, .en) == """
                Customer ana gets a first tier, gold, on 2025-05-06: the average balance of 30 days \
                is -0.05 CNY.
                """)
        #expect(AlertSummaryTests.summary(first, .zh).contains("首次评定等级为 gold"))
    }

    @Test("of later versions says so")
    func versions() {
        var alert = Alerts.single()
        alert.status = .updated
        alert.reasons = AlertReasons(.escalated)
        #expect(AlertSummaryTests.summary(alert, .en).hasPrefix("Update: customer ana: "))
        #expect(AlertSummaryTests.summary(alert, .zh).hasPrefix("【更新】客户 ana"))
        #expect(AlertSummaryTests.summary(alert, .zh).hasSuffix("；金额较上次提醒继续增加。"))
        alert.status = .retracted
        alert.valueMinor = 1
        #expect(AlertSummaryTests.summary(alert, .en).contains(", below the limit of 7,000.00 CNY"))
        #expect(AlertSummaryTests.summary(alert, .zh).hasPrefix("【撤回】"))
    }
}

extension String {
    /// Where `text` first occurs.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        indices.lazy.filter { self[$0...].hasPrefix(text) }.first.map {
            $0..<index($0, offsetBy: text.count)
        }
    }
}
