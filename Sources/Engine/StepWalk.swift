// A customer's steps one after another, without an array: for sums over days, where each is looked at once.

/// A place among the steps of a customer whose steps are not kept by account.
struct StepWalk {
    /// The day of the step here; `Int32.max` behind the last one.
    private(set) var day: Int32
    /// The change of the step that was taken last.
    private(set) var delta: Int128 = 0
    private var at = 0
    private var isFirst = true
    private var isOpen = false

    /// The first step of `customer`.
    @inline(__always)
    init(_ customer: borrowing Customer) {
        day = .max
        advance(customer)
    }

    /// Moves on to the next step, having told the change of this one; false behind the last.
    @inline(__always)
    mutating func take(_ customer: borrowing Customer) -> Bool {
        guard day != .max else { return false }
        if isOpen {
            delta = customer.openDelta
            day = .max
            return true
        }
        delta = StepList.unzigzag(StepList.get(customer.steps, &at))
        advance(customer)
        return true
    }

    /// Reads the day of the next step.
    @inline(__always)
    private mutating func advance(_ customer: borrowing Customer) {
        guard at < customer.steps.count else {
            isOpen = true
            day = customer.openDay == .min ? .max : customer.openDay
            return
        }
        let distance = StepList.get(customer.steps, &at)
        if isFirst {
            day = Int32(truncatingIfNeeded: StepList.unzigzag(distance))
            isFirst = false
        } else {
            day = day &+ Int32(truncatingIfNeeded: distance)
        }
    }
}
