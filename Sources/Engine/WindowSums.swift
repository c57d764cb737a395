// Windows of a rule: where they begin and end, and the running sum that serves customers whose entries come in order and
// have times. Everything else is summed afresh (`SeenEntries`).
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
    /// Whether `entry` lies in `span`.
    @inline(__always)
    func holds(_ entry: LogEntry, in span: WindowSpan) -> Bool {
        switch span {
        case .times(let start, let end, let day):
            if entry.isDateOnly { return holds(entry.day, upTo: day) }
            return entry.time > start && entry.time <= end
        case .days(let day): return holds(entry.day, upTo: day)
        }
    }

    /// Whether the window of dates that ends with `last` holds `day`.
    @inline(__always)
    func holds(_ day: Int32, upTo last: Int32) -> Bool { day <= last && last - day < days }

    /// Moves the window's beginning to after `time - window`.
    ///
    /// Where it is not known it is looked for from `start` on, before which no entry is of a minute that lies in the window.
    @inline(__always)
    func roll(
        _ state: inout WindowState, _ log: borrowing Blob, to time: Int64, from start: Int = 0,
        end: Int
    ) {
        if state.tail == .max { restart(&state, log, from: start, end: end) }
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

    /// Sums the log from `start` to `end`.
    private func restart(
        _ state: inout WindowState, _ log: borrowing Blob, from start: Int, end: Int
    ) {
        state.sum = 0
        state.count = 0
        state.tail = UInt32(start)
        var last = Int32.min
        var offset = start
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
