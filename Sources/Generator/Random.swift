// Deterministic randomness: xoshiro256** of Blackman and Vigna (2018), seeded by SplitMix64. Integers only, so
// that a seed gives the same events on every machine.

/// A xoshiro256** generator.
struct Random: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator of the sequence that `seed` names.
    init(seed: UInt64) {
        var mixer = seed
        state = (
            Random.splitMix(&mixer), Random.splitMix(&mixer), Random.splitMix(&mixer),
            Random.splitMix(&mixer)
        )
    }

    /// The next number of SplitMix64, which also serves to mix a seed with a number.
    static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The next 64 bits.
    @inline(__always)
    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// A number from 0 to `bound` - 1; `bound` is positive.
    ///
    /// The bias is below `bound` / 2^64.
    @inline(__always)
    mutating func below(_ bound: Int64) -> Int64 {
        precondition(bound > 0, "a choice has at least one outcome")
        return Int64(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A number from `range`, both ends included.
    @inline(__always)
    mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// Whether an event of probability one in `odds` happens.
    @inline(__always)
    mutating func oneIn(_ odds: Int64) -> Bool { below(odds) == 0 }
}
