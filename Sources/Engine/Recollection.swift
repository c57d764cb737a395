// Whether an entry may have come before: Bloom filters in generations (Bloom 1970; blocked by cache line after
// Putze, Sanders, Singler 2007). "No" is certain and costs one cache line for each generation; "maybe" is
// settled by the customer's own entries. A generation goes when all it holds is forgotten.

/// The memory of keys for a span of event time.
struct Recollection {
    private struct Generation {
        var words: [UInt64]
        var room: Int
        /// The clock at which it began, and after which all of it is forgotten.
        var began: Int64
        var until: Int64
    }

    private var generations: [Generation] = []
    private var capacity = 1 << 14
    private let span: Int64

    /// A memory of `span` microseconds.
    init(span: Int64) { self.span = span }

    /// Bytes held.
    var heldBytes: Int { generations.reduce(0) { $0 + $1.words.count * 8 } }

    /// Six bits within a line of 512.
    @inline(__always)
    private static func probe(_ key: UInt64, _ words: Int) -> (line: Int, bits: UInt64) {
        let lines = UInt64(words / 8)
        let line = key.multipliedFullWidth(by: lines).high
        return (Int(line) * 8, key &* 0x9E37_79B9_7F4A_7C15)
    }

    /// Whether `key` may have been added within the span.
    @inline(__always)
    func mayHold(_ key: UInt64) -> Bool {
        for index in generations.indices where Recollection.holds(generations[index].words, key) {
            return true
        }
        return false
    }

    @inline(__always)
    private static func holds(_ words: [UInt64], _ key: UInt64) -> Bool {
        let (line, bits) = probe(key, words.count)
        var rest = bits
        for _ in 0..<6 {
            let bit = Int(rest & 511)
            if words[line + bit >> 6] >> UInt64(bit & 63) & 1 == 0 { return false }
            rest >>= 9
        }
        return true
    }

    /// Remembers `key`, added at `clock`.
    @inline(__always)
    mutating func add(_ key: UInt64, clock: Int64) {
        if generations.isEmpty || generations[generations.count - 1].room == 0
            || clock - generations[generations.count - 1].began > span
        {
            begin(clock)
        }
        let last = generations.count - 1
        generations[last].room -= 1
        generations[last].until = max(generations[last].until, clock + span)
        let (line, bits) = Recollection.probe(key, generations[last].words.count)
        var rest = bits
        for _ in 0..<6 {
            let bit = Int(rest & 511)
            generations[last].words[line + bit >> 6] |= 1 << UInt64(bit & 63)
            rest >>= 9
        }
    }

    /// Begins a generation: twice as large when the last one was full, as large as needed when it had grown old.
    private mutating func begin(_ clock: Int64) {
        generations.removeAll { $0.until < clock }
        if let last = generations.last {
            let used = last.words.count * 4 - last.room
            capacity =
                last.room == 0 ? min(capacity * 2, 1 << 22) : max(1 << 14, used + used / 4)
        }
        let words = (capacity / 4 + 7) / 8 * 8
        generations.append(
            Generation(
                words: [UInt64](repeating: 0, count: words), room: words * 4, began: clock,
                until: clock + span))
    }
}
