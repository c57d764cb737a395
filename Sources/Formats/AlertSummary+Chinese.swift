// "客户 C1：账户 ****0001 于 2025-05-06 09:15 流出 7,300.00 CNY，达到限额 7,000.00 CNY；余额由 9,000.00 CNY 变为
// 1,700.00 CNY。"
import Banking

extension AlertWriter {
    mutating func writeChinese(_ alert: Alert, to bytes: inout [UInt8]) {
        switch alert.status {
        case .open: break
        case .updated: JSONText.append("【更新】", to: &bytes)
        case .retracted: JSONText.append("【撤回】", to: &bytes)
        }
        JSONText.append("客户 ", to: &bytes)
        JSONText.appendEscaped(alert.customer, to: &bytes)
        switch alert.kind {
        case .singleOutflow, .singleInflow: writeChineseSingle(alert, to: &bytes)
        case .cumulativeOutflow, .cumulativeInflow: writeChineseCumulative(alert, to: &bytes)
        case .tierChange: writeChineseTier(alert, to: &bytes)
        }
        if alert.reasons.contains(.escalated) {
            JSONText.append("；金额较上次提醒继续增加", to: &bytes)
        }
        if alert.reasons.contains(.late) {
            JSONText.append("；该笔交易在当日日终之后才到达", to: &bytes)
        }
        JSONText.append("。", to: &bytes)
    }

    private mutating func writeChineseSingle(_ alert: Alert, to bytes: inout [UInt8]) {
        JSONText.append("：账户 ", to: &bytes)
        if let entry = alert.evidence.first {
            JSONText.appendMasked(alert.text(entry.account), to: &bytes)
            bytes.append(0x20)
        }
        JSONText.append("于 ", to: &bytes)
        writeMoment(alert.occurredAt, to: &bytes)
        JSONText.append(alert.kind == .singleOutflow ? " 流出 " : " 流入 ", to: &bytes)
        writeAmount(alert.valueMinor ?? 0, to: &bytes)
        writeChineseLimit(alert, to: &bytes)
    }

    private mutating func writeChineseCumulative(_ alert: Alert, to bytes: inout [UInt8]) {
        let end = alert.windowTo ?? alert.occurredAt
        let byDate = isEndOfDay(end)
        JSONText.append("：截至 ", to: &bytes)
        writeMoment(end, to: &bytes)
        JSONText.append(" 的 ", to: &bytes)
        switch WindowLength(microseconds: alert.windowMicroseconds, byDate: byDate) {
        case .days(let count): writeChineseCount(count, " 天内", to: &bytes)
        case .hours(let count): writeChineseCount(count, " 小时内", to: &bytes)
        case .minutes(let count): writeChineseCount(count, " 分钟内", to: &bytes)
        }
        JSONText.append(alert.isNet ? "累计净" : "累计", to: &bytes)
        JSONText.append(alert.kind == .cumulativeOutflow ? "流出 " : "流入 ", to: &bytes)
        writeAmount(alert.valueMinor ?? 0, to: &bytes)
        writeChineseLimit(alert, to: &bytes)
    }

    private func writeChineseCount(_ count: Int, _ unit: StaticString, to bytes: inout [UInt8]) {
        JSONText.appendInteger(count, to: &bytes)
        JSONText.append(unit, to: &bytes)
    }

    /// The limit, and the balance around what happened.
    private func writeChineseLimit(_ alert: Alert, to bytes: inout [UInt8]) {
        if let threshold = alert.thresholdMinor, let value = alert.valueMinor {
            JSONText.append(value >= threshold ? "，达到限额 " : "，低于限额 ", to: &bytes)
            writeAmount(threshold, to: &bytes)
        }
        JSONText.append("；余额由 ", to: &bytes)
        writeAmount(alert.balanceBefore, to: &bytes)
        JSONText.append(" 变为 ", to: &bytes)
        writeAmount(alert.balanceAfter, to: &bytes)
    }

    private func writeChineseTier(_ alert: Alert, to bytes: inout [UInt8]) {
        JSONText.append(" 于 ", to: &bytes)
        JSONText.appendPlainDate(alert.businessDate, to: &bytes)
        if let from = alert.tierFrom {
            JSONText.append(" 等级由 ", to: &bytes)
            JSONText.appendEscaped(from, to: &bytes)
            JSONText.append(isRise(alert) ? " 升至 " : " 降至 ", to: &bytes)
        } else {
            JSONText.append(" 首次评定等级为 ", to: &bytes)
        }
        JSONText.appendEscaped(alert.tierTo ?? "", to: &bytes)
        guard let average = alert.valueMinor else { return }
        JSONText.append("：", to: &bytes)
        writeChineseCount(alert.averageDays, " 天日均余额为 ", to: &bytes)
        writeAmount(average, to: &bytes)
        guard let threshold = alert.thresholdMinor, alert.tierFrom != nil else { return }
        JSONText.append(isRise(alert) ? "，达到 " : "，低于 ", to: &bytes)
        writeAmount(threshold, to: &bytes)
    }
}
