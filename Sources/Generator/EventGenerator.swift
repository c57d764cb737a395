// Synthetic transaction events with a bank's habits: salary days, rents, card payments that follow the week, a
// few large movers, transfers between own accounts, interest and fees. The same options give the same bytes.
//
// Day by day: all customers' entries of the day are planned, put in order of time, and written one after another.
public import Banking

/// What to generate.
public struct GeneratorOptions: Sendable {
    /// Customers, 1 to 9,999,999.
    public var customers = 1000
    /// Days, at least 1; nil: as many as `events` needs, or 30 without it.
    public var days: Int?
    /// Events; nil: as many as the habits give.
    ///
    /// With `days`, spread evenly over them.
    public var events: Int64?
    /// The first day, in China's time.
    public var start = Day(20_089)
    /// What the events are drawn from.
    public var seed: UInt64 = 1

    /// 1,000 customers for 30 days from 2025-01-01.
    public init() {}
}

/// A sequence of event payloads in order of time.
public struct EventGenerator: Sendable {
    /// One generated record; the ranges lie in the buffer that it was appended to.
    public struct Record: Sendable {
        /// The customer id's bytes.
        public var key: Range<Int>
        /// The payload.
        public var value: Range<Int>
        /// The event's time.
        public var time: Instant
        /// What the entry is for.
        public var kind: EntryKind
    }

    private let options: GeneratorOptions
    private let dayCount: Int
    private var plan: DayPlan
    private var writer = PayloadWriter()
    /// Time in the high half, index of the entry in the low one.
    private var order: [UInt64] = []
    private var position = 0
    private var number = 0
    private var dayIndex = -1
    private var written: Int64 = 0
    private var dayStart: Int64 = 0

    /// A generator of what `options` say.
    public init(_ options: GeneratorOptions) {
        precondition((1...9_999_999).contains(options.customers), "customer ids have seven digits")
        self.options = options
        dayCount = options.days ?? (options.events == nil ? 30 : .max)
        plan = DayPlan(customers: options.customers, seed: options.seed)
    }

    /// Appends the next payload to `bytes`; nil at the end.
    @inline(__always)
    public mutating func append(to bytes: inout [UInt8]) -> Record? {
        if let events = options.events, written >= events { return nil }
        while position == order.count {
            guard beginNextDay() else { return nil }
        }
        let entry = plan.entries[Int(order[position] & 0xFFFF_FFFF)]
        position += 1
        number += 1
        written += 1
        let start = bytes.count
        let key = writer.append(
            entry, number: number, branch: plan.habits[Int(entry.customer)].branch, to: &bytes)
        return Record(
            key: key, value: start..<bytes.count,
            time: Instant(microseconds: dayStart + Int64(entry.millisecond) * 1000),
            kind: entry.kind)
    }

    private mutating func beginNextDay() -> Bool {
        dayIndex += 1
        guard dayIndex < dayCount else { return false }
        let day = options.start + dayIndex
        guard day.civil.year <= 9999 else { return false }
        dayStart = Int64(day.number) * Micros.day - 8 * Micros.hour
        plan.plan(day, isFirst: dayIndex == 0)
        if let quota = dayQuota { plan.fill(to: quota) }
        order.removeAll(keepingCapacity: true)
        for index in plan.entries.indices where isChosen(index) {
            order.append(UInt64(plan.entries[index].millisecond) << 32 | UInt64(index))
        }
        order.sort()
        position = 0
        number = 0
        writer.begin(day)
        return true
    }

    /// How many events this day has when both days and events are given.
    private var dayQuota: Int? {
        guard let events = options.events, let days = options.days else { return nil }
        func until(_ day: Int) -> Int64 { Int64(Int128(events) * Int128(day) / Int128(days)) }
        return Int(until(dayIndex + 1) - until(dayIndex))
    }

    /// Whether the entry at `index` stays: all do, unless the day has more than its quota; then evenly many.
    private func isChosen(_ index: Int) -> Bool {
        guard let quota = dayQuota, plan.entries.count > quota else { return true }
        return (index + 1) * quota / plan.entries.count > index * quota / plan.entries.count
    }
}
