// Amounts digit by digit: `(0|[1-9][0-9]*)(\.[0-9]+)?` to minor units, without floating point.

enum AmountText {
    /// The minor units of the amount of `count` bytes at `start`; nil when the text is no amount, has decimals other
    /// than zero beyond `exponent`, or exceeds 2^63-1.
    @inline(__always)
    static func minorUnits(
        _ bytes: Span<UInt8>, at start: Int, count: Int, exponent: UInt8
    ) -> Int64? {
        let end = start &+ count
        var index = start
        var minor: Int64 = 0
        var overflow = false
        // Eighteen digits always fit.
        let isShort = count &+ Int(exponent) <= 18
        @inline(__always) func push(_ digit: UInt8) {
            if isShort {
                minor = minor &* 10 &+ Int64(digit)
                return
            }
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
