// The rules as the engine asks them: flat structures without references, so that judging an entry retains
// nothing and allocates nothing.
internal import Banking

/// What a flow rule asks of an entry before anything else.
struct Screen {
    /// Index in the policy's rules.
    var rule: Int
    /// Whether credits are its direction.
    var isInflow: Bool
    /// Bits of the kinds, channels and destinations it sees.
    var kinds: UInt16
    var channels: UInt16
    var destinations: UInt16
    /// It judges entries of times in from..<to; it sees all from `from` on.
    var from: Int64
    var to: Int64
    /// Minor units, -1 when not given.
    var atLeast: Int64
    var share: Ratio?
    /// Microseconds, 0 for none.
    var coolDown: Int64
    /// The state's key: FNV-1a 64 of `<id>@<version>`.
    var key: UInt64

    /// Whether the rule sees an entry that no general exclusion hides.
    @inline(__always)
    func sees(_ entry: LogEntry) -> Bool {
        !entry.flags.contains(.hidden) && !entry.flags.contains(.pending) && entry.time >= from
            && kinds >> entry.kind & 1 != 0 && channels >> entry.channel & 1 != 0
            && destinations >> entry.destination & 1 != 0
    }

    /// Whether this version judges what happens at `time`.
    @inline(__always)
    func judges(_ time: Int64) -> Bool { time >= from && time < to }

    /// Whether `part` meets the limit; `whole` is what a share is of.
    @inline(__always)
    func isReached(_ part: Int128, whole: Int128) -> Bool {
        if atLeast >= 0, part < Int128(atLeast) { return false }
        if let share { return share.isReached(by: part, of: whole) }
        return true
    }

    /// The limit that was met, for the alert.
    func threshold(whole: Int128) -> Int128 {
        if atLeast >= 0 { return Int128(atLeast) }
        return share?.roundedUp(of: whole) ?? 0
    }
}

/// A windowed rule.
struct WindowRule {
    var screen: Screen
    /// Microseconds.
    var window: Int64
    /// The window in days, rounded up.
    var days: Int32
    var isNet: Bool
    var escalateBy: Ratio?

    /// Whether the rule sums the entry, for or against.
    @inline(__always)
    func sees(_ entry: LogEntry) -> Bool {
        (isNet || entry.isCredit == screen.isInflow) && screen.sees(entry)
    }

    /// What the entry adds to the sum.
    @inline(__always)
    func signed(_ entry: LogEntry) -> Int128 {
        entry.isCredit == screen.isInflow ? Int128(entry.amount) : -Int128(entry.amount)
    }
}

/// A rule that tells changes of tier.
struct TierRule {
    var rule: Int
    var direction: Rule.TierDirection
    var assigned: Bool
    var from: Int64
    var to: Int64
}

/// A policy and its rules as the engine asks them; one for a shard, shared by its parts.
final class Rulebook: Sendable {
    let policy: Policy
    let rules: CompiledRules

    /// The rulebook of `policy`.
    init(_ policy: Policy) {
        self.policy = policy
        rules = CompiledRules(policy)
    }
}

/// All rules of a policy, compiled.
struct CompiledRules {
    var singles: [Screen] = []
    var windows: [WindowRule] = []
    var tiers: [TierRule] = []
    /// Whether any single rule has a share, any window one.
    var hasSingleShare = false
    var hasWindowShare = false
    /// Whether any rule asks for a branch.
    var needsBranch = false
    /// The smallest amount that could meet a single rule.
    var smallestSingle = Int64.max
    /// Microseconds for which an entry of any size, and for which one of at least `longLimit`, is remembered.
    var shortMemory: Int64
    var longMemory: Int64
    var longLimit: Int64
    /// Microseconds after arrival for which an entry stays in the log whatever its size; one without a time, which may
    /// come a day before it, stays a day longer.
    var retention: Int64
    /// The widest window of any rule, in microseconds.
    private(set) var widest: Int64 = 0
    /// Days before the last closed date for which steps are kept.
    var stepDays: Int32
    /// How many entries a window holds one by one.
    var windowCapacity: Int

    /// Compiles the rules of `policy`.
    init(_ policy: Policy) {
        shortMemory = policy.duplicateHorizon
        longMemory = max(policy.duplicateHorizon, policy.reversalHorizon)
        longLimit = policy.smallestLimit ?? .max
        windowCapacity = policy.windowCapacity
        var widestDays: Int64 = 0
        for (index, rule) in policy.rules.enumerated() {
            let from = rule.effectiveFrom?.microseconds ?? .min
            // The version with the latest effective_from that is not after the time judges.
            let to =
                policy.rules.lazy.filter { $0.id == rule.id }
                .map { $0.effectiveFrom?.microseconds ?? .min }.filter { $0 > from }.min() ?? .max
            needsBranch = needsBranch || rule.branches != nil
            if rule.kind == .tierChange {
                tiers.append(
                    TierRule(
                        rule: index, direction: rule.tierDirection, assigned: rule.assigned,
                        from: from, to: to))
                continue
            }
            let screen = CompiledRules.screen(rule, index, from, to)
            if rule.kind == .singleOutflow || rule.kind == .singleInflow {
                singles.append(screen)
                hasSingleShare = hasSingleShare || screen.share != nil
                smallestSingle = min(smallestSingle, max(screen.atLeast, 0))
            } else {
                hasWindowShare = hasWindowShare || screen.share != nil
                widest = max(widest, rule.window)
                widestDays = max(widestDays, (rule.window + Micros.day - 1) / Micros.day)
                windows.append(
                    WindowRule(
                        screen: screen, window: rule.window,
                        days: Int32((rule.window + Micros.day - 1) / Micros.day),
                        isNet: rule.isNet, escalateBy: rule.escalateBy))
            }
        }
        // An entry in time may lag by the days that are open; a verifiable one by the horizon.
        let lag = max(policy.duplicateHorizon, 2 * Micros.day + policy.dayCloseAfter)
        // By date a window holds whole days, of 25 hours when clocks change.
        retention = lag + widestDays * Micros.day + 2 * Micros.hour
        stepDays =
            Int32(clamping: max(policy.averagedDays, Int(widestDays)))
            + Int32(lag / Micros.day) + 3
    }

    private static func screen(_ rule: Rule, _ index: Int, _ from: Int64, _ to: Int64) -> Screen {
        let special: [EntryKind] = [
            .openingBalance, .interest, .fee, .tax, .productPurchase, .productRedemption,
        ]
        var kinds = UInt16.max
        for kind in special { kinds &= ~(1 << UInt16(kind.rawValue)) }
        if let named = rule.kinds { kinds = named }
        if let excluded = rule.excludeKinds { kinds &= ~excluded }
        return Screen(
            rule: index, isInflow: rule.kind == .singleInflow || rule.kind == .cumulativeInflow,
            kinds: kinds, channels: rule.channels ?? .max, destinations: rule.destinations ?? .max,
            from: from, to: to, atLeast: rule.atLeast ?? -1, share: rule.shareOfBalance,
            coolDown: rule.coolDown ?? 0, key: key(rule.id, rule.version))
    }

    /// The key of a rule version in the state format.
    static func key(_ id: String, _ version: Int) -> UInt64 {
        let text = Array("\(id)@\(version)".utf8)
        return fnv1a64(text.span)
    }

    /// How long an entry of `amount` is remembered, in microseconds.
    @inline(__always)
    func memory(of amount: Int64) -> Int64 { amount >= longLimit ? longMemory : shortMemory }
}
