// ISO 4217 currencies and their minor units.

/// A currency of ISO 4217.
public struct Currency: Hashable, Sendable {
    /// The three letters in base 26: ((a * 26) + b) * 26 + c.
    ///
    /// Part of the state format.
    public let packed: UInt16
    /// Decimals of the minor unit, 0 to 4.
    public let exponent: UInt8

    /// The currency with the code `packed`, if there is one.
    public init?(packed: UInt16) {
        guard Int(packed) < Currency.exponents.count else { return nil }
        let exponent = Currency.exponents[Int(packed)]
        guard exponent != Currency.none else { return nil }
        self.packed = packed
        self.exponent = exponent
    }

    /// The currency whose three upper-case letters are `code`, if there is one.
    ///
    /// O(1).
    public init?(code: Span<UInt8>) {
        guard code.count == 3 else { return nil }
        var packed = 0
        for index in 0..<3 {
            let letter = Int(code[index]) - 65
            guard (0..<26).contains(letter) else { return nil }
            packed = packed * 26 + letter
        }
        self.init(packed: UInt16(packed))
    }

    /// The currency whose three upper-case letters are `code`, if there is one.
    public init?(_ code: String) {
        let bytes = Array(code.utf8)
        self.init(code: bytes.span)
    }

    /// The Chinese yuan.
    public static let cny = Currency(known: "CNY", exponent: 2)

    private init(known code: StaticString, exponent: UInt8) {
        packed = Currency.pack(code.description)
        self.exponent = exponent
    }

    /// The three letters.
    public var code: String {
        String(decoding: [letter(0), letter(1), letter(2)], as: UTF8.self)
    }

    /// The letter at `index`, 0 to 2, in ASCII.
    @inlinable
    public func letter(_ index: Int) -> UInt8 {
        switch index {
        case 0: UInt8(65 + packed / 676)
        case 1: UInt8(65 + packed / 26 % 26)
        default: UInt8(65 + packed % 26)
        }
    }

    private static let none: UInt8 = 255

    private static func pack(_ code: String) -> UInt16 {
        var packed: UInt16 = 0
        for byte in code.utf8 { packed = packed * 26 + UInt16(byte - 65) }
        return packed
    }

    /// Exponents by packed code; 255 where there is no such currency.
    private static let exponents: [UInt8] = {
        var table = [UInt8](repeating: none, count: 26 * 26 * 26)
        func add(_ codes: String, _ exponent: UInt8) {
            for code in codes.split(separator: " ") { table[Int(pack(String(code)))] = exponent }
        }
        add("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0)
        add("BHD IQD JOD KWD LYD OMR TND", 3)
        add("CLF UYW", 4)
        add(
            """
            AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP \
            BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR \
            FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW \
            KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN \
            NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD \
            SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU \
            UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL
            """, 2)
        return table
    }()
}
