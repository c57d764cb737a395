// Eight bytes at a time: the one place that loads words from an event's buffer, and what is asked of a word. Byte 0 of
// a word is its lowest, whatever the machine. The end of a text is sought in sixteen bytes at a time.
//
// No load is checked against the record's end. A zero stands there, which nothing accepts, so that a reader that takes
// bytes in order stops at it; words reach beyond by less than the buffer's slack.
import Banking
import CVector

/// The same byte in all eight places.
@inline(__always)
func eight(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

/// The low `count` bytes of `word`, 0 to 8.
@inline(__always)
func low(_ count: Int, of word: UInt64) -> UInt64 {
    count >= 8 ? word : word & ((1 &<< UInt64(8 &* count)) &- 1)
}

/// The first eight of `bytes` at most as a word, zeros after them.
func word(of bytes: some Sequence<UInt8>) -> UInt64 {
    var word: UInt64 = 0
    for (place, byte) in bytes.prefix(8).enumerated() { word |= UInt64(byte) << UInt64(8 * place) }
    return word
}

/// The bytes of an event's buffer: the record, its closing zero, and the texts that were written out.
@safe
struct TextBytes {
    private let start: UnsafePointer<UInt8>

    /// The bytes of `event`, which must live longer than this value.
    @unsafe @inline(__always)
    init(of event: borrowing Event) { unsafe start = event.buffer }

    /// The byte at `index`, which is in use.
    @inline(__always)
    func byte(at index: Int) -> UInt8 {
        assert((0..<(Event.capacity + Event.slack)).contains(index))
        return unsafe start[index]
    }

    /// The eight bytes from `index` on, of which the first is in use.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        assert((0..<(Event.capacity + Event.slack - 8)).contains(index))
        return UInt64(
            littleEndian: unsafe UnsafeRawPointer(start).loadUnaligned(
                fromByteOffset: index, as: UInt64.self))
    }

    /// The index of the first byte from `start` on that plain text does not hold: a quote, a backslash, a control
    /// character, a byte that is not ASCII, or the zero at the record's end.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var index = start
        while true {
            assert((0..<(Event.capacity + Event.slack - 16)).contains(index))
            let stops = unsafe tidemark_text_stops(self.start + index)
            if stops != 0 { return index &+ stops.trailingZeroBitCount }
            index &+= 16
        }
    }

    /// The index of the first byte from `start` on that is no blank of JSON.
    @inline(never)
    func endOfBlanks(from start: Int) -> Int {
        var index = start
        while true {
            switch byte(at: index) {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return index
            }
        }
    }

    /// Whether the `count` bytes at `index` are those of `text`.
    @inline(__always)
    func hold(_ text: Span<UInt8>, at index: Int, count: Int) -> Bool {
        guard text.count == count else { return false }
        guard count >= 8 else {
            for place in 0..<count where text[place] != byte(at: index &+ place) { return false }
            return true
        }
        var place = 0
        while true {
            let other = UInt64(
                littleEndian: unsafe text.bytes.unsafeLoadUnaligned(
                    fromUncheckedByteOffset: place, as: UInt64.self))
            if other != word(at: index &+ place) { return false }
            if place &+ 8 == count { return true }
            // The last word may overlap the one before it.
            place = min(place &+ 8, count &- 8)
        }
    }
}
