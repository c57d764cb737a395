// What a windowed rule keeps for each customer: the running sum and where its window begins in the log, whether it is
// armed, and what it last announced.
internal import Banking

/// The state of one windowed rule for one customer.
struct WindowState {
    /// Sum over the seen entries from `tail` to the end of the log.
    var sum: Int128 = 0
    /// The value last announced.
    var announced: Int128 = 0
    /// Time of the latest entry the rule has seen; `Int64.min` for none.
    var latestSeen = Int64.min
    /// Time of the latest firing; `Int64.min` for none.
    var lastFiring = Int64.min
    /// Offset in the log of the first entry in the window; `UInt32.max` when it must be found again.
    var tail: UInt32 = 0
    /// The seen entries from `tail` to the end of the log, those of a merged minute counted as one.
    var count: UInt32 = 0
    /// Minutes before this one are merged (5.7): each leaves as a whole; `Int32.min` while none is.
    var merged = Int32.min
    var isArmed = true
    /// Whether an alert stands that an escalation would continue.
    var hasStanding = false

    init() {}

    /// Whether cool-down, in microseconds, is over at `time`.
    @inline(__always)
    func isCool(_ time: Int64, _ coolDown: Int64) -> Bool {
        coolDown == 0 || lastFiring == .min || time >= lastFiring + coolDown
    }
}

/// What a rule decides at an entry or a close.
struct Verdict {
    /// It fires, unless a filter or a cool-down holds it back.
    var fires = false
    /// The alert that stands gets its next version.
    var escalates = false
    /// Whether there is nothing to do.
    var isNothing: Bool { !fires && !escalates }
}

extension WindowState {
    /// 5.2: an entry, or the end of a date, in order.
    ///
    /// Arms, and says whether the rule fires; firing itself (`fired`) is told afterwards, since a
    /// filter may hold it back.
    @inline(__always)
    mutating func judge(
        time: Int64, rule: borrowing WindowRule, isInDirection: Bool, before: Bool, after: Bool,
        sum: Int128
    ) -> Verdict {
        let mayArm = time >= latestSeen
        let isCool = isCool(time, rule.screen.coolDown)
        if !isArmed, mayArm, !before, isCool { isArmed = true }
        var verdict = Verdict()
        if isInDirection {
            // A crossing inside the cool-down is only counted.
            verdict.fires = after && (isArmed || (!before && !isCool))
            if !isArmed, hasStanding, let factor = rule.escalateBy {
                verdict.escalates =
                    sum * Int128(factor.denominator) >= announced * Int128(factor.numerator)
            }
        }
        if !isArmed, mayArm, !after, isCool { isArmed = true }
        return verdict
    }

    /// Notes that the rule fired at `time` with `value`.
    mutating func fired(at time: Int64, value: Int128) {
        isArmed = false
        lastFiring = max(lastFiring, time)
        announced = value
    }

    /// Notes an entry that the rule saw.
    @inline(__always)
    mutating func saw(_ time: Int64) { latestSeen = max(latestSeen, time) }
}

extension Customer {
    /// The state of the windowed rule at `index`.
    @inline(__always)
    func windowState(_ index: Int) -> WindowState {
        windows.load(index * MemoryLayout<WindowState>.stride, as: WindowState.self)
    }

    /// Writes the state of the windowed rule at `index` back.
    @inline(__always)
    func setWindowState(_ index: Int, _ state: WindowState) {
        windows.store(state, at: index * MemoryLayout<WindowState>.stride)
    }

    /// Makes room for the states of `count` rules.
    mutating func openWindows(_ count: Int, arena: inout Arena) {
        let stride = MemoryLayout<WindowState>.stride
        arena.reserve(&windows, count * stride)
        windows.extend(by: count * stride - windows.count)
        // A rule that is new to the customer finds its window by looking through the log.
        var fresh = WindowState()
        fresh.tail = .max
        for index in 0..<count { setWindowState(index, fresh) }
    }

    /// Moves the places that lie behind `offset` by `distance` bytes, which were put in there, or taken out when it is
    /// negative.
    ///
    /// Running sums are left alone.
    mutating func movePlaces(behind offset: Int, by distance: Int) {
        moveLandmark(behind: offset, by: distance)
        for index in 0..<(windows.count / MemoryLayout<WindowState>.stride) {
            var state = windowState(index)
            guard state.tail != .max, Int(state.tail) > offset else { continue }
            state.tail = UInt32(Int(state.tail) + distance)
            setWindowState(index, state)
        }
    }

    private mutating func moveLandmark(behind offset: Int, by distance: Int) {
        if Int(landmark) > offset { landmark = UInt32(Int(landmark) + distance) }
    }

    /// The same for `size` bytes of an entry that is let go of; a window that it may lie in loses its beginning.
    mutating func letGo(at offset: Int, size: Int) {
        moveLandmark(behind: offset, by: -size)
        for index in 0..<(windows.count / MemoryLayout<WindowState>.stride) {
            var state = windowState(index)
            guard state.tail != .max else { continue }
            state.tail = Int(state.tail) > offset ? state.tail - UInt32(size) : .max
            setWindowState(index, state)
        }
    }

    /// Forgets where windows begin.
    func loseTails() {
        for index in 0..<(windows.count / MemoryLayout<WindowState>.stride) {
            var state = windowState(index)
            state.tail = .max
            setWindowState(index, state)
        }
    }
}
