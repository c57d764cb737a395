// The demo's time: a day of the bank in two seconds.
import Banking
import Pipeline

/// Event time against the clock on the wall.
struct DemoTime: Sendable {
    /// The first day, the 1st of a month.
    let firstDay: Day
    /// Microseconds of a monotonic clock at the first day's begin.
    private let begin: Int64

    /// Real microseconds for a day.
    static let dayMicroseconds: Int64 = 2_000_000

    /// Begins now, on the first of this month a year ago.
    init() {
        let (year, month, _) = Day(Int32(Clock.now().microseconds / Micros.day)).civil
        firstDay = Day(year: year - 1, month: month, day: 1) ?? Day(20_089)
        begin = Clock.monotonicMicroseconds()
    }

    /// Microseconds until the event of `time` is due; negative when it is late.
    func wait(for time: Instant) -> Int64 {
        let local = time.microseconds + 8 * Micros.hour - Int64(firstDay.number) * Micros.day
        return begin + local / (Micros.day / DemoTime.dayMicroseconds)
            - Clock.monotonicMicroseconds()
    }

    /// The moment of `hour`:`minute` on `day`, in China's time.
    static func instant(_ day: Day, _ hour: Int, _ minute: Int) -> Instant {
        let minutes = Int64(hour * 60 + minute)
        return Instant(
            microseconds: Int64(day.number) * Micros.day + minutes * Micros.minute - 8 * Micros.hour
        )
    }

    /// `2025-03-05 Wed`.
    static func text(_ day: Day) -> String {
        let (year, month, dayOfMonth) = day.civil
        // 1970-01-01 was a Thursday.
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let weekday = names[(Int(day.number) + 3) % 7]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(dayOfMonth)) \(weekday)"
    }
}
