// Alerts as canonical JSON (the contract's section 4): the table's order of fields, no blanks, every field present.
// The bytes are a function of the alert and of what the writer was made with, so live and replay write the same.
public import Banking

/// Writes alerts; owned by one worker.
///
/// No allocation once the caller's buffer has grown.
public struct AlertWriter: Sendable {
    let currency: Currency
    let masksAccounts: Bool
    let language: Language
    var almanac: Almanac
    /// Whether no text of the alert at hand needs an escape, as of nearly all.
    private var isPlain = false
    /// Whether evidence and destinations of the alert at hand are left out.
    private var isTruncated = false

    /// A writer for a bank of `currency` and `calendar`; accounts are shown in full unless it masks them.
    public init(
        currency: Currency, calendar: BusinessCalendar, masksAccounts: Bool, language: Language
    ) {
        self.currency = currency
        self.masksAccounts = masksAccounts
        self.language = language
        almanac = Almanac(calendar)
    }

    /// Appends the record of `alert`; one of more than `limit` bytes without its evidence, which `truncated` says.
    ///
    /// That one may still be larger, where texts are long.
    public mutating func write(
        _ alert: borrowing Alert, to bytes: inout [UInt8], limit: Int = .max
    ) {
        isPlain = !alert.needsEscapes
        isTruncated = false
        let start = bytes.count
        bytes.append(addingCapacity: room(for: alert)) { write(alert, to: &$0) }
        guard bytes.count - start > limit else { return }
        bytes.removeLast(bytes.count - start)
        isTruncated = true
        bytes.append(addingCapacity: room(for: alert)) { write(alert, to: &$0) }
    }

