// What a rule does, in one English sentence for people who do not read YAML.
import Banking
import Engine

/// Sentences about rules.
enum RuleSentence {
    static func sentence(
        of rule: Rule, state: RuleDescription.State, in context: RuleContext
    ) -> String {
        var parts = [opening(state, rule.severity) + " " + condition(of: rule, in: context)]
        parts += entryFilters(of: rule)
        parts += customerFilters(of: rule, levels: context.levels)
        if let ratio = rule.escalateBy {
            parts.append("told again each time the sum has grown by a factor of \(decimal(ratio))")
        }
        if let coolDown = rule.coolDown, coolDown > 0 {
            parts.append("at most once in \(Duration.text(coolDown)) for a customer")
        }
        if let from = rule.effectiveFrom {
            parts.append("from \(moment(from, context.calendar)) on")
        }
        return parts.joined(separator: ", ") + "."
    }

    private static func opening(_ state: RuleDescription.State, _ severity: Severity) -> String {
        switch state {
        case .active: "Alerts (\(severity.text)) when"
        case .shadow: "In shadow, alerts (\(severity.text)) when"
        case .paused: "Paused; would alert (\(severity.text)) when"
        }
    }

    private static func condition(of rule: Rule, in context: RuleContext) -> String {
        switch rule.kind {
        case .singleOutflow:
            "one outflow reaches \(limit(of: rule, context, "the balance before it"))"
        case .singleInflow:
            "one inflow reaches \(limit(of: rule, context, "the balance before it"))"
        case .cumulativeOutflow, .cumulativeInflow: cumulative(rule, context)
        case .tierChange: tierChange(rule)
        }
    }

    private static func cumulative(_ rule: Rule, _ context: RuleContext) -> String {
        let isOut = rule.kind == .cumulativeOutflow
        let flow = isOut ? "outflows" : "inflows"
        let net = rule.isNet ? " less the \(isOut ? "inflows" : "outflows")" : ""
        let limit = limit(of: rule, context, "the balance at the window's start")
        return "the \(flow)\(net) of \(Duration.text(rule.window)) reach \(limit)"
    }

    private static func tierChange(_ rule: Rule) -> String {
        let move =
            switch rule.tierDirection {
            case .up: "a day's close raises a customer's tier"
            case .down: "a day's close lowers a customer's tier"
            case .any: "a day's close changes a customer's tier"
            }
        return rule.assigned ? move + " or gives the first one" : move
    }

    private static func limit(of rule: Rule, _ context: RuleContext, _ whole: String) -> String {
        var limits: [String] = []
        if let atLeast = rule.atLeast {
            let amount = DecimalText.string(
                Int128(atLeast), exponent: context.currency.exponent)
            limits.append("\(amount) \(context.currency.code)")
        }
        if let share = rule.shareOfBalance { limits.append("\(percent(share)) of \(whole)") }
        return limits.joined(separator: " and ")
    }

    private static func entryFilters(of rule: Rule) -> [String] {
        var parts: [String] = []
        if let bits = rule.channels {
            parts.append("ordered by " + list(Channel.allCases.map(\.text), bits))
        }
        if let bits = rule.kinds {
            parts.append("of kind " + list(EntryKind.allCases.map(\.text), bits))
        }
        if let bits = rule.excludeKinds {
            parts.append("not of kind " + list(EntryKind.allCases.map(\.text), bits))
        }
        if let bits = rule.destinations {
            parts.append("counterparty " + list(CounterpartyClass.allCases.map(\.text), bits))
        }
        return parts
    }

    private static func customerFilters(of rule: Rule, levels: [TierLevel]) -> [String] {
        var parts: [String] = []
        if let star = rule.minStar { parts.append("customers of \(star) stars or more") }
        if let tiers = rule.tiers {
            parts.append("customers of tier " + list(tiers.sorted().map { levels[$0].name }))
        }
        if let types = rule.customerTypes {
            parts.append("customers of type " + list(types.sorted()))
        }
        if let branches = rule.branches { parts.append("of branch " + list(branches.sorted())) }
        if let segments = rule.segments { parts.append("of segment " + list(segments.sorted())) }
        if rule.unknownPasses { parts.append("also where the profile is not known") }
        return parts
    }

    private static func list(_ names: [StaticString], _ bits: UInt16) -> String {
        list(names.indices.filter { bits & (1 << UInt16($0)) != 0 }.map { names[$0].description })
    }

    private static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    /// `0.3` as `30%`.
    static func percent(_ ratio: Ratio) -> String {
        decimal(Ratio(numerator: ratio.numerator * 100, denominator: ratio.denominator)) + "%"
    }

    /// A fraction without trailing zeros.
    static func decimal(_ ratio: Ratio) -> String {
        var exponent: UInt8 = 0
        var scale = ratio.denominator
        while scale > 1 {
            scale /= 10
            exponent += 1
        }
        var text = DecimalText.string(Int128(ratio.numerator), exponent: exponent)
        guard exponent > 0 else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func moment(_ instant: Instant, _ calendar: BusinessCalendar) -> String {
        let local = instant.microseconds + calendar.offsetMicroseconds(at: instant)
        let day = calendar.day(of: instant)
        let second = (local - Int64(day.number) * Micros.day) / Micros.second
        let civil = day.civil
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let date = "\(civil.year)-\(two(Int64(civil.month)))-\(two(Int64(civil.day)))"
        if second == 0 { return date }
        return "\(date) \(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }
}
