// Whether a record is accepted (semantics, section 2 and 3.6): its time, its account's kind, and whether the same
// entry has come before.
internal import Banking

/// What a record says, with the defaults of dates filled in.
struct Posting {
    /// Microseconds; of an entry with only a date its last microsecond.
    var time: Int64
    var isDateOnly: Bool
    /// Booking day and value day.
    var day: Int32
    var valueDay: Int32
    /// The first microsecond of a date-only entry's date, else `time`.
    var start: Int64
    var amount: Int64
    /// The account's kind, the default filled in.
    var accountKind = AccountKind.deposit
    /// The account's place, or -1 when the customer does not have it yet, and where its row begins.
    var account = -1
    var accountOffset = 0
    /// The id as it lies in the log, and its key in the customer's filter.
    let id: Event.Text
    let key: UInt64
    var digest: UInt64 = 0
    /// Offset in the log of the pending entry that this one takes the place of, or -1.
    var replacesPending = -1
    /// Whether it is the reversal of a known entry; looked up for entries without a time only, whose days it decides.
    var takesBack = false

    @inline(__always)
    init(
        _ event: borrowing Event, _ sighting: Sighting, _ calendar: borrowing BusinessCalendar,
        _ cursor: inout BusinessCalendar.Cursor
    ) {
        id = sighting.id
        key = sighting.key
        amount = event.amountMinor
        if let bookedAt = event.bookedAt {
            time = bookedAt.microseconds
            start = time
            isDateOnly = false
            day = (event.bookingDate ?? cursor.day(of: bookedAt)).number
        } else {
            // The reader has refused events without either.
            let date = event.bookingDate ?? Day(0)
            day = date.number
            start = calendar.start(of: date).microseconds
            time = calendar.lastMicrosecond(of: date).microseconds
            isDateOnly = true
        }
        valueDay = event.valueDate?.number ?? day
    }

    /// The time to which the entry moves the clock (3.2).
    @inline(__always)
    func clock(_ dayCloseAfter: Int64) -> Int64 {
        isDateOnly ? start + dayCloseAfter : time
    }
}

extension Shard {
    enum Identified {
        case accepted, duplicate
        case refused(Rejection)
    }

    /// 3.6: an entry whose time lies too far after its record's timestamp would close the day for everybody.
    @inline(__always)
    mutating func refuseFuture(_ entry: Posting, _ timestampMillis: Int64) -> Rejection? {
        guard timestampMillis >= 0 else { return nil }
        let limit = policy.futureLimit + (entry.isDateOnly ? Micros.day : 0)
        guard entry.start > timestampMillis * 1000 + limit else { return nil }
        return Rejection(.futureTime, entry.isDateOnly ? .bookingDate : .bookedAt)
    }

    /// Finds the account and whether the entry is known; fills in the account and its kind, the digest, and what the entry
    /// takes the place of or takes back.
    @inline(__always)
    mutating func identify(
        _ event: borrowing Event, _ entry: inout Posting, _ slot: Int, _ offset: Int64,
        isHeld: Bool
    ) -> Identified {
        if slot >= 0 {
            let account = event.bytes(event.accountID)
            // A state that is held (replay) has accounts that were opened later; they had no say.
            if let row = AccountList.find(table[slot].head, account),
                !isHeld || AccountList.opening(table[slot].head, row) < offset
            {
                if let kind = event.accountKind, kind != row.kind {
                    return .refused(Rejection(.badAccountKind, .accountKind))
                }
                entry.accountKind = row.kind
                entry.account = row.index
                entry.accountOffset = row.offset
            } else {
                guard table[slot].accountCount < AccountList.most else {
                    return .refused(Rejection(.tooLarge, .accountID))
                }
                entry.accountKind = event.accountKind ?? .deposit
            }
        } else {
            entry.accountKind = event.accountKind ?? .deposit
        }
        guard event.status != .info else { return .accepted }
        entry.digest = EntryLog.kept(Shard.digest(event, entry))
        if entry.isDateOnly, event.reverses.isPresent, slot >= 0 {
            entry.takesBack = knowsReversed(event, entry, slot)
        }
        guard slot >= 0, IDFilter.mayHold(table[slot].known, entry.key) else { return .accepted }
        return compare(event, &entry, slot, isHeld: isHeld)
    }

    /// Looks for the entry among those of the customer that are remembered.
    ///
    /// A state that is held (replay) knows entries that came later than this one; they had no say. And it knows this
    /// one: where it lies the next one of the customer is looked for.
    private mutating func compare(
        _ event: borrowing Event, _ entry: inout Posting, _ slot: Int, isHeld: Bool
    ) -> Identified {
        let start = isHeld ? Int(table[slot].landmark) : 0
        let end = table[slot].entries.count
        if let found = compare(event, &entry, slot, start..<end, isHeld: isHeld) { return found }
        return compare(event, &entry, slot, 0..<start, isHeld: isHeld) ?? .accepted
    }

