// The exact fractions of rules, and division that rounds as the bank does.

/// A non-negative decimal fraction such as 0.35 or 1.5, exact: `numerator / denominator`.
public struct Ratio: Sendable, Equatable {
    /// At most 10^18.
    public let numerator: Int64
    /// A power of ten, at most 10^18.
    public let denominator: Int64

    /// `numerator / denominator`.
    public init(numerator: Int64, denominator: Int64) {
        precondition(denominator > 0 && numerator >= 0)
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Reads `digits[.digits]` with at most 9 decimals and 9 digits before them.
    public init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...9).contains(parts[0].count),
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let whole = Int64(parts[0])
        else { return nil }
        guard parts.count == 2 else {
            self.init(numerator: whole, denominator: 1)
            return
        }
        guard parts[1].count <= 9, let fraction = Int64(parts[1]) else { return nil }
        var scale: Int64 = 1
        for _ in 0..<parts[1].count { scale *= 10 }
        self.init(numerator: whole * scale + fraction, denominator: scale)
    }

    /// Whether `part` is at least this fraction of `whole`; never when the whole is zero or negative.
    public func isReached(by part: Int128, of whole: Int128) -> Bool {
        whole > 0 && part * Int128(denominator) >= whole * Int128(numerator)
    }

    /// This fraction of `whole`, rounded up to the minor unit; `whole` is positive.
    public func roundedUp(of whole: Int128) -> Int128 {
        let product = whole * Int128(numerator)
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(denominator))
        return remainder > 0 ? quotient + 1 : quotient
    }
}

/// Integer division rounded half to even; `divisor` is positive.
public func roundedHalfEven(_ dividend: Int128, by divisor: Int128) -> Int128 {
    precondition(divisor > 0)
    var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    if remainder < 0 {
        quotient -= 1
        remainder += divisor
    }
    let twice = remainder * 2
    if twice > divisor || (twice == divisor && quotient & 1 != 0) { quotient += 1 }
    return quotient
}
