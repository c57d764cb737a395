// A small JSON reader for what the daemon writes: alerts, metrics' neighbours, answers of the HTTP interface. Numbers
// keep their digits and objects their order, so that tests can ask for both.

/// A JSON value as written.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One member of an object.
    struct Member: Equatable {
        var name: String
        var value: JSONValue
    }

    /// What was wrong with a text, and at which byte.
    struct Fault: Error, Equatable {
        var at: Int
    }

    /// Reads one JSON text.
    init(_ bytes: [UInt8]) throws {
        var reader = Reader(bytes: bytes)
        self = try reader.value()
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw Fault(at: reader.position) }
    }

    /// Reads one JSON text.
    init(_ text: String) throws { try self.init(Array(text.utf8)) }

    /// The member of an object; null when there is none.
    subscript(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.name == name }?.value ?? .null
    }

    /// The element of an array; null when there is none.
    subscript(_ index: Int) -> JSONValue {
        let elements = array
        return elements.indices.contains(index) ? elements[index] : .null
    }

    /// The elements of an array, nothing for other values.
    var array: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// The names of an object's members in their order.
    var names: [String] {
        if case .object(let members) = self { return members.map(\.name) }
        return []
    }

    /// The text of a string.
    var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The value of a whole number.
    var integer: Int? {
        if case .number(let digits) = self { return Int(digits) }
        return nil
    }
}

/// Reads bytes from the left; recursive descent.
private struct Reader {
    let bytes: [UInt8]
    var position = 0

    mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard peek == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ text: StaticString, _ value: JSONValue) throws -> JSONValue {
        for byte in text.description.utf8 {
            guard peek == byte else { throw JSONValue.Fault(at: position) }
            position += 1
        }
        return value
    }

    mutating func value() throws -> JSONValue {
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

    mutating func array() throws -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw JSONValue.Fault(at: position) }
        }
    }

    mutating func object() throws -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipBlanks()
            let name = try text()
            guard take(UInt8(ascii: ":")) else { throw JSONValue.Fault(at: position) }
            members.append(.init(name: name, value: try value()))
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw JSONValue.Fault(at: position) }
        }
    }

    mutating func number() throws -> JSONValue {
        let start = position
        while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
        guard position > start else { throw JSONValue.Fault(at: position) }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func text() throws -> String {
        guard peek == UInt8(ascii: "\"") else { throw JSONValue.Fault(at: position) }
        position += 1
        var units: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &units)
            default: units.append(byte)
            }
        }
        throw JSONValue.Fault(at: position)
    }

    mutating func escape(into units: inout [UInt8]) throws {
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
