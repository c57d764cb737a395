// Texts with escapes or bytes beyond ASCII. Without escapes they stay where they are and only their UTF-8 is checked;
// with escapes they are written out at the end of the event's buffer.
import Banking

extension JSONCursor {
    /// Reads on where plain text ended; the text began at `start`.
    @inline(never)
    mutating func readUncommonText(
        from start: Int, of field: EventField?, _ event: inout Event
    ) throws(Rejection) -> TextToken {
        while byte != 0x5C {
            if byte == 0x22 {
                position += 1
                return TextToken(start: start, count: position - 1 - start, offset: start)
            }
            position += try characterLength(of: field)
        }
        let begin = event.used
        try copy(start..<position, to: &event)
        while byte != 0x22 {
            if byte == 0x5C {
                try readEscape(of: field, &event)
            } else {
                let length = try characterLength(of: field)
                try copy(position..<(position + length), to: &event)
                position += length
            }
        }
        position += 1
        return TextToken(start: begin, count: event.used - begin, offset: start)
    }

    /// The bytes of the character here, 1 to 4; refuses control characters and what is not UTF-8 (Unicode, table 3-7).
    private func characterLength(of field: EventField?) throws(Rejection) -> Int {
        guard position < count else { throw fault(.badJSON) }
        let lead = byte
        switch lead {
        case 0x7F: throw fault(.badField, field)
        case 0x20...0x7E: return 1
        case 0x00...0x1F: throw fault(.badJSON, field)
        case 0xC2...0xDF: try expectTrail(1, 0x80...0xBF)
        case 0xE0: try expectTrail(2, 0xA0...0xBF)
        case 0xED: try expectTrail(2, 0x80...0x9F)
        case 0xE1...0xEF: try expectTrail(2, 0x80...0xBF)
        case 0xF0: try expectTrail(3, 0x90...0xBF)
        case 0xF1...0xF3: try expectTrail(3, 0x80...0xBF)
        case 0xF4: try expectTrail(3, 0x80...0x8F)
        default: throw fault(.badUTF8)
        }
        return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    /// Checks `count` bytes after the lead byte here; the first lies in `range`.
    private func expectTrail(_ count: Int, _ range: ClosedRange<UInt8>) throws(Rejection) {
        // The zero at the record's end is none.
        guard range.contains(bytes.byte(at: position + 1)) else { throw fault(.badUTF8) }
        for index in 2..<4 where index <= count {
            guard (0x80...0xBF).contains(bytes.byte(at: position + index)) else {
                throw fault(.badUTF8)
            }
        }
    }

    /// Writes the character out that is escaped here, and steps over it.
    private mutating func readEscape(
        of field: EventField?, _ event: inout Event
    ) throws(Rejection) {
        let start = position
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F:  // " \ /
            try copy(position..<(position + 1), to: &event)
            position += 1
        case 0x62, 0x66, 0x6E, 0x72, 0x74:  // b f n r t
            throw Rejection(.badField, field, at: start)
        case 0x75:  // u
            var scalar = try readHexadecimal()
            if (0xD800...0xDBFF).contains(scalar) {
                guard bytes.word(at: position) & 0xFFFF == 0x755C else {
                    throw Rejection(.badJSON, field, at: start)
                }
                position += 1
                let second = try readHexadecimal()
                guard (0xDC00...0xDFFF).contains(second) else {
                    throw Rejection(.badJSON, field, at: start)
                }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (second - 0xDC00)
            } else if (0xDC00...0xDFFF).contains(scalar) {
                throw Rejection(.badJSON, field, at: start)
            }
            guard scalar >= 0x20 && scalar != 0x7F else {
                throw Rejection(.badField, field, at: start)
            }
            try write(scalar, to: &event)
        default: throw Rejection(.badJSON, field, at: start)
        }
    }

    /// Reads four hexadecimal digits; the cursor stands on the `u` before them.
    private mutating func readHexadecimal() throws(Rejection) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            position += 1
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: number = number << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: number = number << 4 | UInt32(byte - 0x61 + 10)
            default: throw fault(.badJSON)
            }
        }
        position += 1
        return number
    }

    /// Appends the UTF-8 of `scalar`, which is no surrogate.
    private func write(_ scalar: UInt32, to event: inout Event) throws(Rejection) {
        func append(_ bits: UInt32) throws(Rejection) {
            guard event.append(byte: UInt8(truncatingIfNeeded: bits)) else {
                throw fault(.tooLarge)
            }
        }
        switch scalar {
        case ..<0x80:
            try append(scalar)
            return
        case ..<0x800:
            try append(0xC0 | scalar >> 6)
        case ..<0x10000:
            try append(0xE0 | scalar >> 12)
            try append(0x80 | scalar >> 6 & 0x3F)
        default:
            try append(0xF0 | scalar >> 18)
            try append(0x80 | scalar >> 12 & 0x3F)
            try append(0x80 | scalar >> 6 & 0x3F)
        }
        try append(0x80 | scalar & 0x3F)
    }

    private func copy(_ range: Range<Int>, to event: inout Event) throws(Rejection) {
        for index in range {
            guard event.append(byte: bytes.byte(at: index)) else { throw fault(.tooLarge) }
        }
    }
}
