// Flow rules in the reference (semantics 5): single entries, windows in order, out of order and at a close.
import Banking
import Engine

extension Rule {
    /// The direction of the entries that fire it.
    var side: Direction {
        kind == .singleOutflow || kind == .cumulativeOutflow ? .debit : .credit
    }

    var isSingle: Bool { kind == .singleOutflow || kind == .singleInflow }

    /// The window in days, rounded up.
    var windowDays: Int { Int((window + Micros.day - 1) / Micros.day) }

    /// Whether `entry` exists for this version.
    func isBegun(for entry: Entry) -> Bool { effectiveFrom.map { entry.time >= $0 } ?? true }

    /// Whether this version sees `entry` at all.
    func sees(_ entry: Entry) -> Bool {
        guard isBegun(for: entry), !entry.isForeign, entry.accountKind != .loan, !entry.isOwn,
            entry.event.reverses == nil, isNet || entry.event.direction == side
        else { return false }
        let kind = UInt16(1) << UInt16(entry.event.kind.rawValue)
        switch entry.event.kind {
        case .openingBalance, .interest, .fee, .tax, .productPurchase, .productRedemption:
            guard let kinds, kinds & kind != 0 else { return false }
        default: break
        }
        let channel = UInt16(1) << UInt16(entry.event.channel.rawValue)
        let destination =
            UInt16(1) << UInt16((entry.event.counterpartyClass ?? .unknown).rawValue)
        return kinds.map { $0 & kind != 0 } ?? true
            && excludeKinds.map { $0 & kind == 0 } ?? true
            && channels.map { $0 & channel != 0 } ?? true
            && destinations.map { $0 & destination != 0 } ?? true
    }

    /// Whether `part` of `whole` meets the rule's limits.
    func isReached(by part: Int128, of whole: Int128) -> Bool {
        if let atLeast, part < Int128(atLeast) { return false }
        if let shareOfBalance, !shareOfBalance.isReached(by: part, of: whole) { return false }
        return true
    }

    /// The limit as an alert says it.
    func threshold(of whole: Int128) -> Int128 {
        if let atLeast { return Int128(atLeast) }
        return shareOfBalance?.roundedUp(of: whole) ?? 0
    }

    /// Whether `time` lies inside the cool-down of `state`.
    func isCooling(_ state: RuleState, at time: Instant) -> Bool {
        guard let coolDown, coolDown > 0, let latest = state.latestFiring else { return false }
        return time < latest + coolDown
    }
}

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
        _ rule: Rule, _ customer: OracleCustomer, at point: Point, without order: Int? = nil
    ) -> Reading {
        let entries = customer.entries.filter { entry in
            guard entry.order != order, rule.sees(entry) else { return false }
            switch point {
            case .time(let time, let date):
                if entry.isDateOnly { return isInside(entry.bookingDate, of: date, rule) }
                return entry.time > time - rule.window && entry.time <= time
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

    private func isInside(_ day: Day, of date: Day, _ rule: Rule) -> Bool {
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
            }
        }
    }

    private func isLate(_ entry: Entry) -> Bool {
        lastClosed.map { entry.bookingDate <= $0 } ?? false
    }

    /// The measure around an entry: in order of arrival, or by date.
    ///
    /// As it arrives, the day-end of the date before is without the entry, at a close it is as it stands.
    private func balances(
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

    // MARK: Single entries

    private mutating func judgeSingle(
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

    // MARK: Windows as entries arrive

    private mutating func judgeWindow(
        _ index: Int, _ entry: Entry, _ customer: inout OracleCustomer
    ) {
        let rule = policy.rules[index]
        let byDate = customer.hasDateOnly(on: entry.bookingDate)
        let isLate = isLate(entry)
        if byDate && !isLate { return }
        var state = customer.ruleStates[index] ?? RuleState()
        let point: Point =
            byDate ? .date(entry.bookingDate) : .time(entry.time, entry.bookingDate)
        let before = reading(rule, customer, at: point, without: entry.order)
        let after = reading(rule, customer, at: point)
        let isEarlier = customer.entries.contains {
            $0.order != entry.order && rule.sees($0) && $0.time > entry.time
        }
        if !isEarlier && !rule.isCooling(state, at: entry.time)
            && !(before.isReached && after.isReached)
        {
            state.isArmed = true
        }
        customer.ruleStates[index] = state
        guard isInForce(index, at: entry.time), rule.sees(entry), rule.side == entry.event.direction
        else { return }
        if isLate || isEarlier {
            judgeOutOfOrder(index, entry, &customer, byDate: byDate, isLate: isLate)
            return
        }
        let balances = balances(around: entry, customer, byDate: false)
        if state.isArmed {
            guard after.isReached else { return }
            fire(index, entry, &customer, after, at: point, balances, isLate: false)
            return
        }
        if rule.isCooling(state, at: entry.time) && !before.isReached && after.isReached
            && customerFilters(rule, tier: customer.tier, branch: entry.event.branch) != nil
        {
            suppressedCoolDown += 1
        }
        escalate(index, &customer, after, at: point, balances)
    }

    private mutating func judgeOutOfOrder(
        _ index: Int, _ entry: Entry, _ customer: inout OracleCustomer, byDate: Bool, isLate: Bool
    ) {
        let rule = policy.rules[index]
        var best: (point: Point, reading: Reading, time: Instant)?
        for (point, time) in points(rule, entry, customer, byDate: byDate) {
            if reading(rule, customer, at: point, without: entry.order).isReached { return }
            let reading = reading(rule, customer, at: point)
            guard reading.isReached else { continue }
            if let best, (best.reading.sum, time) >= (reading.sum, best.time) { continue }
            best = (point, reading, time)
        }
        guard let best else { return }
        let balances = balances(around: entry, customer, byDate: byDate)
        fire(index, entry, &customer, best.reading, at: best.point, balances, isLate: isLate)
    }

    /// The points at which an entry that is late or out of order is judged.
    private func points(
        _ rule: Rule, _ entry: Entry, _ customer: OracleCustomer, byDate: Bool
    ) -> [(Point, Instant)] {
        let own: Point =
            byDate ? .date(entry.bookingDate) : .time(entry.time, entry.bookingDate)
        var points: [(Point, Instant)] = [(own, entry.time)]
        for other in customer.entries where other.order != entry.order && rule.sees(other) {
            let days = other.bookingDate - entry.bookingDate
            let isNearByDate = days > 0 && days < rule.windowDays
            if byDate {
                let end = policy.calendar.lastMicrosecond(of: other.bookingDate)
                if isNearByDate { points.append((.date(other.bookingDate), end)) }
            } else if other.isDateOnly {
                if isNearByDate { points.append((.date(other.bookingDate), other.time)) }
            } else if other.time > entry.time && other.time < entry.time + rule.window {
                let isDateOnlyDay = customer.hasDateOnly(on: other.bookingDate)
                points.append(
                    (
                        isDateOnlyDay
                            ? .date(other.bookingDate) : .time(other.time, other.bookingDate),
                        other.time
                    ))
            }
        }
        return points
    }

    // MARK: Windows at a close

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
        let after = reading(rule, customer, at: .date(day))
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

    // MARK: Firing

    /// Raises a windowed alert unless a filter or the cool-down holds it back; `closing` anchors it at a date.
    private mutating func fire(
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
    private mutating func escalate(
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

    private func fill(
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
    private func show(_ entries: [Entry], in alert: inout OracleAlert) {
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
