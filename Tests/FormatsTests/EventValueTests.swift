import Banking
import Formats
import Testing

@Suite("Amounts and times of events")
struct EventValueTests {
    static let amounts: [(String, String, Int64?)] = [
        ("CNY", "0", 0), ("CNY", "0.00", 0), ("CNY", "7", 700), ("CNY", "7.1", 710),
        ("CNY", "7.10", 710), ("CNY", "7.1000000000000000000000000", 710), ("CNY", "7.101", nil),
        ("CNY", "92233720368547758.07", .max), ("CNY", "92233720368547758.08", nil),
        ("CNY", "92233720368547759", nil), ("CNY", "100000000000000000000000000", nil),
        ("JPY", "9223372036854775807", .max), ("JPY", "9223372036854775808", nil),
        ("JPY", "5.00", 5), ("JPY", "5.5", nil), ("KWD", "1.234", 1234), ("KWD", "1.2345", nil),
        ("KWD", "9223372036854775.807", .max), ("KWD", "9223372036854775.808", nil),
        ("CLF", "0.0001", 1), ("CNY", "00", nil), ("CNY", "01", nil), ("CNY", "1.", nil),
        ("CNY", ".5", nil), ("CNY", "", nil), ("CNY", "-1", nil), ("CNY", "+1", nil),
        ("CNY", "1e2", nil), ("CNY", "1,000", nil), ("CNY", " 1", nil), ("CNY", "1 ", nil),
        ("CNY", "1.2.3", nil), ("CNY", "٣", nil), ("CNY", "0x1", nil), ("CNY", "1/2", nil),
        ("CNY", "NaN", nil), ("CNY", "1:", nil),
    ]

    @Test("amounts are read digit by digit", arguments: amounts)
    func amount(currency: String, text: String, minor: Int64?) {
        let isNumber =
            !text.isEmpty && text.utf8.allSatisfy { (46...57).contains($0) && $0 != 47 }
            && text.split(separator: ".", omittingEmptySubsequences: false).count <= 2
            && text.first != "." && text.last != "."
            && (text.first != "0" || text.count == 1 || text.hasPrefix("0."))
        for value in ["\"\(text)\""] + (isNumber ? [text] : []) {
            let changes: [(String, String?)] = [("amount", value), ("currency", "\"\(currency)\"")]
            let rejection = Records.read(Array(Records.json(changes).utf8)) {
                #expect($0.amountMinor == minor)
            }
            #expect(rejection?.reason == (minor == nil ? .badAmount : nil))
            #expect(rejection?.field == (minor == nil ? .amount : nil))
            // A balance may be negative, and is held to the same currency.
            let signed = value.first == "\"" ? "\"-\(text)\"" : "-\(text)"
            guard text.first != "-" && text.first != "+" && text.first != " " else { continue }
            let balance: [(String, String?)] = [
                ("amount", "0"), ("balance_after", signed), ("currency", "\"\(currency)\""),
            ]
            let refused = Records.read(Array(Records.json(balance).utf8)) {
                #expect($0.balanceAfterMinor == minor.map { -$0 })
            }
            #expect(refused?.field == (minor == nil ? .balanceAfter : nil))
        }
    }

    @Test("the currency may stand before the amount")
    func currencyFirst() {
        let json = """
            {"currency":"JPY","balance_after":-3,"amount":12.0,"id":"e1","customer_id":"c1",\
            "account_id":"a1","direction":"debit","booking_date":"2025-03-01"}
            """
        let rejection = Records.read(Array(json.utf8)) {
            #expect($0.amountMinor == 12 && $0.balanceAfterMinor == -3)
        }
        #expect(rejection == nil)
    }

