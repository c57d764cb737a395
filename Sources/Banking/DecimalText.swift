// Minor units as decimal text. Eight digits are found at once: a number is halved into fields of four, two and one
// digits within a word, by multiplying with reciprocals of 100 and 10.

/// Decimal text of minor units.
public enum DecimalText {
    /// The most bytes that a text has: a sign, 39 digits, a point and 12 separators.
    ///
    /// Holds for up to 38 decimals.
    public static let maxBytes = 56

    /// Appends `minor` units with `exponent` decimals: `-1234.50`, `30000`, `0.00`; grouped: `-1,234.50`.
    public static func append(
        _ minor: Int128, exponent: UInt8, grouped: Bool = false, to output: inout OutputSpan<UInt8>
    ) {
        if minor < 0 { output.append(0x2D) }
        // Division of 128 bits is slow, and so is one by a number that the compiler does not know.
        guard let units = UInt64(exactly: minor.magnitude), exponent <= 3, exponent != 1 else {
            appendUncommon(minor.magnitude, Int(exponent), grouped, to: &output)
            return
        }
        let whole: UInt64
        let fraction: UInt64
        switch exponent {
        case 0: (whole, fraction) = (units, 0)
        case 2: (whole, fraction) = units.quotientAndRemainder(dividingBy: 100)
        default: (whole, fraction) = units.quotientAndRemainder(dividingBy: 1000)
        }
        if grouped { appendGroups(whole, to: &output) } else { appendDigits(whole, to: &output) }
        guard exponent > 0 else { return }
        let digits = eightDigits(UInt32(truncatingIfNeeded: fraction))
        let decimals = digits &>> (64 &- 8 &* UInt64(exponent))
        output.append(0x2E | decimals &<< 8, count: Int(exponent) &+ 1)
    }

    /// Appends `minor` units with `exponent` decimals: `-1234.50`, `30000`, `0.00`.
    public static func append(_ minor: Int128, exponent: UInt8, to bytes: inout [UInt8]) {
        bytes.append(addingCapacity: maxBytes) { append(minor, exponent: exponent, to: &$0) }
    }

    /// `minor` units with `exponent` decimals as a string.
    public static func string(_ minor: Int128, exponent: UInt8) -> String {
        var bytes: [UInt8] = []
        append(minor, exponent: exponent, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Eight digits of `number`, below 100,000,000, in ASCII: the first is the word's lowest byte.
    @inlinable @inline(__always)
    public static func eightDigits(_ number: UInt32) -> UInt64 {
        let high = number / 10_000
        let fours = UInt64(high) | UInt64(number &- high &* 10_000) &<< 32
        // 10486 / 2^20 and 103 / 2^10 give the exact quotients by 100 below 10,000 and by 10 below 100.
        let hundreds = (fours &* 10_486) &>> 20 & 0x7F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = (twos &* 103) &>> 10 & 0x000F_000F_000F_000F
        return (tens | (twos &- tens &* 10) &<< 8) | 0x3030_3030_3030_3030
    }

    /// Appends `number` without leading zeros.
    public static func appendDigits(_ number: UInt64, to output: inout OutputSpan<UInt8>) {
        guard number > 9 else {
            output.append(0x30 + UInt8(truncatingIfNeeded: number))
            return
        }
        guard number < 100_000_000 else {
            appendDigits(number / 100_000_000, to: &output)
            output.append(eightDigits(UInt32(number % 100_000_000)), count: 8)
            return
        }
        let digits = eightDigits(UInt32(truncatingIfNeeded: number))
        // The last digit stays, whatever it is.
        let zeros = ((digits ^ 0x3030_3030_3030_3030) | 1 &<< 56).trailingZeroBitCount & ~7
        output.append(digits &>> UInt64(zeros), count: 8 &- zeros &>> 3)
    }

    /// Appends `number` with a comma before every three digits but the first.
    private static func appendGroups(_ number: UInt64, to output: inout OutputSpan<UInt8>) {
        guard number >= 1000 else {
            appendDigits(number, to: &output)
            return
        }
        appendGroups(number / 1000, to: &output)
        appendGroup(UInt32(number % 1000), to: &output)
    }

    @inline(__always)
    private static func appendGroup(_ number: UInt32, to output: inout OutputSpan<UInt8>) {
        output.append(0x2C | (eightDigits(number) &>> 40) &<< 8, count: 4)
    }

    /// Appends an amount of any size with any number of decimals.
    @inline(never)
    private static func appendUncommon(
        _ units: UInt128, _ decimals: Int, _ grouped: Bool, to output: inout OutputSpan<UInt8>
    ) {
        precondition(decimals <= 38)
        var scale: UInt128 = 1
        for _ in 0..<decimals { scale *= 10 }
        let (whole, fraction) = units.quotientAndRemainder(dividingBy: scale)
        appendLarge(whole, grouped, to: &output)
        guard decimals > 0 else { return }
        output.append(0x2E)
        var rest = fraction
        for _ in 0..<decimals {
            scale /= 10
            let (digit, remainder) = rest.quotientAndRemainder(dividingBy: scale)
            output.append(0x30 + UInt8(digit))
            rest = remainder
        }
    }

    private static func appendLarge(
        _ number: UInt128, _ grouped: Bool, to output: inout OutputSpan<UInt8>
    ) {
        if let number = UInt64(exactly: number) {
            if grouped {
                appendGroups(number, to: &output)
            } else {
                appendDigits(number, to: &output)
            }
        } else if grouped {
            appendLarge(number / 1000, grouped, to: &output)
            appendGroup(UInt32(number % 1000), to: &output)
        } else {
            appendLarge(number / 100_000_000, grouped, to: &output)
            output.append(eightDigits(UInt32(number % 100_000_000)), count: 8)
        }
    }
}
