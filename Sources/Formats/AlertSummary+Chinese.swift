// "客户 C1：账户 ****0001 于 2025-05-06 09:15 流出 7,300.00 CNY，达到限额 7,000.00 CNY；余额由 9,000.00 CNY 变为
// 1,700.00 CNY。"
import Banking

extension AlertWriter {
    mutating func writeChinese(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        switch alert.status {
        case .open: break
        case .updated: output.append("【更新】")
        case .retracted: output.append("【撤回】")
        }
        output.append("客户 ")
        writeText(alert.customer, to: &output)
        switch alert.kind {
        case .singleOutflow, .singleInflow: writeChineseSingle(alert, to: &output)
        case .cumulativeOutflow, .cumulativeInflow: writeChineseCumulative(alert, to: &output)
        case .tierChange: writeChineseTier(alert, to: &output)
        }
        if alert.reasons.contains(.escalated) {
            output.append("；金额较上次提醒继续增加")
        }
        if alert.reasons.contains(.late) {
            output.append("；该笔交易在当日日终之后才到达")
        }
        output.append("。")
    }

    private mutating func writeChineseSingle(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        output.append("：账户 ")
        if let entry = alert.evidence.first {
            output.appendMasked(alert.text(entry.account))
            output.append(0x20)
        }
        output.append("于 ")
        writeMoment(alert.occurredAt, to: &output)
        output.append(alert.kind == .singleOutflow ? " 流出 " : " 流入 ")
        writeAmount(alert.valueMinor ?? 0, to: &output)
        writeChineseLimit(alert, to: &output)
    }

    private mutating func writeChineseCumulative(_ alert: Alert, to output: inout OutputSpan<UInt8>)
    {
        let end = alert.windowTo ?? alert.occurredAt
        let byDate = almanac.isEndOfDay(end)
        output.append("：截至 ")
        writeMoment(end, to: &output)
        output.append(" 的 ")
        switch WindowLength(microseconds: alert.windowMicroseconds, byDate: byDate) {
        case .days(let count): writeChineseCount(count, " 天内", to: &output)
        case .hours(let count): writeChineseCount(count, " 小时内", to: &output)
        case .minutes(let count): writeChineseCount(count, " 分钟内", to: &output)
        }
        output.append(alert.isNet ? "累计净" : "累计")
        output.append(alert.kind == .cumulativeOutflow ? "流出 " : "流入 ")
        writeAmount(alert.valueMinor ?? 0, to: &output)
        writeChineseLimit(alert, to: &output)
    }

    private func writeChineseCount(
        _ count: Int, _ unit: StaticString, to output: inout OutputSpan<UInt8>
    ) {
        output.appendInteger(count)
        output.append(unit)
    }

    /// The limit, and the balance around what happened.
    private func writeChineseLimit(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        if let threshold = alert.thresholdMinor, let value = alert.valueMinor {
            output.append(value >= threshold ? "，达到限额 " : "，低于限额 ")
            writeAmount(threshold, to: &output)
        }
        output.append("；余额由 ")
        writeAmount(alert.balanceBefore, to: &output)
        output.append(" 变为 ")
        writeAmount(alert.balanceAfter, to: &output)
    }

    private mutating func writeChineseTier(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        output.append(" 于 ")
        output.append(almanac.text(of: alert.businessDate))
        if let from = alert.tierFrom {
            output.append(" 等级由 ")
            writeText(from, to: &output)
            output.append(isRise(alert) ? " 升至 " : " 降至 ")
        } else {
            output.append(" 首次评定等级为 ")
        }
        if let to = alert.tierTo { writeText(to, to: &output) }
        guard let average = alert.valueMinor else { return }
        output.append("：")
        writeChineseCount(alert.averageDays, " 天日均余额为 ", to: &output)
        writeAmount(average, to: &output)
        guard let threshold = alert.thresholdMinor, alert.tierFrom != nil else { return }
        output.append(isRise(alert) ? "，达到 " : "，低于 ")
        writeAmount(threshold, to: &output)
    }
}
