// Flow rules on entries that are late, out of order, without a time, or beside such ones: every sum is made afresh
// from the customer's entries (semantics, 5.3, 5.4, 3.7): of those that the windows could hold which the entry moves
// where all have times, of all where days are compared by their dates.
internal import Banking

extension Shard {
    /// Judges an entry on the slow path; `isLate` when its booking date has closed.
    mutating func judgeAfresh(_ entry: LogEntry, _ slot: Int, before: Int128, isLate: Bool) {
        // Of a day without order that is open nothing is asked yet, whatever else there is.
        let waits = entry.makesDateOnlyDay && !isLate
        var around = Surroundings()
        if table[slot].hasDateOnly, !waits { load(&around, entry, slot) }
        let isDateOnlyDay = waits || makesDateOnlyDay(entry.day, slot)
        var reasons: AlertReasons = []
        if isLate { reasons.insert(AlertReasons(.late)) }
        // In order of arrival; by date for what has no order inside its day.
        let timed = (before: before, after: table[slot].measure)
        var balance = timed
        let isAsked = !entry.isHidden && entry.amount >= rules.smallestSingle
        if (entry.isDateOnly && (isAsked || !waits)) || (isDateOnlyDay && isLate) {
            balance = grading.dayEnds(around: entry.step, before: entry.day, table[slot])
        }
        if isAsked {
            let own = entry.isDateOnly ? balance : timed
            judgeSingles(
                entry, slot, before: own.before, after: own.after, reasons: reasons,
                pass: isDateOnlyDay ? .withoutShares : .all)
            // On an open day without order, a share waits for the close.
            if isDateOnlyDay, isLate {
                judgeSingles(
                    entry, slot, before: balance.before, after: balance.after, reasons: reasons,
                    pass: .shares)
            }
        }
        guard !rules.windows.isEmpty else { return }
        if table[slot].windows.isEmpty {
            guard rules.windows.contains(where: { $0.sees(entry) }) else { return }
            table[slot].openWindows(rules.windows.count, arena: &arena)
        }
        let frame = Frame(
            entry: entry, isByDate: isDateOnlyDay, before: balance.before, after: balance.after,
            reasons: reasons)
        for index in rules.windows.indices {
            judgeWindow(index, slot, frame, &around, isLate: isLate)
        }
    }

    private mutating func judgeWindow(
        _ index: Int, _ slot: Int, _ frame: Frame, _ around: inout Surroundings, isLate: Bool
    ) {
        let rule = rules.windows[index]
        let entry = frame.entry
        let isSeen = rule.sees(entry)
        var state = table[slot].windowState(index)
        let isEarlier = entry.time < state.latestSeen
        // An entry that is not seen can only arm.
        if !isSeen, state.isArmed || isEarlier { return }
        if isSeen { state.take(entry, rule) }
        let outline = outline(rule, &state, &around, entry, slot)
        let isIdle = outline?.isIdle(rule, state, entry, isEarlier: isEarlier) ?? false
        if rule.screen.judges(entry.time), isLate || !frame.isByDate, !isIdle {
            load(&around, seenBy: index, entry, slot)
            if isLate || (isSeen && isEarlier) {
                judgeByPoints(rule, &state, slot, frame)
            } else {
                judgeNow(rule, &state, slot, frame)
            }
        }
        if isSeen {
            state.saw(entry.time)
            let count = outline?.count ?? Int(table[slot].entryCount)
            if count > rules.windowCapacity { mergeAfresh(index, &state, &around, entry, slot) }
        }
        table[slot].setWindowState(index, state)
    }

    /// An entry and how it is looked at.
    struct Frame {
        var entry: LogEntry
        var isByDate: Bool
        var before: Int128
        var after: Int128
        var reasons: AlertReasons

        /// Where the entry's own window ends.
        var point: WindowPoint {
            isByDate ? .date(entry.day) : .time(entry.time, day: entry.day)
        }
    }

