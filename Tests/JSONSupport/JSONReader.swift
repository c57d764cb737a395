// From bytes to a value of JSON.

/// Reads bytes from the left; recursive descent.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value that `bytes` holds, all of them.
    static func read(_ bytes: [UInt8]) throws -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw JSONValue.Fault(at: reader.position) }
        return value
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ text: StaticString, _ value: JSONValue) throws -> JSONValue {
        for byte in text.description.utf8 {
            guard peek == byte else { throw JSONValue.Fault(at: position) }
            position += 1
        }
        return value
    }

    private mutating func value() throws -> JSONValue {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "n"): return try expect("null", .null)
        case UInt8(ascii: "t"): return try expect("true", .bool(true))
        case UInt8(ascii: "f"): return try expect("false", .bool(false))
        case UInt8(ascii: "\""): return .string(try text())
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "{"): return try object()
        default: return try number()
        }
    }

    private mutating func array() throws -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw JSONValue.Fault(at: position) }
        }
    }

    private mutating func object() throws -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipBlanks()
            let name = try text()
            guard take(UInt8(ascii: ":")) else { throw JSONValue.Fault(at: position) }
            members.append(.init(name, try value()))
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw JSONValue.Fault(at: position) }
        }
    }

    private mutating func number() throws -> JSONValue {
        let start = position
        while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
        guard position > start else { throw JSONValue.Fault(at: position) }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func text() throws -> String {
        guard peek == UInt8(ascii: "\"") else { throw JSONValue.Fault(at: position) }
        position += 1
        var units: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &units)
            case 0x00..<0x20: throw JSONValue.Fault(at: position)
            default: units.append(byte)
            }
        }
        throw JSONValue.Fault(at: position)
    }

    private mutating func escape(into units: inout [UInt8]) throws {
        guard let byte = peek else { throw JSONValue.Fault(at: position) }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "u"):
            guard position + 4 <= bytes.count,
                let code = UInt32(
                    String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw JSONValue.Fault(at: position) }
            position += 4
            units.append(contentsOf: Character(scalar).utf8)
        default: units.append(byte)
        }
    }
}
