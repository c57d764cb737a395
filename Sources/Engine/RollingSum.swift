// The sum of a customer's window of day-ends, rolled forward from the close at which it was last asked for: the days
// that enter have the measure as it is now (and as it was before the open step), those that leave are read from the
// oldest steps. And from it the next date on which a tier could change: between steps the sum changes by the same
// amount each day, so that a level is crossed in the segment where the margin to it changes sign.
internal import Banking

extension Grading {
    /// The average of the window that ends at `day`, the sum rolled there; nil before there are enough days.
    @inline(__always)
    mutating func rolledAverage(_ customer: inout Customer, day: Int32) -> Average? {
        let start = customer.startDay
        guard isOn, start <= day, Int(day - start) + 1 >= policy.minHistoryDays else { return nil }
        roll(&customer, to: day)
        return average(sum: customer.windowSum, start: start, day: day)
    }

    /// Moves the customer's sum to the window that ends at `day`.
    ///
    /// O(1) but for days that leave, and for customers who could not be rolled.
    private mutating func roll(_ customer: inout Customer, to day: Int32) {
        let k = Int32(clamping: policy.trailingDays)
        let last = customer.windowDay
        let isRolling =
            !byAccount && last != .min && last <= day && customer.lastStepDay <= last
            && customer.openDay <= day
        guard isRolling else {
            customer.windowSum = windowSum(customer, day)
            customer.windowDay = day
            return
        }
        let opened = max(customer.openDay, last + 1)
        customer.windowSum +=
            (customer.measure - customer.openDelta) * Int128(opened - last - 1)
            + customer.measure * Int128(day - opened + 1)
        if day - k >= customer.startDay {
            customer.windowSum -= StepList.sum(
                customer, from: max(last - k + 1, customer.startDay), to: day - k)
        }
        customer.windowDay = day
    }

    /// The sum made afresh.
    private mutating func windowSum(_ customer: Customer, _ day: Int32) -> Int128 {
        let k = Int32(clamping: policy.trailingDays)
        let from = max(customer.startDay, day - k + 1)
        guard byAccount else { return StepList.sum(customer, from: from, to: day) }
        trace(customer)
        return timeline.sum(from: from, to: day)
    }

    /// Corrects the sum for a step of `delta` that has just been added at `day`.
    @inline(__always)
    func correct(_ customer: inout Customer, day: Int32, delta: Int128) {
        guard day <= customer.windowDay else { return }
        if byAccount {
            customer.windowDay = .min
            return
        }
        let first = customer.windowDay - Int32(clamping: policy.trailingDays) + 1
        customer.windowSum += delta * Int128(customer.windowDay - max(day, first) + 1)
    }

    /// A date after `day`, not behind the first at whose close the tier could differ from that of `average` if nothing
    /// moves; `Int32.max` for never.
    ///
    /// Looks a few segments ahead: behind them the customer is looked at again.
    mutating func nextLook(_ customer: Customer, after day: Int32, average: Average?) -> Int32 {
        let start = customer.startDay
        guard isOn, start != .max else { return .max }
        guard let average else {
            return max(day + 1, start + Int32(clamping: max(policy.minHistoryDays, 1) - 1))
        }
        guard !byAccount, customer.openDay <= day, customer.lastStepDay <= day else {
            trace(customer)
            return nextChange(start: start, after: day, average: average)
        }
        return crossing(customer, after: day, average)
    }

    private func crossing(_ customer: Customer, after day: Int32, _ average: Average) -> Int32 {
        let k = Int32(min(policy.trailingDays, 4_000_000))
        let start = customer.startDay
        var margins = Margins(average, edges)
        var first = day + 1
        if first - k < start {
            // Nothing leaves before the window is full.
            let length = start + k - first
            let grows: Int128 = policy.denominator == .elapsed ? 1 : 0
            if let days = margins.pass(length, gain: customer.measure, added: grows) {
                return day + days
            }
            return start + k
        }
        var walk = StepWalk(customer)
        var leaves = customer.settled
        while walk.day <= first - k, walk.take(customer) { leaves += walk.delta }
        for _ in 0..<Grading.segments {
            // Days first ..< end have one day-end that leaves.
            guard walk.day < .max - k else {
                return margins.cross(gain: customer.measure - leaves, last: first - 1)
            }
            let end = walk.day + k
            if let days = margins.pass(end - first, gain: customer.measure - leaves, added: 0) {
                return first - 1 + days
            }
            first = end
            while walk.day <= first - k, walk.take(customer) { leaves += walk.delta }
        }
        return first
    }

    /// Segments that are looked at ahead.
    private static var segments: Int { 8 }
}
