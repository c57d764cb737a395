// Eight bytes at a time: the one place that loads words from a span, and what is asked of a word. Byte 0 of a word is
// its lowest, whatever the machine.

/// The same byte in all eight places.
@inline(__always)
func eight(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

extension Span where Element == UInt8 {
    /// The byte at `index`; 0 beyond the end.
    @inline(__always)
    func byte(at index: Int) -> UInt8 {
        guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return 0 }
        return unsafe self[unchecked: index]
    }

    /// The eight bytes from `index` on; zeros stand for what lies beyond the end.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        // A negative index is a huge unsigned one.
        guard UInt(bitPattern: index) < UInt(bitPattern: Swift.max(count &- 7, 0)) else {
            return lastWord(at: index)
        }
        return UInt64(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: index, as: UInt64.self))
    }

    @inline(never)
    private func lastWord(at index: Int) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<8 where index + place < count {
            word |= UInt64(self[index + place]) << UInt64(8 * place)
        }
        return word
    }

    /// The index of the first byte from `start` on that plain text does not hold, or the count: a quote, a backslash, a
    /// control character or a byte that is not ASCII.
    @inline(__always)
    func endOfPlainText(from start: Int) -> Int {
        var index = start
        while true {
            let word = word(at: index)
            // A subtraction sets the high bit of a byte that was too small; borrows and carries reach only bytes above
            // one that is found already, and the lowest is what counts. Two is a bit that turns a quote into 0x20,
            // just above the control characters, and what stood there into more.
            let found =
                ((word ^ eight(0x02)) &- eight(0x21)) | ((word ^ eight(0x5C)) &- eight(1))
                | (word &+ eight(1)) | word
            let stops = found & eight(0x80)
            if stops != 0 { return index &+ stops.trailingZeroBitCount >> 3 }
            index &+= 8
        }
    }
}

/// The low `count` bytes of `word`, 0 to 8.
@inline(__always)
func low(_ count: Int, of word: UInt64) -> UInt64 {
    count >= 8 ? word : word & ((1 &<< UInt64(8 &* count)) &- 1)
}
