// What JSON is written with: appenders to a buffer that the caller uses again, so that nothing is allocated once it
// has grown. No blanks, and no escapes but those that JSON demands.
public import Banking

/// Appends pieces of JSON to a buffer.
public enum JSONText {
    /// Appends fixed text as it is.
    @inline(__always)
    public static func append(_ text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends a fixed text between quotes; it holds nothing that needs an escape.
    public static func appendCode(_ code: StaticString, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        append(code, to: &bytes)
        bytes.append(0x22)
    }

    /// Appends UTF-8 between quotes.
    public static func appendString(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        appendEscaped(text, to: &bytes)
        bytes.append(0x22)
    }

    /// Appends a string between quotes.
    public static func appendString(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        appendEscaped(text, to: &bytes)
        bytes.append(0x22)
    }

    /// Appends a string between quotes, or `null`.
    public static func appendString(orNull text: String?, to bytes: inout [UInt8]) {
        if let text { appendString(text, to: &bytes) } else { append("null", to: &bytes) }
    }

    /// Appends UTF-8 without quotes, escaped where JSON demands it.
    public static func appendEscaped(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        for index in text.indices { appendEscaped(text[index], to: &bytes) }
    }

    /// Appends a string without quotes, escaped where JSON demands it.
    public static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 { appendEscaped(byte, to: &bytes) }
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C:
            bytes.append(0x5C)
            bytes.append(byte)
        case 0x08: append("\\b", to: &bytes)
        case 0x09: append("\\t", to: &bytes)
        case 0x0A: append("\\n", to: &bytes)
        case 0x0C: append("\\f", to: &bytes)
        case 0x0D: append("\\r", to: &bytes)
        case ..<0x20:
            append("\\u00", to: &bytes)
            appendHexadecimal(UInt64(byte), digits: 2, to: &bytes)
        default: bytes.append(byte)
        }
    }

    /// Appends the digits of `number`.
    public static func appendInteger(_ number: Int, to bytes: inout [UInt8]) {
        DecimalText.append(Int128(number), exponent: 0, to: &bytes)
    }

    /// Appends the lowest `digits` hexadecimal digits of `number`, in lower case.
    public static func appendHexadecimal(
        _ number: UInt64, digits: Int, to bytes: inout [UInt8]
    ) {
        for place in (0..<digits).reversed() {
            let digit = UInt8(number >> UInt64(4 * place) & 0xF)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Appends minor units of `currency` as a decimal string: `"1234.50"`.
    public static func appendDecimal(
        _ minor: Int128, _ currency: Currency, to bytes: inout [UInt8]
    ) {
        bytes.append(0x22)
        DecimalText.append(minor, exponent: currency.exponent, to: &bytes)
        bytes.append(0x22)
    }

    /// Appends `{"amount":"1234.50","currency":"CNY"}`.
    public static func appendMoney(_ money: Money, to bytes: inout [UInt8]) {
        append(#"{"amount":"#, to: &bytes)
        appendDecimal(money.minor, money.currency, to: &bytes)
        append(#","currency":""#, to: &bytes)
        for index in 0..<3 { bytes.append(money.currency.letter(index)) }
        append(#""}"#, to: &bytes)
    }

    /// Appends an account id between quotes: `"****4417"`, four stars and its last four characters, when it is masked.
    public static func appendAccount(
        _ account: Span<UInt8>, masked: Bool, to bytes: inout [UInt8]
    ) {
        bytes.append(0x22)
        if masked {
            appendMasked(account, to: &bytes)
        } else {
            appendEscaped(account, to: &bytes)
        }
        bytes.append(0x22)
    }

    /// Appends four stars and the last four characters of an account id, or all of it when it has no more.
    public static func appendMasked(_ account: Span<UInt8>, to bytes: inout [UInt8]) {
        append("****", to: &bytes)
        var start = account.count
        var characters = 0
        while start > 0 && characters < 4 {
            start -= 1
            // A character begins where no trail byte of UTF-8 stands.
            if account[start] & 0xC0 != 0x80 { characters += 1 }
        }
        appendEscaped(account.extracting(start..<account.count), to: &bytes)
    }
}
