import Banking
import Glibc
import Testing

/// What the C library says of a zone, which the environment chooses: asked from one test at a time.
enum CLibrary {
    static func use(zone: String) {
        unsafe setenv("TZ", zone, 1)
        tzset()
    }

    /// Local date and offset in seconds at `seconds` since the epoch.
    static func local(_ seconds: Int) -> (day: Day, offset: Int) {
        var time = time_t(seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&time, &parts)
        let day = unsafe Day(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
        return unsafe (day!, parts.tm_gmtoff)
    }

    static func file(_ zone: String) -> [UInt8]? {
        guard let file = unsafe fopen("/usr/share/zoneinfo/\(zone)", "r") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 100_000)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}

@Suite("Business calendars", .serialized)
struct BusinessCalendarTests {
    static let zones = [
        "Europe/Prague", "Europe/London", "Europe/Dublin", "America/New_York", "America/Santiago",
        "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Africa/Casablanca", "Asia/Shanghai",
        "Asia/Tokyo", "Asia/Kolkata", "Asia/Beirut", "Asia/Gaza", "Asia/Tehran", "Asia/Amman",
        "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/St_Johns", "UTC",
        "America/Nuuk", "America/Asuncion", "Etc/GMT-14",
    ]

    @Test("give the days and offsets of the C library, and each day's first moment")
    func againstTheCLibrary() throws {
        defer { CLibrary.use(zone: "UTC") }
        for zone in BusinessCalendarTests.zones {
            guard let bytes = CLibrary.file(zone) else {
                Issue.record("zone \(zone) is not installed")
                continue
            }
            let calendar = try BusinessCalendar(name: zone, tzif: bytes)
            #expect(try BusinessCalendar(name: zone, tzif: bytes.span) == calendar)
            CLibrary.use(zone: ":\(zone)")
            // 1971 to 2150 in steps that are no part of a day, both sides of every transition among them.
            var faults = 0
            var cursor = BusinessCalendar.Cursor(calendar)
            var moments = Array(stride(from: 31_536_000, to: 5_680_000_000, by: 7_234_567))
            for year in 1971...2150 {
                let start = Int(Day(year: year, month: 1, day: 1)!.number)
                var moment = start * 86_400
                while moment < (start + 366) * 86_400 {
                    let span = calendar.span(at: Instant(microseconds: Int64(moment) * 1_000_000))
                    guard span.to < Int64(start + 366) * Micros.day else { break }
                    moment = Int(span.to / Micros.second)
                    moments += [moment - 1, moment, moment + 1]
                }
            }
            for seconds in moments {
                let expected = CLibrary.local(seconds)
                let time = Instant(microseconds: Int64(seconds) * Micros.second)
                let offset = calendar.offsetMicroseconds(at: time)
                if offset != Int64(expected.offset) * Micros.second { faults += 1 }
                if calendar.day(of: time) != expected.day { faults += 1 }
                if cursor.day(of: time) != expected.day { faults += 1 }
                let start = calendar.start(of: expected.day)
                // The first moment of the day: in it, and the microsecond before is not.
                if calendar.day(of: start) != expected.day { faults += 1 }
                if calendar.day(of: start - 1) >= expected.day { faults += 1 }
                if start > time { faults += 1 }
            }
            #expect(faults == 0, "\(zone)")
        }
    }

    @Test(
        "follow every form of a zone's rule",
        arguments: [
            "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30<+0430>,J79/24,J263/24", "AAA3BBB,10/0,J300/23",
            "AAA-2BBB,59,300/3:30:15", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
            "IST-2IDT,M3.4.4/26,M10.5.0",
            "NZST-12NZDT,M9.5.0,M4.1.0/3", "CST6CDT5,J60/2,J306/2", "XYZ-5:45",
        ])
    func rules(rule: String) throws {
        // A file without transitions, which leaves all to its rule.
        let calendar = try BusinessCalendar(name: rule, tzif: TimeZoneBytes.file(rule: rule))
        CLibrary.use(zone: rule)
        defer { CLibrary.use(zone: "UTC") }
        var faults = 0
        for seconds in stride(from: 0, to: 4_000_000_000, by: 200_009) {
            let time = Instant(microseconds: Int64(seconds) * Micros.second)
            let offset = calendar.offsetMicroseconds(at: time) / Micros.second
            if offset != Int64(CLibrary.local(seconds).offset) { faults += 1 }
        }
        #expect(faults == 0)
    }

