// One rule of rules.yaml. What a kind takes is a table; a key that another kind takes is refused by name.
import Banking
import Engine

/// Reads one rule.
enum RuleReader {
    /// Keys of every rule.
    static let common = [
        "id", "version", "kind", "severity", "state", "effective_from", "notify", "unknown",
        "pending",
    ]
    /// Filters of the customer.
    static let customerFilters = ["min_star", "tiers", "customer_types", "branches", "segments"]
    /// Filters of the entry.
    static let entryFilters = ["channels", "kinds", "exclude_kinds", "destinations"]
    /// Keys that some kinds take.
    static let particular = [
        "cool_down", "escalate_by", "at_least", "share_of_balance", "window", "measure", "share",
        "direction", "assigned", "days", "from", "to", "times", "at_most", "of",
    ]
    /// Kinds of the contract that this version lacks.
    static let laterKinds = [
        "drawdown", "tier_within_reach", "tier_at_risk", "rising", "unusual_outflow", "dormant",
        "income_stopped", "account_emptied", "unsigned_customer", "reminder",
    ]

    /// Keys that `kind` takes besides the common ones and the customer's filters.
    static func own(_ kind: RuleKind) -> [String] {
        switch kind {
        case .singleOutflow, .singleInflow:
            entryFilters + ["cool_down", "at_least", "share_of_balance"]
        case .cumulativeOutflow, .cumulativeInflow:
            entryFilters + [
                "cool_down", "at_least", "share_of_balance", "window", "measure", "escalate_by",
            ]
        case .tierChange: ["direction", "assigned"]
        }
    }

    static func read(_ node: YAMLNode, in context: RuleContext) throws(Failure) -> RuleDescription {
        var map = try RuleMap(node, what: "a rule")
        let id = try readID(map)
        map.what = "rule \(id)"
        let all = common + customerFilters + entryFilters + particular
        try map.checkKeys(all)
        let kind = try readKind(map)
        let taken = common + customerFilters + own(kind)
        for entry in map.entries where !taken.contains(entry.key) && !entry.value.isNull {
            throw .settings(
                entry.place, "kind \(kind.text) takes no \"\(entry.key)\"; leave it out")
        }
        _ = try map.required("version")
        let version = try map.integer("version", 1...1_000_000_000) ?? 1
        var rule = Rule(id: id, version: version, kind: kind)
        let state = try readCommon(map, into: &rule, in: context)
        try readLimits(map, into: &rule, in: context)
        try readEntryFilters(map, into: &rule)
        try readCustomerFilters(map, into: &rule, in: context)
        rule.isShadow = state == .shadow
        rule.digest = RuleDigest.digest(of: rule, levels: context.levels)
        return RuleDescription(
            rule: rule, state: state,
            sentence: RuleSentence.sentence(of: rule, state: state, in: context), place: node.place)
    }

