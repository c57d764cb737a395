// Records of one producer have their fields in one order. Which field followed which is remembered, and the next name
// is compared as a whole, quotes and colon included, with the one that came there last time. A right guess costs two
// comparisons and no search for the name's end; a wrong one costs nothing but them.
import Banking

/// Guesses the next field of a record.
struct FieldOrder: ~Copyable {
    /// The bytes `"name":` of a field, 5 to 16 of them.
    struct Shape {
        let field: EventField
        let count: UInt8
        /// Where the last eight bytes begin.
        private let tailStart: UInt8
        /// The first eight bytes at most, and which they are.
        private let head: UInt64
        private let mask: UInt64
        /// The last eight bytes at most.
        private let tail: UInt64

        /// A shape that nothing has, since no byte outside its mask is asked for.
        fileprivate static var none: Shape { Shape(.id, head: 1, mask: 0, tail: 1, count: 0) }

        private init(_ field: EventField, head: UInt64, mask: UInt64, tail: UInt64, count: Int) {
            (self.field, self.head, self.mask, self.tail) = (field, head, mask, tail)
            self.count = UInt8(count)
            tailStart = UInt8(max(count - 8, 0))
        }

        fileprivate init(_ field: EventField) {
            let bytes = Array("\"\(field.text)\":".utf8)
            precondition((5...16).contains(bytes.count))
            self.init(
                field, head: word(of: bytes), mask: low(bytes.count, of: .max),
                tail: word(of: bytes.suffix(8)), count: bytes.count)
        }

        /// Whether these are the bytes at `position`.
        @inline(__always)
        func lies(in bytes: TextBytes, at position: Int) -> Bool {
            // Both at once: they differ or agree together.
            ((bytes.word(at: position) & mask) ^ head)
                | ((bytes.word(at: position &+ Int(tailStart)) & mask) ^ tail) == 0
        }
    }

    /// The number that stands for the start of a record, and for no field.
    static let start = 31
    /// The shapes that came last time, by the raw value of the field before them.
    private let followers = FieldTable(repeating: Shape.none)
    /// All shapes by the raw value of their field.
    private let shapes = FieldTable(repeating: Shape.none)

    /// An order that knows the names of `fields` but not yet their order.
    init(_ fields: [EventField]) {
        for field in fields { shapes[Int(field.rawValue)] = Shape(field) }
    }

    /// The field that followed `previous` last time.
    @inline(__always)
    func expected(after previous: Int) -> Shape { followers[previous] }

    /// Notes that `field` followed `previous`.
    func note(_ field: EventField, after previous: Int) {
        followers[previous] = shapes[Int(field.rawValue)]
    }
}
