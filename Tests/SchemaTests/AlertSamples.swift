// Alerts as the engine would hand them over, one for each example.
import Banking
import Testing

/// One example alert and the file that holds its bytes.
struct AlertSample: Sendable, CustomTestStringConvertible {
    let file: String
    let alert: Alert
    var testDescription: String { file }

    static let all = [single, escalated, tierUp, tierFirst, byDate]

    /// One payment over the limit.
    private static let single = AlertSample(file: "single-outflow.json") { alert in
        let entry = append(&alert, "T17", .debit, 6_000_000, .mobile, .otherBank, hour: 9)
        alert.kind = .singleOutflow
        alert.severity = .warning
        alert.ruleID = "large-outflow"
        alert.anchor = .entry(accountHash: accountHash, id: entry.id)
        alert.occurredAt = entry.time!
        alert.tierNow = "gold"
        alert.valueMinor = 6_000_000
        alert.thresholdMinor = 5_000_000
        alert.balanceBefore = 20_000_000
        alert.balanceAfter = 14_000_000
        alert.evidence = [entry]
        alert.destinations[Int(CounterpartyClass.otherBank.rawValue)] = 6_000_000
    }

    /// A window that has grown by half since it was told.
    private static let escalated = AlertSample(file: "cumulative-outflow-escalated.json") { alert in
        let first = append(&alert, "T17", .debit, 10_000_000, .mobile, .otherBank, hour: 9)
        let second = append(&alert, "T18", .debit, 5_000_000, .atm, .cash, hour: 11)
        alert.kind = .cumulativeOutflow
        alert.severity = .critical
        alert.ruleID = "outflow-24h"
        alert.ruleVersion = 3
        alert.version = 2
        alert.status = .updated
        alert.reasons = AlertReasons(.escalated)
        alert.anchor = .entry(accountHash: accountHash, id: first.id)
        alert.occurredAt = first.time!
        alert.valueMinor = 15_000_000
        alert.thresholdMinor = 10_000_000
        alert.windowFrom = Instant(microseconds: second.time!.microseconds - 86_400_000_000)
        alert.windowTo = second.time
        alert.windowMicroseconds = 86_400_000_000
        alert.balanceBefore = 10_000_000
        alert.balanceAfter = 5_000_000
        alert.evidence = [second, first]
        alert.evidenceMore = 4
        alert.destinations[Int(CounterpartyClass.cash.rawValue)] = 5_000_000
        alert.destinations[Int(CounterpartyClass.otherBank.rawValue)] = 10_000_000
    }

    /// A climb at a day's close.
    private static let tierUp = AlertSample(file: "tier-up.json") { alert in
        tier(&alert, from: "ordinary", to: "gold", sum: 3_650_000_017, days: 365)
        alert.balanceBefore = 9_500_000
        alert.balanceAfter = 12_345_678
        alert.thresholdMinor = 10_000_000
    }

    /// The first tier, which is told with `assigned: true`.
    private static let tierFirst = AlertSample(file: "tier-first.json") { alert in
        tier(&alert, from: nil, to: "ordinary", sum: -125, days: 2)
        alert.reasons = AlertReasons(.late)
        alert.anchor = .late(alert.businessDate, 1)
        alert.thresholdMinor = 0
    }

    /// A window by dates, of entries without a time.
    private static let byDate = AlertSample(file: "cumulative-inflow-by-date.json") { alert in
        let entry = append(&alert, "流水-1", .credit, 3_000_000, .branch, .unknown, hour: nil)
        alert.kind = .cumulativeInflow
        alert.ruleID = "inflow-7d"
        alert.anchor = .date(entry.date)
        alert.occurredAt = Instant(microseconds: 1_772_467_199_999_999)
        alert.valueMinor = 3_000_000
        alert.thresholdMinor = 2_500_000
        alert.isNet = true
        alert.windowFrom = Instant(microseconds: 1_771_862_399_999_999)
        alert.windowTo = alert.occurredAt
        alert.windowMicroseconds = 7 * 86_400_000_000
        alert.balanceAfter = 3_000_000
        alert.evidence = [entry]
    }

    private init(file: String, _ fill: (inout Alert) -> Void) {
        var alert = Alert()
        alert.customerID = append(&alert, "c-1001")
        alert.businessDate = Day(year: 2026, month: 3, day: 2)!
        fill(&alert)
        self.file = file
        self.alert = alert
    }
}

private let accountID = "6222020200112233"

private let accountHash = {
    let bytes = Array(accountID.utf8)
    return fnv1a64(bytes.span)
}()

private func append(_ alert: inout Alert, _ text: String) -> Range<Int> {
    let bytes = Array(text.utf8)
    return alert.append(bytes.span)
}

/// An entry of 2 March 2026 in Shanghai, at `hour` or with its date only.
private func append(
    _ alert: inout Alert, _ id: String, _ direction: Direction, _ amountMinor: Int64,
    _ channel: Channel, _ destination: CounterpartyClass, hour: Int64?
) -> EvidenceEntry {
    let midnight: Int64 = 1_772_380_800_000_000
    return EvidenceEntry(
        id: append(&alert, id), account: append(&alert, accountID), direction: direction,
        amountMinor: amountMinor, kind: destination == .cash ? .cash : .transfer, channel: channel,
        destination: destination,
        time: hour.map { Instant(microseconds: midnight + $0 * 3_600_000_000) },
        date: alert.businessDate)
}

private func tier(
    _ alert: inout Alert, from: String?, to: String, sum: Int128, days: Int
) {
    alert.kind = .tierChange
    alert.ruleID = "tier"
    alert.isTierChange = true
    alert.tierFrom = from
    alert.tierTo = to
    alert.tierNow = to
    alert.anchor = .date(alert.businessDate)
    alert.occurredAt = Instant(microseconds: 1_772_467_199_999_999)
    alert.averageSum = sum
    alert.averageDays = days
    alert.valueMinor = roundedHalfEven(sum, by: Int128(days))
}
