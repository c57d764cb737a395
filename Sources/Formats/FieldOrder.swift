// Records of one producer have their fields in one order. Which field followed which is remembered, and the next name
// is compared as a whole, quotes and colon included, with the one that came there last time. A right guess costs two
// comparisons and no search for the name's end; a wrong one costs nothing but them.
import Banking

/// Guesses the next field of a record.
struct FieldOrder {
    /// The bytes `"name":` of a field, 5 to 16 of them.
    private struct Shape {
        /// The first eight bytes at most, and which they are.
        var head: UInt64 = 1
        var headMask: UInt64 = 0
        /// The last eight bytes at most, which they are, and where they begin.
        var tail: UInt64 = 0
        var tailMask: UInt64 = 0
        var tailStart = 0
        var count = 0
    }

    /// The number that stands for the start of a record, and for no field.
    static let start = 31
    private var shapes: [Shape]
    private var followers = InlineArray<32, UInt8>(repeating: UInt8(start))

    /// An order that knows the names but not yet their order; names are numbered by their place.
    init(_ names: [String]) {
        // A shape that nothing has stands for what is not known.
        shapes = [Shape](repeating: Shape(), count: 32)
        for (number, name) in names.enumerated() {
            let bytes = Array("\"\(name)\":".utf8)
            precondition((5...16).contains(bytes.count) && number < FieldOrder.start)
            let count = min(bytes.count, 8)
            let tailStart = bytes.count - count
            shapes[number] = Shape(
                head: low(count, of: bytes.span.word(at: 0)), headMask: low(count, of: .max),
                tail: low(count, of: bytes.span.word(at: tailStart)),
                tailMask: low(count, of: .max), tailStart: tailStart, count: bytes.count)
        }
    }

    /// The bytes of the name, quotes and colon at `position`, if they are those of the field that followed `previous` last
    /// time; else 0.
    @inline(__always)
    func length(after previous: Int, in value: Span<UInt8>, at position: Int) -> Int {
        let shape = shapes[Int(followers[previous & 31])]
        let isExpected =
            value.word(at: position) & shape.headMask == shape.head
            && value.word(at: position &+ shape.tailStart) & shape.tailMask == shape.tail
        return isExpected ? shape.count : 0
    }

    /// The number of the field that followed `previous` last time.
    @inline(__always)
    func follower(of previous: Int) -> Int { Int(followers[previous & 31]) }

    /// Notes that `number` followed `previous`.
    mutating func note(_ number: Int, after previous: Int) {
        followers[previous & 31] = UInt8(number)
    }
}
