// The course of one transaction as a state machine: what happened goes in, what to do next comes out. It knows no
// Kafka calls and no clock, so that every course can be tested.
//
//   idle -> beginning -> sending offsets -> producing -> committing -> idle
//              \_______________\______________\___________\___> over: the generation ends, restore decides
//                                                              what was committed
//
// A transaction is never aborted by a call of its own: the next generation's producer ends whatever the last one left
// open (its first request does), and after a commit of unknown outcome an abort would be wrong.
import Kafka

/// Where a worker's transaction stands.
struct Transaction: ~Copyable {
    /// The next step.
    enum Action: Equatable {
        case begin
        case sendOffsets
        case produce
        case commit
        /// The same call again.
        case again
        /// The transaction is committed.
        case done
        /// Memory is ahead of Kafka, or fenced: drop it and the producer, make new ones, restore.
        case endGeneration(reason: String, isCounted: Bool)
        /// As `endGeneration`, and an operator must grant rights before it goes on.
        case denied(reason: String)
        /// The process ends.
        case exit(ExitError)
    }

    private enum State: Equatable {
        case idle, beginning, sendingOffsets, producing, committing, over
    }

    /// A transaction that takes longer is ended by its coordinator.
    let timeoutMilliseconds: Int64
    private var state = State.idle
    private var begun: Int64 = 0

    init(patienceMilliseconds: Int? = nil) {
        timeoutMilliseconds = Int64(patienceMilliseconds ?? 10_000)
    }

    var isIdle: Bool { state == .idle }

    /// A transaction begins, at `now` of a millisecond clock that never goes back.
    mutating func begin(now: Int64) -> Action {
        precondition(state == .idle, "one transaction at a time")
        state = .beginning
        begun = now
        return .begin
    }

    /// The last step succeeded.
    mutating func succeeded() -> Action {
        switch state {
        case .beginning:
            state = .sendingOffsets
            return .sendOffsets
        case .sendingOffsets:
            state = .producing
            return .produce
        case .producing:
            state = .committing
            return .commit
        case .committing:
            state = .idle
            return .done
        case .idle, .over: preconditionFailure("no step was under way")
        }
    }

    /// The last step failed, at `now`.
    mutating func failed(_ error: KafkaError, now: Int64) -> Action {
        precondition(state != .idle && state != .over, "no step was under way")
        let isInTime = now - begun < timeoutMilliseconds
        // Some of the records may be handed over already: they are not produced again.
        let isRepeatable = state == .sendingOffsets || state == .committing
        switch error.cure {
        case .retry where isInTime && isRepeatable: return .again
        case .joinAnew:
            // By a member of this process's own making, or a namesake's: the consumer hears it with its next heartbeat.
            state = .over
            return .endGeneration(reason: error.name, isCounted: false)
        case .replaceRecord:
            state = .over
            return .exit(
                ExitError(
                    .configuration,
                    "a topic refuses a record: \(error); set its max.message.bytes to "
                        + "\(TopicNeed.usualRecordBytes) or more"
                ))
        case .notAuthorized:
            state = .over
            return .denied(reason: "\(error)")
        case .endGeneration, .abort:
            // A process that stood still for longer than its transaction may take, or its session, is fenced and thrown
            // out by the brokers for that alone: no sign of another that has its name.
            state = .over
            return .endGeneration(
                reason: error.name, isCounted: isInTime && !error.isOfGroupChange)
        case .retry:
            // An outage: whoever comes back in time goes on from what was committed.
            state = .over
            return .endGeneration(reason: error.name, isCounted: false)
        }
    }
}