    static let times: [(String, Int64?)] = [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0),
        ("1970-01-01T00:00:00-00:00", 0), ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T18:30:00-05:30", 0), ("1970-01-01T00:00:00.1Z", 100_000),
        ("1970-01-01T00:00:00.123456Z", 123_456), ("1970-01-01T00:00:00.1234569999Z", 123_456),
        ("1969-12-31T23:59:59.9999999Z", -1), ("1970-01-01T00:00:00.000000000000000000001Z", 0),
        ("2024-02-29T23:59:59+23:59", 1_709_164_859_000_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("2025-03-01T00:00:60Z", nil), ("2025-03-01T24:00:00Z", nil),
        ("2025-03-01T00:60:00Z", nil), ("2025-02-29T00:00:00Z", nil),
        ("2025-13-01T00:00:00Z", nil), ("2025-00-01T00:00:00Z", nil),
        ("2025-01-00T00:00:00Z", nil), ("2025-04-31T00:00:00Z", nil),
        ("1900-02-29T00:00:00Z", nil), ("2025-03-01T00:00:00", nil),
        ("2025-03-01 00:00:00Z", nil), ("2025-03-01T00:00Z", nil), ("2025-03-01", nil),
        ("2025-03-01T00:00:00.Z", nil), ("2025-03-01T00:00:00,5Z", nil),
        ("2025-03-01T00:00:00+0800", nil), ("2025-03-01T00:00:00+08", nil),
        ("2025-03-01T00:00:00+24:00", nil), ("2025-03-01T00:00:00+08:60", nil),
        ("2025-03-01T00:00:00Zx", nil), ("2025-03-01T00:00:00+08:00x", nil),
        ("2025-03-01T00:00:00ZZ", nil), ("20250301T000000Z0000", nil),
        ("2025-3-01T00:00:00.00Z", nil), ("2025-03-01T00:00:0:Z", nil),
        ("2025/03/01T00:00:00Z", nil), ("2025-03-01T00-00-00Z", nil), ("", nil),
        ("+025-03-01T00:00:00Z", nil), ("2025-03-01T00:00:00*08:00", nil),
        ("2025-03-01T00:00:0é0Z", nil), ("2025-03-01T0 :00:00Z", nil),
    ]

    @Test("times are those of RFC 3339, without leap seconds", arguments: times)
    func time(text: String, microseconds: Int64?) {
        let json = Records.json([("booked_at", "\"\(text)\"")])
        let rejection = Records.read(Array(json.utf8)) {
            #expect($0.bookedAt?.microseconds == microseconds)
        }
        #expect(rejection?.reason == (microseconds == nil ? .badTimestamp : nil))
        #expect(rejection?.field == (microseconds == nil ? .bookedAt : nil))
    }

    @Test(
        "dates are those of the calendar",
        arguments: [
            ("2025-03-01", true), ("2024-02-29", true), ("2000-02-29", true), ("0000-02-29", true),
            ("9999-12-31", true), ("2025-02-29", false), ("2100-02-29", false),
            ("2025-02-30", false), ("2025-3-1", false), ("2025-03-1", false),
            ("2025-03-011", false), ("2025-03-0", false), ("20250301", false), ("", false),
            ("2025-03-01T00:00:00Z", false), ("2025-03-00", false), ("2025-13-01", false),
            ("2025-03-1 ", false), ("-025-03-01", false), ("2025-03-0é", false),
        ])
    func date(text: String, isDate: Bool) {
        for field in ["booking_date", "value_date"] {
            let rejection = Records.read(Array(Records.json([(field, "\"\(text)\"")]).utf8))
            #expect(rejection?.reason == (isDate ? nil : .badDate))
        }
    }

    @Test("every day of the calendar is read, whatever was read before it")
    func everyDay() {
        var reader = EventReader(bankCurrency: .cny)
        var event = Event()
        var bytes: [UInt8] = []
        let key = Array("c1".utf8)
        let start = Array(Records.json().utf8.dropLast()) + Array(",\"booking_date\":".utf8)
        for number in stride(from: -719_528, through: 2_932_896, by: 97) {
            bytes = start
            JSONText.appendDate(Day(Int32(number)), to: &bytes)
            bytes.append(0x7D)
            #expect(reader.read(key: key.span, value: bytes.span, into: &event) == nil)
            #expect(event.bookingDate == Day(Int32(number)))
        }
    }
}
