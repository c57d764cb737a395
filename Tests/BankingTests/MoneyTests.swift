import Banking
import Testing

@Suite("Money")
struct MoneyTests {
    @Test(
        "currencies have the decimals of ISO 4217",
        arguments: [
            ("CNY", 2), ("EUR", 2), ("USD", 2), ("CZK", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0),
            ("KWD", 3), ("BHD", 3), ("TND", 3), ("CLF", 4), ("UYW", 4), ("HUF", 2), ("MGA", 2),
        ] as [(String, UInt8)])
    func exponents(code: String, exponent: UInt8) throws {
        let currency = try #require(Currency(code))
        #expect(currency.exponent == exponent && currency.code == code)
        #expect(Currency(packed: currency.packed) == currency)
        #expect(String(decoding: (0..<3).map { currency.letter($0) }, as: UTF8.self) == code)
    }

    @Test(
        "what is no currency is none",
        arguments: [
            "", "C", "CN", "CNYX", "cny", "XXX", "XQZ", "XAU", "C Y", "ÄÖ", "[[[", "@@@", "AAA",
            "ZZZ",
        ])
    func noCurrency(code: String) { #expect(Currency(code) == nil) }

    @Test("every packed code is a currency that packs to it, or none")
    func packed() {
        var count = 0
        for number in UInt16.min...UInt16.max {
            guard let currency = Currency(packed: number) else { continue }
            count += 1
            #expect(Currency(currency.code) == currency && currency.packed == number)
        }
        #expect((150...190).contains(count))
        #expect(Currency.cny == Currency("CNY"))
    }

    @Test(
        "amounts are written with the currency's decimals",
        arguments: [
            (0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (50, 2, "0.50"),
            (123_450, 2, "1234.50"),
            (-123_450, 2, "-1234.50"), (30_000, 0, "30000"), (0, 0, "0"), (-7, 0, "-7"),
            (7, 3, "0.007"), (1_000, 3, "1.000"), (1, 4, "0.0001"),
            (Int128(Int64.max), 2, "92233720368547758.07"),
            (Int128(UInt64.max), 2, "184467440737095516.15"),
            (Int128(UInt64.max) + 1, 2, "184467440737095516.16"),
            (Int128.max, 2, "1701411834604692317316873037158841057.27"),
            (Int128.min, 0, "-170141183460469231731687303715884105728"),
            (Int128(UInt64.max) * 10, 0, "184467440737095516150"),
        ] as [(Int128, UInt8, String)])
    func decimals(minor: Int128, exponent: UInt8, text: String) {
        #expect(DecimalText.string(minor, exponent: exponent) == text)
        var bytes = Array("x".utf8)
        DecimalText.append(minor, exponent: exponent, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "x" + text)
    }

    @Test("numbers of every length are written digit by digit", arguments: [0, 1, 2, 3, 4, 9])
    func lengths(exponent: Int) {
        var number: Int128 = 0
        for digit in [0, 1, 0, 9, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 9, 9, 9, 9, 1, 0, 5, 7] {
            number = number * 10 + Int128(digit)
            for minor in [number, -number, number - 1] {
                // As words of the standard library, with the point and the commas set by hand.
                var digits = String(minor.magnitude)
                while digits.count <= exponent { digits = "0" + digits }
                let whole = digits.dropLast(exponent)
                let sign = minor < 0 ? "-" : ""
                let decimals = exponent > 0 ? "." + digits.suffix(exponent) : ""
                #expect(
                    DecimalText.string(minor, exponent: UInt8(exponent)) == sign + whole + decimals)
                var grouped = ""
                for (place, digit) in whole.reversed().enumerated() {
                    if place > 0 && place % 3 == 0 { grouped = "," + grouped }
                    grouped = String(digit) + grouped
                }
                let bytes = [UInt8](capacity: DecimalText.maxBytes) {
                    DecimalText.append(minor, exponent: UInt8(exponent), grouped: true, to: &$0)
                }
                #expect(String(decoding: bytes, as: UTF8.self) == sign + grouped + decimals)
            }
        }
    }

    @Test("eight digits come at once")
    func eightDigits() {
        for number in Array(stride(from: 0, through: 99_999_999, by: 997)) + [
            99_999_999, 10_000, 9_999,
        ] {
            let word = DecimalText.eightDigits(UInt32(number))
            let text = (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
            let digits = String(number)
            #expect(
                String(decoding: text, as: UTF8.self)
                    == String(repeating: "0", count: 8 - digits.count) + digits)
        }
    }

    @Test(
        "quotients are rounded half to even",
        arguments: [
            (5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (1, 3, 0), (2, 3, 1), (-1, 3, 0),
            (-2, 3, -1), (0, 7, 0), (10, 4, 2), (14, 4, 4), (3, 2, 2), (1, 2, 0), (-1, 2, 0),
            (-3, 2, -2),
            (Int128(Int64.max) * 400, 400, Int128(Int64.max)),
        ] as [(Int128, Int128, Int128)])
    func halfEven(dividend: Int128, divisor: Int128, quotient: Int128) {
        #expect(roundedHalfEven(dividend, by: divisor) == quotient)
    }

    @Test("the rounded quotient is the nearest, the even one of two")
    func halfEvenProperty() {
        for divisor in 1...40 as ClosedRange<Int128> {
            for dividend in -400...400 as ClosedRange<Int128> {
                let quotient = roundedHalfEven(dividend, by: divisor)
                let distance = (dividend - quotient * divisor).magnitude * 2
                #expect(distance <= divisor.magnitude)
                #expect(distance < divisor.magnitude || quotient % 2 == 0)
            }
        }
    }

    @Test(
        "ratios are read exactly",
        arguments: [
            ("0.35", 35, 100), ("1", 1, 1), ("1.5", 15, 10), ("0", 0, 1),
            ("0.000000001", 1, 1_000_000_000),
            ("999999999.999999999", 999_999_999_999_999_999, 1_000_000_000),
        ] as [(String, Int64, Int64)])
    func ratios(text: String, numerator: Int64, denominator: Int64) {
        #expect(Ratio(text: text) == Ratio(numerator: numerator, denominator: denominator))
    }

    @Test(
        "what is no decimal is no ratio",
        arguments: [
            "", ".", "1.", ".5", "-1", "+1", "1e2", "1.2.3", " 1", "0.0000000001", "1234567890",
            "٣",
        ])
    func noRatios(text: String) { #expect(Ratio(text: text) == nil) }

    @Test("a share is reached exactly, and never of nothing or of a debt")
    func shares() {
        let third = Ratio(text: "0.35")!
        #expect(third.isReached(by: 35, of: 100) && !third.isReached(by: 34, of: 100))
        #expect(third.isReached(by: 36, of: 101) && !third.isReached(by: 35, of: 101))
        #expect(!third.isReached(by: 5, of: 0) && !third.isReached(by: 5, of: -10))
        #expect(third.roundedUp(of: 100) == 35 && third.roundedUp(of: 101) == 36)
        for whole in 1...500 as ClosedRange<Int128> {
            let limit = third.roundedUp(of: whole)
            #expect(third.isReached(by: limit, of: whole))
            #expect(!third.isReached(by: limit - 1, of: whole))
        }
    }
}
