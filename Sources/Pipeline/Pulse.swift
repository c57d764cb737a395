// A watch on what may hang: the library's calls have bounds, but not all of them keep theirs. A worker shows with each
// turn that it goes on, and when a commit begins and ends; the supervisor counts how long it has seen nothing new. Only
// time in which the supervisor was awake itself counts: a process that was stopped as a whole has no thread that hangs.
import Synchronization

/// Written by one worker, read by the supervisor.
final class Pulse: Sendable {
    private let turns = Atomic<UInt64>(0)
    /// Odd while a commit is under way.
    private let commits = Atomic<UInt64>(0)

    /// The worker goes on.
    func turn() { turns.add(1, ordering: .relaxed) }

    /// A commit was handed to the commit thread.
    func commitBegins() { commits.store(commits.load(ordering: .relaxed) | 1, ordering: .relaxed) }

    /// Its outcome is known, or no longer matters.
    func commitEnds() {
        let count = commits.load(ordering: .relaxed)
        if count & 1 == 1 { commits.store(count &+ 1, ordering: .relaxed) }
    }

    /// What has been shown up to now.
    var beats: Beats {
        Beats(turns: turns.load(ordering: .relaxed), commits: commits.load(ordering: .relaxed))
    }

    /// Counts of a pulse at one moment.
    struct Beats: Equatable {
        var turns: UInt64
        var commits: UInt64
        var isCommitting: Bool { commits & 1 == 1 }
    }
}

/// How long one worker has shown nothing new; belongs to the supervisor.
struct StallWatch {
    /// From then on the daemon is not ready: a commit takes milliseconds, a transaction at most 10 s.
    static let suspectMilliseconds: Int64 = 15_000
    /// From then on it hangs, if Kafka answers others.
    static let hangMilliseconds: Int64 = 120_000

    private var last: Pulse.Beats
    private var still: Int64 = 0
    private var committing: Int64 = 0

    init(_ beats: Pulse.Beats) { last = beats }

    /// Looks once more, `elapsed` milliseconds after the last time.
    mutating func look(_ beats: Pulse.Beats, elapsed: Int64) {
        // A look is due every second; what is more, this thread has slept through.
        let elapsed = min(elapsed, 2000)
        still = beats.turns == last.turns ? still + elapsed : 0
        committing = beats.isCommitting && beats.commits == last.commits ? committing + elapsed : 0
        last = beats
    }

    /// What stands still for how many milliseconds, nil when nothing does for long.
    var suspicion: String? {
        if committing >= StallWatch.suspectMilliseconds {
            return "a commit has been under way for \(committing / 1000) s"
        }
        guard still >= StallWatch.suspectMilliseconds else { return nil }
        return "a worker has stood still for \(still / 1000) s"
    }

    /// Whether waiting longer makes no sense.
    var hangs: Bool { max(still, committing) >= StallWatch.hangMilliseconds }
}
