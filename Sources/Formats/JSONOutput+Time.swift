// Dates and times as they stand in records: `2025-05-06` and `2025-05-06T10:01:00.000000+08:00`. Digits are found eight
// at a time; a date is kept, since the moments of an alert lie close together.
import Banking

/// The text of a day, in words of bytes with the first lowest.
struct DateText {
    /// `2025-05-`.
    let yearAndMonth: UInt64
    /// `06`.
    let day: UInt64

    init(_ date: Day) {
        let (year, month, day) = date.civil
        let number = Int(year.magnitude % 10_000) * 10_000 + month * 100 + day
        let digits = DecimalText.eightDigits(UInt32(truncatingIfNeeded: number))
        yearAndMonth =
            digits & 0xFFFF_FFFF | (digits &>> 32 & 0xFFFF) &<< 40 | 0x2D00_002D_0000_0000
        self.day = digits &>> 48
    }
}

/// Days and clocks of a zone; the text of the last date is kept.
struct Almanac {
    private var calendar: BusinessCalendar.Cursor
    private var lastDay = Day(0)
    private var lastText = DateText(Day(0))

    init(_ calendar: BusinessCalendar) { self.calendar = BusinessCalendar.Cursor(calendar) }

    /// The text of `day`.
    mutating func text(of day: Day) -> DateText {
        if day != lastDay {
            lastDay = day
            lastText = DateText(day)
        }
        return lastText
    }

    /// The local time at `time`.
    mutating func local(_ time: Instant) -> LocalTime { LocalTime(time, &calendar) }

    /// Whether `time` is the last microsecond of a day.
    mutating func isEndOfDay(_ time: Instant) -> Bool {
        calendar.day(of: time + 1) > calendar.day(of: time)
    }
}

/// A moment as a clock on the wall shows it.
struct LocalTime {
    let day: Day
    /// `10:01:00`, a word of bytes with the first lowest.
    let clock: UInt64
    let microsecond: UInt32
    let offsetMinutes: Int

    init(_ time: Instant, _ calendar: inout BusinessCalendar.Cursor) {
        // Before standard time zones had odd seconds, which RFC 3339 cannot say: they are cut, from the local time too.
        let minutes = calendar.offsetMicroseconds(at: time) / Micros.minute
        offsetMinutes = Int(minutes)
        let local = time.microseconds + minutes * Micros.minute
        let (days, rest) = local.quotientAndRemainder(dividingBy: Micros.day)
        day = Day(Int32(rest < 0 ? days - 1 : days))
        let ofDay = rest < 0 ? rest + Micros.day : rest
        let seconds = UInt32(truncatingIfNeeded: ofDay / Micros.second)
        microsecond = UInt32(truncatingIfNeeded: ofDay % Micros.second)
        let number = seconds / 3600 * 1_000_000 + seconds / 60 % 60 * 10_000 + seconds % 60 * 100
        let digits = DecimalText.eightDigits(number)
        clock =
            digits & 0xFFFF | (digits &>> 16 & 0xFFFF) &<< 24 | (digits &>> 32 & 0xFFFF) &<< 48
            | 0x0000_3A00_003A_0000
    }
}

extension OutputSpan<UInt8> {
    /// Appends a date as it is.
    @inline(__always) @_lifetime(self: copy self)
    mutating func append(_ date: DateText) {
        append(date.yearAndMonth, count: 8)
        append(date.day, count: 2)
    }

    /// Appends a date between quotes.
    @_lifetime(self: copy self)
    mutating func appendDate(_ date: DateText) {
        append(0x22)
        append(date)
        append(0x22)
    }

    /// Appends a moment between quotes, in RFC 3339 with six decimals; `date` is the text of its day.
    @_lifetime(self: copy self)
    mutating func appendTime(_ local: LocalTime, _ date: DateText) {
        append(0x22)
        append(date)
        append(0x54)
        append(local.clock, count: 8)
        append(0x2E)
        append(DecimalText.eightDigits(local.microsecond) &>> 16, count: 6)
        let offset = local.offsetMinutes.magnitude
        let digits = DecimalText.eightDigits(UInt32(offset / 60 * 100 + offset % 60))
        let sign: UInt64 = local.offsetMinutes < 0 ? 0x2D : 0x2B
        let hours = (digits &>> 32 & 0xFFFF) &<< 8
        append(sign | hours | 0x3A00_0000 | (digits &>> 48) &<< 32 | 0x22 &<< 48, count: 7)
    }
}
