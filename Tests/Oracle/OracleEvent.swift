// A decoded transaction event as plain strings and numbers, for the naive reference and for test histories.
package import Banking

/// One transaction event; the fields of the contract's section 2.
package struct OracleEvent: Sendable, Equatable {
    package var id = ""
    package var customerID = ""
    package var accountID = ""
    package var direction = Direction.debit
    package var amountMinor: Int64 = 0
    package var currency = Currency.cny
    package var bookedAt: Instant?
    package var bookingDate: Day?
    package var valueDate: Day?
    package var status = EntryStatus.booked
    package var replaces: String?
    package var reverses: String?
    package var transferID: String?
    package var accountKind: AccountKind?
    package var kind = EntryKind.other
    package var channel = Channel.other
    package var branch: String?
    package var counterpartyAccount: String?
    package var counterpartyCustomer: String?
    package var counterpartyBank: String?
    package var sameName: Bool?
    package var counterpartyClass: CounterpartyClass?
    package var balanceAfterMinor: Int64?
    /// The record's Kafka timestamp, or -1.
    package var timestampMillis: Int64 = -1

    /// An event with nothing said.
    package init() {}

    /// The event that a reader decoded.
    package init(_ event: borrowing Event, timestampMillis: Int64 = -1) {
        id = event.string(event.id) ?? ""
        customerID = event.string(event.customerID) ?? ""
        accountID = event.string(event.accountID) ?? ""
        direction = event.direction
        amountMinor = event.amountMinor
        currency = event.currency
        bookedAt = event.bookedAt
        bookingDate = event.bookingDate
        valueDate = event.valueDate
        status = event.status
        replaces = event.string(event.replaces)
        reverses = event.string(event.reverses)
        transferID = event.string(event.transferID)
        accountKind = event.accountKind
        kind = event.kind
        channel = event.channel
        branch = event.string(event.branch)
        counterpartyAccount = event.string(event.counterpartyAccountID)
        counterpartyCustomer = event.string(event.counterpartyCustomerID)
        counterpartyBank = event.string(event.counterpartyBank)
        sameName = event.sameName
        counterpartyClass = event.counterpartyClass
        balanceAfterMinor = event.balanceAfterMinor
        self.timestampMillis = timestampMillis
    }
}

extension Event {
    /// One of the event's texts as a string, nil when absent.
    fileprivate borrowing func string(_ text: Text) -> String? {
        guard text.isPresent else { return nil }
        let span = bytes(text)
        var copy: [UInt8] = []
        for index in span.indices { copy.append(span[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}

extension OracleEvent {
    /// The event as a JSON payload; texts are taken to need no escapes.
    package var payload: String {
        var parts: [String] = []
        func text(_ name: String, _ value: String?) {
            if let value { parts.append("\"\(name)\":\"\(value)\"") }
        }
        text("id", id)
        text("customer_id", customerID)
        text("account_id", accountID)
        text("direction", direction.text.description)
        text("amount", DecimalText.string(Int128(amountMinor), exponent: currency.exponent))
        text("currency", currency.code)
        text("booked_at", bookedAt.map(OracleEvent.timestamp))
        text("booking_date", bookingDate.map(OracleEvent.date))
        text("value_date", valueDate.map(OracleEvent.date))
        if status != .booked { text("status", status.text.description) }
        text("replaces", replaces)
        text("reverses", reverses)
        text("transfer_id", transferID)
        text("account_kind", accountKind?.text.description)
        if kind != .other { text("kind", kind.text.description) }
        if channel != .other { text("channel", channel.text.description) }
        text("branch", branch)
        if let counterparty { parts.append("\"counterparty\":\(counterparty)") }
        if let balanceAfterMinor {
            let amount = DecimalText.string(
                Int128(balanceAfterMinor), exponent: currency.exponent)
            parts.append("\"balance_after\":\(amount)")
        }
        return "{\(parts.joined(separator: ","))}"
    }

    private var counterparty: String? {
        var parts: [String] = []
        if let counterpartyAccount { parts.append("\"account_id\":\"\(counterpartyAccount)\"") }
        if let counterpartyCustomer { parts.append("\"customer_id\":\"\(counterpartyCustomer)\"") }
        if let counterpartyBank { parts.append("\"bank\":\"\(counterpartyBank)\"") }
        if let sameName { parts.append("\"same_name\":\(sameName)") }
        if let counterpartyClass { parts.append("\"class\":\"\(counterpartyClass.text)\"") }
        return parts.isEmpty ? nil : "{\(parts.joined(separator: ","))}"
    }

    /// `2025-05-06`.
    package static func date(_ day: Day) -> String {
        let (year, month, day) = day.civil
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// `2025-05-06T01:02:03.000004Z`.
    package static func timestamp(_ time: Instant) -> String {
        let (day, rest) = time.microseconds.flooredDivision(by: Micros.day)
        let clock = [
            padded(Int(rest / Micros.hour), 2), padded(Int(rest / Micros.minute % 60), 2),
            padded(Int(rest / Micros.second % 60), 2),
        ].joined(separator: ":")
        let fraction = padded(Int(rest % Micros.second), 6)
        return "\(date(Day(Int32(day))))T\(clock).\(fraction)Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// Quotient rounded down and the non-negative remainder; `divisor` is positive.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
