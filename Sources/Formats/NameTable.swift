// Names to small numbers: open addressing over the names' words, each found name compared as a whole. Names have 1 to
// 24 bytes, which three words cover: the first eight bytes, the eight after them, and the last eight.

/// The names of one list and their numbers; a look-up costs a few loads and no allocation.
struct NameTable {
    /// A name; a count of 0 marks a free slot.
    private struct Slot {
        var head: UInt64 = 0
        var middle: UInt64 = 0
        var tail: UInt64 = 0
        var count = 0
        var number: UInt8 = 0
    }

    private var slots = [Slot](repeating: Slot(), count: 64)

    /// A table of `names`; each stands for its place in the list, counted from `first`.
    init(_ names: [String], first: UInt8 = 0) {
        precondition(names.count <= 32, "half of the slots stay free")
        for (place, name) in names.enumerated() {
            let bytes = Array(name.utf8)
            precondition((1...24).contains(bytes.count))
            var slot = NameTable.slot(of: bytes.span, at: 0, count: bytes.count)
            slot.number = first + UInt8(place)
            var index = NameTable.index(of: slot)
            while slots[index].count != 0 { index = (index + 1) & 63 }
            slots[index] = slot
        }
    }

    /// The number of the name of `count` bytes at `start`, if it is in the list.
    @inline(__always)
    func number(of bytes: Span<UInt8>, at start: Int, count: Int) -> UInt8? {
        guard count > 0 && count <= 24 else { return nil }
        let wanted = NameTable.slot(of: bytes, at: start, count: count)
        var index = NameTable.index(of: wanted)
        while true {
            let slot = slots[index]
            if slot.head == wanted.head && slot.tail == wanted.tail
                && slot.middle == wanted.middle && slot.count == wanted.count
            {
                return slot.number
            }
            if slot.count == 0 { return nil }
            index = (index &+ 1) & 63
        }
    }

    @inline(__always)
    private static func slot(of bytes: Span<UInt8>, at start: Int, count: Int) -> Slot {
        var slot = Slot()
        slot.head = low(count, of: bytes.word(at: start))
        if count > 8 { slot.tail = bytes.word(at: start &+ count &- 8) }
        if count > 16 { slot.middle = bytes.word(at: start &+ 8) }
        slot.count = count
        return slot
    }

    @inline(__always)
    private static func index(of slot: Slot) -> Int {
        let mixed = (slot.head ^ (slot.tail &>> 3) ^ UInt64(slot.count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(mixed &>> 58)
    }
}