    /// The same among the entries that lie in `range`; nil when it is not there.
    @inline(__always)
    private mutating func compare(
        _ event: borrowing Event, _ entry: inout Posting, _ slot: Int, _ range: Range<Int>,
        isHeld: Bool
    ) -> Identified? {
        let newest = isHeld ? max(clockTime, entry.clock(policy.dayCloseAfter)) : .max
        let id = event.bytes(entry.id)
        let account = event.bytes(event.accountID)
        let ending = EntryLog.ending(id)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (place, size) = EntryLog.place(ofID: table[slot].entries, offset)
            offset += size
            guard place.count == id.count,
                EntryLog.ending(table[slot].entries, place) == ending,
                sameBytes(table[slot].entries.bytes(place), id)
            else { continue }
            let known = EntryLog.decode(table[slot].entries, offset - size)
            guard known.arrival <= newest,
                clockTime <= known.arrival + rules.memory(of: known.amount),
                isSameAccount(known, entry, account, slot)
            else { continue }
            if isHeld { table[slot].landmark = UInt32(offset) }
            let isSame = known.digest == entry.digest
            if known.isPending, event.status == .booked {
                entry.replacesPending = known.offset
                return .accepted
            }
            // A pending entry that comes after its booked one is dropped.
            return isSame || !known.isPending && event.status == .pending
                ? .duplicate : .refused(Rejection(.conflictingDuplicate, .id))
        }
        return nil
    }

    /// Whether the booked entry that `event` takes back is remembered.
    private mutating func knowsReversed(
        _ event: borrowing Event, _ entry: Posting, _ slot: Int
    ) -> Bool {
        var offset = 0
        while offset < table[slot].entries.count {
            let known = EntryLog.decode(table[slot].entries, offset)
            offset += known.size
            if !known.isPending, Int(known.account) == entry.account,
                clockTime <= known.arrival + rules.memory(of: known.amount),
                sameBytes(IDText(table[slot].entries, known.id).span, event.bytes(event.reverses))
            {
                return true
            }
        }
        return false
    }

    /// A pending entry's account may not be among the customer's yet: its id lies where others have their branch.
    private mutating func isSameAccount(
        _ known: LogEntry, _ entry: Posting, _ account: Span<UInt8>, _ slot: Int
    ) -> Bool {
        if known.isPending {
            return known.branchOffset >= 0
                && sameBytes(
                    table[slot].entries.bytes(
                        (known.branchOffset + 1)..<(known.branchOffset + 1
                            + Int(table[slot].entries[known.branchOffset]))), account)
        }
        return Int(known.account) == entry.account
    }

    /// The content of an entry: its known fields with defaults filled in, without `balance_after` (2.1).
    @inline(__always)
    static func digest(_ event: borrowing Event, _ entry: Posting) -> UInt64 {
        var hash = StableHash(seed: 0x7469_6465_6D61_726B)
        hash.combine(UInt64(bitPattern: event.amountMinor))
        hash.combine(UInt64(bitPattern: entry.isDateOnly ? .min : entry.time))
        hash.combine(
            UInt64(UInt32(bitPattern: entry.day)) << 32 | UInt64(UInt32(bitPattern: entry.valueDay))
        )
        let same: UInt64 = event.sameName.map { $0 ? 2 : 1 } ?? 0
        let destination = event.counterpartyClass ?? .unknown
        hash.combine(
            UInt64(event.currency.packed) | UInt64(event.direction.rawValue) << 16
                | UInt64(event.status.rawValue) << 18 | UInt64(entry.accountKind.rawValue) << 20
                | UInt64(event.kind.rawValue) << 24 | UInt64(event.channel.rawValue) << 28
                | UInt64(destination.rawValue) << 32 | same << 36)
        // Which of the optional texts are given, then those.
        let present =
            (event.replaces.isPresent ? 1 : 0) | (event.reverses.isPresent ? 2 : 0)
            | (event.transferID.isPresent ? 4 : 0) | (event.branch.isPresent ? 8 : 0)
            | (event.counterpartyAccountID.isPresent ? 16 : 0)
            | (event.counterpartyCustomerID.isPresent ? 32 : 0)
            | (event.counterpartyBank.isPresent ? 64 : 0)
        hash.combine(UInt64(present))
        guard present != 0 else { return hash.value }
        if event.replaces.isPresent { hash.combine(event.bytes(event.replaces)) }
        if event.reverses.isPresent { hash.combine(event.bytes(event.reverses)) }
        if event.transferID.isPresent { hash.combine(event.bytes(event.transferID)) }
        if event.branch.isPresent { hash.combine(event.bytes(event.branch)) }
        if event.counterpartyAccountID.isPresent {
            hash.combine(event.bytes(event.counterpartyAccountID))
        }
        if event.counterpartyCustomerID.isPresent {
            hash.combine(event.bytes(event.counterpartyCustomerID))
        }
        if event.counterpartyBank.isPresent { hash.combine(event.bytes(event.counterpartyBank)) }
        return hash.value
    }
}
