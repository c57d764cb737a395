// A small reader of JSON for what the product writes; it accepts nothing that is not JSON.

/// Why a text is no JSON.
struct JSONError: Error { var text: String }

/// Reads one JSON value.
struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0

    /// The value that `bytes` holds, all of them.
    static func parse(_ bytes: [UInt8]) throws(JSONError) -> Value {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value()
        guard parser.index == bytes.count else { throw parser.error("trailing bytes") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ text: String) -> JSONError {
        JSONError(text: "\(text) at byte \(index) of \(String(decoding: bytes, as: UTF8.self))")
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = current, [32, 9, 10, 13].contains(byte) { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func value() throws(JSONError) -> Value {
        skipBlanks()
        let value: Value
        switch current {
        case UInt8(ascii: "{"): value = try map()
        case UInt8(ascii: "["): value = try list()
        case UInt8(ascii: "\""): value = .string(try string())
        default: value = try word()
        }
        skipBlanks()
        return value
    }

    private mutating func map() throws(JSONError) -> Value {
        index += 1
        var members: [Value.Member] = []
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .map([]) }
        repeat {
            skipBlanks()
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw error("no colon") }
            members.append(Value.Member(key: key, value: try value()))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("no closing brace") }
        return .map(members)
    }

    private mutating func list() throws(JSONError) -> Value {
        index += 1
        var items: [Value] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .list([]) }
        repeat { items.append(try value()) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("no closing bracket") }
        return .list(items)
    }

    private mutating func word() throws(JSONError) -> Value {
        let start = index
        while let byte = current, byte > 32, !",]}:\"{[".utf8.contains(byte) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            guard !text.isEmpty, text.utf8.allSatisfy({ "+-.eE0123456789".utf8.contains($0) })
            else { throw error("no value") }
            return .number(text)
        }
    }

    private mutating func string() throws(JSONError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw error("no string") }
        var text: [UInt8] = []
        while let byte = current {
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            guard byte >= 32 else { throw error("control character") }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            text += Array(String(try escape()).utf8)
        }
        throw error("open string")
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard let byte = current else { throw error("open escape") }
        index += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "u"):
            guard index + 4 <= bytes.count,
                let code = UInt32(
                    String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw error("bad escape") }
            index += 4
            return scalar
        default: return Unicode.Scalar(byte)
        }
    }
}
