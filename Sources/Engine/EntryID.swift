// An entry's id as it lies in the log: references of banks end in digits, which go two to a byte. A first byte below
// 0x20, which no id can have, says so: its low four bits are the length of what stands before the digits, the next
// bit whether there is an odd number of them. An id that would not get shorter lies there as it is.

internal import Banking

/// How ids are written.
enum EntryID {
    private static let odd: UInt64 = 0x10

    /// The id of `event` as it lies in a log, at the end of the event's buffer or where it was.
    @inline(__always)
    static func code(_ event: inout Event) -> Event.Text {
        let count = Int(event.id.count)
        let prefix = endOfPrefix(event.bytes(event.id))
        let digits = count - prefix
        guard prefix < 16 && 1 + prefix + (digits + 1) / 2 < count else { return event.id }
        let start = event.used
        let lead = UInt64(prefix) | (digits & 1 == 0 ? 0 : odd)
        var isWritten = event.append(word: lead, count: 1)
        var from = 0
        while from < prefix {
            let next = min(prefix - from, 8)
            isWritten = event.append(word: word(event, from), count: next) && isWritten
            from += next
        }
        if digits & 1 != 0 {
            isWritten = event.append(word: word(event, from) & 0x0F, count: 1) && isWritten
            from += 1
        }
        while from < count {
            let next = min(count - from, 8)
            isWritten = event.append(word: packed(word(event, from)), count: next / 2) && isWritten
            from += next
        }
        precondition(isWritten, "the buffer is twice as large as any record")
        return Event.Text(offset: start, count: event.used - start)
    }

    /// The eight bytes of the id from `offset` on; what lies behind the id means nothing.
    @inline(__always)
    private static func word(_ event: borrowing Event, _ offset: Int) -> UInt64 {
        assert(offset < Int(event.id.count) && event.id.offset >= 0, "within the event's slack")
        let start = unsafe UnsafeRawPointer(event.buffer + Int(event.id.offset))
        return UInt64(
            littleEndian: unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Where the digits at the end of `id` begin.
    @inline(__always)
    private static func endOfPrefix(_ id: Span<UInt8>) -> Int {
        let raw = unsafe id.bytes
        var end = id.count
        while end >= 8 {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
            let others = nonDigits(word)
            guard others == 0 else { return end - others.leadingZeroBitCount / 8 }
            end -= 8
        }
        if end > 0, id.count >= 8 {
            // The first word once more; in its upper part are digits only.
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
            let others = nonDigits(word) &<< UInt64(truncatingIfNeeded: 64 - 8 * end)
            return others == 0 ? 0 : end - others.leadingZeroBitCount / 8
        }
        while end > 0, id[end - 1] &- 0x30 <= 9 { end -= 1 }
        return end
    }

    /// The high bit of each byte of `word`, as it was loaded, that is no digit.
    @inline(__always)
    private static func nonDigits(_ word: UInt64) -> UInt64 {
        let values = UInt64(littleEndian: word) ^ 0x3030_3030_3030_3030
        // Without its high bit no byte carries into the next.
        let low = values & 0x7F7F_7F7F_7F7F_7F7F
        return ((low &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
    }

    /// Eight digits as four bytes.
    @inline(__always)
    private static func packed(_ word: UInt64) -> UInt64 {
        let values = word & 0x0F0F_0F0F_0F0F_0F0F
        let pairs = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return (fours | fours >> 16) & 0xFFFF_FFFF
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
