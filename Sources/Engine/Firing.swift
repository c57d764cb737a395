// Alerts, filled into slots that are used again. Everything here runs only when a rule fires.
internal import Banking

/// The alerts of a shard and what is needed to fill them.
struct Firing {
    private let book: Rulebook
    var alerts = AlertBatch()
    private var offset: Int64 = 0
    private(set) var timestampMillis: Int64 = -1
    /// Whether alerts are dropped, since they were committed before.
    private(set) var isSilent = false

    init(_ book: Rulebook) { self.book = book }

    private var policy: Policy { _read { yield book.policy } }

    /// Names the record that causes what follows.
    @inline(__always)
    mutating func begin(offset: Int64, timestampMillis: Int64, isSilent: Bool) {
        self.offset = offset
        self.timestampMillis = timestampMillis
        self.isSilent = isSilent
    }

    /// Whether the filters of the customer let `rule` fire (9.4); nil when not.
    ///
    /// The reasons say what was not known. There are no profiles, so what asks for one matches only
    /// when `unknown` passes.
    func admits(_ rule: Int, _ customer: Customer, branch: Span<UInt8>) -> AlertReasons? {
        let rule = policy.rules[rule]
        var reasons: AlertReasons = []
        if let tiers = rule.tiers, !tiers.contains(Int(customer.tier)) { return nil }
        if let branches = rule.branches {
            if branch.isEmpty {
                guard rule.unknownPasses else { return nil }
                reasons.insert(AlertReasons(.missingProfile))
            } else {
                let text = String(decoding: [UInt8](copying: branch), as: UTF8.self)
                guard branches.contains(text) else { return nil }
            }
        }
        if rule.minStar != nil || rule.customerTypes != nil || rule.segments != nil {
            guard rule.unknownPasses else { return nil }
            reasons.insert(AlertReasons(.missingProfile))
        }
        return reasons
    }

    /// Takes a slot for an alert of `rule` and fills in what all alerts have; returns its index.
    private mutating func open(
        _ rule: Int, _ customer: Customer, day: Int32, time: Int64,
        reasons: AlertReasons
    ) -> Int {
        let index = alerts.next()
        let definition = policy.rules[rule]
        let levels = policy.tiers.levels
        let tier = Int(customer.tier)
        let offset = offset
        let timestampMillis = timestampMillis
        alerts.update(index) { alert in
            alert.customerID = alert.append(customer.id)
            alert.rule = rule
            alert.isShadow = definition.isShadow
            alert.ruleID = definition.id
            alert.ruleVersion = definition.version
            alert.kind = definition.kind
            alert.severity = definition.severity
            alert.businessDate = Day(day)
            alert.occurredAt = Instant(microseconds: time)
            alert.reasons = reasons
            if customer.foreignBalances > 0 {
                alert.reasons.insert(AlertReasons(.missingRate))
            }
            if tier >= 0, tier < levels.count { alert.tierNow = levels[tier].name }
            alert.sourceOffset = offset
            alert.sourceTimestamp = timestampMillis
        }
        return index
    }

    /// What a flow alert says beside its entries.
    struct Flow {
        var value: Int128
        var threshold: Int128
        var before: Int128
        var after: Int128
        var reasons: AlertReasons
    }

    /// Raises the alert of a single entry.
    mutating func single(
        _ screen: Screen, _ customer: Customer, _ entry: LogEntry, _ flow: Flow
    ) {
        guard !isSilent else { return }
        let index = open(
            screen.rule, customer, day: entry.day, time: entry.time, reasons: flow.reasons)
        alerts.update(index) { alert in
            Firing.fill(&alert, flow)
            Firing.add(entry, of: customer, to: &alert)
            Firing.anchor(&alert, entry, customer)
        }
    }

    /// Raises the alert of a window; anchored at `entry`, or at the date of `day` when that is nil.
    mutating func window(
        _ rule: WindowRule, _ customer: Customer, _ entries: [LogEntry],
        at point: WindowPoint, _ span: WindowSpan, entry: LogEntry?, day: Int32, time: Int64,
        _ flow: Flow
    ) {
        guard !isSilent else { return }
        let index = open(
            rule.screen.rule, customer, day: day, time: time, reasons: flow.reasons)
        fillWindow(index, rule, customer, entries, point, span, flow)
        alerts.update(index) { alert in
            if let entry {
                Firing.anchor(&alert, entry, customer)
            } else {
                alert.anchor = .date(Day(day))
            }
        }
    }

    /// Raises the next version of the alert that stands.
    mutating func escalation(
        _ rule: WindowRule, _ customer: Customer, _ entries: [LogEntry],
        at point: WindowPoint, _ span: WindowSpan, note: NoteList.Note, _ flow: Flow
    ) {
        guard !isSilent else { return }
        let standing = NoteList.standing(customer.notes, note)
        let index = open(
            rule.screen.rule, customer, day: note.date, time: standing.time,
            reasons: flow.reasons.union(AlertReasons(.escalated)))
        fillWindow(index, rule, customer, entries, point, span, flow)
        alerts.update(index) { alert in
            alert.version = standing.version + 1
            alert.status = .updated
            if let hash = standing.accountHash {
                alert.anchor = .entry(
                    accountHash: hash, id: alert.append(customer.notes.bytes(note.id)))
            } else {
                alert.anchor = .date(Day(note.date))
            }
        }
    }

