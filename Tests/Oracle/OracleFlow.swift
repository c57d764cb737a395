// Flow rules in the reference (semantics 5): windows read anew at a point, and single entries.
import Banking
import Engine

/// A moment at which a window is looked at: a time on a date, or a date as a whole.
enum Point: Equatable {
    case time(Instant, Day)
    case date(Day)
}

/// What a window holds at a point.
struct Reading {
    var sum: Int128
    var whole: Int128
    var isReached: Bool
    var entries: [Entry]
}

extension OracleTask {
    /// The window of `rule` at `point`, without the entry of order `without`.
    func reading(
        _ index: Int, _ customer: OracleCustomer, at point: Point, without order: Int? = nil
    ) -> Reading {
        let rule = policy.rules[index]
        let entries = customer.entries.filter { entry in
            guard entry.order != order, rule.sees(entry) else { return false }
            switch point {
            case .time(let time, let date):
                if entry.isDateOnly { return isInside(entry.bookingDate, of: date, rule) }
                return entry.time > start(index, customer, at: time, without: order)
                    && entry.time <= time
            case .date(let date): return isInside(entry.bookingDate, of: date, rule)
            }
        }
        let sum = entries.reduce(Int128(0)) { sum, entry in
            sum
                + (entry.event.direction == rule.side
                    ? Int128(entry.event.amountMinor) : -Int128(entry.event.amountMinor))
        }
        let whole: Int128 =
            switch point {
            case .time(let time, _):
                customer.measure(policy.tiers) {
                    $0.order != order && $0.time <= time - rule.window
                }
            case .date(let date):
                customer.dayEnd(date - rule.windowDays, policy.tiers, without: order)
            }
        return Reading(
            sum: sum, whole: whole, isReached: rule.isReached(by: sum, of: whole),
            entries: entries)
    }

    /// After which the window lies that ends at `time`: a merged minute is in it as long as its newest entry.
    func start(
        _ index: Int, _ customer: OracleCustomer, at time: Instant, without order: Int? = nil
    ) -> Instant {
        let rule = policy.rules[index]
        let start = time - rule.window
        guard minute(start) < customer.ruleStates[index]?.firstSingle ?? .min else { return start }
        let isHeld = customer.entries.contains {
            $0.order != order && rule.sees($0) && minute($0.time) == minute(start)
                && $0.time > start
        }
        return isHeld ? Instant(microseconds: minute(start) * Micros.minute - 1) : start
    }

    private func minute(_ time: Instant) -> Int64 {
        let past = time.microseconds % Micros.minute
        return (time.microseconds - (past < 0 ? past + Micros.minute : past)) / Micros.minute
    }

    /// Semantics 5.7: merges the oldest minutes of the window that ends at the latest entry, until it is not too full.
    mutating func merge(_ index: Int, _ customer: inout OracleCustomer) {
        let seen = customer.entries.filter { policy.rules[index].sees($0) }
        guard let latest = seen.map(\.time).max() else { return }
        let start = start(index, customer, at: latest)
        let minutes = seen.filter { $0.time > start }.map { minute($0.time) }
        var state = customer.ruleStates[index] ?? RuleState()
        for oldest in Set(minutes).sorted()
        where oldest >= state.firstSingle && oldest < minute(latest) {
            let items =
                minutes.count { $0 >= state.firstSingle }
                + Set(minutes.filter { $0 < state.firstSingle }).count
            if items <= policy.windowCapacity { break }
            state.firstSingle = oldest + 1
            windowMerged += Int64(minutes.count { $0 == oldest } - 1)
        }
        customer.ruleStates[index] = state
    }

    func isInside(_ day: Day, of date: Day, _ rule: Rule) -> Bool {
        let age = date - day
        return age >= 0 && age < rule.windowDays
    }

    /// Judges an entry that has just been added by every flow rule.
    mutating func judge(_ entry: Entry, _ customer: inout OracleCustomer) {
        for (index, rule) in policy.rules.enumerated()
        where rule.kind != .tierChange && rule.isBegun(for: entry) {
            if rule.isSingle {
                judgeSingle(index, entry, &customer, atClose: false)
            } else {
                judgeWindow(index, entry, &customer)
                if rule.sees(entry) { merge(index, &customer) }
            }
        }
    }

    func isLate(_ entry: Entry) -> Bool {
        lastClosed.map { entry.bookingDate <= $0 } ?? false
    }

    /// The measure around an entry: in order of arrival, or by date.
    ///
    /// As it arrives, the day-end of the date before is without the entry, at a close it is as it stands.
    func balances(
        around entry: Entry, _ customer: OracleCustomer, byDate: Bool, atClose: Bool = false
    ) -> (before: Int128, after: Int128) {
        guard byDate else {
            return (
                customer.measure(policy.tiers) { $0.order < entry.order },
                customer.measure(policy.tiers) { $0.order <= entry.order }
            )
        }
        let inside: (Entry) -> Bool = {
            $0.valueDate < entry.bookingDate && (atClose || $0.order != entry.order)
        }
        return (
            customer.measure(policy.tiers, where: inside),
            customer.measure(policy.tiers, adding: entry, where: inside)
        )
    }

    mutating func judgeSingle(
        _ index: Int, _ entry: Entry, _ customer: inout OracleCustomer, atClose: Bool
    ) {
        let rule = policy.rules[index]
        guard isInForce(index, at: entry.time), rule.sees(entry), rule.side == entry.event.direction
        else { return }
        let hasShare = rule.shareOfBalance != nil
        let isDateOnlyDay = customer.hasDateOnly(on: entry.bookingDate)
        let isLate = !atClose && isLate(entry)
        if hasShare && isDateOnlyDay && !isLate && !atClose { return }
        let byDate = entry.isDateOnly || (hasShare && isDateOnlyDay)
        let balances = balances(
            around: entry, customer, byDate: byDate, atClose: atClose)
        let amount = Int128(entry.event.amountMinor)
        var state = customer.ruleStates[index] ?? RuleState()
        guard rule.isReached(by: amount, of: balances.before),
            !(atClose && state.alertedEntries.contains(entry.order)),
            var reasons = customerFilters(
                rule, tier: customer.tier, branch: entry.event.branch)
        else { return }
        if rule.isCooling(state, at: entry.time) {
            suppressedCoolDown += 1
            return
        }
        state.latestFiring = max(state.latestFiring ?? entry.time, entry.time)
        state.alertedEntries.insert(entry.order)
        customer.ruleStates[index] = state
        if isLate { reasons.insert(AlertReasons(.late)) }
        if customer.holdsUnratedMoney { reasons.insert(AlertReasons(.missingRate)) }
        var alert = newAlert(index, customer)
        alert.anchor = .entry(
            accountHash: fnv1a64(entry.event.accountID), id: entry.event.id)
        alert.reasons = reasons
        alert.occurredAt = entry.time
        alert.businessDate = entry.bookingDate
        alert.valueMinor = amount
        alert.thresholdMinor = rule.threshold(of: balances.before)
        (alert.balanceBefore, alert.balanceAfter) = balances
        show([entry], in: &alert)
        alerts.append(alert)
    }
}
