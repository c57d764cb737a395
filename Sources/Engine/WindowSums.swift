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

extension WindowRule {
    /// Whether `entry` lies in the window that ends at `point`.
    @inline(__always)
    func holds(_ entry: LogEntry, at point: WindowPoint) -> Bool {
        switch point {
        case .time(let time, let day):
            if entry.isDateOnly { return entry.day <= day && day - entry.day < days }
            return entry.time > time - window && entry.time <= time
        case .date(let day):
            return entry.day <= day && day - entry.day < days
        }
    }

    /// The sum of the window that ends at `point` over `entries`.
    func sum(_ entries: [LogEntry], at point: WindowPoint) -> Int128 {
        var sum: Int128 = 0
        for entry in entries where sees(entry) && holds(entry, at: point) { sum += signed(entry) }
        return sum
    }

    /// Moves the window's beginning to after `time - window`, and returns the running sum then.
    @inline(__always)
    func roll(_ state: inout WindowState, _ log: borrowing Blob, to time: Int64, end: Int) {
        if state.tail == .max { restart(&state, log, end: end) }
        var tail = Int(state.tail)
        while tail < end, EntryLog.time(log, tail) <= time - window {
            let entry = EntryLog.decode(log, tail)
            if sees(entry) { state.sum -= signed(entry) }
            tail += entry.size
        }
        state.tail = UInt32(truncatingIfNeeded: tail)
    }

    /// Sums the whole log up to `end`.
    private func restart(_ state: inout WindowState, _ log: borrowing Blob, end: Int) {
        state.sum = 0
        state.tail = 0
        var offset = 0
        while offset < end {
            let entry = EntryLog.decode(log, offset)
            if sees(entry) { state.sum += signed(entry) }
            offset += entry.size
        }
    }
}
