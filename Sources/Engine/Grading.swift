// Averages and tiers (semantics, section 6). The average of a window of days is compared as sum against level times
// days. With nothing moving, the sum changes by (day-end - day-end that leaves the window) a day, which is
// constant between steps: so the next date on which a level is crossed follows exactly, segment by segment.
internal import Banking

/// A customer's average at a date.
struct Average {
    /// Exact sum of day-ends in minor units.
    var sum: Int128
    /// Days it is divided by.
    var days: Int
    /// Index of the highest level that is met.
    var level: Int
}

/// Day-ends and grades of one customer at a time; holds scratch memory that is used again.
struct Grading {
    let policy: TierPolicy
    private let currency: UInt16
    /// Steps are kept by account where a negative account counts as zero.
    let byAccount: Bool
    let edges: [Int64]
    var timeline = Timeline()
    var steps: [DayStep] = []
    private var accountBalances: [Int128] = []
    /// The measure before each entry that was traced, the latest entry first, and that after all of them.
    private var measures: [(time: Int64, before: Int128)] = []
    private var latestMeasure: Int128 = 0

    init(_ policy: Policy) {
        self.policy = policy.tiers
        currency = policy.currency.packed
        byAccount = policy.tiers.negativeIsZero
        edges = policy.tiers.levels.map(\.fromMinor)
    }

    /// Whether customers are graded at all.
    var isOn: Bool { !edges.isEmpty }

    /// Fills `timeline` with the day-ends of `customer`.
    mutating func trace(_ customer: Customer) { trace(customer, upTo: .max, without: nil) }

    /// Fills `timeline` with the day-ends to `last`, without the change that `step` made.
    private mutating func trace(_ customer: Customer, upTo last: Int32, without step: DayStep?) {
        StepList.decode(customer, byAccount: byAccount, into: &steps)
        if let step, step.delta != 0 {
            // It may be folded into the steps of its day; a step of its own takes it out again.
            let opposite = DayStep(day: step.day, account: step.account, delta: -step.delta)
            let place = steps.lastIndex { $0.day <= step.day } ?? -1
            steps.insert(opposite, at: place + 1)
        }
        timeline.days.removeAll(keepingCapacity: true)
        timeline.balances.removeAll(keepingCapacity: true)
        var balance: Int128
        if byAccount {
            balance = traceAccounts(customer, without: step)
        } else {
            balance = customer.settled
        }
        timeline.base = balance
        for step in steps where step.day <= last {
            if byAccount {
                let before = max(accountBalances[Int(step.account)], 0)
                accountBalances[Int(step.account)] += step.delta
                balance += max(accountBalances[Int(step.account)], 0) - before
            } else {
                balance += step.delta
            }
            if let last = timeline.days.last, last == step.day {
                timeline.balances[timeline.balances.count - 1] = balance
            } else {
                timeline.days.append(step.day)
                timeline.balances.append(balance)
            }
        }
    }

    /// Each account's balance before its first step; returns the measure then.
    private mutating func traceAccounts(_ customer: Customer, without step: DayStep?) -> Int128 {
        loadBalances(customer)
        for step in steps { accountBalances[Int(step.account)] -= step.delta }
        // The change taken out is in the accounts' balances of now.
        if let step { accountBalances[Int(step.account)] -= step.delta }
        return accountBalances.reduce(0) { $0 + max($1, 0) }
    }

    /// Each account's balance of now.
    private mutating func loadBalances(_ customer: Customer) {
        accountBalances.removeAll(keepingCapacity: true)
        var offset = AccountList.first(customer.head)
        while offset < customer.head.count {
            let row = AccountList.row(customer.head, at: offset, index: accountBalances.count)
            let counts = Grading.counts(row.kind, policy.measure)
            accountBalances.append(
                counts ? AccountList.balance(customer.head, row, currency) : 0)
            offset = row.end
        }
    }

    /// Goes back from the measure of now over `entries`, those of the customer's log in order; for `measure`.
    mutating func traceMeasure(_ customer: Customer, _ entries: [LogEntry]) {
        measures.removeAll(keepingCapacity: true)
        latestMeasure = customer.measure
        if byAccount { loadBalances(customer) }
        var measure = latestMeasure
        for entry in entries.reversed() where entry.flags.contains(.counted) {
            let delta = entry.step.delta
            if byAccount {
                let after = accountBalances[Int(entry.account)]
                accountBalances[Int(entry.account)] = after - delta
                measure += max(after - delta, 0) - max(after, 0)
            } else {
                measure -= delta
            }
            measures.append((entry.time, measure))
        }
    }

