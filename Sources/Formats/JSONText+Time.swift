// Dates and times as they stand in records: `2025-05-06` and `2025-05-06T10:01:00.000000+08:00`.
public import Banking

extension JSONText {
    /// Appends a date between quotes.
    public static func appendDate(_ day: Day, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        appendPlainDate(day, to: &bytes)
        bytes.append(0x22)
    }

    /// Appends a moment between quotes, in RFC 3339 with six decimals, in the zone of `calendar`.
    public static func appendTime(
        _ time: Instant, _ calendar: inout BusinessCalendar.Cursor, to bytes: inout [UInt8]
    ) {
        // Before standard time zones had odd seconds, which RFC 3339 cannot say: they are cut, from the local time too.
        let minutes = calendar.offsetMicroseconds(at: time) / Micros.minute
        let local = LocalTime(time, offsetMinutes: Int(minutes))
        bytes.append(0x22)
        appendPlainDate(local.day, to: &bytes)
        bytes.append(0x54)
        appendClock(local, to: &bytes)
        bytes.append(0x3A)
        appendDigits(local.second, 2, to: &bytes)
        bytes.append(0x2E)
        appendDigits(local.microsecond, 6, to: &bytes)
        bytes.append(minutes < 0 ? 0x2D : 0x2B)
        appendDigits(abs(Int(minutes)) / 60, 2, to: &bytes)
        bytes.append(0x3A)
        appendDigits(abs(Int(minutes)) % 60, 2, to: &bytes)
        bytes.append(0x22)
    }

    /// Appends a date as it is.
    static func appendPlainDate(_ day: Day, to bytes: inout [UInt8]) {
        let (year, month, day) = day.civil
        appendDigits(year, 4, to: &bytes)
        bytes.append(0x2D)
        appendDigits(month, 2, to: &bytes)
        bytes.append(0x2D)
        appendDigits(day, 2, to: &bytes)
    }

    /// Appends `10:01`.
    static func appendClock(_ local: LocalTime, to bytes: inout [UInt8]) {
        appendDigits(local.hour, 2, to: &bytes)
        bytes.append(0x3A)
        appendDigits(local.minute, 2, to: &bytes)
    }

    private static func appendDigits(_ number: Int, _ digits: Int, to bytes: inout [UInt8]) {
        var scale = 1
        for _ in 1..<digits { scale *= 10 }
        while scale > 0 {
            bytes.append(UInt8(0x30 + number / scale % 10))
            scale /= 10
        }
    }
}

/// A moment as a clock on the wall shows it.
struct LocalTime {
    let day: Day
    let hour, minute, second, microsecond: Int

    init(_ time: Instant, offsetMinutes: Int) {
        let local = time.microseconds + Int64(offsetMinutes) * Micros.minute
        let (days, rest) = local.quotientAndRemainder(dividingBy: Micros.day)
        day = Day(Int32(rest < 0 ? days - 1 : days))
        let ofDay = Int(rest < 0 ? rest + Micros.day : rest)
        hour = ofDay / Int(Micros.hour)
        minute = ofDay / Int(Micros.minute) % 60
        second = ofDay / Int(Micros.second) % 60
        microsecond = ofDay % Int(Micros.second)
    }
}
