// Errors of the library as values, and the two forms in which C functions report them.
import CRdKafka

/// What a call to Kafka reported.
public struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The code.
    public let code: ErrorCode
    /// What was being done and what the library said of it; never names a customer.
    public let message: String
    /// Whether the handle is unusable from now on.
    public let isFatal: Bool
    /// Whether the same call may be repeated.
    public let isRetriable: Bool
    /// Whether the transaction can only be aborted.
    public let requiresAbort: Bool

    /// An error from its parts.
    public init(
        code: ErrorCode, message: String, isFatal: Bool = false, isRetriable: Bool = false,
        requiresAbort: Bool = false
    ) {
        self.code = code
        self.message = message
        self.isFatal = isFatal
        self.isRetriable = isRetriable
        self.requiresAbort = requiresAbort
    }

    /// The code's name, such as `_FENCED`.
    public var name: String { code.name }

    /// What the caller must do.
    public var cure: Cure {
        Cure.cure(
            for: code, isFatal: isFatal, isRetriable: isRetriable, requiresAbort: requiresAbort)
    }

    /// Whether the group has gone on without this member: it was away for longer than its session, or has yet to take
    /// part in a rebalance.
    public var isOfGroupChange: Bool {
        [.illegalGeneration, .unknownMember, .rebalancing].contains(code)
    }

    /// Whether the brokers, or this client, refuse the connection itself: wrong credentials or certificates.
    public var isOfRefusedConnection: Bool {
        [.saslAuthentication, .authentication, .encryption].contains(code)
    }

    /// Message and name.
    public var description: String { "\(message) (\(name))" }
}

extension KafkaError {
    /// An error of a call that reports a bare code; such calls may be repeated after a timeout or a
    /// lost connection.
    init(_ code: ErrorCode, doing what: String) {
        let passing: [ErrorCode] = [.timedOut, .transport, .allBrokersDown]
        self.init(
            code: code, message: "\(what): \(code.explanation)", isFatal: code == .fatal,
            isRetriable: passing.contains(code))
    }

    /// An error object of the library, which is consumed.
    @unsafe init(consuming error: OpaquePointer, doing what: String) {
        let code = unsafe ErrorCode(rd_kafka_error_code(error))
        let text = unsafe rd_kafka_error_string(error).map { unsafe String(cString: $0) }
        unsafe self.init(
            code: code, message: "\(what): \(text ?? code.explanation)",
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            isRetriable: rd_kafka_error_is_retriable(error) != 0,
            requiresAbort: rd_kafka_error_txn_requires_abort(error) != 0)
        unsafe rd_kafka_error_destroy(error)
    }
}

/// Throws when `code` reports an error.
func check(
    _ code: rd_kafka_resp_err_t, _ what: @autoclosure () -> String
) throws(KafkaError) {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        throw KafkaError(ErrorCode(code), doing: what())
    }
}

/// Throws when the library returned an error object, which is consumed.
@unsafe func check(
    error: OpaquePointer?, _ what: @autoclosure () -> String
) throws(KafkaError) {
    if let error = unsafe error {
        throw unsafe KafkaError(consuming: error, doing: what())
    }
}
