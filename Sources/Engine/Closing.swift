// The clock and the closing of business dates (semantics, 3.3, 3.7, 3.8): dates close in order, each once; only
// customers that are due are looked at, and their alerts go out in the order of their ids.
internal import Banking

/// What a close found for one customer and has to tell.
struct DueChange {
    var slot: Int
    /// The tier before.
    var from: Int16
    /// The average when the tier changed and that is told, else nil.
    var average: Average?
    /// The tier from this close on.
    var tier: Int16
    var isDateOnlyDay: Bool
    var before: Int128
    var after: Int128
}

extension Shard {
    /// Moves the clock to the time of an accepted entry and closes what that closes, before the entry is applied.
    ///
    /// Returns false when that is not done yet: the clock has not moved, and the entry must come again.
    @inline(__always)
    mutating func advance(_ entry: Posting, _ offset: Int64) -> Bool {
        let target = entry.clock(policy.dayCloseAfter)
        if target <= clockTime { return true }
        if clockTime == .min { start(entry) }
        if target >= nextClose, !closeDue(at: target, offset) { return false }
        clockTime = target
        return true
    }

    /// The first record: the dates before it count as closed (3.1).
    private mutating func start(_ entry: Posting) {
        let date =
            entry.isDateOnly
            ? entry.day : cursor.day(of: Instant(microseconds: entry.time)).number
        setLastClosed(date - 1)
        if hasUnplacedDates { placeDueDates() }
    }

    /// Makes `day` the last date that has closed.
    mutating func setLastClosed(_ day: Int32) {
        lastClosed = day
        nextClose =
            policy.calendar.start(of: Day(day + 2)).microseconds + policy.dayCloseAfter
    }

    /// Closes the next date, or goes on with its close; false when that has to be gone on with.
    mutating func closeNext(_ offset: Int64, inParts: Bool) -> Bool {
        let day = lastClosed + 1
        clockTime = max(clockTime, nextClose)
        if !closing.isOpen {
            dueDates.gather(day, &table)
            guard inParts, isLongClose() else {
                closeWhole(day, offset)
                return true
            }
            openParts()
        }
        return closeParts(day, offset)
    }

    /// Closes `day` for everybody who was gathered.
    private mutating func closeWhole(_ day: Int32, _ offset: Int64) {
        dueScratch.removeAll(keepingCapacity: true)
        for index in 0..<dueDates.gathered.count {
            let ahead = index + Shard.closeAhead
            if ahead < dueDates.gathered.count {
                table.request(Int(dueDates.gathered[ahead]), lines: 4)
            }
            let slot = Int(dueDates.gathered[index])
            table[slot].isDueNext = false
            if isReplaying && holdsClose(of: day, slot, offset) {
                // Its state has this close in it; a regrading waits for the next.
                dueDates.setNext(slot, &table)
            } else {
                evaluate(slot, day, offset)
            }
        }
        endClose(day)
        guard !dueScratch.isEmpty else { return }
        var changes: [DueChange] = []
        swap(&changes, &dueScratch)
        changes.sort { precedes(table[$0.slot].id, table[$1.slot].id) }
        let end = policy.calendar.lastMicrosecond(of: Day(day)).microseconds
        for change in changes {
            if firing.alerts.count >= pace.alerts { handOver() }
            tell(change, day, end)
        }
        // A close that has moved many leaves no memory behind.
        changes.removeAll(keepingCapacity: changes.capacity <= 4096)
        swap(&changes, &dueScratch)
    }

    /// Makes `day` the last date that has closed, after everybody who was gathered was looked at.
    mutating func endClose(_ day: Int32) {
        dueDates.gathered.removeAll(keepingCapacity: true)
        setLastClosed(day)
        untidy = table.count
    }

    /// How many customers ahead of the one that is looked at a close asks for their memory.
    static var closeAhead: Int { 8 }

    /// Looks at one customer as of the end of `day`, and puts it on its next date.
    mutating func evaluate(_ slot: Int, _ day: Int32, _ offset: Int64) {
        let average = grading.rolledAverage(&table[slot], day: day)
        let tier = Int16(average?.level ?? Int(table[slot].tier))
        let isMoved = tier != table[slot].tier
        let isDateOnlyDay = isDateOnlyDay(day, slot)
        var next = grading.nextLook(table[slot], after: day, average: average)
        if table[slot].hasDateOnly { next = min(next, nextDateOnlyDay(after: day, slot)) }
        dueDates.set(slot, next, open: day + 1, table: &table)
        if (isMoved && !table[slot].isRegraded) || isDateOnlyDay {
            let told = isMoved && !table[slot].isRegraded ? average : nil
            note(slot, day, average: told, tier: tier, isDateOnlyDay: isDateOnlyDay)
        } else {
            table[slot].tier = tier
        }
        if isMoved || isDateOnlyDay || table[slot].isRegraded { markChanged(slot, offset) }
        table[slot].isRegraded = false
        StepList.fold(
            &table[slot], before: day - rules.stepDays, byAccount: grading.byAccount,
            arena: &arena, scratch: &grading.steps)
    }

    /// Puts what is to be told of a customer on the list of this close.
    private mutating func note(
        _ slot: Int, _ day: Int32, average: Average?, tier: Int16, isDateOnlyDay: Bool
    ) {
        grading.trace(table[slot])
        dueScratch.append(
            DueChange(
                slot: slot, from: table[slot].tier, average: average, tier: tier,
                isDateOnlyDay: isDateOnlyDay, before: grading.timeline.dayEnd(day - 1),
                after: grading.timeline.dayEnd(day)))
    }

    mutating func tell(_ change: DueChange, _ day: Int32, _ end: Int64) {
        let first = firing.alerts.count
        // Flow rules are asked as the day was: the tier moves with its close.
        if change.isDateOnlyDay { judgeDay(day, change.slot) }
        table[change.slot].tier = change.tier
        if let average = change.average {
            firing.tierChange(
                table[change.slot], from: change.from, average: average, day: day, time: end,
                before: change.before, after: change.after, late: 0)
        }
        if !table[change.slot].notes.isEmpty {
            NoteList.prune(&table[change.slot].notes, closed: day)
        }
        firing.alerts.sortByRule(from: first)
    }

    /// 3.7: a late entry has changed day-ends; the last closed date is judged again.
    mutating func correctTier(_ slot: Int) {
        // Where the levels have changed since the tier was given, the next close gives another, and says nothing (6.5).
        guard grading.isOn, table[slot].startDay <= lastClosed, !table[slot].isRegraded else {
            if grading.isOn { dueDates.setNext(slot, &table) }
            return
        }
        let day = lastClosed
        let average = grading.rolledAverage(&table[slot], day: day)
        let from = table[slot].tier
        if let average, average.level != Int(from) {
            table[slot].tier = Int16(average.level)
            let count = table[slot].lateDay == day ? table[slot].lateCount : 0
            table[slot].lateCount = count == .max ? count : count + 1
            table[slot].lateDay = day
            grading.trace(table[slot])
            firing.tierChange(
                table[slot], from: from, average: average, day: day,
                time: policy.calendar.lastMicrosecond(of: Day(day)).microseconds,
                before: grading.timeline.dayEnd(day - 1), after: grading.timeline.dayEnd(day),
                late: Int(table[slot].lateCount))
        }
        // In-time entries of open dates may wait for the next close already.
        dueDates.setNext(slot, &table)
    }
}