    /// What a share of the window that ends at `point` is of: the measure at its start, without the entry that made
    /// `step` when that is given.
    private mutating func whole(
        _ rule: WindowRule, _ slot: Int, _ point: WindowPoint, without step: DayStep? = nil
    ) -> Int128 {
        guard rule.screen.share != nil else { return 0 }
        switch point {
        // The entry itself always lies after the start.
        case .time(let time, _):
            let start = time - rule.window
            return reaches(start) ? grading.measure(upTo: start) : 0
        case .date(let day):
            let first = day - rule.days + 1
            if let step {
                return grading.dayEnds(around: step, before: first, table[slot]).before
            }
            grading.trace(table[slot])
            return grading.timeline.dayEnd(first - 1)
        }
    }

    /// 5.2 on the slow path: the entry is not earlier than any that the rule has seen.
    private mutating func judgeNow(
        _ rule: WindowRule, _ state: inout WindowState, _ slot: Int, _ frame: Frame
    ) {
        let isSeen = rule.sees(frame.entry)
        let (sum, without) = seen.sums(frame.point, rule, state, around: frame.entry)
        let whole = whole(rule, slot, frame.point)
        let verdict = state.judge(
            time: frame.entry.time, rule: rule,
            isInDirection: isSeen && frame.entry.isCredit == rule.screen.isInflow,
            before: rule.screen.isReached(without, whole: whole),
            after: rule.screen.isReached(sum, whole: whole), sum: sum)
        announce(
            verdict, rule, &state, slot,
            Announcement(
                point: frame.point, entry: frame.entry, day: frame.entry.day,
                time: frame.entry.time, sum: sum, whole: whole, before: frame.before,
                after: frame.after, reasons: frame.reasons))
    }

    /// 5.3: fires once if no point reached the limit without the entry and one does with it; the highest tells.
    private mutating func judgeByPoints(
        _ rule: WindowRule, _ state: inout WindowState, _ slot: Int, _ frame: Frame
    ) {
        let entry = frame.entry
        let mayArm = entry.time >= state.latestSeen
        let isSeen = rule.sees(entry)
        if mayArm {
            // It may arm as any entry in order does; it does not ask whether the rule is armed.
            let (sum, without) = seen.sums(frame.point, rule, state, around: entry)
            let isBelow =
                !rule.screen.isReached(
                    without, whole: whole(rule, slot, frame.point, without: frame.entry.step))
                || !rule.screen.isReached(sum, whole: whole(rule, slot, frame.point))
            if isBelow, state.isCool(entry.time, rule.screen.coolDown) { state.isArmed = true }
        }
        guard isSeen, entry.isCredit == rule.screen.isInflow else { return }
        guard let best = highestPoint(rule, state, slot, frame) else { return }
        announce(Verdict(fires: true), rule, &state, slot, best)
    }

    /// The highest of the points that meet the limit with the entry; nil when none does, or one did without it.
    private mutating func highestPoint(
        _ rule: WindowRule, _ state: WindowState, _ slot: Int, _ frame: Frame
    ) -> Announcement? {
        var best: Announcement?
        for point in points(rule, slot, frame) {
            let (sum, without) = seen.sums(point, rule, state, around: frame.entry)
            let wholeWithout = whole(rule, slot, point, without: frame.entry.step)
            if rule.screen.isReached(without, whole: wholeWithout) { return nil }
            let whole = whole(rule, slot, point)
            guard rule.screen.isReached(sum, whole: whole), sum > best?.sum ?? .min else {
                continue
            }
            best = Announcement(
                point: point, entry: frame.entry, day: frame.entry.day, time: frame.entry.time,
                sum: sum, whole: whole, before: frame.before, after: frame.after,
                reasons: frame.reasons)
        }
        return best
    }

    /// The points to judge, in order: the entry's own, and those of entries seen within a window after it.
    private mutating func points(_ rule: WindowRule, _ slot: Int, _ frame: Frame) -> [WindowPoint] {
        let entry = frame.entry
        var points: [WindowPoint] = [frame.point]
        if frame.isByDate {
            var days: Set<Int32> = []
            for other in seen.entries
            where other.day > entry.day && other.day - entry.day < rule.days {
                days.insert(other.day)
            }
            points += days.sorted().map { .date($0) }
            return points
        }
        var dates: Set<Int32> = []
        var ordered: Int32?
        // One without a time belongs to its date, which may be that of an entry that is later than it.
        let others =
            table[slot].hasDateOnly ? seen.entries[...] : seen.later(than: entry.time)
        for other in others {
            let isAfter =
                other.isDateOnly
                ? other.day >= entry.day && other.day - entry.day < rule.days
                : other.time > entry.time && other.time < entry.time + rule.window
            guard isAfter, !dates.contains(other.day) else { continue }
            if ordered == other.day || !makesDateOnlyDay(other.day, slot) {
                ordered = other.day
                points.append(.time(other.time, day: other.day))
            } else {
                dates.insert(other.day)
                points.append(.date(other.day))
            }
        }
        return points
    }

