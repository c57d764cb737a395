// Calendar days and instants. Days are counted in the proleptic Gregorian calendar; the conversion is the
// era-based one of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).

/// A calendar day: days since 1970-01-01.
public struct Day: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public var number: Int32

    /// The day `number` days after 1970-01-01.
    @inlinable public init(_ number: Int32) { self.number = number }

    /// The day of a civil date, or nil if there is no such date.
    ///
    /// Years 0 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Day.length(ofMonth: month, year: year)
        else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Year, month and day of the month.
    public var civil: (year: Int, month: Int, day: Int) {
        let z = Int(number) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Days in a month, 28 to 31.
    public static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether `a` is before `b`.
    @inlinable public static func < (a: Day, b: Day) -> Bool { a.number < b.number }
    /// The day `days` later.
    @inlinable public static func + (a: Day, days: Int) -> Day { Day(a.number + Int32(days)) }
    /// The day `days` earlier.
    @inlinable public static func - (a: Day, days: Int) -> Day { Day(a.number - Int32(days)) }
    /// The number of days from `b` to `a`.
    @inlinable public static func - (a: Day, b: Day) -> Int { Int(a.number) - Int(b.number) }
}

/// A moment: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since the Unix epoch.
    public var microseconds: Int64

    /// The moment `microseconds` after the Unix epoch.
    @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether `a` is before `b`.
    @inlinable public static func < (a: Instant, b: Instant) -> Bool {
        a.microseconds < b.microseconds
    }
    /// The moment `microseconds` later.
    @inlinable public static func + (a: Instant, microseconds: Int64) -> Instant {
        Instant(microseconds: a.microseconds + microseconds)
    }
    /// The moment `microseconds` earlier.
    @inlinable public static func - (a: Instant, microseconds: Int64) -> Instant {
        Instant(microseconds: a.microseconds - microseconds)
    }
}

/// Microseconds in an hour, a minute, a second and a day of 24 hours.
public enum Micros {
    /// A second.
    public static let second: Int64 = 1_000_000
    /// A minute.
    public static let minute: Int64 = 60_000_000
    /// An hour.
    public static let hour: Int64 = 3_600_000_000
    /// A day of 24 hours.
    public static let day: Int64 = 86_400_000_000

    /// How many whole units lie between the epoch and `time`; negative before the epoch.
    @inlinable @inline(__always)
    public static func floor(_ time: Int64, in unit: Int64) -> Int64 {
        let quotient = time / unit
        return time % unit < 0 ? quotient - 1 : quotient
    }
}
