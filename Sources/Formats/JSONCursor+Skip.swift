// Steps over the values of fields that nobody asked for. They are held to the whole grammar all the same; the open
// objects and arrays are the bits of one word, so depth costs no stack.
import Banking

extension JSONCursor {
    /// The deepest nesting of a record, its own object being 1.
    static let deepest = 16

    /// Steps over a value that stands in something `depth` deep.
    mutating func skipValue(depth outer: Int, _ event: inout Event) throws(Rejection) {
        var depth = outer
        /// Bit 0 says whether the innermost is an object.
        var objects: UInt32 = 0
        repeat {
            let opens = try skipScalarOrOpen(&depth, &objects, &event)
            if opens { continue }
            while depth > outer {
                skipBlanks()
                if byte == 0x2C {
                    position += 1
                    if objects & 1 != 0 { _ = try readName(&event) } else { skipBlanks() }
                    break
                }
                try expect(objects & 1 != 0 ? 0x7D : 0x5D)
                depth -= 1
                objects >>= 1
            }
        } while depth > outer
    }

    /// Steps over a text, number or literal; or over the start of an object or array that is not empty, and says so.
    private mutating func skipScalarOrOpen(
        _ depth: inout Int, _ objects: inout UInt32, _ event: inout Event
    ) throws(Rejection) -> Bool {
        switch byte {
        case 0x22:
            position += 1
            _ = try readText(of: nil, &event)
        case 0x7B, 0x5B:
            let isObject = byte == 0x7B
            guard depth < JSONCursor.deepest else { throw fault(.tooDeep) }
            position += 1
            skipBlanks()
            if byte == (isObject ? 0x7D : 0x5D) {
                position += 1
                return false
            }
            depth += 1
            objects = objects << 1 | (isObject ? 1 : 0)
            if isObject { _ = try readName(&event) }
            return true
        case 0x74: try expect(literal: "true")
        case 0x66: try expect(literal: "false")
        case 0x6E: try expect(literal: "null")
        default: try skipNumber()
        }
        return false
    }
}
