// Tiers in the reference: changes told at a close and corrections by late entries (semantics 3.7 and 6).
import Banking
import Engine

extension OracleTask {
    /// Judges the last closed date again after a late entry.
    mutating func correctTier(_ day: Day, _ customer: inout OracleCustomer) {
        guard let level = customer.level(at: day, policy.tiers), level != customer.tier else {
            return
        }
        let before = customer.tier
        customer.tier = level
        let count = customer.corrections[day, default: 0] + 1
        customer.corrections[day] = count
        for (index, rule) in policy.rules.enumerated() where rule.kind == .tierChange {
            tellTier(index, of: customer, from: before, to: level, day, anchor: .late(day, count))
        }
    }

    /// Raises the alert of one tier rule if it tells the change `from` -> `to` at `day`.
    mutating func tellTier(
        _ index: Int, of customer: OracleCustomer, from: Int?, to: Int?, _ day: Day,
        anchor: OracleAlert.Anchor
    ) {
        let rule = policy.rules[index]
        let end = policy.calendar.lastMicrosecond(of: day)
        guard from != to, let to, isInForce(index, at: end) else { return }
        if let from {
            switch rule.tierDirection {
            case .up: guard to > from else { return }
            case .down: guard to < from else { return }
            case .any: break
            }
        } else if !rule.assigned {
            return
        }
        guard let average = customer.average(at: day, policy.tiers),
            var reasons = customerFilters(rule, tier: to, branch: nil)
        else { return }
        if customer.holdsUnratedMoney { reasons.insert(AlertReasons(.missingRate)) }
        if case .late = anchor { reasons.insert(AlertReasons(.late)) }
        var alert = newAlert(index, customer)
        alert.anchor = anchor
        alert.reasons = reasons
        alert.isTierChange = true
        alert.tierFrom = from.map { policy.tiers.levels[$0].name }
        alert.tierTo = policy.tiers.levels[to].name
        alert.tierNow = alert.tierTo
        alert.occurredAt = end
        alert.businessDate = day
        alert.averageSum = average.sum
        alert.averageDays = average.days
        alert.valueMinor = roundedHalfEven(average.sum, by: Int128(average.days))
        let edge = max(to, from ?? to)
        alert.thresholdMinor = Int128(policy.tiers.levels[edge].fromMinor)
        alert.balanceBefore = customer.dayEnd(day - 1, policy.tiers)
        alert.balanceAfter = customer.dayEnd(day, policy.tiers)
        alerts.append(alert)
    }

    /// An alert of the rule at `index` about `customer`, everything else open.
    func newAlert(_ index: Int, _ customer: OracleCustomer) -> OracleAlert {
        let rule = policy.rules[index]
        var alert = OracleAlert()
        alert.customerID = customer.id
        alert.rule = index
        alert.ruleID = rule.id
        alert.ruleVersion = rule.version
        alert.isShadow = rule.isShadow
        alert.kind = rule.kind
        alert.severity = rule.severity
        alert.tierNow = customer.tier.map { policy.tiers.levels[$0].name }
        alert.sourceOffset = offset
        alert.sourceTimestamp = timestamp
        return alert
    }

    /// Whether the version at `index` is the one of its id that judges at `time`: semantics 9.1.
    func isInForce(_ index: Int, at time: Instant) -> Bool {
        let id = policy.rules[index].id
        let begun = policy.rules.indices.filter { other in
            policy.rules[other].id == id
                && (policy.rules[other].effectiveFrom.map { $0 <= time } ?? true)
        }
        let latest = begun.max { a, b in
            let x = policy.rules[a].effectiveFrom?.microseconds ?? .min
            let y = policy.rules[b].effectiveFrom?.microseconds ?? .min
            return x == y ? policy.rules[a].version < policy.rules[b].version : x < y
        }
        return latest == index
    }

    /// The reasons with which the customer filters let pass, nil when they do not: semantics 9.4 without profiles.
    func customerFilters(_ rule: Rule, tier: Int?, branch: String?) -> AlertReasons? {
        if let tiers = rule.tiers {
            guard let tier, tiers.contains(tier) else { return nil }
        }
        var unknown =
            rule.minStar != nil || rule.customerTypes != nil || rule.segments != nil
        if let branches = rule.branches {
            if let branch {
                guard branches.contains(branch) else { return nil }
            } else {
                unknown = true
            }
        }
        guard unknown else { return [] }
        return rule.unknownPasses ? AlertReasons(.missingProfile) : nil
    }
}
