// Flow rules on an entry in order: the path of nearly every record. Single rules look at the entry; windowed ones
// keep a running sum (semantics, 5.1, 5.2, 5.6).
internal import Banking

extension Shard {
    /// Judges an entry that has a time, is in time, and is the latest of its customer.
    @inline(__always)
    mutating func judgeInOrder(_ entry: LogEntry, _ slot: Int, before: Int128) {
        if entry.amount >= rules.smallestSingle, !entry.isHidden {
            judgeSingles(entry, slot, before: before, after: table[slot].measure, reasons: [])
        }
        guard !rules.windows.isEmpty else { return }
        if table[slot].windows.isEmpty {
            guard rules.windows.contains(where: { $0.sees(entry) }) else { return }
            table[slot].openWindows(rules.windows.count, arena: &arena)
        }
        for index in rules.windows.indices {
            judgeWindow(index, entry, slot, before: before)
        }
    }

    @inline(__always)
    private mutating func judgeWindow(
        _ index: Int, _ entry: LogEntry, _ slot: Int, before: Int128
    ) {
        let rule = rules.windows[index]
        let isSeen = rule.sees(entry)
        var state = table[slot].windowState(index)
        // An entry that is not seen can only arm.
        if !isSeen, state.isArmed { return }
        rule.roll(&state, table[slot].entries, to: entry.time, end: entry.offset)
        let sumBefore = state.sum
        if isSeen {
            state.sum += rule.signed(entry)
            state.count += 1
        }
        if rule.screen.judges(entry.time) {
            let whole =
                rule.screen.share == nil
                ? 0
                : measure(
                    of: slot, upTo: entry.time - rule.window,
                    from: state.merged == .min ? Int(state.tail) : 0)
            let sum = state.sum
            let verdict = state.judge(
                time: entry.time, rule: rule,
                isInDirection: isSeen && entry.isCredit == rule.screen.isInflow,
                before: rule.screen.isReached(sumBefore, whole: whole),
                after: rule.screen.isReached(sum, whole: whole), sum: sum)
            if !verdict.isNothing {
                // What lies in the window, that of a merged minute whole, lies behind its beginning.
                decodeEntries(slot, from: Int(state.tail))
                if state.merged != .min { seen.load(scratch, rule) }
                announce(
                    verdict, rule, &state, slot,
                    Announcement(
                        point: .time(entry.time, day: entry.day), entry: entry, day: entry.day,
                        time: entry.time, sum: sum, whole: whole, before: before,
                        after: table[slot].measure, reasons: []))
            }
        }
        if isSeen {
            state.saw(entry.time)
            merge(rule, &state, slot)
        }
        table[slot].setWindowState(index, state)
    }

    /// 5.7: merges the oldest minutes of a window that is full.
    ///
    /// It must have been rolled to the latest entry that the rule has seen.
    @inline(__always)
    mutating func merge(_ rule: WindowRule, _ state: inout WindowState, _ slot: Int) {
        guard state.count > rules.windowCapacity else { return }
        let count = rule.merge(
            &state, table[slot].entries, at: state.latestSeen, capacity: rules.windowCapacity)
        if !isReplaying { counters.windowMerged += Int64(count) }
    }

    /// The customer's measure over all entries up to `time`, those that no rule sees too; those that lie before `offset`
    /// are not later.
    ///
    /// Costs the length of the log from there.
    ///
    /// A time before what the log holds for certain has no answer: 0, of which no share is reached.
    mutating func measure(of slot: Int, upTo time: Int64, from offset: Int) -> Int128 {
        guard reaches(time) else { return 0 }
        if grading.byAccount {
            decodeEntries(slot, from: offset)
            grading.traceMeasure(table[slot], scratch)
            return grading.measure(upTo: time)
        }
        var measure = table[slot].measure
        var offset = offset
        while offset < table[slot].entries.count {
            let entry = EntryLog.decode(table[slot].entries, offset)
            if entry.time > time, entry.flags.contains(.counted) {
                measure -= entry.isCredit ? Int128(entry.amount) : -Int128(entry.amount)
            }
            offset += entry.size
        }
        return measure
    }

    /// Whether the log holds all entries later than `time` for certain.
    @inline(__always)
    mutating func reaches(_ time: Int64) -> Bool { time >= clockTime - rules.retention }

    /// Which rules of single entries are asked, and when.
    enum SinglePass {
        case all, withoutShares, shares
        /// Shares at the close of a day without order: what has alerted is left out.
        case sharesAtClose
    }

    /// Asks the rules of single entries.
    mutating func judgeSingles(
        _ entry: LogEntry, _ slot: Int, before: Int128, after: Int128, reasons: AlertReasons,
        pass: SinglePass = .all
    ) {
        for index in rules.singles.indices {
            let screen = rules.singles[index]
            guard entry.isCredit == screen.isInflow, screen.judges(entry.time),
                screen.sees(entry)
            else { continue }
            if pass != .all, (screen.share == nil) != (pass == .withoutShares) { continue }
            guard screen.isReached(Int128(entry.amount), whole: before) else { continue }
            if pass == .sharesAtClose,
                NoteList.holds(
                    table[slot].notes, entry: IDText(table[slot].entries, entry.id).span,
                    account: entry.account, key: screen.key)
            {
                continue
            }
            guard
                let unknown = firing.admits(
                    screen.rule, table[slot],
                    branch: table[slot].entries.bytes(branch(entry, slot)))
            else { continue }
            guard isCool(screen, entry.time, slot) else {
                if !isReplaying { counters.suppressedCoolDown += 1 }
                continue
            }
            firing.single(
                screen, table[slot], entry,
                Firing.Flow(
                    value: Int128(entry.amount), threshold: screen.threshold(whole: before),
                    before: before, after: after, reasons: reasons.union(unknown)))
            noteSingle(screen, entry, slot)
        }
    }

