// Amounts of rules.yaml: decimal digits in major units, read exactly into minor units.

/// Reads amounts.
enum AmountText {
    /// What is wrong with an amount.
    enum Fault: Error {
        /// Not `(0|[1-9][0-9]*)(\.[0-9]+)?`.
        case shape
        /// Decimals that are not zero beyond the currency's.
        case decimals
        /// More than 2^63-1 minor units.
        case size
    }

    /// Minor units of a currency with `exponent` decimals.
    static func minor(_ text: String, exponent: UInt8) -> Result<Int64, Fault> {
        let parts = text.utf8.split(separator: 46, omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= 64,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (48...57).contains($0) } }),
            parts[0].first != 48 || parts[0].count == 1
        else { return .failure(.shape) }
        let decimals = parts.count == 2 ? Array(parts[1]) : []
        guard decimals.dropFirst(Int(exponent)).allSatisfy({ $0 == 48 }) else {
            return .failure(.decimals)
        }
        var minor: Int64 = 0
        let kept = Array(decimals.prefix(Int(exponent)))
        let padding = [UInt8](repeating: 48, count: Int(exponent) - kept.count)
        for digit in Array(parts[0]) + kept + padding {
            let (tens, overflow) = minor.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int64(digit - 48))
            if overflow || carry { return .failure(.size) }
            minor = sum
        }
        return .success(minor)
    }
}
