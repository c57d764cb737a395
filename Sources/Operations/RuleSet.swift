// A checked rules file: the policy's tiers and rules, what each rule says in a sentence, and what is odd about it.
public import Banking
public import Engine

/// One version of a rule as it stands in the file, paused ones included.
public struct RuleDescription: Sendable {
    /// Whether a rule judges, and where its alerts go.
    public enum State: String, Sendable, CaseIterable {
        /// Alerts go to the alerts topic.
        case active
        /// Alerts go to the shadow topic, if there is one.
        case shadow
        /// As if absent.
        case paused
    }

    /// The rule.
    public var rule: Rule
    /// Its state.
    public var state: State
    /// One sentence in English.
    public var sentence: String
    /// Where it stands.
    public var place: YAMLPlace
}

/// All that rules.yaml says.
public struct RuleSet: Sendable {
    /// The measure and the levels.
    public var tiers: TierPolicy
    /// Every rule of the file, in its order.
    public var descriptions: [RuleDescription]
    /// Digest of the tiers and of every rule that is not paused, in 16 hexadecimal digits.
    public var digest: String
    /// What is allowed but hardly meant, each with its place.
    public var warnings: [String]

    /// The rules that are not paused, in the file's order.
    public var rules: [Rule] { descriptions.filter { $0.state != .paused }.map(\.rule) }
}

/// Reads rules.yaml (section 6 of the contract).
///
/// A file with one mistake is refused whole; the first is reported.
public enum RuleFile {
    /// Reads and checks the file at `path`, with amounts in `currency` and dates without a time in `calendar`.
    public static func load(
        path: String, currency: Currency = .cny,
        calendar: BusinessCalendar = BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0)
    ) throws(Failure) -> RuleSet {
        try read(try YAMLNode.load(path: path), currency: currency, calendar: calendar)
    }

    /// Checks rules that were read already.
    public static func read(
        _ root: YAMLNode, currency: Currency, calendar: BusinessCalendar
    ) throws(Failure) -> RuleSet {
        let file = try RuleMap(root, what: "the rules file")
        try file.checkKeys(["version", "tiers", "routing", "rules"])
        try checkFormat(try file.required("version"))
        if let routing = file["routing"] {
            throw .settings(routing.place, "routing is not in this version; leave it out")
        }
        let tiers = try TierReader.read(file["tiers"], currency: currency)
        let context = RuleContext(currency: currency, calendar: calendar, levels: tiers.levels)
        var descriptions: [RuleDescription] = []
        if let rules = file["rules"] {
            guard let items = rules.items else {
                throw .settings(rules.place, "rules must be a list, not \(rules.kindInWords)")
            }
            guard items.count <= 1_000 else {
                throw .settings(rules.place, "\(items.count) rules are too many; at most 1000")
            }
            for item in items { descriptions.append(try RuleReader.read(item, in: context)) }
        }
        try checkVersions(descriptions)
        return RuleSet(
            tiers: tiers, descriptions: descriptions,
            digest: RuleDigest.digest(tiers: tiers, descriptions: descriptions),
            warnings: RuleLints.warnings(
                of: descriptions, tiers: tiers, file: root.place.source))
    }

    private static func checkFormat(_ node: YAMLNode) throws(Failure) {
        guard case .scalar(let text, false) = node.content, text == "1" else {
            throw .settings(
                node.place,
                "version \(node.text ?? node.kindInWords) of the rules format is not known; write version: 1"
            )
        }
    }

    /// Ids with versions are unique, and of one id no two versions in force begin together.
    private static func checkVersions(_ descriptions: [RuleDescription]) throws(Failure) {
        for (index, description) in descriptions.enumerated() {
            let rule = description.rule
            for earlier in descriptions[..<index] where earlier.rule.id == rule.id {
                if earlier.rule.version == rule.version {
                    throw .settings(
                        description.place,
                        "rule \(rule.id) version \(rule.version) stands already in line "
                            + "\(earlier.place.line); give it another version")
                }
                let bothInForce = earlier.state != .paused && description.state != .paused
                if bothInForce && earlier.rule.effectiveFrom == rule.effectiveFrom {
                    throw .settings(
                        description.place,
                        "versions \(earlier.rule.version) and \(rule.version) of rule \(rule.id) "
                            + "begin at the same time; give the later one its own effective_from")
                }
            }
        }
    }
}
