// Random policies: limits near the amounts of random histories, every option of flow and tier rules that this
// version knows.
import Banking
import Engine
import Randomness

extension Dice {
    /// A policy whose event times of interest begin at `base`.
    mutating func policy(base: Day) -> Policy {
        let isSummerTime = chance(25)
        let calendar = isSummerTime ? Dice.prague : Dice.shanghai
        let levels: [TierPolicy.Level] =
            chance(20)
            ? []
            : [
                .init(name: "ordinary", fromMinor: 0),
                .init(name: "gold", fromMinor: pick([50_000, 100_000])),
                .init(name: "platinum", fromMinor: pick([150_000, 200_000])),
            ]
        let tiers = TierPolicy(
            measure: chance(70) ? .financialAssets : .deposits, negativeIsZero: chance(30),
            trailingDays: pick([1, 2, 3, 5, 10]), denominator: chance(50) ? .elapsed : .window,
            minHistoryDays: pick([1, 1, 1, 2, 3]), levels: levels)
        var rules: [Rule] = []
        for index in 0..<number(1...4) {
            if !levels.isEmpty && chance(25) {
                rules.append(tierRule(id: "t\(index)"))
            } else {
                let rule = flowRule(id: "r\(index)", hasTiers: !levels.isEmpty)
                rules.append(rule)
                if chance(15) {
                    rules.append(nextVersion(of: rule, base, calendar, hasTiers: !levels.isEmpty))
                } else if chance(5) {
                    rules[rules.count - 1].effectiveFrom = moment(base, calendar)
                }
            }
        }
        return Policy(
            calendar: calendar, currency: .cny,
            dayCloseAfter: pick([30 * Micros.minute, 30 * Micros.minute, 0, 2 * Micros.hour]),
            duplicateHorizon: pick([7 * Micros.day, 2 * Micros.day, Micros.day]),
            reversalHorizon: pick([90 * Micros.day, 3 * Micros.day]),
            futureLimit: Micros.hour, tiers: tiers, rules: rules)
    }

    private mutating func moment(_ base: Day, _ calendar: BusinessCalendar) -> Instant {
        calendar.start(of: base + number(0...4)) + pick([0, 12 * Micros.hour, 9 * Micros.hour])
    }

    private mutating func nextVersion(
        of rule: Rule, _ base: Day, _ calendar: BusinessCalendar, hasTiers: Bool
    ) -> Rule {
        var next = chance(50) ? rule : flowRule(id: rule.id, hasTiers: hasTiers)
        next.version = 2
        next.kind = rule.kind
        next.window = rule.window
        if rule.kind == .cumulativeOutflow || rule.kind == .cumulativeInflow {
            if next.window == 0 { next.window = Micros.day }
        }
        next.effectiveFrom = moment(base, calendar)
        return next
    }

    private mutating func tierRule(id: String) -> Rule {
        var rule = Rule(id: id, version: 1, kind: .tierChange)
        rule.tierDirection = pick([.any, .any, .up, .down])
        rule.assigned = chance(50)
        if chance(10) { rule.tiers = [number(0...2)] }
        if chance(10) { unknownFilter(&rule) }
        return rule
    }

    private mutating func flowRule(id: String, hasTiers: Bool) -> Rule {
        let kind: RuleKind = pick([
            .singleOutflow, .singleInflow, .cumulativeOutflow, .cumulativeOutflow,
            .cumulativeOutflow, .cumulativeInflow,
        ])
        var rule = Rule(id: id, version: 1, kind: kind)
        rule.severity = pick([.notice, .warning])
        rule.isShadow = chance(5)
        if chance(75) { rule.atLeast = pick([50_000, 90_000, 100_000, 20_000]) }
        if rule.atLeast == nil || chance(20) {
            rule.shareOfBalance = Ratio(text: pick(["0.3", "0.5", "1", "0.35"]))
        }
        if kind == .cumulativeOutflow || kind == .cumulativeInflow {
            rule.window = pick([
                90 * Micros.minute, Micros.day, Micros.day, 25 * Micros.hour, 36 * Micros.hour,
                2 * Micros.day, 7 * Micros.day,
            ])
            rule.isNet = chance(35)
            if chance(30) { rule.escalateBy = Ratio(text: pick(["1.5", "1.1", "2"])) }
        }
        if chance(30) {
            rule.coolDown = pick([2 * Micros.hour, 6 * Micros.hour, Micros.day, 2 * Micros.day])
        }
        filters(&rule, hasTiers: hasTiers)
        return rule
    }

    private mutating func filters(_ rule: inout Rule, hasTiers: Bool) {
        if chance(8) { rule.channels = mask([Channel.mobile.rawValue, Channel.atm.rawValue]) }
        if chance(8) {
            rule.kinds = mask([
                EntryKind.transfer.rawValue, EntryKind.fee.rawValue, EntryKind.other.rawValue,
            ])
        }
        if chance(8) { rule.excludeKinds = mask([EntryKind.cash.rawValue]) }
        if chance(8) {
            rule.destinations = mask([
                CounterpartyClass.unknown.rawValue, CounterpartyClass.otherBank.rawValue,
            ])
        }
        if hasTiers && chance(10) { rule.tiers = chance(50) ? [0] : [1, 2] }
        if chance(10) {
            rule.branches = chance(50) ? ["P7"] : ["P7", "P8"]
            rule.unknownPasses = chance(50)
        }
        if chance(6) { unknownFilter(&rule) }
    }

    private mutating func unknownFilter(_ rule: inout Rule) {
        switch number(0...2) {
        case 0: rule.minStar = 3
        case 1: rule.customerTypes = ["deposit"]
        default: rule.segments = ["vip"]
        }
        rule.unknownPasses = chance(70)
    }

    private func mask(_ values: [UInt8]) -> UInt16 { values.reduce(0) { $0 | 1 << UInt16($1) } }

    /// Eight hours ahead, always.
    static let shanghai = BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 28_800)

    /// Central Europe in 2025.
    static let prague = BusinessCalendar(
        name: "Europe/Prague",
        transitions: [
            Instant(microseconds: 1_743_296_400 * Micros.second),
            Instant(microseconds: 1_761_440_400 * Micros.second),
        ], offsetSeconds: [3600, 7200, 3600])
}
