// A clock that moves without a record (semantics, 3.4): time itself lets dates close when no input comes. Whoever calls
// this knows that the input ends here; the shard only does what is due, each thing as of its own time. So a move to a
// later time does all that one to an earlier time does, in the same order, and then the rest: of several moves between
// two records the last one stands for all.
public import Banking

extension Shard {
    /// The first time at which a clock that moved there would change anything; nil before the first record.
    public var nextDue: Instant? {
        clockTime == .min ? nil : Instant(microseconds: nextClose)
    }

    /// Moves the clock to `time` between the records below `offset` and that at it, and closes what that closes.
    ///
    /// Alerts name no record as their source. Returns whether the clock moved: it never goes back, and before the first
    /// record there is none. When a close is done in parts it has moved to that close's time only, until `continueClose`
    /// has done the rest.
    public mutating func advance(to time: Instant, offset: Int64) -> Bool {
        let time = time.microseconds
        // Where the clock stands at the time of a close that was not over yet there is still something to do.
        guard clockTime != .min, time > clockTime || time == clockTime && time >= nextClose else {
            return false
        }
        firing.begin(offset: -1, timestampMillis: -1, isSilent: isReplaying)
        closing.beginTurn()
        while time >= nextClose {
            guard closeNext(offset, inParts: true) else {
                stop(target: time, offset, clock: nil)
                return true
            }
        }
        clockTime = time
        return true
    }

    /// In restore, whether the state of the customer in `slot` has the close of `day` in it, which the record at
    /// `offset`, or a move of the clock before it, causes.
    ///
    /// Its date says so: offsets cannot tell what was written before a move of the clock from what was written after it.
    @inline(__always)
    mutating func holdsClose(of day: Int32, _ slot: Int, _ offset: Int64) -> Bool {
        guard slot < heldDates.count, heldDates[slot] != .min else {
            return table[slot].lsn >= offset
        }
        return heldDates[slot] >= day
    }

    /// Notes the last date whose close is in the state that was read for the customer in `slot`.
    mutating func hold(_ day: Day?, _ slot: Int) {
        while heldDates.count <= slot { heldDates.append(.min) }
        heldDates[slot] = day?.number ?? .min
    }
}
