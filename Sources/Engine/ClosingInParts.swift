// A close that tells of many customers, in parts: one transaction should not hold the alerts of them all, nor the thread
// be held for so long. First everybody is looked at who has nothing to tell, in any order: to look at one of them again
// changes nothing. Then the others, in the order of their ids, each wholly, until whoever takes the alerts has enough;
// between two parts it is known by date and id who has been told of.
//
// While such a close is open no record takes effect. One that has caused it (its offset is the position then) leaves the
// clock where it was, since it is judged by that when it comes again: the close stays open behind its last customer until
// then. Where the clock has moved by itself, it stands at the time of the close, and goes on to where it was to go.
public import Banking

/// A close of which a part is done.
public struct OpenClose: Sendable, Equatable {
    /// The date that closes; all before it have closed.
    public var date: Day
    /// The id of the last customer who was told of; nil before the first.
    public var customer: [UInt8]?

    /// A close of `date`, done up to `customer`.
    public init(date: Day, customer: [UInt8]? = nil) {
        self.date = date
        self.customer = customer
    }

    /// Whether the customer `id` is among those that are done.
    public func holds(_ id: Span<UInt8>) -> Bool {
        guard let customer else { return false }
        return !precedes(customer.span, id)
    }
}

/// How often a close asks whether it may go on.
public struct ClosePace: Sendable {
    /// A close with at most so many customers due is never cut.
    public var whole = 512
    /// Alerts after which a close hands them over.
    public var alerts = 128
    /// Customers after whom a close asks, alerts or not.
    public var customers = 16_384
    /// The defaults.
    public init() {}
}

/// What a close has brought that is not among its alerts.
public struct CloseLoad: Sendable {
    /// Customers looked at in this turn.
    public var customers: Int
    /// Customers that wait for `takeChanged`.
    public var changed: Int

    /// A load; see the properties.
    public init(customers: Int, changed: Int) {
        self.customers = customers
        self.changed = changed
    }
}

/// Where a close stands.
struct ClosingState {
    var isOpen = false
    /// How many of those that are due were looked at.
    var checked = 0
    /// Who is to be told of, in order once everybody was looked at.
    var waiting = IDOrder()
    /// The last customer told of; empty before the first.
    var last: [UInt8] = []
    /// Where the clock goes.
    var target: Int64 = 0
    /// Of the record that causes the close, or that the move of the clock lies before.
    var offset: Int64 = 0
    var timestampMillis: Int64 = -1
    /// Where the clock stands until the record that has caused the close takes effect; nil when the clock moved by itself.
    var clock: Int64?

    /// Customers looked at in this turn, and since it was last asked.
    var looked = 0
    var sinceAsked = 0
    /// Whether no more alerts should come in this turn.
    var isCrowded = false

    mutating func beginTurn() {
        looked = 0
        sinceAsked = 0
        isCrowded = false
    }
}

extension Shard {
    /// The close of which a part is done; nil when none is open.
    public var openClose: OpenClose? {
        guard closing.isOpen else { return nil }
        let last = closing.last
        return OpenClose(date: Day(lastClosed + 1), customer: last.isEmpty ? nil : last)
    }

    /// Whether a close must go on, by `continueClose`, before any record may be applied.
    public var mustContinueClose: Bool {
        guard closing.isOpen else { return false }
        let isDone = closing.checked == dueDates.gathered.count && closing.waiting.isEmpty
        return closing.clock == nil || !isDone
    }

    /// Customers that wait for `takeChanged`.
    public var changedCount: Int { changed.count }

    /// Goes on with a close, and with those after it that the same move of the clock causes, for one turn: until
    /// `onManyAlerts` has enough.
    ///
    /// Alerts are appended to `alerts`.
    public mutating func continueClose() {
        precondition(closing.isOpen, "there is a close to go on with")
        let isByRecord = closing.clock != nil
        firing.begin(
            offset: isByRecord ? closing.offset : -1, timestampMillis: closing.timestampMillis,
            isSilent: false)
        closing.beginTurn()
        if isByRecord {
            // It stays open: the record comes again, and the clock is not moved before.
            let before = clockTime
            clockTime = max(clockTime, nextClose)
            _ = tellParts(lastClosed + 1, closing.offset)
            clockTime = before
            return
        }
        while closing.target >= nextClose {
            guard closeNext(closing.offset, inParts: true) else { return }
        }
        clockTime = max(clockTime, closing.target)
    }

    /// Closes what is due at `target`, to which the record at `offset` moves the clock; false when the record must wait.
    @inline(never)
    mutating func closeDue(at target: Int64, _ offset: Int64) -> Bool {
        let before = clockTime
        closing.beginTurn()
        while target >= nextClose {
            guard closeNext(offset, inParts: true) else {
                stop(target: target, offset, clock: before)
                clockTime = before
                return false
            }
        }
        return true
    }

    /// Notes for what a close that has stopped is made.
    mutating func stop(target: Int64, _ offset: Int64, clock: Int64?) {
        closing.target = target
        closing.offset = offset
        closing.timestampMillis = firing.timestampMillis
        closing.clock = clock
    }

