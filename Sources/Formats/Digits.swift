// Up to eight digits at once: three multiplications join neighbours to pairs, pairs to fours and these to the number
// (Daniel Lemire, "Quickly parsing eight digits", 2018).

/// The digits with which a word begins.
struct Digits {
    /// How many there are before anything else, 0 to 8.
    let count: Int
    /// A digit's value in each byte that is one.
    private let values: UInt64

    @inline(__always)
    init(_ word: UInt64) {
        values = word ^ eight(0x30)
        // The high bit of each byte above 9; carries reach only bytes above one that is found already.
        let others = ((values &+ eight(0x76)) | values) & eight(0x80)
        count = others.trailingZeroBitCount &>> 3
    }

    /// The number that the first `count` digits form, 1 to 8 of them.
    @inline(__always)
    func number(of count: Int) -> Int64 {
        Digits.join(values &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count))
    }

    /// The number of millionths, if the digits are decimals; what is less is cut.
    @inline(__always)
    var millionths: Int64 { Digits.join(low(count, of: values)) / 100 }

    /// The number of eight digits, the first in the lowest byte.
    @inline(__always)
    private static func join(_ digits: UInt64) -> Int64 {
        let pairs = digits &* 10 &+ digits &>> 8
        let low = (pairs & 0xFF_0000_00FF) &* 0x000F_4240_0000_0064
        let high = (pairs &>> 16 & 0xFF_0000_00FF) &* 0x0000_2710_0000_0001
        return Int64(truncatingIfNeeded: (low &+ high) &>> 32)
    }
}
