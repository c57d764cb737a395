// What is allowed in rules.yaml but hardly meant.
import Banking
import Engine

/// Warnings about rules.
enum RuleLints {
    static func warnings(
        of descriptions: [RuleDescription], tiers: TierPolicy, file: String
    ) -> [String] {
        var warnings: [String] = []
        func warn(_ place: YAMLPlace, _ text: String) { warnings.append("\(place): \(text)") }
        if descriptions.allSatisfy({ $0.state == .paused }) {
            warn(YAMLPlace(source: file), "no rule is in force, so nothing will alert")
        }
        for description in descriptions {
            for text in complaints(about: description.rule) { warn(description.place, text) }
        }
        for (index, description) in descriptions.enumerated()
        where !descriptions[..<index].contains(where: { $0.rule.id == description.rule.id }) {
            let versions = descriptions.filter { $0.rule.id == description.rule.id }
            for text in complaints(aboutVersions: versions) { warn(description.place, text) }
        }
        return warnings
    }

    private static func complaints(about rule: Rule) -> [String] {
        var texts: [String] = []
        let filters = [
            ("min_star", rule.minStar != nil), ("customer_types", rule.customerTypes != nil),
            ("segments", rule.segments != nil),
            ("branches", rule.branches != nil && rule.kind == .tierChange),
        ]
        for (name, isGiven) in filters where isGiven && !rule.unknownPasses {
            texts.append(
                "rule \(rule.id) filters by \(name), which is in profiles; this version reads no "
                    + "customers topic, so it never matches (unknown: pass lets it pass)")
        }
        if rule.notify != nil {
            texts.append(
                "rule \(rule.id) names roles to notify, who stand in profiles; this version reads "
                    + "no customers topic, so nobody is named")
        }
        if rule.atLeast == 0 && rule.shareOfBalance == nil {
            texts.append("rule \(rule.id) has at_least: 0, which every entry reaches")
        }
        if let kinds = rule.kinds, let excluded = rule.excludeKinds, kinds & ~excluded == 0 {
            texts.append("rule \(rule.id) excludes all of its kinds, so it never matches")
        }
        if rule.kind == .tierChange && rule.tierDirection == .down && rule.assigned {
            texts.append("rule \(rule.id) tells falls only; a first tier is no fall")
        }
        return texts
    }

    private static func complaints(aboutVersions versions: [RuleDescription]) -> [String] {
        guard let id = versions.first?.rule.id else { return [] }
        var texts: [String] = []
        let numbers = versions.map(\.rule.version).sorted()
        for (last, next) in zip(numbers, numbers.dropFirst()) where next > last + 1 {
            texts.append("rule \(id) has versions \(last) and \(next), but none between")
        }
        let inForce = versions.filter { $0.state != .paused }
            .sorted {
                ($0.rule.effectiveFrom?.microseconds ?? .min)
                    < ($1.rule.effectiveFrom?.microseconds ?? .min)
            }
        for (earlier, later) in zip(inForce, inForce.dropFirst()) {
            if later.rule.version < earlier.rule.version {
                texts.append(
                    "rule \(id) version \(later.rule.version) begins after version "
                        + "\(earlier.rule.version) and takes its place")
            }
            if later.state == .shadow && earlier.state == .active {
                texts.append(
                    "rule \(id) version \(later.rule.version) is in shadow and takes the place of "
                        + "version \(earlier.rule.version); to try it beside the other give it another id"
                )
            }
        }
        return texts
    }
}
