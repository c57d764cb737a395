// Pieces of JSON at the end of an array of bytes, for records that are written now and then; what writes many sets
// room aside for a record as a whole and writes to that (JSONOutput.swift).
public import Banking

/// Appends pieces of JSON to a buffer.
public enum JSONText {
    /// Appends fixed text as it is.
    public static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: text.utf8CodeUnitCount) { $0.append(text) }
    }

    /// Appends a fixed text between quotes; it holds nothing that needs an escape.
    public static func appendCode(_ code: StaticString, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 2 + code.utf8CodeUnitCount) { $0.appendCode(code) }
    }

    /// Appends UTF-8 between quotes.
    public static func appendString(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 2 + escapedBytes * text.count) { $0.appendString(text) }
    }

    /// Appends a string between quotes.
    public static func appendString(_ text: String, to bytes: inout [UInt8]) {
        appendString(text.utf8.span, to: &bytes)
    }

    /// Appends a string between quotes, or `null`.
    public static func appendString(orNull text: String?, to bytes: inout [UInt8]) {
        if let text { appendString(text, to: &bytes) } else { append("null", to: &bytes) }
    }

    /// Appends the digits of `number`.
    public static func appendInteger(_ number: Int, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: DecimalText.maxBytes) { $0.appendInteger(number) }
    }

    /// Appends minor units of `currency` as a decimal string: `"1234.50"`.
    public static func appendDecimal(
        _ minor: Int128, _ currency: Currency, to bytes: inout [UInt8]
    ) {
        bytes.append(addingCapacity: 2 + DecimalText.maxBytes) {
            $0.appendDecimal(minor, currency)
        }
    }

    /// Appends `{"amount":"1234.50","currency":"CNY"}`.
    public static func appendMoney(_ money: Money, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 64 + DecimalText.maxBytes) {
            $0.appendMoney(money.minor, money.currency)
        }
    }

    /// Appends an account id between quotes: `"****4417"`, four stars and its last four characters, when it is masked.
    public static func appendAccount(
        _ account: Span<UInt8>, masked: Bool, to bytes: inout [UInt8]
    ) {
        bytes.append(addingCapacity: 6 + escapedBytes * account.count) {
            $0.appendAccount(account, masked: masked)
        }
    }

    /// Appends a date between quotes.
    public static func appendDate(_ day: Day, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: 12) { $0.appendDate(DateText(day)) }
    }

    /// Appends a moment between quotes, in RFC 3339 with six decimals, in the zone of `calendar`.
    public static func appendTime(
        _ time: Instant, _ calendar: inout BusinessCalendar.Cursor, to bytes: inout [UInt8]
    ) {
        bytes.append(addingCapacity: 40) { output in
            let local = LocalTime(time, &calendar)
            output.appendTime(local, DateText(local.day))
        }
    }
}
