// The clock of a task at places of its input that are not far apart. A restore begins at one of them: at the last
// one that is not after the oldest change which the changelog lacks.
import Engine

/// Positions in ascending order, each with the clock before the record there.
struct ClockTrail {
    struct Point: Equatable {
        var position: Int64
        var clock: TaskClock
    }

    /// Records between two points at least.
    static let step: Int64 = 1024
    private var points: [Point] = []
    private var first = 0

    /// Points kept.
    var count: Int { points.count - first }

    /// Notes the clock before the record at `position`, unless the last point is near.
    mutating func note(_ position: Int64, _ clock: @autoclosure () -> TaskClock) {
        if let last = points.last, count > 0, position < last.position + ClockTrail.step { return }
        points.append(Point(position: position, clock: clock()))
    }

    /// The last point not after `position`; forgets those before it.
    ///
    /// There must be one.
    mutating func point(at position: Int64) -> Point {
        precondition(count > 0 && points[first].position <= position, "the trail begins in time")
        while first + 1 < points.count, points[first + 1].position <= position { first += 1 }
        if first >= 256, first * 2 > points.count {
            points.removeFirst(first)
            first = 0
        }
        return points[first]
    }

    /// Forgets all but the moment now.
    mutating func restart(_ position: Int64, _ clock: TaskClock) {
        points.removeAll(keepingCapacity: true)
        first = 0
        points.append(Point(position: position, clock: clock))
    }
}
