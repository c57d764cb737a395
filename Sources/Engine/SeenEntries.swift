// Sums over many windows of one customer: entries out of order, late, or without a time are judged at each point that
// they could have moved. The entries lie in the order of their time, so that with the sums up to each of them a window of
// times is a difference of two, found by bisection: it costs the entries once for each rule, and those without a time once
// more for each point. A window of dates costs the entries at each of its points.
internal import Banking

/// The entries that one windowed rule sees of a customer; used again for each.
struct SeenEntries {
    /// What windows ask of an entry.
    struct Seen {
        let time: Int64
        let day: Int32
        let isDateOnly: Bool
        /// Where it lies in the log.
        let offset: Int
        /// What it adds to a sum.
        let signed: Int128
        /// The sum of those before it that have a time.
        let sumBefore: Int128
    }

    /// In the order of their time.
    private(set) var entries: [Seen] = []
    /// The sum of all that have a time.
    private var total: Int128 = 0
    /// Those without one.
    private var dateOnly: [Seen] = []

    /// Takes those of `log`, a customer's entries in order, that `rule` sees.
    mutating func load(_ log: [LogEntry], _ rule: WindowRule) {
        entries.removeAll(keepingCapacity: true)
        dateOnly.removeAll(keepingCapacity: true)
        total = 0
        for entry in log where rule.sees(entry) {
            let seen = Seen(
                time: entry.time, day: entry.day, isDateOnly: entry.isDateOnly,
                offset: entry.offset, signed: rule.signed(entry), sumBefore: total)
            entries.append(seen)
            if seen.isDateOnly { dateOnly.append(seen) } else { total += seen.signed }
        }
    }

    /// The number of entries whose time is at most `time`.
    private func count(upTo time: Int64) -> Int { entries.partitioningIndex { $0.time > time } }

    /// Those whose time is later than `time`.
    func later(than time: Int64) -> ArraySlice<Seen> { entries[count(upTo: time)...] }

    /// The sum of those that have a time, of the first `count`.
    private func sum(ofFirst count: Int) -> Int128 {
        count < entries.count ? entries[count].sumBefore : total
    }

    /// The window of `state` that ends at `point`; the entry that lies at `left` counts as not there.
    func span(
        _ point: WindowPoint, _ rule: WindowRule, _ state: WindowState, without left: Int = -1
    ) -> WindowSpan {
        switch point {
        case .date(let day): return .days(day)
        case .time(let time, let day):
            let start = time - rule.window
            let oldest = minute(of: start)
            let isWhole = oldest < state.merged && holds(after: start, in: oldest, without: left)
            let after = isWhole ? Int64(oldest) * Micros.minute - 1 : start
            return .times(after: after, upTo: time, day: day)
        }
    }

    /// Whether an entry of `minute` is later than `time`, but for the one that lies at `left`.
    private func holds(after time: Int64, in minute: Int32, without left: Int) -> Bool {
        var index = count(upTo: time)
        if index < entries.count, entries[index].offset == left { index += 1 }
        return index < entries.count && Engine.minute(of: entries[index].time) == minute
    }

    /// The sum of the window `span`.
    ///
    /// Costs a bisection, of dates all entries.
    func sum(_ rule: WindowRule, in span: WindowSpan) -> Int128 {
        switch span {
        case .times(let after, let end, let day):
            var sum = sum(ofFirst: count(upTo: end)) - sum(ofFirst: count(upTo: after))
            for entry in dateOnly where rule.holds(entry.day, upTo: day) { sum += entry.signed }
            return sum
        case .days(let day):
            var sum: Int128 = 0
            for entry in entries where rule.holds(entry.day, upTo: day) { sum += entry.signed }
            return sum
        }
    }

    /// The sum of the window of `state` that ends at `point`, and what it would be without `entry`, one of the customer's.
    func sums(
        _ point: WindowPoint, _ rule: WindowRule, _ state: WindowState, around entry: LogEntry
    ) -> (sum: Int128, without: Int128) {
        let span = span(point, rule, state)
        let sum = sum(rule, in: span)
        var rest = span
        var without = sum
        if minute(of: entry.time) < state.merged {
            // It may be the one with which its minute leaves.
            rest = self.span(point, rule, state, without: entry.offset)
            without = self.sum(rule, in: rest)
        }
        if rule.sees(entry), rule.holds(entry, in: rest) { without -= rule.signed(entry) }
        return (sum, without)
    }
}
