// Windowed rules in the reference as entries arrive: in order (semantics 5.2), late and out of order (5.3).
import Banking
import Engine

extension OracleTask {
    mutating func judgeWindow(
        _ index: Int, _ entry: Entry, _ customer: inout OracleCustomer
    ) {
        let rule = policy.rules[index]
        let byDate = customer.hasDateOnly(on: entry.bookingDate)
        let isLate = isLate(entry)
        if byDate && !isLate { return }
        var state = customer.ruleStates[index] ?? RuleState()
        let point: Point =
            byDate ? .date(entry.bookingDate) : .time(entry.time, entry.bookingDate)
        let before = reading(index, customer, at: point, without: entry.order)
        let after = reading(index, customer, at: point)
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

    mutating func judgeOutOfOrder(
        _ index: Int, _ entry: Entry, _ customer: inout OracleCustomer, byDate: Bool, isLate: Bool
    ) {
        let rule = policy.rules[index]
        var best: (point: Point, reading: Reading, time: Instant)?
        for (point, time) in points(rule, entry, customer, byDate: byDate) {
            if reading(index, customer, at: point, without: entry.order).isReached { return }
            let reading = reading(index, customer, at: point)
            guard reading.isReached else { continue }
            if let best, (best.reading.sum, time) >= (reading.sum, best.time) { continue }
            best = (point, reading, time)
        }
        guard let best else { return }
        let balances = balances(around: entry, customer, byDate: byDate)
        fire(index, entry, &customer, best.reading, at: best.point, balances, isLate: isLate)
    }

    /// The points at which an entry that is late or out of order is judged.
    func points(
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
}
