// Amounts digit by digit: `(0|[1-9][0-9]*)(\.[0-9]+)?` to minor units, without floating point. An amount of at most
// eight digits before the point, with as many behind it as its currency has, is read by two words.

enum AmountText {
    /// The minor units of the amount of `count` bytes at `start`; nil when the text is no amount, has decimals other
    /// than zero beyond `exponent`, or exceeds 2^63-1.
    @inline(__always)
    static func minorUnits(
        _ bytes: TextBytes, at start: Int, count: Int, exponent: UInt8
    ) -> Int64? {
        let whole = Digits(bytes.word(at: start))
        let decimals = Digits(bytes.word(at: start &+ whole.count &+ 1))
        guard count == whole.count &+ 1 &+ Int(exponent), exponent > 0, whole.count > 0,
            bytes.byte(at: start &+ whole.count) == 0x2E, decimals.count >= Int(exponent),
            whole.count == 1 || bytes.byte(at: start) != 0x30
        else { return anyMinorUnits(bytes, at: start, count: count, exponent: exponent) }
        return whole.number(of: whole.count) &* scale(exponent)
            &+ decimals.number(of: Int(exponent))
    }

    /// Minor units of a major unit.
    @inline(__always)
    private static func scale(_ exponent: UInt8) -> Int64 {
        switch exponent {
        case 1: 10
        case 2: 100
        case 3: 1000
        default: 10_000
        }
    }

    @inline(never)
    private static func anyMinorUnits(
        _ bytes: TextBytes, at start: Int, count: Int, exponent: UInt8
    ) -> Int64? {
        let end = start &+ count
        var index = start
        var minor: Int64 = 0
        var overflow = false
        func push(_ digit: UInt8) {
            let (tens, a) = minor.multipliedReportingOverflow(by: 10)
            let (sum, b) = tens.addingReportingOverflow(Int64(digit))
            minor = sum
            overflow = overflow || a || b
        }
        while index < end {
            let digit = bytes.byte(at: index) &- 0x30
            guard digit <= 9 else { break }
            push(digit)
            index &+= 1
        }
        // No digits, or a zero before others.
        guard index > start, bytes.byte(at: start) != 0x30 || index == start &+ 1 else {
            return nil
        }
        var missing = Int(exponent)
        if index < end {
            guard bytes.byte(at: index) == 0x2E, index &+ 1 < end else { return nil }
            index &+= 1
            while index < end {
                let digit = bytes.byte(at: index) &- 0x30
                guard digit <= 9 else { return nil }
                if missing > 0 {
                    push(digit)
                    missing &-= 1
                } else if digit != 0 {
                    return nil
                }
                index &+= 1
            }
        }
        while missing > 0 {
            push(0)
            missing &-= 1
        }
        return overflow ? nil : minor
    }
}
