// What JSON is written with, into room that was set aside before. No blanks, and no escapes but those that JSON
// demands: texts that need none, nearly all, are seen eight bytes at a time and copied as a whole.
import Banking

/// The most bytes that escapes make of one.
let escapedBytes = 6

extension OutputSpan<UInt8> {
    /// Appends a fixed text between quotes; it holds nothing that needs an escape.
    @inline(__always) @_lifetime(self: copy self)
    mutating func appendCode(_ code: StaticString) {
        append(0x22)
        append(code)
        append(0x22)
    }

    /// Appends UTF-8 between quotes.
    @_lifetime(self: copy self)
    mutating func appendString(_ text: Span<UInt8>) {
        append(0x22)
        appendEscaped(text)
        append(0x22)
    }

    /// Appends UTF-8 without quotes, escaped where JSON demands it.
    @_lifetime(self: copy self)
    mutating func appendEscaped(_ text: Span<UInt8>) {
        if text.needsEscapes {
            for index in text.indices { appendEscaped(text[index]) }
        } else {
            append(copying: text)
        }
    }

    @_lifetime(self: copy self)
    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C:
            append(0x5C)
            append(byte)
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        case ..<0x20:
            append("\\u00")
            append(hexadecimal(UInt32(byte)) &>> 48, count: 2)
        default: append(byte)
        }
    }

    /// Appends the digits of `number`.
    @_lifetime(self: copy self)
    mutating func appendInteger(_ number: Int) {
        if number < 0 { append(0x2D) }
        DecimalText.appendDigits(UInt64(number.magnitude), to: &self)
    }

    /// Appends 16 hexadecimal digits of `number`, in lower case.
    @_lifetime(self: copy self)
    mutating func appendHexadecimal(_ number: UInt64) {
        append(hexadecimal(UInt32(truncatingIfNeeded: number &>> 32)), count: 8)
        append(hexadecimal(UInt32(truncatingIfNeeded: number)), count: 8)
    }

    /// Appends minor units of `currency` as a decimal string: `"1234.50"`.
    @_lifetime(self: copy self)
    mutating func appendDecimal(_ minor: Int128, _ currency: Currency) {
        append(0x22)
        DecimalText.append(minor, exponent: currency.exponent, to: &self)
        append(0x22)
    }

    /// Appends `{"amount":"1234.50","currency":"CNY"}`.
    @_lifetime(self: copy self)
    mutating func appendMoney(_ minor: Int128, _ currency: Currency) {
        append(#"{"amount":"#)
        appendDecimal(minor, currency)
        append(#","currency":""#)
        appendLetters(of: currency)
        append(#""}"#)
    }

    /// Appends the currency's three letters.
    @_lifetime(self: copy self)
    mutating func appendLetters(of currency: Currency) {
        for index in 0..<3 { append(currency.letter(index)) }
    }

    /// Appends an account id between quotes: `"****4417"` when it is masked.
    @_lifetime(self: copy self)
    mutating func appendAccount(_ account: Span<UInt8>, masked: Bool) {
        append(0x22)
        if masked { appendMasked(account) } else { appendEscaped(account) }
        append(0x22)
    }

    /// Appends four stars and the last four characters of an account id, or all of it when it has no more.
    @_lifetime(self: copy self)
    mutating func appendMasked(_ account: Span<UInt8>) {
        append("****")
        var start = account.count
        var characters = 0
        while start > 0 && characters < 4 {
            start -= 1
            // A character begins where no trail byte of UTF-8 stands.
            if account[start] & 0xC0 != 0x80 { characters += 1 }
        }
        appendEscaped(account.extracting(start..<account.count))
    }
}

extension Span where Element == UInt8 {
    /// The eight bytes from `index` on, all of them within the text.
    @inline(__always)
    private func word(at index: Int) -> UInt64 {
        UInt64(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: index, as: UInt64.self))
    }

    /// Whether JSON demands an escape somewhere in the text: a quote, a backslash or a control character.
    var needsEscapes: Bool {
        @inline(__always) func escapes(_ word: UInt64) -> UInt64 {
            let quote = word ^ eight(0x22)
            let backslash = word ^ eight(0x5C)
            // A subtraction sets the high bit of a byte that was too small; a borrow reaches only bytes above one.
            return
                (word &- eight(0x20) & ~word | (quote &- eight(1)) & ~quote
                | (backslash &- eight(1)) & ~backslash) & eight(0x80)
        }
        guard count >= 8 else {
            for index in indices
            where self[index] < 0x20 || self[index] == 0x22 || self[index] == 0x5C {
                return true
            }
            return false
        }
        // The last word may hold bytes of the one before it.
        var found = escapes(word(at: count &- 8))
        var index = 0
        while index &+ 8 < count {
            found |= escapes(word(at: index))
            index &+= 8
        }
        return found != 0
    }
}

/// Eight hexadecimal digits in ASCII, in lower case: the first is the word's lowest byte.
func hexadecimal(_ number: UInt32) -> UInt64 {
    // Fields of four, two and one digits within a word, the first lowest.
    var word = UInt64(number)
    word = word &>> 16 | (word & 0xFFFF) &<< 32
    word = (word &>> 8 & 0xFF_0000_00FF) | (word & 0xFF_0000_00FF) &<< 16
    word = (word &>> 4 & 0x000F_000F_000F_000F) | (word & 0x000F_000F_000F_000F) &<< 8
    // Six more carries a digit from ten on into the next four bits.
    let letters = (word &+ eight(0x06)) &>> 4 & eight(0x01)
    return word &+ eight(0x30) &+ letters &* 0x27
}
