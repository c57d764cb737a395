// "Customer C1: 7,300.00 CNY left account ****0001 on 2025-05-06 09:15, at or above the limit of 7,000.00 CNY; the
// balance went from 9,000.00 CNY to 1,700.00 CNY."
import Banking

extension AlertWriter {
    mutating func writeEnglish(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        switch alert.status {
        case .open: break
        case .updated: output.append("Update: ")
        case .retracted: output.append("Withdrawn: ")
        }
        output.append(alert.status == .open ? "Customer " : "customer ")
        writeText(alert.customer, to: &output)
        switch alert.kind {
        case .singleOutflow, .singleInflow: writeEnglishSingle(alert, to: &output)
        case .cumulativeOutflow, .cumulativeInflow: writeEnglishCumulative(alert, to: &output)
        case .tierChange: writeEnglishTier(alert, to: &output)
        }
        if alert.reasons.contains(.escalated) {
            output.append("; more has moved since the first alert")
        }
        if alert.reasons.contains(.late) {
            output.append("; the entry came after its day had closed")
        }
        output.append(0x2E)
    }

    private mutating func writeEnglishSingle(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        let isOutflow = alert.kind == .singleOutflow
        output.append(": ")
        writeAmount(alert.valueMinor ?? 0, to: &output)
        output.append(isOutflow ? " left" : " came into")
        if let entry = alert.evidence.first {
            output.append(" account ")
            output.appendMasked(alert.text(entry.account))
        } else {
            output.append(" an account")
        }
        output.append(" on ")
        writeMoment(alert.occurredAt, to: &output)
        writeEnglishLimit(alert, to: &output)
    }

    private mutating func writeEnglishCumulative(_ alert: Alert, to output: inout OutputSpan<UInt8>)
    {
        let isOutflow = alert.kind == .cumulativeOutflow
        let end = alert.windowTo ?? alert.occurredAt
        output.append(": ")
        writeAmount(alert.valueMinor ?? 0, to: &output)
        output.append(isOutflow ? " went out" : " came in")
        if alert.isNet {
            output.append(
                isOutflow ? " on balance (net of inflows)" : " on balance (net of outflows)")
        }
        let byDate = almanac.isEndOfDay(end)
        let length = WindowLength(microseconds: alert.windowMicroseconds, byDate: byDate)
        output.append(" in the ")
        switch length {
        case .days(1): output.append("day")
        case .days(let count): writeCount(count, " days", to: &output)
        case .hours(1): output.append("hour")
        case .hours(let count): writeCount(count, " hours", to: &output)
        case .minutes(1): output.append("minute")
        case .minutes(let count): writeCount(count, " minutes", to: &output)
        }
        output.append(" up to ")
        writeMoment(end, to: &output)
        writeEnglishLimit(alert, to: &output)
    }

    private func writeCount(_ count: Int, _ unit: StaticString, to output: inout OutputSpan<UInt8>)
    {
        output.appendInteger(count)
        output.append(unit)
    }

    /// The limit, and the balance around what happened.
    private func writeEnglishLimit(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        if let threshold = alert.thresholdMinor, let value = alert.valueMinor {
            // A retracted alert's value may have fallen below it.
            output.append(
                value >= threshold ? ", at or above the limit of " : ", below the limit of ")
            writeAmount(threshold, to: &output)
        }
        output.append("; the balance went from ")
        writeAmount(alert.balanceBefore, to: &output)
        output.append(" to ")
        writeAmount(alert.balanceAfter, to: &output)
    }

    private mutating func writeEnglishTier(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        if let from = alert.tierFrom {
            output.append(isRise(alert) ? " rises from tier " : " falls from tier ")
            writeText(from, to: &output)
            output.append(" to ")
        } else {
            output.append(" gets a first tier, ")
        }
        if let to = alert.tierTo { writeText(to, to: &output) }
        output.append(alert.tierFrom == nil ? ", on " : " on ")
        output.append(almanac.text(of: alert.businessDate))
        guard let average = alert.valueMinor else { return }
        output.append(": the average balance of ")
        writeCount(
            alert.averageDays, alert.averageDays == 1 ? " day is " : " days is ", to: &output)
        writeAmount(average, to: &output)
        guard let threshold = alert.thresholdMinor, alert.tierFrom != nil else { return }
        output.append(isRise(alert) ? ", at or above " : ", below ")
        writeAmount(threshold, to: &output)
    }
}
