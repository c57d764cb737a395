// Whether an entry may have come before: Bloom filters in generations (Bloom 1970), the bits of a key within one word
// (after Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007). "No" is certain and
// costs one load for each generation; "maybe", wrong about once in a hundred times, is settled by the customer's own
// entries. A generation goes when all it holds is forgotten.

/// The memory of keys for a span of event time.
@safe
struct Recollection: ~Copyable {
    @safe
    private struct Generation {
        var words: UnsafeMutablePointer<UInt64>
        var count: Int
        /// Keys there is room for.
        var room: Int
        /// The clock at which it began, and after which all of it is forgotten.
        var began: Int64
        var until: Int64
    }

    private static let keysPerWord = 4
    private var generations: [Generation] = []
    /// Words of the next generation.
    private var size = 1 << 13
    private let span: Int64

    /// A memory of `span` microseconds.
    init(span: Int64) { self.span = span }

    deinit { generations.forEach { unsafe $0.words.deallocate() } }

    /// Bytes held.
    var heldBytes: Int { generations.reduce(0) { $0 + $1.count * 8 } }

    /// The word of `key` in a generation of `count`, and its five bits there.
    @inline(__always)
    private static func probe(_ key: UInt64, _ count: Int) -> (word: Int, bits: UInt64) {
        let word = Int(key.multipliedFullWidth(by: UInt64(count)).high)
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        let bits: UInt64 =
            1 << (mixed & 63) | 1 << (mixed >> 6 & 63) | 1 << (mixed >> 12 & 63)
            | 1 << (mixed >> 18 & 63) | 1 << (mixed >> 24 & 63)
        return (word, bits)
    }

    /// Whether `key` may have been added within the span.
    @inline(__always)
    func mayHold(_ key: UInt64) -> Bool {
        for index in generations.indices {
            let generation = generations[index]
            let (word, bits) = Recollection.probe(key, generation.count)
            if unsafe generation.words[word] & bits == bits { return true }
        }
        return false
    }

    /// Remembers `key`, added at `clock`.
    ///
    /// States are read back in no order of time: then nothing may be forgotten by the clock of another one.
    @inline(__always)
    mutating func add(_ key: UInt64, clock: Int64, mayForget: Bool) {
        let last = generations.count - 1
        if last < 0 || generations[last].room == 0 || clock - generations[last].began > span {
            begin(clock, mayForget: mayForget)
        }
        let current = generations.count - 1
        generations[current].room -= 1
        generations[current].until = max(generations[current].until, clock + span)
        let (word, bits) = Recollection.probe(key, generations[current].count)
        unsafe generations[current].words[word] |= bits
    }

    /// Begins a generation: four times as large when the last one was full, as large as needed when it had grown old.
    private mutating func begin(_ clock: Int64, mayForget: Bool) {
        generations.removeAll { generation in
            let isOver = mayForget && generation.until < clock
            if isOver { unsafe generation.words.deallocate() }
            return isOver
        }
        if let last = generations.last {
            let used = last.count * Recollection.keysPerWord - last.room
            size =
                last.room == 0
                ? min(size * 4, 1 << 20)
                : max(1 << 13, (used + used / 4) / Recollection.keysPerWord)
        }
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
        unsafe words.initialize(repeating: 0, count: size)
        generations.append(
            unsafe Generation(
                words: words, count: size, room: size * Recollection.keysPerWord, began: clock,
                until: clock + span))
    }
}
