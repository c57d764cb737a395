// The `tiers` of rules.yaml: the measure, the average and the levels.
import Banking
import Engine

/// One level of the tiers.
typealias TierLevel = TierPolicy.Level

/// Reads `tiers`.
enum TierReader {
    static func read(_ node: YAMLNode?, currency: Currency) throws(Failure) -> TierPolicy {
        var policy = TierPolicy()
        guard let node else { return policy }
        let map = try RuleMap(node, what: "tiers")
        try map.checkKeys([
            "measure", "negative", "on_change", "average", "denominator", "min_history_days",
            "levels", "upgrade", "downgrade",
        ])
        if try map.choice("measure", ["financial_assets", "deposits"]) == "deposits" {
            policy.measure = .deposits
        }
        policy.negativeIsZero = try map.choice("negative", ["as_is", "zero"]) == "zero"
        _ = try map.choice("on_change", ["silent"], later: ["alert"])
        try readAverage(map["average"], into: &policy)
        if try map.choice("denominator", ["elapsed", "window"]) == "window" {
            policy.denominator = .window
        }
        policy.minHistoryDays = try map.integer("min_history_days", 1...3_660) ?? 1
        policy.levels = try readLevels(map["levels"], currency: currency)
        try readCheck(map["upgrade"], what: "upgrade", keys: ["check"])
        try readCheck(map["downgrade"], what: "downgrade", keys: ["check", "grace_days"])
        return policy
    }

    private static func readAverage(
        _ node: YAMLNode?, into policy: inout TierPolicy
    ) throws(Failure) {
        guard let node else { return }
        let map = try RuleMap(node, what: "average")
        try map.checkKeys(["trailing_days", "calendar_year", "calendar_months"])
        for key in ["calendar_year", "calendar_months"] {
            guard let window = map[key], window.flag != false else { continue }
            throw .settings(
                window.place, "calendar windows (\(key)) are not in this version; use trailing_days"
            )
        }
        guard let days = try map.integer("trailing_days", 1...3_660) else {
            throw .settings(map.place, "average lacks \"trailing_days\"")
        }
        policy.trailingDays = days
    }

    private static func readLevels(
        _ node: YAMLNode?, currency: Currency
    ) throws(Failure) -> [TierLevel] {
        guard let node else { return [] }
        guard let items = node.items, (1...64).contains(items.count) else {
            throw .settings(node.place, "levels must be a list of 1 to 64 maps of name and from")
        }
        var levels: [TierLevel] = []
        for item in items {
            let map = try RuleMap(item, what: "a level")
            try map.checkKeys(["name", "from"])
            _ = try map.required("name")
            _ = try map.required("from")
            let name = try map.text("name") ?? ""
            let from = try map.amount("from", currency) ?? 0
            guard isName(name) else {
                throw .settings(
                    item.place, "a level's name must have 1 to 64 bytes and no control characters")
            }
            if levels.contains(where: { $0.name == name }) {
                throw .settings(item.place, "two levels are named \"\(name)\"")
            }
            if let last = levels.last {
                guard from > last.fromMinor else {
                    throw .settings(
                        item.place,
                        "level \(name) must begin above \(last.name); write levels from low to high"
                    )
                }
            } else if from != 0 {
                throw .settings(item.place, "the first level (\(name)) must have from: 0")
            }
            levels.append(TierLevel(name: name, fromMinor: from))
        }
        return levels
    }

    private static func readCheck(
        _ node: YAMLNode?, what: String, keys: [String]
    ) throws(Failure) {
        guard let node else { return }
        let map = try RuleMap(node, what: what)
        try map.checkKeys(keys)
        _ = try map.choice("check", ["day_end"], later: ["month_end"])
        if let grace = try map.integer("grace_days", 0...3_660), grace > 0,
            let node = map["grace_days"]
        {
            throw .settings(node.place, "grace_days above 0 is not in this version; write 0")
        }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    }
}
