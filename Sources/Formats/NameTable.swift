// Names to what they stand for: a table in which no two names share a slot, so that a look-up looks at one slot and
// compares it as a whole. Names have 1 to 24 bytes, which three words cover: the first eight bytes, the eight after
// them, and the last eight.

/// The names of one list and their values; a look-up costs a few loads and no allocation.
struct NameTable<Value> {
    /// A name and its value, nil for a free slot.
    private struct Slot {
        var head: UInt64 = 0
        var middle: UInt64 = 0
        var tail: UInt64 = 0
        var count: UInt8 = 0
        var value: Value?
    }

    private var slots = [Slot](repeating: Slot(), count: 64)
    private var multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// A table of `values` under their names, at most 24 of them.
    init(_ values: [Value], name: (Value) -> String) {
        precondition(values.count <= 24, "a free slot for each name is soon found")
        let named = values.map { value in
            let bytes = Array(name(value).utf8)
            precondition((1...24).contains(bytes.count))
            return NameTable.slot(
                head: word(of: bytes), middle: word(of: bytes.dropFirst(8)),
                tail: word(of: bytes.suffix(8)), count: bytes.count, value)
        }
        // Of 19 names one multiplier in 20 parts them all, of 24 one in 150.
        var tries = 0
        while !place(named) {
            tries += 1
            precondition(tries < 10_000, "names differ in the words that are mixed")
            multiplier = multiplier &* 0x5851_F42D_4C95_7F2D &+ 2
        }
    }

    /// Puts every slot in its place, or says that two have the same.
    private mutating func place(_ named: [Slot]) -> Bool {
        slots = [Slot](repeating: Slot(), count: 64)
        for slot in named {
            let index = index(of: slot)
            if slots[index].value != nil { return false }
            slots[index] = slot
        }
        return true
    }

    /// What the name of `count` bytes at `start` stands for, if it is in the list.
    @inline(__always)
    func value(of bytes: TextBytes, at start: Int, count: Int) -> Value? {
        guard count <= 24 else { return nil }
        let wanted = NameTable.slot(
            head: bytes.word(at: start), middle: count > 16 ? bytes.word(at: start &+ 8) : 0,
            tail: bytes.word(at: start &+ max(count &- 8, 0)), count: count, nil)
        let index = index(of: wanted)
        let isFound =
            slots[index].head == wanted.head && slots[index].tail == wanted.tail
            && slots[index].middle == wanted.middle && slots[index].count == wanted.count
        return isFound ? slots[index].value : nil
    }

    /// The slot of a name whose words are given, with anything behind the name's end.
    @inline(__always)
    private static func slot(
        head: UInt64, middle: UInt64, tail: UInt64, count: Int, _ value: Value?
    ) -> Slot {
        // Pushes out what is not of the name, of a shorter one than a word.
        let shift = UInt64(truncatingIfNeeded: 64 &- 8 &* min(count, 8))
        return Slot(
            head: head &<< shift, middle: count > 16 ? middle : 0, tail: tail &<< shift,
            count: UInt8(truncatingIfNeeded: count), value: value)
    }

    @inline(__always)
    private func index(of slot: Slot) -> Int {
        let mixed = (slot.head ^ (slot.tail &>> 3) ^ UInt64(slot.count)) &* multiplier
        return Int(truncatingIfNeeded: mixed &>> 58)
    }
}
