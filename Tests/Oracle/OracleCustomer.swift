// Everything the reference keeps of one customer: every entry, and what cannot be read off the entries (what is
// remembered, tiers, how rules stand). Every sum is taken anew from the entries.
import Banking
import Engine

/// A booked entry as it was applied.
struct Entry {
    var event: OracleEvent
    /// Order of arrival within the task.
    var order: Int
    /// Semantics 3.2: of a date-only entry the last microsecond of its date.
    var time: Instant
    var bookingDate: Day
    var valueDate: Day
    var accountKind: AccountKind
    /// In another currency than the bank's.
    var isForeign: Bool
    /// Whether the money counts in the measure.
    var counts: Bool
    /// Whether it was known as an own transfer when it arrived.
    var isOwn: Bool
    /// Whether it is the reversal of an entry that was known when it arrived.
    var takesBack: Bool

    var isDateOnly: Bool { event.bookedAt == nil }
    var signed: Int128 {
        event.direction == .credit ? Int128(event.amountMinor) : -Int128(event.amountMinor)
    }
}

/// An entry id within a customer.
struct EntryKey: Hashable {
    var account: [UInt8]
    var id: [UInt8]
}

/// What is remembered of an entry's identity.
struct Remembered {
    var content: OracleEvent
    var arrival: Instant
    var memory: Int64
}

/// How one version of a flow rule stands with a customer.
struct RuleState {
    var isArmed = true
    var latestFiring: Instant?
    var announced: Int128 = 0
    /// Minutes since 1970 before this one are merged.
    var firstSingle = Int64.min
    var alert: OracleAlert?
    /// Business dates of alerts raised.
    var alertedDates: Set<Day> = []
    /// Orders of entries that raised an alert.
    var alertedEntries: Set<Int> = []
}

/// One customer's history and standing.
struct OracleCustomer {
    let id: String
    var accountKinds: [String: AccountKind] = [:]
    var entries: [Entry] = []
    var remembered: [EntryKey: Remembered] = [:]
    var tier: Int?
    /// Corrections that moved the tier, by business date.
    var corrections: [Day: Int] = [:]
    var ruleStates: [Int: RuleState] = [:]

    /// Whether the customer has a date-only booked entry on `date` that is not the reversal of a known one.
    func hasDateOnly(on date: Day) -> Bool {
        entries.contains { $0.isDateOnly && !$0.takesBack && $0.bookingDate == date }
    }

    /// The measure over the entries that satisfy `condition`, and `extra` on top of them.
    func measure(
        _ policy: TierPolicy, adding extra: Entry? = nil, where condition: (Entry) -> Bool
    ) -> Int128 {
        guard policy.negativeIsZero else {
            var sum: Int128 = 0
            for entry in entries where entry.counts && condition(entry) { sum += entry.signed }
            if let extra, extra.counts { sum += extra.signed }
            return sum
        }
        var balances: [String: Int128] = [:]
        for entry in entries where entry.counts && condition(entry) {
            balances[entry.event.accountID, default: 0] += entry.signed
        }
        if let extra, extra.counts { balances[extra.event.accountID, default: 0] += extra.signed }
        return balances.values.reduce(0) { $0 + max(0, $1) }
    }

    /// The day-end balance of `day`: over entries with a value date up to it.
    func dayEnd(_ day: Day, _ policy: TierPolicy, without order: Int? = nil) -> Int128 {
        measure(policy) { $0.valueDate <= day && $0.order != order }
    }

    /// The first day of the history: the smallest value date of what counts.
    var start: Day? { entries.filter(\.counts).map(\.valueDate).min() }

    /// Sum of day-ends and divisor of the window that ends at `day`; nil before the start.
    func average(at day: Day, _ policy: TierPolicy) -> (sum: Int128, days: Int)? {
        guard !policy.levels.isEmpty, let start, start <= day else { return nil }
        let first = max(start, day - (policy.trailingDays - 1))
        // Day-ends are constant between value dates: one product for each stretch.
        var edges = Set(
            entries.filter(\.counts).map(\.valueDate).filter { $0 > first && $0 <= day })
        edges.insert(first)
        let days = edges.sorted()
        var sum: Int128 = 0
        for (index, from) in days.enumerated() {
            let to = index + 1 < days.count ? days[index + 1] : day + 1
            sum += dayEnd(from, policy) * Int128(to - from)
        }
        let elapsed = day - start + 1
        switch policy.denominator {
        case .elapsed: return (sum, min(policy.trailingDays, elapsed))
        case .window: return (sum, policy.trailingDays)
        }
    }

    /// The level that holds at the close of `day`; nil without enough history.
    func level(at day: Day, _ policy: TierPolicy) -> Int? {
        guard let start, let average = average(at: day, policy),
            day - start + 1 >= policy.minHistoryDays
        else { return nil }
        return policy.levels.indices.last { index in
            index == 0
                || average.sum >= Int128(policy.levels[index].fromMinor) * Int128(average.days)
        }
    }

    /// Whether money without a rate is held: semantics 1.4 without rates.
    var holdsUnratedMoney: Bool {
        var balances: [String: Int128] = [:]
        for entry in entries where entry.isForeign && entry.accountKind != .loan {
            balances["\(entry.event.accountID)\u{0}\(entry.event.currency.code)", default: 0] +=
                entry.signed
        }
        return balances.values.contains { $0 != 0 }
    }
}