    private static func readID(_ map: RuleMap) throws(Failure) -> String {
        let node = try map.required("id")
        guard let id = node.text, (1...40).contains(id.utf8.count),
            id.utf8.allSatisfy({
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
            })
        else {
            throw .settings(
                node.place,
                "id must be 1 to 40 of a-z 0-9 -, not \(node.text.map { "\"\($0)\"" } ?? node.kindInWords)"
            )
        }
        return id
    }

    private static func readKind(_ map: RuleMap) throws(Failure) -> RuleKind {
        let node = try map.required("kind")
        let text = node.text ?? node.kindInWords
        if laterKinds.contains(text) {
            throw .settings(node.place, "rule kind \"\(text)\" is not in this version")
        }
        let names = RuleKind.allCases.map(\.text.description)
        guard let index = names.firstIndex(of: text) else {
            throw .settings(
                node.place, Nearest.complaint("rule kind", text, among: names + laterKinds))
        }
        return RuleKind.allCases[index]
    }

    private static func readCommon(
        _ map: RuleMap, into rule: inout Rule, in context: RuleContext
    ) throws(Failure) -> RuleDescription.State {
        let severities = Severity.allCases.map(\.text.description)
        if let text = try map.choice("severity", severities),
            let index = severities.firstIndex(of: text)
        {
            rule.severity = Severity.allCases[index]
        }
        let states = RuleDescription.State.allCases.map(\.rawValue)
        let state = try map.choice("state", states).flatMap(RuleDescription.State.init) ?? .active
        rule.effectiveFrom = try readMoment(map, "effective_from", in: context)
        let roles = ["rm_primary", "rm_backup", "branch_head"]
        rule.notify = try map.names("notify", among: roles, what: "role")?.map { roles[$0] }
        rule.unknownPasses = try map.choice("unknown", ["skip", "pass"]) == "pass"
        if try map.flag("pending") == true, let node = map["pending"] {
            throw .settings(node.place, "pending: true is not in this version; leave it out")
        }
        return state
    }

    private static func readMoment(
        _ map: RuleMap, _ key: String, in context: RuleContext
    ) throws(Failure) -> Instant? {
        guard let node = map[key] else { return nil }
        guard let text = node.text,
            let moment = MomentText.instant(text, calendar: context.calendar)
        else {
            throw .settings(
                node.place,
                "\(key) must be a date or a time with offset, such as 2026-01-31 or "
                    + "2026-01-31T00:00:00+08:00, not \(node.text ?? node.kindInWords)")
        }
        return moment
    }

    private static func readLimits(
        _ map: RuleMap, into rule: inout Rule, in context: RuleContext
    ) throws(Failure) {
        rule.coolDown = try map.duration("cool_down", allowsZero: true)
        rule.escalateBy = try map.ratio("escalate_by", above: 1, atMost: nil)
        rule.atLeast = try map.amount("at_least", context.currency)
        rule.shareOfBalance = try map.ratio("share_of_balance", above: 0, atMost: 1)
        rule.isNet = try map.choice("measure", ["gross", "net"]) == "net"
        switch try map.choice("direction", ["up", "down", "any"]) {
        case "up": rule.tierDirection = .up
        case "down": rule.tierDirection = .down
        default: rule.tierDirection = .any
        }
        rule.assigned = try map.flag("assigned") ?? false
        switch rule.kind {
        case .tierChange:
            if context.levels.isEmpty {
                throw .settings(
                    map.place, "\(map.what) needs tiers; write tiers with levels in this file")
            }
            return
        case .cumulativeOutflow, .cumulativeInflow:
            _ = try map.required("window")
            rule.window = try map.duration("window") ?? 0
        case .singleOutflow, .singleInflow: break
        }
        if rule.atLeast == nil && rule.shareOfBalance == nil {
            throw .settings(map.place, "\(map.what) needs at_least or share_of_balance")
        }
    }

    private static func readEntryFilters(
        _ map: RuleMap, into rule: inout Rule
    ) throws(Failure) {
        let kinds = EntryKind.allCases.map(\.text.description)
        let channels = Channel.allCases.map(\.text.description)
        let classes = CounterpartyClass.allCases.map(\.text.description)
        rule.channels = try bits(map.names("channels", among: channels, what: "channel"))
        rule.kinds = try bits(map.names("kinds", among: kinds, what: "entry kind"))
        rule.excludeKinds = try bits(map.names("exclude_kinds", among: kinds, what: "entry kind"))
        rule.destinations = try bits(map.names("destinations", among: classes, what: "destination"))
    }

    /// Raw values are the places in `allCases`.
    private static func bits(_ indexes: [Int]?) -> UInt16? {
        indexes.map { $0.reduce(0) { $0 | (1 << UInt16($1)) } }
    }

    private static func readCustomerFilters(
        _ map: RuleMap, into rule: inout Rule, in context: RuleContext
    ) throws(Failure) {
        rule.minStar = try map.integer("min_star", 1...5)
        if let node = map["tiers"], context.levels.isEmpty {
            throw .settings(node.place, "\(map.what) filters by tiers, but this file has none")
        }
        let levels = context.levels.map(\.name)
        rule.tiers = try map.names("tiers", among: levels, what: "tier").map(Set.init)
        let types = ["deposit", "loan", "mixed"]
        rule.customerTypes = try map.names("customer_types", among: types, what: "customer type")
            .map { Set($0.map { types[$0] }) }
        rule.branches = try map.texts("branches").map { Set($0.map(\.text)) }
        rule.segments = try map.texts("segments").map { Set($0.map(\.text)) }
    }
}
