// The bank's calendar: which local day a moment belongs to, and when that day begins and ends.
// Offsets from UTC change at transitions; between two of them local time is UTC plus a constant.

/// The days of one time zone.
///
/// A value type over two immutable arrays; look-ups cost a binary search over the transitions, O(1)
/// while consecutive look-ups stay within one span (see `Cursor`).
public struct BusinessCalendar: Sendable, Equatable {
    /// The zone's name, as in the settings.
    public let name: String
    /// Moments at which the offset changes, ascending, in microseconds since the epoch.
    let transitions: [Int64]
    /// Offsets in microseconds: `offsets[0]` holds before the first transition, `offsets[i]` from transition i-1.
    let offsets: [Int64]

    /// A calendar from its transitions; `offsets` has one element more than `transitions`.
    public init(name: String, transitions: [Instant], offsetSeconds: [Int]) {
        precondition(offsetSeconds.count == transitions.count + 1)
        self.name = name
        self.transitions = transitions.map(\.microseconds)
        offsets = offsetSeconds.map { Int64($0) * Micros.second }
    }

    /// A calendar whose offset never changes.
    public init(name: String, fixedOffsetSeconds: Int) {
        self.init(name: name, transitions: [], offsetSeconds: [fixedOffsetSeconds])
    }

    /// The number of transitions up to `time`: the index of the offset in force.
    private func index(at time: Instant) -> Int {
        transitions.partitioningIndex { $0 > time.microseconds }
    }

    /// The span of constant offset that holds `time`: microseconds from, to (excluded), and the offset.
    public func span(at time: Instant) -> (from: Int64, to: Int64, offset: Int64) {
        let index = index(at: time)
        return (
            index == 0 ? .min : transitions[index - 1],
            index == transitions.count ? .max : transitions[index], offsets[index]
        )
    }

    /// Microseconds by which local time is ahead of UTC at `time`.
    public func offsetMicroseconds(at time: Instant) -> Int64 { span(at: time).offset }

    /// The local day of `time`.
    public func day(of time: Instant) -> Day {
        BusinessCalendar.day(of: time.microseconds + span(at: time).offset)
    }

    /// The first moment of `day`: the earliest moment whose local day is not before it.
    ///
    /// Where midnight is skipped, the day begins at the transition; where it comes twice, at the
    /// first of the two.
    public func start(of day: Day) -> Instant {
        let local = Int64(day.number) * Micros.day
        // Offsets are below a day and a half, so earlier spans end before local midnight.
        var index = index(at: Instant(microseconds: local - 2 * Micros.day))
        while index < transitions.count {
            let from = index == 0 ? Int64.min : transitions[index - 1]
            let moment = max(local - offsets[index], from)
            if moment < transitions[index] { return Instant(microseconds: moment) }
            index += 1
        }
        return Instant(microseconds: max(local - offsets[index], transitions.last ?? .min))
    }

    /// The last microsecond of `day`.
    public func lastMicrosecond(of day: Day) -> Instant { start(of: day + 1) - 1 }

    /// The day of a local time in microseconds since 1970-01-01T00:00 local.
    @inlinable static func day(of local: Int64) -> Day {
        return Day(Int32(Micros.floor(local, in: Micros.day)))
    }

    /// A look-up that remembers the last span: O(1) for times that lie close together.
    public struct Cursor: Sendable {
        @usableFromInline let calendar: BusinessCalendar
        @usableFromInline var from = Int64.max
        @usableFromInline var to = Int64.min
        @usableFromInline var offset: Int64 = 0

        /// A cursor over `calendar`.
        public init(_ calendar: BusinessCalendar) { self.calendar = calendar }

        /// Microseconds by which local time is ahead of UTC at `time`.
        @inlinable
        public mutating func offsetMicroseconds(at time: Instant) -> Int64 {
            if time.microseconds < from || time.microseconds >= to {
                (from, to, offset) = calendar.span(at: time)
            }
            return offset
        }

        /// The local day of `time`.
        @inlinable
        public mutating func day(of time: Instant) -> Day {
            BusinessCalendar.day(of: time.microseconds + offsetMicroseconds(at: time))
        }
    }
}
