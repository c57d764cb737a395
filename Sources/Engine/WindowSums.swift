// Sums over windows. The running sum serves customers whose entries come in order and have times; everything else
// - entries out of order, late, without a time, shares - is summed afresh from the decoded log.
internal import Banking

/// A moment or a date at which a window ends.
enum WindowPoint {
    /// A time, and the booking day for the comparison with entries that have none.
    case time(Int64, day: Int32)
    /// A date; its last microsecond.
    case date(Int32)
}

/// The entries of a window, by their time or by their date.
enum WindowSpan {
    /// After the first time and up to the second; the booking day for the comparison with entries that have none.
    case times(after: Int64, upTo: Int64, day: Int32)
    /// The days up to this one.
    case days(Int32)
}

/// A minute since 1970.
@inline(__always)
func minute(of time: Int64) -> Int32 {
    Int32(clamping: Micros.floor(time, in: Micros.minute))
}

extension WindowRule {
    /// The window of `state` that ends at `point`.
    ///
    /// `entries` are the customer's; the one that lies at `left` counts as not there.
    func span(
        _ point: WindowPoint, _ state: WindowState, _ entries: [LogEntry], without left: Int = -1
    ) -> WindowSpan {
        switch point {
        case .date(let day): return .days(day)
        case .time(let time, let day):
            let start = time - window
            let oldest = minute(of: start)
            var newest = Int64.min
            if oldest < state.merged {
                for entry in entries where entry.offset != left && sees(entry) {
                    if minute(of: entry.time) == oldest { newest = max(newest, entry.time) }
                }
            }
            let after = newest > start ? Int64(oldest) * Micros.minute - 1 : start
            return .times(after: after, upTo: time, day: day)
        }
    }

    /// Whether `entry` lies in `span`.
    @inline(__always)
    func holds(_ entry: LogEntry, in span: WindowSpan) -> Bool {
        switch span {
        case .times(let start, let end, let day):
            if entry.isDateOnly { return entry.day <= day && day - entry.day < days }
            return entry.time > start && entry.time <= end
        case .days(let day):
            return entry.day <= day && day - entry.day < days
        }
    }

    /// The sum of the window `span` over `entries`.
    func sum(_ entries: [LogEntry], in span: WindowSpan) -> Int128 {
        var sum: Int128 = 0
        for entry in entries where sees(entry) && holds(entry, in: span) { sum += signed(entry) }
        return sum
    }

    /// The sum of the window of `state` that ends at `point` over `entries`, and what it would be without `entry`, one of
    /// them.
    func sums(
        _ point: WindowPoint, _ state: WindowState, _ entries: [LogEntry], around entry: LogEntry
    ) -> (sum: Int128, without: Int128) {
        let span = span(point, state, entries)
        let sum = sum(entries, in: span)
        var rest = span
        var without = sum
        if minute(of: entry.time) < state.merged {
            // It may be the one with which its minute leaves.
            rest = self.span(point, state, entries, without: entry.offset)
            without = self.sum(entries, in: rest)
        }
        if sees(entry), holds(entry, in: rest) { without -= signed(entry) }
        return (sum, without)
    }

    /// Moves the window's beginning to after `time - window`, and returns the running sum then.
    @inline(__always)
    func roll(_ state: inout WindowState, _ log: borrowing Blob, to time: Int64, end: Int) {
        if state.tail == .max { restart(&state, log, end: end) }
        if state.merged != .min { return rollMinutes(&state, log, to: time, end: end) }
        var tail = Int(state.tail)
        while tail < end, EntryLog.time(log, tail) <= time - window {
            let entry = EntryLog.decode(log, tail)
            if sees(entry) {
                state.sum -= signed(entry)
                state.count -= 1
            }
            tail += entry.size
        }
        state.tail = UInt32(truncatingIfNeeded: tail)
    }

    /// `roll` where minutes are merged: each goes when its newest entry does.
    @inline(never)
    private func rollMinutes(
        _ state: inout WindowState, _ log: borrowing Blob, to time: Int64, end: Int
    ) {
        let start = time - window
        while state.tail < end {
            // The entries of one minute, or a single one.
            var next = Int(state.tail)
            let first = minute(of: EntryLog.time(log, next))
            var (sum, count, newest) = (Int128(0), UInt32(0), Int64.min)
            var isSame = true
            while isSame {
                let entry = EntryLog.decode(log, next)
                next += entry.size
                if sees(entry) {
                    (sum, count, newest) = (sum + signed(entry), 1, entry.time)
                } else if first >= state.merged {
                    newest = entry.time
                }
                isSame = next < end && first < state.merged
                if isSame { isSame = minute(of: EntryLog.time(log, next)) == first }
            }
            guard newest <= start else { return }
            state.sum -= sum
            state.count -= count
            state.tail = UInt32(truncatingIfNeeded: next)
        }
    }

    /// Sums the whole log up to `end`.
    private func restart(_ state: inout WindowState, _ log: borrowing Blob, end: Int) {
        state.sum = 0
        state.count = 0
        state.tail = 0
        var last = Int32.min
        var offset = 0
        while offset < end {
            let entry = EntryLog.decode(log, offset)
            offset += entry.size
            guard sees(entry) else { continue }
            state.sum += signed(entry)
            let minute = minute(of: entry.time)
            if minute >= state.merged || minute != last { state.count += 1 }
            last = minute
        }
    }

    /// Merges the oldest minutes of a window that ends at `time`, its latest entry, until `capacity` is kept or only the
    /// latest minute is left (5.7).
    ///
    /// Returns how many entries went into others. The window must have been rolled to `time`. Costs the window's length.
    @inline(never)
    func merge(
        _ state: inout WindowState, _ log: borrowing Blob, at time: Int64, capacity: Int
    ) -> Int {
        let (known, latest) = (state.merged, minute(of: time))
        guard known < latest else { return 0 }
        var count = 0
        var current = Int32.min
        var offset = Int(state.tail)
        while offset < log.count {
            let entry = EntryLog.decode(log, offset)
            offset += entry.size
            let minute = minute(of: entry.time)
            guard minute >= known, sees(entry) else { continue }
            if minute == current {
                count += 1
                state.count -= 1
            } else {
                guard state.count > capacity, minute < latest else { break }
                current = minute
                state.merged = minute + 1
            }
        }
        // Of the minute in which the window begins some entries have left, and are in it again.
        let oldest = minute(of: time - window)
        if oldest >= known, oldest < state.merged { state.tail = .max }
        return count
    }
}
