// Dates `YYYY-MM-DD` and times of RFC 3339, read by words: a word is compared with the shape it must have, which
// leaves each digit's value in its byte, and two neighbours are joined by one multiplication for all pairs.
import Banking

/// Reads dates and times; remembers the last date and the last offset, since most records repeat them.
struct TimeText {
    private var lastHead = UInt64.max
    private var lastTail: UInt64 = 0
    private var lastDay = Day(0)
    private var lastZone: UInt64 = 0
    private var lastOffset: Int64 = 0

    /// The day of the date of `count` bytes at `start`, if it is one.
    @inline(__always)
    mutating func day(_ bytes: TextBytes, at start: Int, count: Int) -> Day? {
        guard count == 10 else { return nil }
        return day(head: bytes.word(at: start), tail: bytes.word(at: start &+ 8) & 0xFFFF)
    }

    /// The moment of the time of `count` bytes at `start`, if it is one of RFC 3339 and no leap second; digits after the
    /// microsecond are cut.
    @inline(__always)
    mutating func instant(_ bytes: TextBytes, at start: Int, count: Int) -> Instant? {
        guard count >= 20 else { return nil }
        let middle = bytes.word(at: start &+ 8)
        // "01T00:00"; T may be small, as RFC 3339 allows.
        guard let day = day(head: bytes.word(at: start), tail: middle & 0xFFFF),
            let clock = TimeText.pairs(middle | 0x20_0000, shape: 0x3030_3A30_3074_3030),
            // ":00"
            let rest = TimeText.pairs(bytes.word(at: start &+ 16) & 0xFF_FFFF, shape: 0x30_303A)
        else { return nil }
        let hour = clock &>> 24 & 0xFF
        let minute = clock &>> 48 & 0xFF
        let second = rest &>> 8 & 0xFF
        guard hour < 24, minute < 60, second < 60 else { return nil }

        let end = start &+ count
        var index = start &+ 19
        var fraction: Int64 = 0
        if bytes.byte(at: index) == 0x2E {
            let decimals = Digits(bytes.word(at: index &+ 1))
            guard decimals.count > 0 else { return nil }
            fraction = decimals.millionths
            index &+= 1 &+ decimals.count
            if decimals.count == 8 {
                while index < end, bytes.byte(at: index) &- 0x30 <= 9 { index &+= 1 }
            }
        }
        guard let offset = offset(bytes, at: index, count: end &- index) else { return nil }
        let seconds = Int64(hour &* 3600 &+ minute &* 60 &+ second) &- offset
        return Instant(
            microseconds: Int64(day.number) &* Micros.day &+ seconds &* Micros.second &+ fraction)
    }

    /// Seconds ahead of UTC: `Z`, `z`, `+08:00`, `-05:30`.
    @inline(__always)
    private mutating func offset(_ bytes: TextBytes, at start: Int, count: Int) -> Int64? {
        guard count == 6 || count == 1 else { return nil }
        let zone = low(count, of: bytes.word(at: start))
        return zone == lastZone ? lastOffset : newOffset(zone)
    }

    @inline(never)
    private mutating func newOffset(_ zone: UInt64) -> Int64? {
        var offset: Int64 = 0
        // One byte, or a sign and "00:00".
        if zone | 0x20 != 0x7A {
            let sign = zone & 0xFF
            guard sign == 0x2B || sign == 0x2D,
                let pairs = TimeText.pairs(zone &>> 8, shape: 0x30_303A_3030)
            else { return nil }
            let hours = pairs & 0xFF
            let minutes = pairs &>> 24 & 0xFF
            guard hours < 24, minutes < 60 else { return nil }
            offset = Int64(hours &* 3600 &+ minutes &* 60) * (sign == 0x2D ? -1 : 1)
        }
        lastZone = zone
        lastOffset = offset
        return offset
    }

    /// The day of "2025-03-" and "01".
    @inline(__always)
    private mutating func day(head: UInt64, tail: UInt64) -> Day? {
        if head == lastHead && tail == lastTail { return lastDay }
        return newDay(head: head, tail: tail)
    }

    @inline(never)
    private mutating func newDay(head: UInt64, tail: UInt64) -> Day? {
        guard let date = TimeText.pairs(head, shape: 0x2D30_302D_3030_3030),
            let last = TimeText.pairs(tail, shape: 0x3030),
            let day = Day(
                year: Int(date & 0xFF) * 100 + Int(date >> 16 & 0xFF),
                month: Int(date >> 40 & 0xFF), day: Int(last & 0xFF))
        else { return nil }
        lastHead = head
        lastTail = tail
        lastDay = day
        return day
    }

    /// Holds `word` against `shape`, where `0` stands for a digit and anything else for itself: each byte becomes ten
    /// times its digit plus the next byte's; nil when it does not fit.
    @inline(__always)
    private static func pairs(_ word: UInt64, shape: UInt64) -> UInt64? {
        let digits = word ^ shape
        // Where the shape is no '0', nothing may remain.
        let zeros = shape ^ eight(0x30)
        let others = (((zeros &+ eight(0x7F)) & eight(0x80)) &>> 7) &* 0xFF
        guard digits & others == 0,
            ((digits &+ eight(0x76)) | digits) & eight(0x80) == 0
        else { return nil }
        return digits &* 10 &+ digits &>> 8
    }
}
