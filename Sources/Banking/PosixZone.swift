// The rule at the end of a time zone file: POSIX.1 `TZ` as RFC 8536 section 3.3 extends it,
// `std offset [dst [offset] [,start[/time],end[/time]]]`, such as `CET-1CEST,M3.5.0,M10.5.0/3`.

/// A zone's rule for all years.
struct PosixZone {
    /// A moment of every year, in local time.
    struct YearMoment {
        enum Form {
            /// `Jn`: day 1 to 365, 29 February never counted.
            case dayWithoutLeap(Int)
            /// `n`: day 0 to 365, 29 February counted.
            case day(Int)
            /// `Mm.w.d`: weekday d (0 = Sunday) of week w of month m; week 5 is the last.
            case weekday(month: Int, week: Int, day: Int)
        }
        var form: Form
        /// Seconds after local midnight; may be negative or beyond the day.
        var time: Int

        /// Seconds from 1970-01-01T00:00 local to this moment in `year`.
        func seconds(in year: Int) -> Int {
            let first = Int(Day(year: year, month: 1, day: 1)!.number)
            let day: Int
            switch form {
            case .dayWithoutLeap(let number):
                let leaps = Day.length(ofMonth: 2, year: year) == 29
                day = first + number - 1 + (leaps && number >= 60 ? 1 : 0)
            case .day(let number):
                day = first + number
            case .weekday(let month, let week, let weekday):
                let start = Int(Day(year: year, month: month, day: 1)!.number)
                // 1970-01-01 was a Thursday.
                let offset = (weekday - (start + 4) % 7 + 14) % 7
                let last = start + Day.length(ofMonth: month, year: year) - 1
                let wanted = start + offset + (week - 1) * 7
                day = wanted > last ? wanted - 7 : wanted
            }
            return day * 86_400 + time
        }
    }

    /// Daylight saving time: its offset, and when it begins and ends.
    struct Daylight {
        var offset: Int
        var begins: YearMoment
        var ends: YearMoment
    }

    /// Seconds by which standard time is ahead of UTC.
    var offset: Int
    var daylight: Daylight?

    /// Reads a rule; nil when `text` is none.
    init?(_ text: [UInt8]) {
        var parser = Parser(text: text)
        guard parser.skipName(), let west = parser.time(limit: 24) else { return nil }
        offset = -west
        guard !parser.isAtEnd else { return }
        guard parser.skipName() else { return nil }
        var daylightOffset = offset + 3600
        if !parser.isAtEnd && parser.peek != 44 {
            guard let west = parser.time(limit: 24) else { return nil }
            daylightOffset = -west
        }
        if parser.isAtEnd { parser = Parser(text: Array(",M3.2.0,M11.1.0".utf8)) }
        guard parser.skip(44), let begins = parser.moment(), parser.skip(44),
            let ends = parser.moment(), parser.isAtEnd
        else { return nil }
        daylight = Daylight(offset: daylightOffset, begins: begins, ends: ends)
    }
}

private struct Parser {
    let text: [UInt8]
    var position = 0

    init(text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { position == text.count }
    var peek: UInt8 { isAtEnd ? 0 : text[position] }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte, !isAtEnd else { return false }
        position += 1
        return true
    }

    /// `CET` or `<+03>`, at least three characters.
    mutating func skipName() -> Bool {
        if skip(60) {
            guard let end = text[position...].firstIndex(of: 62) else { return false }
            position = end + 1
            return true
        }
        let start = position
        while (65...90).contains(peek) || (97...122).contains(peek) { position += 1 }
        return position - start >= 3
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
        var value = 0
        let start = position
        while (48...57).contains(peek), position - start < 4 {
            value = value * 10 + Int(peek - 48)
            position += 1
        }
        return position > start && range.contains(value) ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(limit: Int) -> Int? {
        let sign = skip(45) ? -1 : 1
        if sign == 1 { _ = skip(43) }
        guard let hours = number(0...limit) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where skip(58) {
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    mutating func moment() -> PosixZone.YearMoment? {
        let form: PosixZone.YearMoment.Form
        if skip(77) {
            guard let month = number(1...12), skip(46), let week = number(1...5), skip(46),
                let day = number(0...6)
            else { return nil }
            form = .weekday(month: month, week: week, day: day)
        } else if skip(74) {
            guard let day = number(1...365) else { return nil }
            form = .dayWithoutLeap(day)
        } else {
            guard let day = number(0...365) else { return nil }
            form = .day(day)
        }
        guard skip(47) else { return PosixZone.YearMoment(form: form, time: 2 * 3600) }
        guard let time = time(limit: 167) else { return nil }
        return PosixZone.YearMoment(form: form, time: time)
    }
}