    private mutating func fillWindow(
        _ index: Int, _ rule: WindowRule, _ customer: Customer, _ entries: [LogEntry],
        _ point: WindowPoint, _ span: WindowSpan, _ flow: Flow
    ) {
        let end: Int64 =
            switch point {
            case .time(let time, _): time
            case .date(let day): policy.calendar.lastMicrosecond(of: Day(day)).microseconds
            }
        alerts.update(index) { alert in
            Firing.fill(&alert, flow)
            alert.windowFrom = Instant(microseconds: end - rule.window)
            alert.windowTo = Instant(microseconds: end)
            alert.windowMicroseconds = rule.window
            alert.isNet = rule.isNet
            for entry in entries.reversed() where rule.sees(entry) && rule.holds(entry, in: span) {
                Firing.add(entry, of: customer, to: &alert)
            }
        }
    }

    private static func fill(_ alert: inout Alert, _ flow: Flow) {
        alert.valueMinor = flow.value
        alert.thresholdMinor = flow.threshold
        alert.balanceBefore = flow.before
        alert.balanceAfter = flow.after
    }

    /// Adds an entry to the evidence, or to the count of those beyond 20, and its outflow to the destinations.
    private static func add(
        _ entry: LogEntry, of customer: Customer, to alert: inout Alert
    ) {
        let destination = CounterpartyClass(rawValue: UInt8(entry.destination)) ?? .unknown
        if !entry.isCredit {
            alert.destinations[Int(destination.rawValue)] += Int128(entry.amount)
        }
        guard alert.evidence.count < 20 else {
            alert.evidenceMore += 1
            return
        }
        let id = alert.append(IDText(customer.entries, entry.id).span)
        var account = 0..<0
        if let row = AccountList.row(customer.head, place: Int(entry.account)) {
            account = alert.append(customer.head.bytes(row.id))
        }
        alert.evidence.append(
            EvidenceEntry(
                id: id, account: account, direction: entry.isCredit ? .credit : .debit,
                amountMinor: entry.amount, kind: EntryKind(rawValue: UInt8(entry.kind)) ?? .other,
                channel: Channel(rawValue: UInt8(entry.channel)) ?? .other,
                destination: destination,
                time: entry.isDateOnly ? nil : Instant(microseconds: entry.time),
                date: Day(entry.day)))
    }

    private static func anchor(
        _ alert: inout Alert, _ entry: LogEntry, _ customer: Customer
    ) {
        alert.anchor = .entry(
            accountHash: accountHash(entry, customer),
            id: alert.append(IDText(customer.entries, entry.id).span))
    }

    /// FNV-1a 64 of the account id of an entry.
    static func accountHash(_ entry: LogEntry, _ customer: Customer) -> UInt64 {
        guard let row = AccountList.row(customer.head, place: Int(entry.account)) else { return 0 }
        return fnv1a64(customer.head.bytes(row.id))
    }

    /// Raises the alerts of a change of tier; `late` is the number of a late correction, 0 for a close.
    mutating func tierChange(
        _ customer: Customer, from: Int16, average: Average, day: Int32, time: Int64,
        before: Int128, after: Int128, late: Int
    ) {
        guard !isSilent else { return }
        let levels = policy.tiers.levels
        let isUp = Int(from) < average.level
        for rule in book.rules.tiers where time >= rule.from && time < rule.to {
            if from < 0 {
                guard rule.assigned else { continue }
            } else {
                guard rule.direction == .any || (rule.direction == .up) == isUp else { continue }
            }
            guard let unknown = admits(rule.rule, customer, branch: Span<UInt8>()) else { continue }
            var reasons = unknown
            if late > 0 { reasons.insert(AlertReasons(.late)) }
            let index = open(rule.rule, customer, day: day, time: time, reasons: reasons)
            alerts.update(index) { alert in
                alert.anchor = late > 0 ? .late(Day(day), late) : .date(Day(day))
                alert.isTierChange = true
                alert.tierFrom = from < 0 ? nil : levels[Int(from)].name
                alert.tierTo = levels[average.level].name
                alert.tierNow = alert.tierTo
                alert.valueMinor = roundedHalfEven(average.sum, by: Int128(average.days))
                // The edge that was met; for a fall the edge of the level left.
                let edge = from < 0 || isUp ? average.level : Int(from)
                alert.thresholdMinor = Int128(levels[edge].fromMinor)
                alert.averageSum = average.sum
                alert.averageDays = average.days
                alert.balanceBefore = before
                alert.balanceAfter = after
            }
        }
    }
}
