// What an accepted entry does to its customer: balances, day-ends, the log; then the rules are asked.
internal import Banking

extension Shard {
    /// Lets a booked entry take effect.
    mutating func post(
        _ event: borrowing Event, _ entry: Posting, _ slot: Int, _ offset: Int64
    ) {
        let isLate = entry.day <= lastClosed
        if entry.replacesPending < 0 { countAge(entry) }
        if entry.replacesPending >= 0 { removeEntry(slot, at: entry.replacesPending) }
        let isOwn = Shard.isOwn(event, accounts: table[slot].head)
        var row = openAccount(event, entry, slot, offset)
        let isHome = event.currency == policy.currency
        let counts = isHome && Grading.counts(row.kind, policy.tiers.measure)
        let before = table[slot].measure
        move(event, entry, slot, &row, counts: counts)

        var posted = LogEntry(
            time: entry.time, digest: entry.digest, flags: [],
            codes: LogEntry.codes(
                event.kind, event.channel, event.counterpartyClass ?? .unknown),
            account: UInt16(row.index), day: entry.day, valueDay: entry.valueDay,
            amount: entry.amount, arrival: clockTime)
        if event.direction == .credit { posted.flags.insert(.credit) }
        if entry.isDateOnly { posted.flags.insert(.dateOnly) }
        if entry.takesBack { posted.flags.insert(.takesBack) }
        if isOwn || !isHome || row.kind == .loan || event.reverses.isPresent {
            posted.flags.insert(.hidden)
        }
        if counts { posted.flags.insert(.counted) }
        let branch = rules.needsBranch ? event.bytes(event.branch) : Span<UInt8>()
        let isAppended = record(&posted, id: event.bytes(entry.id), branch: branch, slot)
        IDFilter.add(entry.key, to: &table[slot], arena: &arena)
        if posted.makesDateOnlyDay, !table[slot].hasDateOnly {
            table[slot].hasDateOnly = true
            // From here on windows are rolled to the latest entry that their rule has seen, and no further.
            table[slot].loseTails()
        }
        if !isHome, row.kind != .loan, !isReplaying { counters.undecidedMissingRate += 1 }

        let firstAlert = firing.alerts.count
        // What an old window would hold may be gone from the log, or not yet.
        if isAppended, !isLate, !table[slot].hasDateOnly, reaches(entry.time - rules.widest) {
            judgeInOrder(posted, slot, before: before)
        } else {
            judgeAfresh(posted, slot, before: before, isLate: isLate)
        }
        firing.alerts.sortByRule(from: firstAlert)
        if counts {
            if isLate {
                correctTier(slot)
            } else {
                setDue(slot)
            }
        } else if posted.makesDateOnlyDay, !isLate {
            setDue(slot)
        }
        markChanged(slot, offset)
    }

    /// Keeps the id and content of a pending entry; nothing else changes.
    ///
    /// Its account stands where others have their branch, since it may not be among the customer's.
    mutating func rememberPending(
        _ event: borrowing Event, _ entry: Posting, _ slot: Int, _ offset: Int64
    ) {
        var pending = LogEntry(
            time: entry.time, digest: entry.digest, flags: [.pending, .hidden],
            codes: LogEntry.codes(
                event.kind, event.channel, event.counterpartyClass ?? .unknown),
            account: .max, day: entry.day, valueDay: entry.day, amount: entry.amount,
            arrival: clockTime)
        countAge(entry)
        _ = record(
            &pending, id: event.bytes(entry.id), branch: event.bytes(event.accountID), slot)
        IDFilter.add(entry.key, to: &table[slot], arena: &arena)
        markDirty(slot, offset)
    }

    /// Counts an entry that is too old for its duplicates to be known.
    @inline(__always)
    private mutating func countAge(_ entry: Posting) {
        if entry.time < clockTime - rules.shortMemory, !isReplaying {
            counters.unverifiableAge += 1
        }
    }

    /// The customer is looked at when the next date closes.
    @inline(__always)
    private mutating func setDue(_ slot: Int) {
        guard grading.isOn || table[slot].hasDateOnly else { return }
        dueDates.setNext(slot, &table)
    }

    /// 4.1: whether both sides of the entry are the customer's.
    @inline(__always)
    private static func isOwn(_ event: borrowing Event, accounts: Blob) -> Bool {
        if event.counterpartyClass == .ownAccount { return true }
        if event.counterpartyCustomerID.isPresent,
            sameBytes(event.bytes(event.counterpartyCustomerID), event.bytes(event.customerID))
        {
            return true
        }
        guard event.counterpartyAccountID.isPresent else { return false }
        let account = event.bytes(event.counterpartyAccountID)
        if sameBytes(account, event.bytes(event.accountID)) { return true }
        return AccountList.find(accounts, account) != nil
    }

    @inline(__always)
    private mutating func openAccount(
        _ event: borrowing Event, _ entry: Posting, _ slot: Int, _ offset: Int64
    ) -> AccountRow {
        if entry.account >= 0 {
            return AccountList.row(
                table[slot].head, at: entry.accountOffset, index: entry.account)
        }
        return AccountList.add(
            &table[slot], event.bytes(event.accountID), kind: entry.accountKind,
            opening: offset, arena: &arena)
    }

    /// Moves the account, the measure and the day-ends.
    @inline(__always)
    private mutating func move(
        _ event: borrowing Event, _ entry: Posting, _ slot: Int, _ row: inout AccountRow,
        counts: Bool
    ) {
        let delta = event.direction == .credit ? Int128(entry.amount) : -Int128(entry.amount)
        let (before, after) = AccountList.move(
            &table[slot], &row, currency: event.currency.packed, by: delta, arena: &arena)
        if let claimed = event.balanceAfterMinor, Int128(claimed) != after, !isReplaying {
            counters.balanceDrift += 1
        }
        if event.currency != policy.currency, row.kind != .loan {
            // Only whether there are any is asked for.
            if before == 0, after != 0 { table[slot].foreignBalances &+= 1 }
            if before != 0, after == 0 { table[slot].foreignBalances &-= 1 }
        }
        guard counts else { return }
        if grading.byAccount {
            table[slot].measure += max(after, 0) - max(before, 0)
        } else {
            table[slot].measure += delta
        }
        table[slot].startDay = min(table[slot].startDay, entry.valueDay)
        StepList.add(
            &table[slot], day: entry.valueDay, account: UInt16(row.index), delta: delta,
            byAccount: grading.byAccount, arena: &arena, scratch: &grading.steps)
        // With tiers, closes do it.
        if !grading.isOn, lastClosed != .min {
            StepList.fold(
                &table[slot], before: lastClosed - rules.stepDays, byAccount: grading.byAccount,
                arena: &arena, scratch: &grading.steps)
        }
        grading.correct(&table[slot], day: entry.valueDay, delta: delta)
    }
}
