import Banking
import Testing

@Suite("Days")
struct DayTests {
    @Test("every day of the years 0 to 9999 has one civil date, one after the other")
    func everyDay() {
        var number = Int32(-719_528)
        var faults = 0
        for year in 0...9999 {
            for month in 1...12 {
                for dayOfMonth in [1, 2, 15, Day.length(ofMonth: month, year: year)] {
                    let day = Day(year: year, month: month, day: dayOfMonth)!
                    if day.number != number + Int32(dayOfMonth) - 1 { faults += 1 }
                    if day.civil != (year, month, dayOfMonth) { faults += 1 }
                }
                number += Int32(Day.length(ofMonth: month, year: year))
            }
        }
        #expect(faults == 0 && number == 2_932_897)
    }

    @Test(
        "what is no date is no day",
        arguments: [
            (2025, 2, 29), (1900, 2, 29), (2100, 2, 29), (2025, 0, 1), (2025, 13, 1), (2025, 1, 0),
            (2025, 1, 32), (2025, 4, 31), (-1, 1, 1), (10_000, 1, 1),
        ])
    func noDates(year: Int, month: Int, day: Int) {
        #expect(Day(year: year, month: month, day: day) == nil)
    }

    @Test("days are counted from 1970")
    func arithmetic() {
        #expect(Day(year: 1970, month: 1, day: 1) == Day(0))
        #expect(Day(year: 2000, month: 2, day: 29) == Day(11_016))
        #expect(Day(3) + 4 == Day(7) && Day(3) - 4 == Day(-1) && Day(3) - Day(5) == -2)
        #expect(Day(-1) < Day(0))
        let utc = BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0)
        #expect(utc.day(of: Instant(microseconds: -1)) == Day(-1))
        #expect(utc.lastMicrosecond(of: Day(0)) == Instant(microseconds: Micros.day - 1))
        #expect(utc.start(of: Day(-1)) == Instant(microseconds: -Micros.day))
    }
}