    @Test(
        "a day whose midnight is skipped begins at the change, one whose midnight comes twice at the first"
    )
    func midnights() throws {
        let santiago = try BusinessCalendar(
            name: "America/Santiago", tzif: #require(CLibrary.file("America/Santiago")))
        // 2024-09-08 began at 01:00 local (-03:00).
        let skipped = santiago.start(of: Day(year: 2024, month: 9, day: 8)!)
        #expect(skipped == Instant(microseconds: 1_725_768_000_000_000))
        let beirut = try BusinessCalendar(
            name: "America/Havana", tzif: #require(CLibrary.file("America/Havana")))
        // On 2024-11-03 Havana went from 01:00 back to 00:00: midnight came twice, first at -04:00.
        let twice = beirut.start(of: Day(year: 2024, month: 11, day: 3)!)
        #expect(twice == Instant(microseconds: 1_730_606_400_000_000))
        let day = Day(year: 2024, month: 11, day: 3)!
        #expect(
            beirut.lastMicrosecond(of: day) - twice.microseconds
                == Instant(
                    microseconds: 25 * Micros.hour - 1))
    }

    @Test("daylight saving time all year round has no gap at new year")
    func permanentDaylight() throws {
        let bytes = TimeZoneBytes.file(rule: "EST5EDT,0/0,J365/25")
        let calendar = try BusinessCalendar(name: "x", tzif: bytes)
        for hour in 0..<20_000 {
            let time = Instant(microseconds: Int64(hour) * Micros.hour)
            #expect(calendar.offsetMicroseconds(at: time) == -4 * Micros.hour)
        }
    }

    @Test("days before 1970 and after the last written year have their day too")
    func farDays() throws {
        let calendar = try BusinessCalendar(
            name: "Europe/Prague", tzif: #require(CLibrary.file("Europe/Prague")))
        for year in [1, 1850, 1891, 1915, 1945, 2199, 2200, 2201, 2500, 9999] {
            for month in 1...12 {
                let day = Day(year: year, month: month, day: 15)!
                let start = calendar.start(of: day)
                #expect(calendar.day(of: start) == day && calendar.day(of: start - 1) == day - 1)
            }
        }
    }

    @Test(
        "refuse what is no time zone file",
        arguments: [
            ([], "is cut off"), (Array("TZif".utf8), "is cut off"),
            (Array("GIF89a and so on".utf8), "is not a time zone file"),
            (TimeZoneBytes.file(rule: "nonsense,"), "ends with a rule that is not understood"),
            (TimeZoneBytes.file(rule: "A1"), "ends with a rule that is not understood"),
            (
                TimeZoneBytes.file(rule: "EST5EDT,M13.1.0,M1.1.0"),
                "ends with a rule that is not understood"
            ),
            (TimeZoneBytes.file(rule: "EST5EDT,M3.2.0"), "ends with a rule that is not understood"),
            (Array(TimeZoneBytes.file(rule: "UTC0").dropLast(5)), "ends without its rule"),
        ] as [([UInt8], String)])
    func refusals(bytes: [UInt8], text: String) {
        #expect {
            try BusinessCalendar(name: "x", tzif: bytes)
        } throws: {
            "\($0)" == text
        }
    }

    @Test("no cut and no changed byte of a file does harm")
    func harmless() throws {
        let bytes = try #require(CLibrary.file("Europe/Prague"))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            _ = try? BusinessCalendar(name: "x", tzif: Array(bytes[..<count]))
        }
        for place in stride(from: 0, to: bytes.count, by: 11) {
            var changed = bytes
            changed[place] ^= 0xFF
            if let calendar = try? BusinessCalendar(name: "x", tzif: changed) {
                _ = calendar.start(of: Day(20_000))
            }
        }
    }
}

/// Time zone files made by hand.
enum TimeZoneBytes {
    /// A file without transitions whose footer is `rule`.
    static func file(rule: String) -> [UInt8] {
        let header: [UInt8] =
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
            + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
        let body: [UInt8] = [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        return header + body + header + body + [10] + Array(rule.utf8) + [10]
    }
}
