// How the reference raises a windowed alert and its next versions.
import Banking
import Engine

extension OracleTask {
    /// Raises a windowed alert unless a filter or the cool-down holds it back; `closing` anchors it at a date.
    mutating func fire(
        _ index: Int, _ entry: Entry, _ customer: inout OracleCustomer, _ reading: Reading,
        at point: Point, _ balances: (before: Int128, after: Int128), isLate: Bool,
        closing: Day? = nil
    ) {
        let rule = policy.rules[index]
        var state = customer.ruleStates[index] ?? RuleState()
        let time = closing.map { policy.calendar.lastMicrosecond(of: $0) } ?? entry.time
        guard
            var reasons = customerFilters(
                rule, tier: customer.tier, branch: entry.event.branch)
        else { return }
        if rule.isCooling(state, at: time) {
            suppressedCoolDown += 1
            return
        }
        if isLate { reasons.insert(AlertReasons(.late)) }
        if customer.holdsUnratedMoney { reasons.insert(AlertReasons(.missingRate)) }
        var alert = newAlert(index, customer)
        alert.anchor =
            closing.map { .date($0) }
            ?? .entry(accountHash: fnv1a64(entry.event.accountID), id: entry.event.id)
        alert.reasons = reasons
        alert.occurredAt = time
        alert.businessDate = closing ?? entry.bookingDate
        fill(&alert, rule, reading, at: point, balances)
        alerts.append(alert)
        state.isArmed = false
        state.latestFiring = max(state.latestFiring ?? time, time)
        state.announced = reading.sum
        state.alert = alert
        state.alertedDates.insert(alert.businessDate)
        customer.ruleStates[index] = state
    }

    /// Gives the latest alert its next version when the sum has grown by the rule's factor.
    mutating func escalate(
        _ index: Int, _ customer: inout OracleCustomer, _ reading: Reading, at point: Point,
        _ balances: (before: Int128, after: Int128)
    ) {
        let rule = policy.rules[index]
        guard var state = customer.ruleStates[index], let factor = rule.escalateBy,
            let last = state.alert, factor.isReached(by: reading.sum, of: state.announced)
        else { return }
        var alert = newAlert(index, customer)
        alert.anchor = last.anchor
        alert.version = last.version + 1
        alert.status = .updated
        alert.reasons = AlertReasons(.escalated)
        if customer.holdsUnratedMoney { alert.reasons.insert(AlertReasons(.missingRate)) }
        alert.occurredAt = last.occurredAt
        alert.businessDate = last.businessDate
        fill(&alert, rule, reading, at: point, balances)
        alerts.append(alert)
        state.announced = reading.sum
        state.alert = alert
        customer.ruleStates[index] = state
    }

    func fill(
        _ alert: inout OracleAlert, _ rule: Rule, _ reading: Reading, at point: Point,
        _ balances: (before: Int128, after: Int128)
    ) {
        let end: Instant =
            switch point {
            case .time(let time, _): time
            case .date(let date): policy.calendar.lastMicrosecond(of: date)
            }
        alert.valueMinor = reading.sum
        alert.thresholdMinor = rule.threshold(of: reading.whole)
        alert.windowFrom = end - rule.window
        alert.windowTo = end
        alert.windowMicroseconds = rule.window
        alert.isNet = rule.isNet
        (alert.balanceBefore, alert.balanceAfter) = balances
        show(reading.entries, in: &alert)
    }

    /// Evidence, newest first, and outflow by destination.
    func show(_ entries: [Entry], in alert: inout OracleAlert) {
        let newest = entries.sorted { ($0.time, $0.order) > ($1.time, $1.order) }
        alert.evidence = newest.prefix(20).map { entry in
            OracleEvidence(
                id: entry.event.id, account: entry.event.accountID,
                direction: entry.event.direction, amountMinor: entry.event.amountMinor,
                kind: entry.event.kind, channel: entry.event.channel,
                destination: entry.event.counterpartyClass ?? .unknown,
                time: entry.event.bookedAt, date: entry.bookingDate)
        }
        alert.evidenceMore = entries.count - alert.evidence.count
        for entry in entries where entry.event.direction == .debit {
            alert.destinations[Int((entry.event.counterpartyClass ?? .unknown).rawValue)] +=
                Int128(entry.event.amountMinor)
        }
    }
}
