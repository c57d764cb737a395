// "Customer C1: 7,300.00 CNY left account ****0001 on 2025-05-06 09:15, at or above the limit of 7,000.00 CNY; the
// balance went from 9,000.00 CNY to 1,700.00 CNY."
import Banking

extension AlertWriter {
    mutating func writeEnglish(_ alert: Alert, to bytes: inout [UInt8]) {
        switch alert.status {
        case .open: break
        case .updated: JSONText.append("Update: ", to: &bytes)
        case .retracted: JSONText.append("Withdrawn: ", to: &bytes)
        }
        JSONText.append(alert.status == .open ? "Customer " : "customer ", to: &bytes)
        JSONText.appendEscaped(alert.customer, to: &bytes)
        switch alert.kind {
        case .singleOutflow, .singleInflow: writeEnglishSingle(alert, to: &bytes)
        case .cumulativeOutflow, .cumulativeInflow: writeEnglishCumulative(alert, to: &bytes)
        case .tierChange: writeEnglishTier(alert, to: &bytes)
        }
        if alert.reasons.contains(.escalated) {
            JSONText.append("; more has moved since the first alert", to: &bytes)
        }
        if alert.reasons.contains(.late) {
            JSONText.append("; the entry came after its day had closed", to: &bytes)
        }
        bytes.append(0x2E)
    }

    private mutating func writeEnglishSingle(_ alert: Alert, to bytes: inout [UInt8]) {
        let isOutflow = alert.kind == .singleOutflow
        JSONText.append(": ", to: &bytes)
        writeAmount(alert.valueMinor ?? 0, to: &bytes)
        JSONText.append(isOutflow ? " left" : " came into", to: &bytes)
        if let entry = alert.evidence.first {
            JSONText.append(" account ", to: &bytes)
            JSONText.appendMasked(alert.text(entry.account), to: &bytes)
        } else {
            JSONText.append(" an account", to: &bytes)
        }
        JSONText.append(" on ", to: &bytes)
        writeMoment(alert.occurredAt, to: &bytes)
        writeEnglishLimit(alert, to: &bytes)
    }

    private mutating func writeEnglishCumulative(_ alert: Alert, to bytes: inout [UInt8]) {
        let isOutflow = alert.kind == .cumulativeOutflow
        let end = alert.windowTo ?? alert.occurredAt
        JSONText.append(": ", to: &bytes)
        writeAmount(alert.valueMinor ?? 0, to: &bytes)
        JSONText.append(isOutflow ? " went out" : " came in", to: &bytes)
        if alert.isNet {
            JSONText.append(
                isOutflow ? " on balance (net of inflows)" : " on balance (net of outflows)",
                to: &bytes)
        }
        let byDate = isEndOfDay(end)
        let length = WindowLength(microseconds: alert.windowMicroseconds, byDate: byDate)
        JSONText.append(" in the ", to: &bytes)
        switch length {
        case .days(1): JSONText.append("day", to: &bytes)
        case .days(let count): writeCount(count, " days", to: &bytes)
        case .hours(1): JSONText.append("hour", to: &bytes)
        case .hours(let count): writeCount(count, " hours", to: &bytes)
        case .minutes(1): JSONText.append("minute", to: &bytes)
        case .minutes(let count): writeCount(count, " minutes", to: &bytes)
        }
        JSONText.append(" up to ", to: &bytes)
        writeMoment(end, to: &bytes)
        writeEnglishLimit(alert, to: &bytes)
    }

    private func writeCount(_ count: Int, _ unit: StaticString, to bytes: inout [UInt8]) {
        JSONText.appendInteger(count, to: &bytes)
        JSONText.append(unit, to: &bytes)
    }

    /// The limit, and the balance around what happened.
    private func writeEnglishLimit(_ alert: Alert, to bytes: inout [UInt8]) {
        if let threshold = alert.thresholdMinor, let value = alert.valueMinor {
            // A retracted alert's value may have fallen below it.
            JSONText.append(
                value >= threshold ? ", at or above the limit of " : ", below the limit of ",
                to: &bytes)
            writeAmount(threshold, to: &bytes)
        }
        JSONText.append("; the balance went from ", to: &bytes)
        writeAmount(alert.balanceBefore, to: &bytes)
        JSONText.append(" to ", to: &bytes)
        writeAmount(alert.balanceAfter, to: &bytes)
    }

    private func writeEnglishTier(_ alert: Alert, to bytes: inout [UInt8]) {
        if let from = alert.tierFrom {
            JSONText.append(isRise(alert) ? " rises from tier " : " falls from tier ", to: &bytes)
            JSONText.appendEscaped(from, to: &bytes)
            JSONText.append(" to ", to: &bytes)
        } else {
            JSONText.append(" gets a first tier, ", to: &bytes)
        }
        JSONText.appendEscaped(alert.tierTo ?? "", to: &bytes)
        JSONText.append(alert.tierFrom == nil ? ", on " : " on ", to: &bytes)
        JSONText.appendPlainDate(alert.businessDate, to: &bytes)
        guard let average = alert.valueMinor else { return }
        JSONText.append(": the average balance of ", to: &bytes)
        writeCount(alert.averageDays, alert.averageDays == 1 ? " day is " : " days is ", to: &bytes)
        writeAmount(average, to: &bytes)
        guard let threshold = alert.thresholdMinor, alert.tierFrom != nil else { return }
        JSONText.append(isRise(alert) ? ", at or above " : ", below ", to: &bytes)
        writeAmount(threshold, to: &bytes)
    }
}
