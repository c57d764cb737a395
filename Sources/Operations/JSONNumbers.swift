// Finds the numbers of a JSON text with the names on the way to them: all that is wanted of librdkafka's
// statistics. Lenient: a text that is no JSON ends the walk.

/// Walks over the numbers of a JSON text.
struct JSONNumbers {
    private let bytes: [UInt8]
    private var index = 0
    private var path: [String] = []

    /// Calls `visit` with the path and the digits of every number in `bytes`; lists add no name to a path.
    static func walk(_ bytes: [UInt8], _ visit: (_ path: [String], _ digits: String) -> Void) {
        var walker = JSONNumbers(bytes: bytes)
        _ = walker.value(depth: 0, visit)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Passes one value; false when the text cannot be followed.
    private mutating func value(depth: Int, _ visit: ([String], String) -> Void) -> Bool {
        guard depth < 32, let first = next() else { return false }
        switch first {
        case UInt8(ascii: "{"): return members(depth: depth, visit)
        case UInt8(ascii: "["): return elements(depth: depth, visit)
        case UInt8(ascii: "\""): return text() != nil
        default:
            let start = index
            while index < bytes.count, !JSONNumbers.endsWord(bytes[index]) { index += 1 }
            guard index > start else { return false }
            if first == UInt8(ascii: "-") || (48...57).contains(first) {
                visit(path, String(decoding: bytes[start..<index], as: UTF8.self))
            }
            return true
        }
    }

    private mutating func members(depth: Int, _ visit: ([String], String) -> Void) -> Bool {
        index += 1
        if skip(UInt8(ascii: "}")) { return true }
        repeat {
            guard next() == UInt8(ascii: "\""), let name = text(), skip(UInt8(ascii: ":")) else {
                return false
            }
            path.append(name)
            guard value(depth: depth + 1, visit) else { return false }
            path.removeLast()
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "}"))
    }

    private mutating func elements(depth: Int, _ visit: ([String], String) -> Void) -> Bool {
        index += 1
        if skip(UInt8(ascii: "]")) { return true }
        repeat {
            guard value(depth: depth + 1, visit) else { return false }
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "]"))
    }

    /// The string at the cursor, its escapes left as they are.
    private mutating func text() -> String? {
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < bytes.count else { return nil }
        index += 1
        return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
    }

    private mutating func next() -> UInt8? {
        while index < bytes.count, bytes[index] <= 32 { index += 1 }
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        index += 1
        return true
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 32 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}")
            || byte == UInt8(ascii: "]")
    }
}
