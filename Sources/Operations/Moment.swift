// Moments for people and for JSON.
import Banking

/// Moments as text.
enum Moment {
    /// RFC 3339 in the calendar's zone with `decimals` (0 to 6) decimals; in UTC with a `Z` without a calendar.
    static func text(_ moment: Instant, in calendar: BusinessCalendar?, decimals: Int) -> String {
        let offset = calendar?.offsetMicroseconds(at: moment) ?? 0
        let local = moment.microseconds + offset
        let day = Micros.floor(local, in: Micros.day)
        let inDay = local - day * Micros.day
        var text = date(Day(Int32(day)))
        text += "T" + padded(inDay / Micros.hour, 2) + ":" + padded(inDay / Micros.minute % 60, 2)
        text += ":" + padded(inDay / Micros.second % 60, 2)
        if decimals > 0 {
            text += "." + padded(inDay % Micros.second, 6).prefix(decimals)
        }
        guard calendar != nil else { return text + "Z" }
        let minutes = abs(offset) / Micros.minute
        return text + (offset < 0 ? "-" : "+") + padded(minutes / 60, 2) + ":"
            + padded(minutes % 60, 2)
    }

    /// `2026-01-31`.
    static func date(_ day: Day) -> String {
        let civil = day.civil
        return padded(Int64(civil.year), 4) + "-" + padded(Int64(civil.month), 2) + "-"
            + padded(Int64(civil.day), 2)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