    /// The measure over all entries up to `time`, of the customer that was traced; costs a bisection.
    func measure(upTo time: Int64) -> Int128 {
        let later = measures.partitioningIndex { $0.time <= time }
        return later == 0 ? latestMeasure : measures[later - 1].before
    }

    /// The day-end of the date before `day` without the entry that made `step`, and that with it.
    mutating func dayEnds(around step: DayStep, before day: Int32, _ customer: Customer) -> (
        before: Int128, after: Int128
    ) {
        trace(customer, upTo: day - 1, without: step)
        let before = timeline.balances.last ?? timeline.base
        return (before, adding(step.delta, account: Int(step.account), to: before))
    }

    /// The day-end of the date before `day`, and that with the change of `step` added.
    mutating func dayEnds(before day: Int32, adding step: DayStep, _ customer: Customer) -> (
        before: Int128, after: Int128
    ) {
        trace(customer, upTo: day - 1, without: nil)
        let before = timeline.balances.last ?? timeline.base
        return (before, adding(step.delta, account: Int(step.account), to: before))
    }

    private func adding(_ delta: Int128, account: Int, to balance: Int128) -> Int128 {
        guard byAccount, delta != 0 else { return balance + delta }
        let held = accountBalances[account]
        return balance + max(held + delta, 0) - max(held, 0)
    }

    /// Whether accounts of `kind` count in `measure`.
    @inline(__always)
    static func counts(_ kind: AccountKind, _ measure: TierPolicy.Measure) -> Bool {
        kind == .deposit || (kind == .wealth && measure == .financialAssets)
    }

    /// The average of the window that ends at `day` over the traced timeline, however few the days; nil before the start.
    func averageSoFar(start: Int32, day: Int32) -> Average? {
        guard isOn, start <= day else { return nil }
        let k = policy.trailingDays
        let elapsed = Int(day - start) + 1
        let from = elapsed >= k ? day - Int32(k) + 1 : start
        return average(sum: timeline.sum(from: from, to: day), start: start, day: day)
    }

    /// The average of a window of `sum` that ends at `day`.
    @inline(__always)
    func average(sum: Int128, start: Int32, day: Int32) -> Average {
        let k = policy.trailingDays
        let days = policy.denominator == .window ? k : min(k, Int(day - start) + 1)
        var level = 0
        for index in edges.indices.dropFirst() where sum >= Int128(edges[index]) * Int128(days) {
            level = index
        }
        return Average(sum: sum, days: days, level: level)
    }

    /// The first date after `day` at whose close the tier could differ from that of `average` if
    /// nothing moves; `Int32.max` for never.
    ///
    /// Costs the steps within the window.
    func nextChange(start: Int32, after day: Int32, average: Average?) -> Int32 {
        guard isOn, start != .max else { return .max }
        guard let average else {
            return max(day + 1, start + Int32(clamping: max(policy.minHistoryDays, 1) - 1))
        }
        return crossing(start: start, after: day, average, upperOnly: false)
    }

    /// The first date after `day` on which the level above is reached if nothing moves, for reading.
    func nextRise(start: Int32, after day: Int32, average: Average) -> Int32? {
        let date = crossing(start: start, after: day, average, upperOnly: true)
        return date == .max ? nil : date
    }

    private func crossing(start: Int32, after day: Int32, _ average: Average, upperOnly: Bool)
        -> Int32
    {
        let k = Int32(min(policy.trailingDays, 4_000_000))
        var margins = Margins(average, edges, upperOnly: upperOnly)
        var first = day + 1
        var head = timeline.index(of: day)
        var tail = timeline.index(of: day - k)
        while true {
            // Days first ..< end share the day-end that enters, the one that leaves and whether days are added.
            while head + 1 < timeline.days.count, timeline.days[head + 1] <= first { head += 1 }
            while tail + 1 < timeline.days.count, timeline.days[tail + 1] <= first - k {
                tail += 1
            }
            let isFilling = first - k < start
            var end = Int32.max
            if head + 1 < timeline.days.count { end = min(end, timeline.days[head + 1]) }
            if tail + 1 < timeline.days.count { end = min(end, timeline.days[tail + 1] + k) }
            if isFilling { end = min(end, start + k) }
            let enters = head < 0 ? timeline.base : timeline.balances[head]
            // Days before the start never were in the window.
            let leaves: Int128 =
                isFilling ? 0 : (tail < 0 ? timeline.base : timeline.balances[tail])
            guard end < .max else {
                return margins.cross(gain: enters - leaves, last: first - 1)
            }
            let added: Int128 = isFilling && policy.denominator == .elapsed ? 1 : 0
            if let days = margins.pass(end - first, gain: enters - leaves, added: added) {
                return first - 1 + days
            }
            first = end
        }
    }
}
