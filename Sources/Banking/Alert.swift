// One alert before it becomes bytes (the contract's section 4). The engine fills slots that are used again, so
// that firing allocates nothing once the slots have grown.

/// An amount of money: minor units and their currency.
public struct Money: Sendable, Equatable {
    /// Minor units; sums of balances need more than 64 bits.
    public var minor: Int128
    /// ISO 4217.
    public var currency: Currency
    /// `minor` units of `currency`.
    public init(_ minor: Int128, _ currency: Currency) {
        self.minor = minor
        self.currency = currency
    }
}

/// One entry in an alert's evidence; its id and account lie in the alert's `texts`.
public struct EvidenceEntry: Sendable {
    /// The entry's id within `texts`.
    public var id: Range<Int>
    /// The account id within `texts`, unmasked.
    public var account: Range<Int>
    /// Which way the money moved.
    public var direction: Direction
    /// Minor units of the bank's currency.
    public var amountMinor: Int64
    /// What the entry was for.
    public var kind: EntryKind
    /// How it was ordered.
    public var channel: Channel
    /// The class of the counterparty.
    public var destination: CounterpartyClass
    /// The entry's time; nil for an entry with only a date.
    public var time: Instant?
    /// The booking date.
    public var date: Day

    /// An entry of evidence.
    public init(
        id: Range<Int>, account: Range<Int>, direction: Direction, amountMinor: Int64,
        kind: EntryKind, channel: Channel, destination: CounterpartyClass, time: Instant?, date: Day
    ) {
        self.id = id
        self.account = account
        self.direction = direction
        self.amountMinor = amountMinor
        self.kind = kind
        self.channel = channel
        self.destination = destination
        self.time = time
        self.date = date
    }
}

/// What names an alert after its rule and customer.
public enum AlertAnchor: Sendable {
    /// The triggering entry: FNV-1a 64 of its account id, and its id within `texts`.
    case entry(accountHash: UInt64, id: Range<Int>)
    /// A business date.
    case date(Day)
    /// The nth late correction of a date's tier.
    case late(Day, Int)
}

/// One version of an alert, ready to be encoded.
public struct Alert: Sendable {
    /// The bytes of the customer id, entry ids and account ids.
    public var texts: [UInt8] = []
    /// The customer id within `texts`.
    public var customerID: Range<Int> = 0..<0
    /// Index of the rule in the policy's `rules`.
    public var rule: Int = 0
    /// Whether the rule is a shadow rule.
    public var isShadow = false
    /// The rule's id.
    public var ruleID: String = ""
    /// The rule's version.
    public var ruleVersion: Int = 1
    /// The rule's kind.
    public var kind = RuleKind.singleOutflow
    /// How urgent it is.
    public var severity = Severity.notice
    /// What names it after rule and customer.
    public var anchor = AlertAnchor.date(Day(0))
    /// 1 for the first.
    public var version: Int = 1
    /// Whether it opens, updates or takes back.
    public var status = AlertStatus.open
    /// Why it is as it is.
    public var reasons: AlertReasons = []
    /// Names of the tiers before and after; both nil unless `isTierChange`.
    public var tierFrom: String?
    /// The tier after; see `tierFrom`.
    public var tierTo: String?
    /// Whether it tells a change of tier.
    public var isTierChange = false
    /// The customer's tier now, if there is one.
    public var tierNow: String?
    /// The time of what triggered it.
    public var occurredAt = Instant(microseconds: 0)
    /// The bank's date.
    public var businessDate = Day(0)
    /// What was measured, minor units of the bank's currency (a tier's rounded average included).
    public var valueMinor: Int128?
    /// The limit it met.
    public var thresholdMinor: Int128?
    /// The window, of windowed kinds.
    public var windowFrom: Instant?
    /// The window's end.
    public var windowTo: Instant?
    /// The window's length as the rule says it, in microseconds, for the summary.
    public var windowMicroseconds: Int64 = 0
    /// Whether the sum is net of the other direction, for the summary.
    public var isNet = false
    /// The measure before, minor units.
    public var balanceBefore: Int128 = 0
    /// The measure after, minor units.
    public var balanceAfter: Int128 = 0
    /// Exact sum of day-ends in minor units, and the days; of tier rules.
    public var averageSum: Int128?
    /// The days of `averageSum`.
    public var averageDays: Int = 0
    /// At most 20, newest first.
    public var evidence: [EvidenceEntry] = []
    /// Entries of the window beyond those in `evidence`.
    public var evidenceMore: Int = 0
    /// Outflow by destination in minor units, indexed by the class's raw value; zeros are left out of the record.
    public var destinations: InlineArray<10, Int128> = .init(repeating: 0)
    /// The partition's offset of the record that caused it, for the header `tidemark-source`.
    public var sourceOffset: Int64 = -1
    /// The Kafka timestamp of that record in milliseconds, for the latency metric; -1 when there is none.
    public var sourceTimestamp: Int64 = -1

    /// An empty alert.
    public init() {}

    /// Makes the slot ready to be filled again; its buffers keep their capacity.
    public mutating func reset() {
        texts.removeAll(keepingCapacity: true)
        evidence.removeAll(keepingCapacity: true)
        version = 1
        status = .open
        reasons = []
        tierFrom = nil
        tierTo = nil
        isTierChange = false
        tierNow = nil
        valueMinor = nil
        thresholdMinor = nil
        windowFrom = nil
        windowTo = nil
        windowMicroseconds = 0
        isNet = false
        balanceBefore = 0
        balanceAfter = 0
        averageSum = nil
        averageDays = 0
        evidenceMore = 0
        destinations = .init(repeating: 0)
        sourceOffset = -1
        sourceTimestamp = -1
    }

    /// Appends `bytes` to `texts` and says where they lie.
    public mutating func append(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = texts.count
        texts.append(addingCapacity: bytes.count) { $0.append(copying: bytes) }
        return start..<texts.count
    }
}

/// Alerts in the order in which they arose; slots are used again.
public struct AlertBatch: Sendable {
    /// Slots; those from `count` on are free.
    public private(set) var slots: [Alert] = []
    /// Alerts in use.
    public private(set) var count = 0

    /// An empty batch.
    public init() {}

    /// Takes the next slot, reset; fill it with `update`.
    ///
    /// Returns its index.
    public mutating func next() -> Int {
        if count == slots.count { slots.append(Alert()) } else { slots[count].reset() }
        count += 1
        return count - 1
    }

    /// Gives the alert at `index` to `body` to fill, in place.
    @inline(__always)
    public mutating func update(_ index: Int, _ body: (inout Alert) -> Void) { body(&slots[index]) }

    /// The alert at `index`, below `count`.
    public subscript(index: Int) -> Alert { _read { yield slots[index] } }

    /// Puts the alerts from `start` on in the order of their rules; alerts of one rule keep theirs.
    ///
    /// For few alerts.
    public mutating func sortByRule(from start: Int) {
        guard count - start > 1 else { return }
        for index in (start + 1)..<count {
            var place = index
            while place > start, slots[place - 1].rule > slots[place].rule {
                slots.swapAt(place - 1, place)
                place -= 1
            }
        }
    }

    /// Empties the batch; slots keep their buffers.
    public mutating func removeAll() { count = 0 }
}
