// What of a customer's log an entry on the slow path needs: those entries that a window could hold together with it.
// They lie in the order of time, so that a landmark before them is all that must be known; and where the running sum
// tells that nothing happens, they need not even be decoded.
internal import Banking

/// What is known of the log around an entry that is judged.
struct Surroundings {
    /// Where it begins: before every minute of a window that the entry could lie in; -1 when that was not looked for yet.
    var start = -1
    /// Whether `scratch` holds the entries from there on.
    var isDecoded = false
    /// Index of the rule whose entries `seen` holds.
    var rule = -1
}

/// What is known of the windows that hold an entry without going over them.
struct Outline {
    /// The sum of the one that ends at the entry.
    var sum: Int128
    /// The sum of all entries that any of them holds.
    var most: Int128
    /// How many those are.
    var count: Int

    /// Whether it says that `rule` neither fires nor changes: it looks at the times from `entry` on when that `isEarlier`
    /// than one it has seen, at the entry's own otherwise.
    func isIdle(_ rule: WindowRule, _ state: WindowState, _ entry: LogEntry, isEarlier: Bool)
        -> Bool
    {
        // Every window lies below the limit.
        if !rule.isNet, most < Int128(rule.screen.atLeast), isEarlier || state.isArmed {
            return true
        }
        guard rule.screen.share == nil else { return false }
        let isSeen = rule.sees(entry)
        let own = isSeen ? rule.signed(entry) : 0
        let wasReached = rule.screen.isReached(sum - own, whole: 0)
        // One of several has reached it without the entry.
        if isEarlier { return wasReached }
        let isReached = rule.screen.isReached(sum, whole: 0)
        return state.isArmed
            ? !isReached : wasReached && isReached && !(isSeen && rule.escalateBy != nil)
    }
}

extension Shard {
    /// Fills `scratch` with the entries that a window could hold together with `entry`, and goes back over the measure.
    mutating func load(_ around: inout Surroundings, _ entry: LogEntry, _ slot: Int) {
        guard !around.isDecoded else { return }
        find(&around, entry, slot)
        around.isDecoded = true
        decodeEntries(slot, from: around.start)
        if rules.hasWindowShare { grading.traceMeasure(table[slot], scratch) }
    }

    /// The same with `seen`, those of them that the rule at `index` sees.
    mutating func load(
        _ around: inout Surroundings, seenBy index: Int, _ entry: LogEntry, _ slot: Int
    ) {
        load(&around, entry, slot)
        guard around.rule != index else { return }
        around.rule = index
        seen.load(scratch, rules.windows[index])
    }

    /// Looks where the surroundings begin.
    ///
    /// Where days are compared by their dates that is the whole log, since an entry's date may lie far from its time.
    private mutating func find(_ around: inout Surroundings, _ entry: LogEntry, _ slot: Int) {
        guard around.start < 0 else { return }
        around.start =
            table[slot].hasDateOnly
            ? 0 : firstEntry(after: entry.time - rules.widest - Micros.minute, slot)
    }

    /// What the running sum of `rule`, which has taken `entry` if the rule sees it, tells of windows with it; nil when it
    /// tells nothing.
    ///
    /// Rolls it to the entry, should it lie behind. Costs the entries by which the entry's window begins and ends before
    /// the running one.
    mutating func outline(
        _ rule: WindowRule, _ state: inout WindowState, _ around: inout Surroundings,
        _ entry: LogEntry, _ slot: Int
    ) -> Outline? {
        guard !table[slot].hasDateOnly, state.merged == .min, state.tail != .max else { return nil }
        // What lies in older windows may be in the log still, and does not count.
        guard reaches(entry.time - rules.widest) else { return nil }
        rule.roll(
            &state, table[slot].entries, to: entry.time, end: table[slot].entries.count)
        find(&around, entry, slot)
        var outline = Outline(sum: state.sum, most: state.sum, count: Int(state.count))
        var offset = around.start
        while offset < Int(state.tail) {
            if EntryLog.time(table[slot].entries, offset) <= entry.time - rule.window {
                offset += EntryLog.place(ofID: table[slot].entries, offset).size
                continue
            }
            let other = EntryLog.decode(table[slot].entries, offset)
            offset += other.size
            guard rule.sees(other) else { continue }
            outline.most += rule.signed(other)
            outline.count += 1
        }
        outline.sum = outline.most
        offset = entry.offset + entry.size
        while offset < table[slot].entries.count {
            let other = EntryLog.decode(table[slot].entries, offset)
            offset += other.size
            if rule.sees(other) { outline.sum -= rule.signed(other) }
        }
        return outline
    }

    /// 5.7 on the slow path, for the rule at `index`, whose running sum has taken `entry`.
    ///
    /// The sum may have been rolled beyond the latest entry that the rule has seen, where none is without a time; what it
    /// counts then tells nothing.
    mutating func mergeAfresh(
        _ index: Int, _ state: inout WindowState, _ around: inout Surroundings, _ entry: LogEntry,
        _ slot: Int
    ) {
        let rule = rules.windows[index]
        var start = 0
        if !table[slot].hasDateOnly {
            load(&around, seenBy: index, entry, slot)
            let count = seen.later(than: state.latestSeen - rule.window).count
            if state.merged == .min, count <= rules.windowCapacity { return }
            start = around.start
            state.tail = .max
        }
        rule.roll(
            &state, table[slot].entries, to: state.latestSeen, from: start,
            end: table[slot].entries.count)
        merge(rule, &state, slot)
    }
}

extension WindowState {
    /// Adds an entry of the log, one that `rule` sees, to the running sum; makes it unknown where that says nothing.
    mutating func take(_ entry: LogEntry, _ rule: WindowRule) {
        if minute(of: entry.time) < merged {
            // Its minute may be in the window again.
            tail = .max
        } else if tail != .max, entry.offset >= Int(tail) {
            sum += rule.signed(entry)
            count += 1
        }
    }
}
