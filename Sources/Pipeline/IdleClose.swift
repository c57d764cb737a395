// When the wall clock may move a task's clock (semantics, 3.4): only to close what is due, only so far behind real time
// that what is on its way still comes in time, and only where the task has kept up with real time: in a replay of old
// input, or after a wall clock that went wrong, input alone moves it.
public import Banking

/// How the wall clock closes days into which nothing comes.
public struct IdleClose: Sendable, Equatable {
    /// How far behind real time a clock stays, in microseconds.
    public var after: Int64
    /// How far behind real time a clock may lie to be moved, in microseconds.
    public var within: Int64

    /// The defaults: 10 seconds and 3 days.
    public init(after: Int64 = 10 * Micros.second, within: Int64 = 3 * Micros.day) {
        self.after = after
        self.within = within
    }

    /// The time to which `clock` may be moved at real time `now`; nil when nothing is due at `due` or it may not.
    func target(clock: Instant?, due: Instant?, now: Instant) -> Instant? {
        guard let clock, let due else { return nil }
        let target = now - after
        guard target >= due, target > clock, now <= clock + within else { return nil }
        return target
    }
}
