// An entry's id as it lies in the log: references of banks end in digits, which go two to a byte. A first byte below
// 0x20, which no id can have, says so: its low four bits are the length of what stands before the digits, the next
// bit whether there is an odd number of them. An id that would not get shorter lies there as it is.

/// How an id is written.
struct EntryID {
    /// The text has `prefix` bytes, then `digits`; none when it is written as it is.
    let prefix: Int
    let digits: Int
    /// Bytes in the log.
    let count: Int

    private static let odd: UInt8 = 0x10

    /// The way in which `id`, of at most 128 bytes, is written.
    @inline(__always)
    init(_ id: Span<UInt8>) {
        let digits = id.count - EntryID.endOfPrefix(id)
        let prefix = id.count - digits
        let packed = 1 + prefix + (digits + 1) / 2
        if prefix < 16 && packed < id.count {
            self.prefix = prefix
            self.digits = digits
            count = packed
        } else {
            self.prefix = id.count
            self.digits = 0
            count = id.count
        }
    }

    /// Where the digits at the end begin.
    @inline(__always)
    private static func endOfPrefix(_ id: Span<UInt8>) -> Int {
        let raw = unsafe id.bytes
        var end = id.count
        while end >= 8 {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
            let values = UInt64(littleEndian: word) ^ 0x3030_3030_3030_3030
            let others = ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
            guard others == 0 else { return end - others.leadingZeroBitCount / 8 }
            end -= 8
        }
        while end > 0, id[end - 1] &- 0x30 <= 9 { end -= 1 }
        return end
    }

    /// Writes `id` at `offset`, where there is room for `count` bytes.
    @inline(__always)
    func write(_ id: Span<UInt8>, to log: borrowing Blob, at offset: Int) {
        guard digits > 0 else { return log.write(id, at: offset) }
        log.store(UInt8(prefix) | (digits & 1 == 0 ? 0 : EntryID.odd), at: offset)
        var from = 0
        var to = offset + 1
        while from < prefix {
            log.store(id[from], at: to)
            from += 1
            to += 1
        }
        if digits & 1 != 0 {
            log.store(id[from] &- 0x30, at: to)
            from += 1
            to += 1
        }
        let raw = unsafe id.bytes
        while from + 8 <= id.count {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: from, as: UInt64.self)
            log.store(EntryID.packed(UInt64(littleEndian: word)).littleEndian, at: to)
            from += 8
            to += 4
        }
        while from < id.count {
            log.store((id[from] &- 0x30) << 4 | (id[from + 1] &- 0x30), at: to)
            from += 2
            to += 1
        }
    }

    /// Eight digits as four bytes.
    @inline(__always)
    private static func packed(_ word: UInt64) -> UInt32 {
        let values = word & 0x0F0F_0F0F_0F0F_0F0F
        let pairs = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: fours | fours >> 16)
    }
}

/// An id read back from the log.
struct IDText {
    private var bytes = InlineArray<128, UInt8>(repeating: 0)
    private(set) var count = 0

    /// The id that lies at `range` of `log`.
    init(_ log: borrowing Blob, _ range: Range<Int>) {
        let lead = range.isEmpty ? 0x20 : log[range.lowerBound]
        guard lead < 0x20 else {
            for at in range { append(log[at]) }
            return
        }
        var at = range.lowerBound + 1
        for _ in 0..<Int(lead & 0x0F) where at < range.upperBound {
            append(log[at])
            at += 1
        }
        if lead & 0x10 != 0, at < range.upperBound {
            append(log[at] | 0x30)
            at += 1
        }
        while at < range.upperBound {
            append(log[at] >> 4 | 0x30)
            append(log[at] & 0x0F | 0x30)
            at += 1
        }
    }

    private mutating func append(_ byte: UInt8) {
        guard count < 128 else { return }
        bytes[count] = byte
        count += 1
    }

    /// The id's bytes.
    var span: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span.extracting(0..<count) }
    }
}
