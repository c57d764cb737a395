// A place in a record of JSON (RFC 8259) and the steps over it. Plain text (ASCII without escapes) is found sixteen
// bytes at a time; the rest is in JSONCursor+Text.swift, values that nobody asked for in JSONCursor+Skip.swift.
import Banking

/// A place in a record.
struct JSONCursor {
    let bytes: TextBytes
    /// Bytes of the record; a zero stands behind them.
    let count: Int
    var position = 0

    @inline(__always)
    init(_ bytes: TextBytes, count: Int) { (self.bytes, self.count) = (bytes, count) }

    /// The byte here; 0 at the end, which no rule of the grammar accepts.
    @inline(__always)
    var byte: UInt8 { bytes.byte(at: position) }

    /// A refusal at this place.
    func fault(_ reason: RejectReason, _ field: EventField? = nil) -> Rejection {
        Rejection(reason, field, at: position)
    }

    @inline(__always)
    mutating func skipBlanks() {
        // Most records hold none.
        if byte <= 0x20 { position = bytes.endOfBlanks(from: position) }
    }

    /// Steps over `wanted` or refuses.
    @inline(__always)
    mutating func expect(_ wanted: UInt8) throws(Rejection) {
        guard byte == wanted else { throw fault(.badJSON) }
        position &+= 1
    }

    /// Steps over a literal whose first byte has been seen.
    mutating func expect(literal: StaticString) throws(Rejection) {
        let count = literal.utf8CodeUnitCount
        var expected: UInt64 = 0
        literal.withUTF8Buffer { bytes in
            for index in 0..<count { expected |= UInt64(unsafe bytes[index]) << UInt64(8 * index) }
        }
        guard low(count, of: bytes.word(at: position)) == expected else { throw fault(.badJSON) }
        position += count
    }

    /// Steps over a name and its colon, and over the blanks around them; the cursor then stands on the value.
    @inline(__always)
    mutating func readName(_ event: inout Event) throws(Rejection) -> TextToken {
        skipBlanks()
        try expect(0x22)
        let name = try readText(of: nil, &event)
        skipBlanks()
        try expect(0x3A)
        skipBlanks()
        return name
    }

    /// Reads a text up to its closing quote; the cursor stands after the opening one.
    @inline(__always)
    mutating func readText(
        of field: EventField?, _ event: inout Event
    ) throws(Rejection) -> TextToken {
        let start = position
        let end = bytes.endOfPlainText(from: start)
        position = end
        guard byte == 0x22 else {
            // On a copy, so that the position of the common case can stay in a register.
            var copy = self
            let text = try copy.readUncommonText(from: start, of: field, &event)
            position = copy.position
            return text
        }
        position = end &+ 1
        return TextToken(start: start, count: end &- start, offset: start)
    }

    /// Steps over a number of JSON's grammar; amounts are judged by their own, narrower one.
    mutating func skipNumber() throws(Rejection) {
        if byte == 0x2D { position += 1 }
        if byte == 0x30 { position += 1 } else { try skipDigits() }
        if byte == 0x2E {
            position += 1
            try skipDigits()
        }
        if byte | 0x20 == 0x65 {
            position += 1
            if byte == 0x2B || byte == 0x2D { position += 1 }
            try skipDigits()
        }
    }

    /// Steps over one digit or more.
    private mutating func skipDigits() throws(Rejection) {
        let start = position
        while byte &- 0x30 <= 9 { position += 1 }
        guard position > start else { throw fault(.badJSON) }
    }
}
