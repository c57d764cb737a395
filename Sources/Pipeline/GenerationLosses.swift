// When a process should end with what it loses: a place in the group that is taken at once again has a namesake behind
// it, and more than three generations lost in ten minutes are no accident.
import Kafka

/// Counts what a worker has lost to others.
///
/// Pure; milliseconds of a clock that never goes back.
struct GenerationLosses {
    static let most = 3
    static let windowMilliseconds: Int64 = 600_000
    /// A namesake that is fenced in turn hears it with its next heartbeat, and takes the place back; a broker that fails
    /// again leaves more time than this, since a session must end first.
    static let calmMilliseconds: Int64 = 10_000

    /// So long after a loss no producer is made, which would fence a namesake's in turn, and so on until both processes
    /// end: the one whose place in the group is taken hears it first, with its next heartbeat.
    static let pauseMilliseconds = ClientProperties.heartbeatMilliseconds + 500

    private var times: [Int64] = []
    /// When the place in the group was taken last.
    private var placeLost: Int64?

    /// Before when no producer is to be made.
    var pauseEnd: Int64 { times.last.map { $0 + GenerationLosses.pauseMilliseconds } ?? 0 }

    /// A generation was lost at `now`; false when the process should end.
    mutating func lost(now: Int64) -> Bool {
        times.removeAll { now - $0 >= GenerationLosses.windowMilliseconds }
        times.append(now)
        return times.count <= GenerationLosses.most
    }

    /// Another member has taken the place in the group at `now`; false when the process should end.
    mutating func lostPlace(now: Int64) -> Bool {
        defer { placeLost = now }
        guard let placeLost else { return true }
        return now - placeLost >= GenerationLosses.calmMilliseconds
    }
}

/// Why a generation ended, as metrics and log lines say it: one of these, or the name of an error.
enum LossReason {
    static let notAuthorized = "not_authorized"
    static let partitionsLost = "partitions lost"
    static let revokedInCommit = "revoked during a commit"

    /// Those that are counted from the start.
    static let known =
        [notAuthorized, partitionsLost, revokedInCommit] + ErrorCode.generationEnds.map(\.name)
}