    /// Whether one of the customer's entries, which `scratch` holds, makes `day` one without order.
    private mutating func makesDateOnlyDay(_ day: Int32, _ slot: Int) -> Bool {
        table[slot].hasDateOnly && scratch.contains { $0.makesDateOnlyDay && $0.day == day }
    }

    // MARK: the close of a day without order

    /// Whether `day` holds a booked entry without a time.
    mutating func isDateOnlyDay(_ day: Int32, _ slot: Int) -> Bool {
        guard table[slot].hasDateOnly else { return false }
        var offset = 0
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            if entry.makesDateOnlyDay, entry.day == day { return true }
            offset += entry.size
        }
        return false
    }

    /// The next day after `day` with an entry without a time; `Int32.max` when there is none.
    mutating func nextDateOnlyDay(after day: Int32, _ slot: Int) -> Int32 {
        guard table[slot].hasDateOnly else { return .max }
        var next = Int32.max
        var offset = 0
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            if entry.makesDateOnlyDay, entry.day > day { next = min(next, entry.day) }
            offset += entry.size
        }
        return next
    }

    /// 5.4: judges the day that closes by every windowed rule and by the shares of single entries.
    mutating func judgeDay(_ day: Int32, _ slot: Int) {
        decodeEntries(slot)
        grading.trace(table[slot])
        let before = grading.timeline.dayEnd(day - 1)
        let after = grading.timeline.dayEnd(day)
        if rules.hasSingleShare { judgeShares(day, slot) }
        guard !rules.windows.isEmpty, !table[slot].windows.isEmpty else { return }
        let end = policy.calendar.lastMicrosecond(of: Day(day)).microseconds
        for index in rules.windows.indices {
            let rule = rules.windows[index]
            guard rule.screen.judges(end) else { continue }
            var state = table[slot].windowState(index)
            judgeDay(day, end, slot, rule, &state, before: before, after: after)
            table[slot].setWindowState(index, state)
        }
    }

    private mutating func judgeDay(
        _ day: Int32, _ end: Int64, _ slot: Int, _ rule: WindowRule, _ state: inout WindowState,
        before: Int128, after: Int128
    ) {
        // What has alerted for the day already is left out.
        guard NoteList.find(table[slot].notes, NoteList.window, rule.screen.key, date: day) == nil
        else { return }
        var sum: Int128 = 0
        var own: Int128 = 0
        var isInDirection = false
        var newest: LogEntry?
        for entry in scratch where rule.sees(entry) && rule.holds(entry, in: .days(day)) {
            sum += rule.signed(entry)
            guard entry.day == day else { continue }
            own += rule.signed(entry)
            guard entry.isCredit == rule.screen.isInflow else { continue }
            isInDirection = true
            newest = entry
        }
        let whole = whole(rule, slot, .date(day))
        let verdict = state.judge(
            time: end, rule: rule, isInDirection: isInDirection,
            before: rule.screen.isReached(sum - own, whole: whole),
            after: rule.screen.isReached(sum, whole: whole), sum: sum)
        announce(
            verdict, rule, &state, slot,
            Announcement(
                point: .date(day), entry: nil, branchOf: newest, day: day, time: end, sum: sum,
                whole: whole, before: before, after: after, reasons: []))
    }

    private mutating func judgeShares(_ day: Int32, _ slot: Int) {
        for index in scratch.indices where scratch[index].day == day && !scratch[index].isHidden {
            let entry = scratch[index]
            let balance = grading.dayEnds(before: day, adding: entry.step, table[slot])
            judgeSingles(
                entry, slot, before: balance.before, after: balance.after, reasons: [],
                pass: .sharesAtClose)
        }
    }
}
