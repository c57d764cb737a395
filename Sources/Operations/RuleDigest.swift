// Digests of rules by what they mean, not by how they are written: FNV-1a 64 over `key=value` lines in a fixed
// order. A key at its default has no line, so that keys which come later do not change the digests of old rules.
import Banking
import Engine

/// Digests of rules and of a set of rules.
enum RuleDigest {
    /// The digest of one rule; `levels` name its tiers.
    static func digest(of rule: Rule, levels: [TierLevel]) -> UInt64 {
        hash(canonical(rule, levels: levels))
    }

    /// The digest of tiers and all rules that are not paused.
    static func digest(tiers: TierPolicy, descriptions: [RuleDescription]) -> String {
        var text = canonical(tiers)
        for description in descriptions where description.state != .paused {
            text += canonical(description.rule, levels: tiers.levels)
        }
        return hex(hash(text))
    }

    /// 16 lower-case hexadecimal digits.
    static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func canonical(_ rule: Rule, levels: [TierLevel]) -> String {
        var lines = Lines()
        lines.add("id", rule.id)
        lines.add("version", rule.version)
        lines.add("kind", rule.kind.text)
        lines.add("severity", rule.severity == .notice ? nil : rule.severity.text)
        lines.add("state", rule.isShadow ? "shadow" : nil)
        lines.add("effective_from", rule.effectiveFrom?.microseconds)
        lines.add("cool_down", rule.coolDown == 0 ? nil : rule.coolDown)
        lines.add("escalate_by", rule.escalateBy)
        lines.add("at_least", rule.atLeast)
        lines.add("share_of_balance", rule.shareOfBalance)
        lines.add("window", rule.window == 0 ? nil : rule.window)
        lines.add("measure", rule.isNet ? "net" : nil)
        lines.add("direction", rule.tierDirection == .any ? nil : "\(rule.tierDirection)")
        lines.add("assigned", rule.assigned ? "true" : nil)
        lines.add("channels", rule.channels)
        lines.add("kinds", rule.kinds)
        lines.add("exclude_kinds", rule.excludeKinds)
        lines.add("destinations", rule.destinations)
        lines.add("tiers", rule.tiers.map { $0.sorted().map { levels[$0].name } })
        lines.add("branches", rule.branches?.sorted())
        lines.add("min_star", rule.minStar)
        lines.add("customer_types", rule.customerTypes?.sorted())
        lines.add("segments", rule.segments?.sorted())
        lines.add("unknown", rule.unknownPasses ? "pass" : nil)
        lines.add("notify", rule.notify)
        return lines.text
    }

    static func canonical(_ tiers: TierPolicy) -> String {
        var lines = Lines()
        lines.add("tiers", tiers.measure.text)
        lines.add("negative", tiers.negativeIsZero ? "zero" : nil)
        lines.add("trailing_days", tiers.trailingDays)
        lines.add("denominator", "\(tiers.denominator)")
        lines.add("min_history_days", tiers.minHistoryDays == 1 ? nil : tiers.minHistoryDays)
        for level in tiers.levels { lines.add("level", "\(level.fromMinor) \(level.name)") }
        return lines.text
    }

    private static func hash(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return fnv1a64(bytes.span)
    }

    /// Lines of `key=value`.
    private struct Lines {
        var text = ""

        mutating func add(_ key: String, _ value: (some CustomStringConvertible)?) {
            if let value { text += "\(key)=\(value)\n" }
        }

        /// In lowest terms of ten, so that 0.5 and 0.50 are the same.
        mutating func add(_ key: String, _ ratio: Ratio?) {
            guard let ratio else { return }
            var (numerator, denominator) = (ratio.numerator, ratio.denominator)
            while denominator > 1 && numerator % 10 == 0 {
                numerator /= 10
                denominator /= 10
            }
            text += "\(key)=\(numerator)/\(denominator)\n"
        }
    }
}
