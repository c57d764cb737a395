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
    var calendar: BusinessCalendar.Cursor

    /// A writer for a bank of `currency` and `calendar`; accounts are shown in full unless it masks them.
    public init(
        currency: Currency, calendar: BusinessCalendar, masksAccounts: Bool, language: Language
    ) {
        self.currency = currency
        self.masksAccounts = masksAccounts
        self.language = language
        self.calendar = BusinessCalendar.Cursor(calendar)
    }

    /// Appends the record of `alert`.
    public mutating func write(_ alert: Alert, to bytes: inout [UInt8]) {
        writeIdentity(alert, to: &bytes)
        JSONText.append(#","severity":"#, to: &bytes)
        JSONText.appendCode(alert.severity.text, to: &bytes)
        JSONText.append(#","occurred_at":"#, to: &bytes)
        JSONText.appendTime(alert.occurredAt, &calendar, to: &bytes)
        JSONText.append(#","business_date":"#, to: &bytes)
        JSONText.appendDate(alert.businessDate, to: &bytes)
        writeMeasures(alert, to: &bytes)
        writeEvidence(alert, to: &bytes)
        writeDestinations(alert, to: &bytes)
        JSONText.append(#","notify":[],"reasons":["#, to: &bytes)
        var isFirst = true
        for reason in AlertReason.allCases where alert.reasons.contains(reason) {
            if !isFirst { bytes.append(0x2C) }
            isFirst = false
            JSONText.appendCode(reason.text, to: &bytes)
        }
        JSONText.append(#"],"summary":""#, to: &bytes)
        writeSummary(alert, to: &bytes)
        JSONText.append(#"","suppress_key":""#, to: &bytes)
        JSONText.appendEscaped(alert.customer, to: &bytes)
        bytes.append(0x2F)
        JSONText.appendEscaped(alert.ruleID, to: &bytes)
        JSONText.append(#""}"#, to: &bytes)
    }

    /// From `alert_id` to `tier_now`.
    private func writeIdentity(_ alert: Alert, to bytes: inout [UInt8]) {
        JSONText.append(#"{"alert_id":""#, to: &bytes)
        writeID(of: alert, to: &bytes)
        JSONText.append(#"","version":"#, to: &bytes)
        JSONText.appendInteger(alert.version, to: &bytes)
        JSONText.append(#","status":"#, to: &bytes)
        JSONText.appendCode(alert.status.text, to: &bytes)
        JSONText.append(#","kind":"#, to: &bytes)
        JSONText.appendCode(alert.kind.text, to: &bytes)
        JSONText.append(#","tier":"#, to: &bytes)
        if alert.isTierChange {
            JSONText.append(#"{"from":"#, to: &bytes)
            JSONText.appendString(orNull: alert.tierFrom, to: &bytes)
            JSONText.append(#","to":"#, to: &bytes)
            JSONText.appendString(orNull: alert.tierTo, to: &bytes)
            bytes.append(0x7D)
        } else {
            JSONText.append("null", to: &bytes)
        }
        JSONText.append(#","rule":{"id":"#, to: &bytes)
        JSONText.appendString(alert.ruleID, to: &bytes)
        JSONText.append(#","version":"#, to: &bytes)
        JSONText.appendInteger(alert.ruleVersion, to: &bytes)
        JSONText.append(#"},"customer_id":"#, to: &bytes)
        JSONText.appendString(alert.customer, to: &bytes)
        // Branch and star come from the profile, and there are none yet.
        JSONText.append(#","branch":null,"star":null,"tier_now":"#, to: &bytes)
        JSONText.appendString(orNull: alert.tierNow, to: &bytes)
    }

    /// `<rule>@<rule version>/<customer_id>/<anchor>`.
    private func writeID(of alert: Alert, to bytes: inout [UInt8]) {
        JSONText.appendEscaped(alert.ruleID, to: &bytes)
        bytes.append(0x40)
        JSONText.appendInteger(alert.ruleVersion, to: &bytes)
        bytes.append(0x2F)
        JSONText.appendEscaped(alert.customer, to: &bytes)
        bytes.append(0x2F)
        switch alert.anchor {
        case .entry(let hash, let id):
            JSONText.appendHexadecimal(hash, digits: 16, to: &bytes)
            bytes.append(0x3A)
            JSONText.appendEscaped(alert.text(id), to: &bytes)
        case .date(let day):
            JSONText.appendPlainDate(day, to: &bytes)
        case .late(let day, let number):
            JSONText.appendPlainDate(day, to: &bytes)
            JSONText.append(":late", to: &bytes)
            JSONText.appendInteger(number, to: &bytes)
        }
    }

    /// From `value` to `average`.
    private mutating func writeMeasures(_ alert: Alert, to bytes: inout [UInt8]) {
        JSONText.append(#","value":"#, to: &bytes)
        writeMoney(alert.valueMinor, to: &bytes)
        JSONText.append(#","threshold":"#, to: &bytes)
        writeMoney(alert.thresholdMinor, to: &bytes)
        JSONText.append(#","window":"#, to: &bytes)
        if let from = alert.windowFrom, let to = alert.windowTo {
            JSONText.append(#"{"from":"#, to: &bytes)
            JSONText.appendTime(from, &calendar, to: &bytes)
            JSONText.append(#","to":"#, to: &bytes)
            JSONText.appendTime(to, &calendar, to: &bytes)
            bytes.append(0x7D)
        } else {
            JSONText.append("null", to: &bytes)
        }
        JSONText.append(#","balance":{"before":"#, to: &bytes)
        JSONText.appendDecimal(alert.balanceBefore, currency, to: &bytes)
        JSONText.append(#","after":"#, to: &bytes)
        JSONText.appendDecimal(alert.balanceAfter, currency, to: &bytes)
        JSONText.append(#"},"average":"#, to: &bytes)
        guard let sum = alert.averageSum, alert.averageDays > 0 else {
            JSONText.append("null", to: &bytes)
            return
        }
        JSONText.append(#"{"sum":"#, to: &bytes)
        JSONText.appendDecimal(sum, currency, to: &bytes)
        JSONText.append(#","days":"#, to: &bytes)
        JSONText.appendInteger(alert.averageDays, to: &bytes)
        JSONText.append(#","amount":"#, to: &bytes)
        JSONText.appendDecimal(
            roundedHalfEven(sum, by: Int128(alert.averageDays)), currency, to: &bytes)
        bytes.append(0x7D)
    }

    private func writeMoney(_ minor: Int128?, to bytes: inout [UInt8]) {
        if let minor {
            JSONText.appendMoney(Money(minor, currency), to: &bytes)
        } else {
            JSONText.append("null", to: &bytes)
        }
    }

    private mutating func writeEvidence(_ alert: Alert, to bytes: inout [UInt8]) {
        JSONText.append(#","evidence":{"entries":["#, to: &bytes)
        for index in alert.evidence.indices {
            JSONText.append(index == 0 ? #"{"id":"# : #",{"id":"#, to: &bytes)
            writeEntry(alert.evidence[index], of: alert, to: &bytes)
        }
        JSONText.append(#"],"more":"#, to: &bytes)
        JSONText.appendInteger(alert.evidenceMore, to: &bytes)
        bytes.append(0x7D)
    }

    private mutating func writeEntry(
        _ entry: EvidenceEntry, of alert: Alert, to bytes: inout [UInt8]
    ) {
        JSONText.appendString(alert.text(entry.id), to: &bytes)
        JSONText.append(#","account":"#, to: &bytes)
        JSONText.appendAccount(alert.text(entry.account), masked: masksAccounts, to: &bytes)
        JSONText.append(#","direction":"#, to: &bytes)
        JSONText.appendCode(entry.direction.text, to: &bytes)
        JSONText.append(#","amount":"#, to: &bytes)
        JSONText.appendDecimal(Int128(entry.amountMinor), currency, to: &bytes)
        JSONText.append(#","kind":"#, to: &bytes)
        JSONText.appendCode(entry.kind.text, to: &bytes)
        JSONText.append(#","channel":"#, to: &bytes)
        JSONText.appendCode(entry.channel.text, to: &bytes)
        JSONText.append(#","destination":"#, to: &bytes)
        JSONText.appendCode(entry.destination.text, to: &bytes)
        JSONText.append(#","at":"#, to: &bytes)
        if let time = entry.time {
            JSONText.appendTime(time, &calendar, to: &bytes)
        } else {
            JSONText.appendDate(entry.date, to: &bytes)
        }
        bytes.append(0x7D)
    }

    private func writeDestinations(_ alert: Alert, to bytes: inout [UInt8]) {
        JSONText.append(#","destinations":{"#, to: &bytes)
        var isFirst = true
        // The order of the cases is that of their names.
        for destination in CounterpartyClass.allCases {
            let minor = alert.destinations[Int(destination.rawValue)]
            guard minor != 0 else { continue }
            if !isFirst { bytes.append(0x2C) }
            isFirst = false
            JSONText.appendCode(destination.text, to: &bytes)
            bytes.append(0x3A)
            JSONText.appendDecimal(minor, currency, to: &bytes)
        }
        bytes.append(0x7D)
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
}
