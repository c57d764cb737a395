// Lengths of time as people write them in settings and rules: 30s, 90m, 24h, 7d.
import Banking

/// Lengths of time in settings and rules.
enum Duration {
    /// Microseconds of `90m`, `24h`, `7d`, `30s`; nil for anything else and beyond 36,500 days.
    static func microseconds(_ text: String) -> Int64? {
        let unit: Int64
        switch text.utf8.last {
        case UInt8(ascii: "s"): unit = Micros.second
        case UInt8(ascii: "m"): unit = Micros.minute
        case UInt8(ascii: "h"): unit = Micros.hour
        case UInt8(ascii: "d"): unit = Micros.day
        default: return nil
        }
        let digits = text.utf8.dropLast()
        guard (1...12).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            let count = Int64(String(text.dropLast()))
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow || product > 36_500 * Micros.day ? nil : product
    }

    /// `microseconds` in the largest unit that leaves no rest: `24h`, `7d`, `90m`.
    static func text(_ microseconds: Int64) -> String {
        for (unit, letter) in [(Micros.day, "d"), (Micros.hour, "h"), (Micros.minute, "m")]
        where microseconds >= unit && microseconds % unit == 0 {
            // A day of settings has 24 hours; 24h is how people write one.
            if letter == "d" && microseconds == unit { continue }
            return "\(microseconds / unit)\(letter)"
        }
        return "\(microseconds / Micros.second)s"
    }

    /// What to write instead of something that is no length of time.
    static let hint = "write a number and s, m, h or d, such as 90m or 7d"
}
