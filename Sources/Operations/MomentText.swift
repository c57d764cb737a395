// Moments in rules.yaml: a date (the first moment of that day in the bank's zone) or RFC 3339 with an offset.
import Banking

/// Reads moments.
enum MomentText {
    /// The moment that `text` names; nil when it names none.
    static func instant(_ text: String, calendar: BusinessCalendar) -> Instant? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let dayOfMonth = number(bytes[8..<10]),
            let day = Day(year: year, month: month, day: dayOfMonth)
        else { return nil }
        if bytes.count == 10 { return calendar.start(of: day) }
        guard let local = timeOfDay(bytes[10...]) else { return nil }
        return Instant(microseconds: Int64(day.number) * Micros.day + local)
    }

    /// Microseconds from UTC midnight of the date for `THH:MM:SS[.digits](Z|+HH:MM|-HH:MM)`.
    private static func timeOfDay(_ rest: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(rest)
        guard bytes.count >= 10, bytes[0] == UInt8(ascii: "T") || bytes[0] == UInt8(ascii: "t"),
            bytes[3] == UInt8(ascii: ":"), bytes[6] == UInt8(ascii: ":"),
            let hour = number(bytes[1..<3]), hour < 24,
            let minute = number(bytes[4..<6]), minute < 60,
            let second = number(bytes[7..<9]), second < 60
        else { return nil }
        var index = 9
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            let digits = bytes[(index + 1)...].prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            var scale = Micros.second
            for digit in digits.prefix(6) {
                scale /= 10
                fraction += Int64(digit - 48) * scale
            }
            index += 1 + digits.count
        }
        guard let offset = offset(bytes[index...]) else { return nil }
        let local = Int64(hour) * Micros.hour + Int64(minute) * Micros.minute
        return local + Int64(second) * Micros.second + fraction - offset
    }

    private static func offset(_ rest: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(rest)
        if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = number(bytes[1..<3]), hours < 24,
            let minutes = number(bytes[4..<6]), minutes < 60
        else { return nil }
        let micros = Int64(hours) * Micros.hour + Int64(minutes) * Micros.minute
        return bytes[0] == UInt8(ascii: "-") ? -micros : micros
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 48)
        }
        return value
    }
}