    /// 5.6: whether the cool-down of a rule of single entries is over.
    private mutating func isCool(_ screen: Screen, _ time: Int64, _ slot: Int) -> Bool {
        guard screen.coolDown > 0 else { return true }
        let last = NoteList.lastFiring(table[slot].notes, screen.key)
        return last == .min || time >= last + screen.coolDown
    }

    private mutating func noteSingle(_ screen: Screen, _ entry: LogEntry, _ slot: Int) {
        if screen.coolDown > 0 {
            NoteList.setFiring(
                entry.time, key: screen.key, in: &table[slot].notes, arena: &arena)
        }
        guard screen.share != nil, entry.day > lastClosed else { return }
        NoteList.prune(&table[slot].notes, closed: lastClosed)
        NoteList.add(
            entry: IDText(table[slot].entries, entry.id).span, account: entry.account,
            key: screen.key,
            date: entry.day, to: &table[slot].notes, arena: &arena)
    }

    /// Where the branch of an entry lies in the log; empty when it has none or no rule asks.
    mutating func branch(_ entry: LogEntry, _ slot: Int) -> Range<Int> {
        guard entry.branchOffset >= 0 else { return 0..<0 }
        let start = entry.branchOffset + 1
        return start..<(start + Int(table[slot].entries[entry.branchOffset]))
    }

    /// Everything that an announcement of a window needs.
    struct Announcement {
        var point: WindowPoint
        /// The triggering entry; nil for a date's close.
        var entry: LogEntry?
        /// Whose branch a filter asks for.
        var branchOf: LogEntry?
        var day: Int32
        var time: Int64
        var sum: Int128
        var whole: Int128
        var before: Int128
        var after: Int128
        var reasons: AlertReasons
    }

    /// Acts on a verdict; `scratch` holds the customer's entries, `seen` those that the rule sees where the window ends at a
    /// time and minutes are merged.
    mutating func announce(
        _ verdict: Verdict, _ rule: WindowRule, _ state: inout WindowState, _ slot: Int,
        _ what: Announcement
    ) {
        if verdict.fires { fire(rule, &state, slot, what) }
        if verdict.escalates { escalate(rule, &state, slot, what) }
    }

    private mutating func fire(
        _ rule: WindowRule, _ state: inout WindowState, _ slot: Int, _ what: Announcement
    ) {
        let key = rule.screen.key
        let admitted: AlertReasons?
        if let named = what.entry ?? what.branchOf {
            admitted = firing.admits(
                rule.screen.rule, table[slot],
                branch: table[slot].entries.bytes(branch(named, slot)))
        } else {
            admitted = firing.admits(rule.screen.rule, table[slot], branch: Span<UInt8>())
        }
        guard let unknown = admitted else { return }
        guard state.isCool(what.time, rule.screen.coolDown) else {
            if !isReplaying { counters.suppressedCoolDown += 1 }
            return
        }
        firing.window(
            rule, table[slot], scratch, at: what.point, seen.span(what.point, rule, state),
            entry: what.entry, day: what.day, time: what.time, flow(rule, what, unknown))
        state.fired(at: what.time, value: what.sum)
        if rule.escalateBy != nil {
            stand(key, slot, what)
            state.hasStanding = true
        }
        if what.day > lastClosed {
            NoteList.prune(&table[slot].notes, closed: lastClosed)
            NoteList.add(
                window: key, date: what.day, to: &table[slot].notes, arena: &arena)
        }
    }

    private mutating func flow(_ rule: WindowRule, _ what: Announcement, _ unknown: AlertReasons)
        -> Firing.Flow
    {
        Firing.Flow(
            value: what.sum, threshold: rule.screen.threshold(whole: what.whole),
            before: what.before, after: what.after, reasons: what.reasons.union(unknown))
    }

    private mutating func stand(_ key: UInt64, _ slot: Int, _ what: Announcement) {
        let id = IDText(table[slot].entries, what.entry?.id ?? 0..<0)
        let hash = what.entry.map { Firing.accountHash($0, table[slot]) }
        NoteList.stand(
            key: key, date: what.day, version: 1, time: what.time, accountHash: hash,
            id: id.span, in: &table[slot].notes, arena: &arena)
    }

    private mutating func escalate(
        _ rule: WindowRule, _ state: inout WindowState, _ slot: Int, _ what: Announcement
    ) {
        guard
            let note = NoteList.find(table[slot].notes, NoteList.standing, rule.screen.key)
        else { return }
        firing.escalation(
            rule, table[slot], scratch, at: what.point, seen.span(what.point, rule, state),
            note: note, flow(rule, what, []))
        let version = NoteList.standing(table[slot].notes, note).version + 1
        NoteList.raise(note, to: version, in: table[slot].notes)
        state.announced = what.sum
    }
}
