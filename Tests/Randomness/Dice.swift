// Deterministic randomness: SplitMix64 (Steele, Lea, Flood 2014). The same seed gives the same history everywhere.
import Glibc

/// A source of choices that depends on its seed alone.
public struct Dice: Sendable {
    private var state: UInt64

    /// Dice of `seed`.
    public init(seed: UInt64) {
        // Multiplied by another constant than the step's, or neighbours would share their numbers.
        state = seed &* 0xd134_2543_de82_ef95 &+ 0x1234_5678_9abc_def1
    }

    /// Any number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number in `range`.
    public mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True in `percent` of 100 cases.
    public mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }

    /// One of `choices`.
    public mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[number(0...choices.count - 1)]
    }
}

/// Seeds to try: `TIDEMARK_SEEDS` (a count, or `from-to`) or the default count from 1 on.
public func seeds(_ standard: Int) -> ClosedRange<UInt64> {
    let range = 1...UInt64(standard)
    guard let value = unsafe getenv("TIDEMARK_SEEDS") else { return range }
    let parts = unsafe String(cString: value).split(separator: "-").compactMap { UInt64($0) }
    switch parts.count {
    case 1: return 1...max(1, parts[0])
    case 2: return parts[0]...max(parts[0], parts[1])
    default: return range
    }
}
