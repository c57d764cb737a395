// Days without order in the reference, judged at their close (semantics 5.4).
import Banking
import Engine

extension OracleTask {
    /// Judges the date-only day `day` of a customer by the flow rule at `index`.
    mutating func closeFlow(_ index: Int, _ day: Day, _ customer: inout OracleCustomer) {
        let rule = policy.rules[index]
        let ofDay = customer.entries.filter { $0.bookingDate == day }.sorted {
            ($0.time, $0.order) < ($1.time, $1.order)
        }
        if rule.isSingle {
            guard rule.shareOfBalance != nil else { return }
            for entry in ofDay { judgeSingle(index, entry, &customer, atClose: true) }
            return
        }
        let end = policy.calendar.lastMicrosecond(of: day)
        var state = customer.ruleStates[index] ?? RuleState()
        guard isInForce(index, at: end), !state.alertedDates.contains(day) else { return }
        let after = reading(index, customer, at: .date(day))
        let sumBefore = after.entries.filter { $0.bookingDate != day }.reduce(Int128(0)) {
            $0 + ($1.event.direction == rule.side ? 1 : -1) * Int128($1.event.amountMinor)
        }
        let wasReached = rule.isReached(by: sumBefore, of: after.whole)
        let hasLater = customer.entries.contains { rule.sees($0) && $0.time > end }
        if !hasLater && !rule.isCooling(state, at: end) && !(wasReached && after.isReached) {
            state.isArmed = true
        }
        customer.ruleStates[index] = state
        guard
            let newest = ofDay.last(where: {
                rule.sees($0) && $0.event.direction == rule.side
            })
        else { return }
        let balances = (
            before: customer.dayEnd(day - 1, policy.tiers),
            after: customer.dayEnd(day, policy.tiers)
        )
        if state.isArmed {
            guard after.isReached else { return }
            fire(
                index, newest, &customer, after, at: .date(day), balances, isLate: false,
                closing: day)
            return
        }
        if rule.isCooling(state, at: end) && !wasReached && after.isReached
            && customerFilters(rule, tier: customer.tier, branch: newest.event.branch) != nil
        {
            suppressedCoolDown += 1
        }
        escalate(index, &customer, after, at: .date(day), balances)
    }
}