    private mutating func write(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        writeIdentity(alert, to: &output)
        output.append(#","severity":"#)
        output.appendCode(alert.severity.text)
        output.append(#","occurred_at":"#)
        writeTime(alert.occurredAt, to: &output)
        output.append(#","business_date":"#)
        output.appendDate(almanac.text(of: alert.businessDate))
        writeMeasures(alert, to: &output)
        writeEvidence(alert, to: &output)
        writeDestinations(alert, to: &output)
        output.append(#","notify":[],"reasons":["#)
        var reasons = alert.reasons
        if isTruncated { reasons.insert(AlertReasons(.truncated)) }
        if !reasons.isEmpty { writeReasons(reasons, to: &output) }
        output.append(#"],"summary":""#)
        writeSummary(alert, to: &output)
        output.append(#"","suppress_key":""#)
        writeText(alert.customer, to: &output)
        output.append(0x2F)
        writeText(alert.ruleID, to: &output)
        output.append(#""}"#)
    }

    private func writeReasons(_ reasons: AlertReasons, to output: inout OutputSpan<UInt8>) {
        var isFirst = true
        for reason in AlertReason.allCases where reasons.contains(reason) {
            if !isFirst { output.append(0x2C) }
            isFirst = false
            output.appendCode(reason.text)
        }
    }

    /// From `alert_id` to `tier_now`.
    private mutating func writeIdentity(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        output.append(#"{"alert_id":""#)
        writeID(of: alert, to: &output)
        output.append(#"","version":"#)
        output.appendInteger(alert.version)
        output.append(#","status":"#)
        output.appendCode(alert.status.text)
        output.append(#","kind":"#)
        output.appendCode(alert.kind.text)
        output.append(#","tier":"#)
        if alert.isTierChange {
            output.append(#"{"from":"#)
            writeString(orNull: alert.tierFrom, to: &output)
            output.append(#","to":"#)
            writeString(orNull: alert.tierTo, to: &output)
            output.append(0x7D)
        } else {
            output.append("null")
        }
        output.append(#","rule":{"id":"#)
        writeString(alert.ruleID.utf8.span, to: &output)
        output.append(#","version":"#)
        output.appendInteger(alert.ruleVersion)
        output.append(#"},"customer_id":"#)
        writeString(alert.customer, to: &output)
        // Branch and star come from the profile, and there are none yet.
        output.append(#","branch":null,"star":null,"tier_now":"#)
        writeString(orNull: alert.tierNow, to: &output)
    }

    /// `<rule>@<rule version>/<customer_id>/<anchor>`.
    private mutating func writeID(of alert: Alert, to output: inout OutputSpan<UInt8>) {
        writeText(alert.ruleID, to: &output)
        output.append(0x40)
        output.appendInteger(alert.ruleVersion)
        output.append(0x2F)
        writeText(alert.customer, to: &output)
        output.append(0x2F)
        switch alert.anchor {
        case .entry(let hash, let id):
            output.appendHexadecimal(hash)
            output.append(0x3A)
            writeText(alert.text(id), to: &output)
        case .date(let day):
            output.append(almanac.text(of: day))
        case .late(let day, let number):
            output.append(almanac.text(of: day))
            output.append(":late")
            output.appendInteger(number)
        }
    }

    /// From `value` to `average`.
    private mutating func writeMeasures(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        output.append(#","value":"#)
        writeMoney(alert.valueMinor, to: &output)
        output.append(#","threshold":"#)
        writeMoney(alert.thresholdMinor, to: &output)
        output.append(#","window":"#)
        if let from = alert.windowFrom, let to = alert.windowTo {
            output.append(#"{"from":"#)
            writeTime(from, to: &output)
            output.append(#","to":"#)
            writeTime(to, to: &output)
            output.append(0x7D)
        } else {
            output.append("null")
        }
        output.append(#","balance":{"before":"#)
        output.appendDecimal(alert.balanceBefore, currency)
        output.append(#","after":"#)
        output.appendDecimal(alert.balanceAfter, currency)
        output.append(#"},"average":"#)
        guard let sum = alert.averageSum, alert.averageDays > 0 else {
            output.append("null")
            return
        }
        output.append(#"{"sum":"#)
        output.appendDecimal(sum, currency)
        output.append(#","days":"#)
        output.appendInteger(alert.averageDays)
        output.append(#","amount":"#)
        output.appendDecimal(
            roundedHalfEven(sum, by: Int128(alert.averageDays)), currency)
        output.append(0x7D)
    }

    private mutating func writeTime(_ time: Instant, to output: inout OutputSpan<UInt8>) {
        let local = almanac.local(time)
        output.appendTime(local, almanac.text(of: local.day))
    }

    private func writeMoney(_ minor: Int128?, to output: inout OutputSpan<UInt8>) {
        if let minor {
            output.appendMoney(minor, currency)
        } else {
            output.append("null")
        }
    }

    private mutating func writeEvidence(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        output.append(#","evidence":{"entries":["#)
        let shown = isTruncated ? 0 : alert.evidence.count
        for index in 0..<shown {
            output.append(index == 0 ? #"{"id":"# : #",{"id":"#)
            writeEntry(alert.evidence[index], of: alert, to: &output)
        }
        output.append(#"],"more":"#)
        output.appendInteger(alert.evidenceMore + alert.evidence.count - shown)
        output.append(0x7D)
    }

    private mutating func writeEntry(
        _ entry: EvidenceEntry, of alert: Alert, to output: inout OutputSpan<UInt8>
    ) {
        writeString(alert.text(entry.id), to: &output)
        output.append(#","account":"#)
        output.appendAccount(alert.text(entry.account), masked: masksAccounts)
        output.append(#","direction":"#)
        output.appendCode(entry.direction.text)
        output.append(#","amount":"#)
        output.appendDecimal(Int128(entry.amountMinor), currency)
        output.append(#","kind":"#)
        output.appendCode(entry.kind.text)
        output.append(#","channel":"#)
        output.appendCode(entry.channel.text)
        output.append(#","destination":"#)
        output.appendCode(entry.destination.text)
        output.append(#","at":"#)
        if let time = entry.time {
            writeTime(time, to: &output)
        } else {
            output.appendDate(almanac.text(of: entry.date))
        }
        output.append(0x7D)
    }

    private func writeDestinations(_ alert: Alert, to output: inout OutputSpan<UInt8>) {
        output.append(#","destinations":{"#)
        var isFirst = true
        // The order of the cases is that of their names.
        for index in alert.destinations.indices where !isTruncated {
            let minor = alert.destinations[index]
            guard minor != 0, let destination = CounterpartyClass(rawValue: UInt8(index)) else {
                continue
            }
            if !isFirst { output.append(0x2C) }
            isFirst = false
            output.appendCode(destination.text)
            output.append(0x3A)
            output.appendDecimal(minor, currency)
        }
        output.append(0x7D)
    }
}

extension AlertWriter {
    /// An upper bound of the bytes of `alert`'s record.
    private func room(for alert: Alert) -> Int {
        // Fixed text in either language, all reasons, numbers, amounts and destinations come to fewer than 4,096
        // bytes, an entry without its texts to fewer than 320.
        var texts = 4 * alert.customerID.count + 3 * alert.ruleID.utf8.count
        if case .entry(_, let id) = alert.anchor { texts += id.count }
        texts += 2 * (alert.tierFrom?.utf8.count ?? 0) + 2 * (alert.tierTo?.utf8.count ?? 0)
        texts += alert.tierNow?.utf8.count ?? 0
        // The summary repeats an account.
        for entry in alert.evidence { texts += entry.id.count + 2 * entry.account.count }
        return 4096 + 320 * alert.evidence.count + (isPlain ? 1 : escapedBytes) * texts
    }

    /// Appends UTF-8 without quotes, escaped where JSON demands it.
    @inline(__always)
    func writeText(_ text: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        if isPlain { output.append(copying: text) } else { output.appendEscaped(text) }
    }

    /// Appends a string without quotes, escaped where JSON demands it.
    func writeText(_ text: String, to output: inout OutputSpan<UInt8>) {
        writeText(text.utf8.span, to: &output)
    }

    /// Appends UTF-8 between quotes.
    @inline(__always)
    func writeString(_ text: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        output.append(0x22)
        writeText(text, to: &output)
        output.append(0x22)
    }

    /// Appends a string between quotes, or `null`.
    func writeString(orNull text: String?, to output: inout OutputSpan<UInt8>) {
        if let text { writeString(text.utf8.span, to: &output) } else { output.append("null") }
    }
}

extension Alert {
    /// The bytes of the customer's id.
    var customer: Span<UInt8> {
        @_lifetime(borrow self) get { texts.span.extracting(customerID) }
    }

    /// The bytes of one of the alert's texts.
    @_lifetime(borrow self)
    func text(_ range: Range<Int>) -> Span<UInt8> { texts.span.extracting(range) }

    /// Whether one of its texts needs an escape in JSON.
    fileprivate var needsEscapes: Bool {
        texts.span.needsEscapes || ruleID.utf8.span.needsEscapes
            || tierFrom?.utf8.span.needsEscapes ?? false
            || tierTo?.utf8.span.needsEscapes ?? false
            || tierNow?.utf8.span.needsEscapes ?? false
    }
}
