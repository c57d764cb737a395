// The reference for one input partition: refusals, duplicates, the clock and its closes (semantics 2 and 3). It keeps
// every entry of every customer and works everything out from the beginning each time.
package import Banking
package import Engine

/// What became of a record; of several faults any one may be named.
package enum OracleOutcome: Sendable, Equatable {
    case applied, duplicate
    case refused(Set<RejectReason>)
}

/// The naive reference of one task.
package struct OracleTask {
    let policy: Policy
    var customers: [String: OracleCustomer] = [:]
    /// The latest time seen.
    package private(set) var time: Instant?
    /// The last date that has closed.
    package private(set) var lastClosed: Day?
    /// All alerts so far, in order.
    package internal(set) var alerts: [OracleAlert] = []
    /// Exact duplicates dropped.
    package private(set) var duplicates: Int64 = 0
    /// Entries in a currency without a rate.
    package private(set) var undecidedMissingRate: Int64 = 0
    /// Entries too old for their id to be checked.
    package private(set) var unverifiableAge: Int64 = 0
    /// Firings that a cool-down suppressed.
    package internal(set) var suppressedCoolDown: Int64 = 0
    /// Entries that went into others of their minute.
    package internal(set) var windowMerged: Int64 = 0
    var arrivals = 0
    var offset: Int64 = -1
    var timestamp: Int64 = -1

    /// A task that has seen nothing.
    package init(policy: Policy) { self.policy = policy }

    /// Applies one record: refuses it, drops it as a duplicate, or applies it; closes due days first.
    package mutating func apply(_ event: OracleEvent, offset: Int64) -> OracleOutcome {
        let date = bookingDate(of: event)
        let faults = faults(of: event, date)
        guard faults.isEmpty else { return .refused(faults) }
        let known = known(event)
        let takesBack = takesBack(event)
        self.offset = offset
        timestamp = event.timestampMillis
        advance(event, date)
        switch event.status {
        case .info:
            return .applied
        case .pending:
            if known != nil {
                duplicates += 1
                return .duplicate
            }
            countAge(event, date)
            remember(event)
        case .booked:
            if let known, known.content.status == .booked {
                duplicates += 1
                return .duplicate
            }
            if known == nil { countAge(event, date) }
            book(event, date, takesBack: takesBack)
        }
        return .applied
    }

    /// Closes every date up to `day` that has not closed.
    package mutating func closeThrough(_ day: Day, offset: Int64) {
        guard var last = lastClosed else { return }
        self.offset = offset
        timestamp = -1
        while last < day {
            last = last + 1
            close(last)
        }
    }

    /// Moves the clock to `time` without a record, if that is later; closes due days first.
    package mutating func advance(to time: Instant) {
        guard let now = self.time, let last = lastClosed, time > now else { return }
        offset = -1
        timestamp = -1
        self.time = time
        closeDue(after: last, time)
    }

    // MARK: Identity

    private func bookingDate(of event: OracleEvent) -> Day {
        if let date = event.bookingDate { return date }
        guard let time = event.bookedAt else {
            preconditionFailure("an event has a time or a date")
        }
        return policy.calendar.day(of: time)
    }

    private func entryTime(_ event: OracleEvent, _ date: Day) -> Instant {
        event.bookedAt ?? policy.calendar.lastMicrosecond(of: date)
    }

    /// The event with its defaults filled in and what is no content left out.
    private func content(_ event: OracleEvent) -> OracleEvent {
        var content = event
        content.bookingDate = bookingDate(of: event)
        content.valueDate = event.valueDate ?? content.bookingDate
        content.accountKind = kind(of: event)
        content.counterpartyClass = event.counterpartyClass ?? .unknown
        content.balanceAfterMinor = nil
        content.timestampMillis = -1
        return content
    }

    private func kind(of event: OracleEvent) -> AccountKind {
        event.accountKind ?? customers[event.customerID]?.accountKinds[event.accountID] ?? .deposit
    }

    private func key(_ event: OracleEvent) -> EntryKey {
        EntryKey(account: Array(event.accountID.utf8), id: Array(event.id.utf8))
    }

    /// The remembered entry with the event's id, as of the clock before the record.
    private func known(_ event: OracleEvent) -> Remembered? {
        guard let time, let found = customers[event.customerID]?.remembered[key(event)],
            time <= found.arrival + found.memory
        else { return nil }
        return found
    }

    /// Whether the event is the reversal of a booked entry that is remembered.
    private func takesBack(_ event: OracleEvent) -> Bool {
        guard let id = event.reverses else { return false }
        var original = event
        original.id = id
        return known(original)?.content.status == .booked
    }

    private func faults(of event: OracleEvent, _ date: Day) -> Set<RejectReason> {
        var faults: Set<RejectReason> = []
        if event.timestampMillis >= 0 {
            let timestamp = Instant(microseconds: event.timestampMillis * 1000)
            if let time = event.bookedAt {
                if time > timestamp + policy.futureLimit { faults.insert(.futureTime) }
            } else if policy.calendar.start(of: date)
                > timestamp + policy.futureLimit + 24 * Micros.hour
            {
                faults.insert(.futureTime)
            }
        }
        if let given = event.accountKind,
            let kind = customers[event.customerID]?.accountKinds[event.accountID], kind != given
        {
            faults.insert(.badAccountKind)
        }
        if event.status != .info, let known = known(event) {
            let sameStatus = known.content.status == event.status
            // A pending entry after its booked one is dropped, a booked one takes the pending one's place.
            if sameStatus && known.content != content(event) {
                faults.insert(.conflictingDuplicate)
            }
        }
        return faults
    }

    private mutating func remember(_ event: OracleEvent) {
        guard let time else { return }
        let memory = Remembered(
            content: content(event), arrival: time, memory: policy.memory(of: event.amountMinor))
        customers[event.customerID, default: OracleCustomer(id: event.customerID)]
            .remembered[key(event)] = memory
    }

    private mutating func countAge(_ event: OracleEvent, _ date: Day) {
        guard let time else { return }
        if entryTime(event, date) < time - policy.duplicateHorizon { unverifiableAge += 1 }
    }

    // MARK: Clock

    private mutating func advance(_ event: OracleEvent, _ date: Day) {
        let reached =
            event.bookedAt ?? (policy.calendar.start(of: date) + policy.dayCloseAfter)
        let now = max(time ?? reached, reached)
        time = now
        let last = lastClosed ?? (event.bookedAt.map { policy.calendar.day(of: $0) } ?? date) - 1
        lastClosed = last
        closeDue(after: last, now)
    }

    private mutating func closeDue(after day: Day, _ now: Instant) {
        var last = day
        while now >= policy.calendar.start(of: last + 2) + policy.dayCloseAfter {
            last = last + 1
            close(last)
        }
    }

    private mutating func close(_ day: Day) {
        lastClosed = day
        let ordered = customers.values.sorted { a, b in
            a.id.utf8.lexicographicallyPrecedes(b.id.utf8)
        }
        for var customer in ordered {
            close(day, of: &customer)
            customers[customer.id] = customer
        }
    }

    private mutating func close(_ day: Day, of customer: inout OracleCustomer) {
        let judgesFlow = customer.hasDateOnly(on: day)
        let level = customer.level(at: day, policy.tiers) ?? customer.tier
        let before = customer.tier
        for (index, rule) in policy.rules.enumerated() {
            if rule.kind == .tierChange {
                tellTier(index, of: customer, from: before, to: level, day, anchor: .date(day))
            } else if judgesFlow {
                closeFlow(index, day, &customer)
            }
        }
        customer.tier = level
    }

    // MARK: Booking

    private mutating func book(_ event: OracleEvent, _ date: Day, takesBack: Bool) {
        remember(event)
        var customer =
            customers[event.customerID] ?? OracleCustomer(id: event.customerID)
        let kind = kind(of: event)
        customer.accountKinds[event.accountID] = kind
        arrivals += 1
        let isForeign = event.currency != policy.currency
        if isForeign && kind != .loan { undecidedMissingRate += 1 }
        let counterparty = event.counterpartyAccount
        let isOwn =
            event.counterpartyCustomer == event.customerID
            || event.counterpartyClass == .ownAccount
            || counterparty.map { customer.accountKinds[$0] != nil } ?? false
        let counts =
            !isForeign
            && (kind == .deposit || (kind == .wealth && policy.tiers.measure == .financialAssets))
        let entry = Entry(
            event: event, order: arrivals, time: entryTime(event, date), bookingDate: date,
            valueDate: event.valueDate ?? date, accountKind: kind, isForeign: isForeign,
            counts: counts, isOwn: isOwn, takesBack: takesBack)
        customer.entries.append(entry)
        judge(entry, &customer)
        if let lastClosed, date <= lastClosed, counts { correctTier(lastClosed, &customer) }
        customers[event.customerID] = customer
    }
}
