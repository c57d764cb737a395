// What the caller must do about an error, in one table.
//
// The codes decide before the flags: the library may flag a fenced producer as merely abortable.

/// What an error asks of the worker that owns the transaction.
public enum Cure: String, Sendable, CaseIterable {
    /// The same call again, until the transaction timeout; then end the generation.
    ///
    /// A commit that timed out is never followed by an abort: its outcome is unknown.
    case retry
    /// The transaction cannot be committed any more; what was committed before it holds, so that ending the generation
    /// is a cure, too.
    case abort
    /// Drop memory, destroy the producer, make a new one, restore. Counted: more than three in ten
    /// minutes end the process.
    case endGeneration
    /// Another member has this one's place in the group: a process with the same instance's name, or a request to join
    /// of this consumer's own that the coordinator has met twice. Make the consumer anew; when that is fenced soon
    /// again, end the process with code 75.
    case joinAnew
    /// An operator must grant rights or mend credentials: be not ready, and try again slowly with a new producer.
    case notAuthorized
    /// A record is too large or refused: it must be replaced by a bounded one, or nothing goes on; never skip it.
    case replaceRecord
}

extension ErrorCode {
    /// What mostly ends a generation; any other code may, too.
    public static let generationEnds: [ErrorCode] = [
        .fenced, .producerFenced, .invalidProducerEpoch, .invalidProducerIDMapping,
        .fencedInstanceID, .fatal, .illegalGeneration, .unknownMember, .rebalancing, .timedOut,
        .transport, .state,
    ]
}

extension Cure {
    /// The table: the first matching row from the top decides.
    static func cure(
        for code: ErrorCode, isFatal: Bool, isRetriable: Bool, requiresAbort: Bool
    ) -> Cure {
        switch code {
        case .fencedInstanceID:
            return .joinAnew
        case .fenced, .producerFenced, .invalidProducerEpoch, .invalidProducerIDMapping:
            return .endGeneration
        case .topicAuthorization, .groupAuthorization, .clusterAuthorization,
            .transactionalIDAuthorization, .saslAuthentication, .authentication:
            return .notAuthorized
        case .fatal:
            return .endGeneration
        case .recordTooLarge, .recordListTooLarge, .invalidMessageSize, .invalidRecord,
            .invalidMessage:
            return isFatal ? .endGeneration : .replaceRecord
        default:
            if isFatal { return .endGeneration }
            if requiresAbort { return .abort }
            return isRetriable ? .retry : .endGeneration
        }
    }
}