    /// Whether the close of `day`, for which customers are gathered, should be done in parts.
    mutating func isLongClose() -> Bool {
        guard !isReplaying, onManyAlerts != nil else { return false }
        return closing.isCrowded || dueDates.gathered.count > pace.whole
    }

    /// Opens the close for which customers are gathered.
    mutating func openParts() {
        closing.isOpen = true
        closing.checked = 0
        closing.last.removeAll(keepingCapacity: true)
    }

    /// Goes on with the open close of `day`; returns whether it is over.
    mutating func closeParts(_ day: Int32, _ offset: Int64) -> Bool {
        guard tellParts(day, offset) else { return false }
        closing.isOpen = false
        closing.waiting.removeAll()
        endClose(day)
        return true
    }

    /// Looks at everybody who is due, and tells of those of whom there is something to tell; false when it must stop.
    private mutating func tellParts(_ day: Int32, _ offset: Int64) -> Bool {
        guard !closing.isCrowded else { return false }
        while closing.checked < dueDates.gathered.count {
            guard mayGoOn() else { return false }
            look(closing.checked, day, offset)
            closing.checked += 1
        }
        closing.waiting.order(table)
        while !closing.waiting.isEmpty {
            guard mayGoOn() else { return false }
            let slot = closing.waiting.takeFirst(table)
            table[slot].isDueNext = false
            tellOf(slot, day, offset)
            noteLast(slot)
        }
        return true
    }

    private mutating func noteLast(_ slot: Int) {
        closing.last.removeAll(keepingCapacity: true)
        closing.last.append(copying: table[slot].id)
    }

    /// Looks at the customer at `index` of those that are due: closes the date for one without anything to tell.
    private mutating func look(_ index: Int, _ day: Int32, _ offset: Int64) {
        let ahead = index + Shard.closeAhead
        if ahead < dueDates.gathered.count {
            table.request(Int(dueDates.gathered[ahead]), lines: 4)
        }
        let slot = Int(dueDates.gathered[index])
        if hasToTell(slot, day) {
            // Still marked as due: so says its state, should it be written before its turn.
            closing.waiting.append(slot, table)
        } else {
            table[slot].isDueNext = false
            evaluate(slot, day, offset)
        }
    }

    /// Closes `day` for one customer, and tells what there is to tell.
    private mutating func tellOf(_ slot: Int, _ day: Int32, _ offset: Int64) {
        evaluate(slot, day, offset)
        let end = policy.calendar.lastMicrosecond(of: Day(day)).microseconds
        // What is told is told of a date that has closed.
        lastClosed = day
        while let change = dueScratch.popLast() { tell(change, day, end) }
        lastClosed = day - 1
    }

    /// Whether the close of `day` may tell anything of the customer in `slot`.
    private mutating func hasToTell(_ slot: Int, _ day: Int32) -> Bool {
        let average = grading.rolledAverage(&table[slot], day: day)
        let tier = Int16(average?.level ?? Int(table[slot].tier))
        return (tier != table[slot].tier && !table[slot].isRegraded) || isDateOnlyDay(day, slot)
    }

    /// Whether the close may go on to one more customer; hands over the alerts when they are many.
    private mutating func mayGoOn() -> Bool {
        if firing.alerts.count >= pace.alerts || closing.sinceAsked >= pace.customers { handOver() }
        guard !closing.isCrowded else { return false }
        closing.looked += 1
        closing.sinceAsked += 1
        return true
    }

    /// Gives the alerts so far to whoever takes them, and hears whether more may come.
    mutating func handOver() {
        guard let onManyAlerts else { return }
        let load = CloseLoad(customers: closing.looked, changed: changed.count)
        if !onManyAlerts(firing.alerts, load) { closing.isCrowded = true }
        firing.alerts.removeAll()
        closing.sinceAsked = 0
    }

    // MARK: restore

    /// In restore, after all input below `offset`: does again, in silence, what was done of `close`, which was open when
    /// the clock stood at `time`.
    public mutating func reopen(_ close: OpenClose, time: Instant, offset: Int64) {
        precondition(isReplaying, "a close is opened again in a restore")
        firing.begin(offset: offset, timestampMillis: -1, isSilent: true)
        let day = close.date.number
        while lastClosed + 1 < day { _ = closeNext(offset, inParts: false) }
        // Otherwise these two do not belong together, which whoever restores finds by the clock.
        guard lastClosed + 1 == day else { return }
        clockTime = max(clockTime, nextClose)
        dueDates.gather(day, &table)
        for index in 0..<dueDates.gathered.count { lookAgain(index, close, day, offset) }
        dueDates.gathered.removeAll(keepingCapacity: true)
        openParts()
        closing.last = close.customer ?? []
        clockTime = time.microseconds
        stop(target: nextClose, offset, clock: clockTime < nextClose ? clockTime : nil)
    }

    private mutating func lookAgain(
        _ index: Int, _ close: OpenClose, _ day: Int32, _ offset: Int64
    ) {
        let slot = Int(dueDates.gathered[index])
        if holdsClose(of: day, slot, offset) {
            table[slot].isDueNext = false
            dueDates.setNext(slot, &table)
        } else if close.holds(table[slot].id) {
            table[slot].isDueNext = false
            tellOf(slot, day, offset)
        } else {
            look(index, day, offset)
        }
    }
}
