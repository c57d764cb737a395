// Names for the library's error codes that something here decides on.
import CRdKafka

/// A librdkafka or broker error code.
public struct ErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number: negative for the library's own codes, positive for the broker's.
    public let rawValue: Int32

    /// A code by its number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ code: rd_kafka_resp_err_t) { self.rawValue = code.rawValue }

    var native: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue) }

    /// The name without the C prefix, such as `_FENCED` or `MSG_SIZE_TOO_LARGE`.
    public var name: String {
        guard let text = unsafe rd_kafka_err2name(native) else { return "ERROR_\(rawValue)" }
        return unsafe String(cString: text)
    }

    /// The library's sentence for the code.
    public var explanation: String {
        guard let text = unsafe rd_kafka_err2str(native) else { return name }
        return unsafe String(cString: text)
    }

    /// The name.
    public var description: String { name }
}

extension ErrorCode {
    static let none = ErrorCode(RD_KAFKA_RESP_ERR_NO_ERROR)
    static let fenced = ErrorCode(RD_KAFKA_RESP_ERR__FENCED)
    static let producerFenced = ErrorCode(RD_KAFKA_RESP_ERR_PRODUCER_FENCED)
    static let invalidProducerEpoch = ErrorCode(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH)
    static let invalidProducerIDMapping = ErrorCode(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING)
    static let fatal = ErrorCode(RD_KAFKA_RESP_ERR__FATAL)
    static let fencedInstanceID = ErrorCode(RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)

    static let topicAuthorization = ErrorCode(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
    static let groupAuthorization = ErrorCode(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
    static let clusterAuthorization = ErrorCode(RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
    static let transactionalIDAuthorization = ErrorCode(
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    static let saslAuthentication = ErrorCode(RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED)
    static let authentication = ErrorCode(RD_KAFKA_RESP_ERR__AUTHENTICATION)
    static let encryption = ErrorCode(RD_KAFKA_RESP_ERR__SSL)

    static let illegalGeneration = ErrorCode(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION)
    static let unknownMember = ErrorCode(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
    static let rebalancing = ErrorCode(RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)

    static let recordTooLarge = ErrorCode(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    static let recordListTooLarge = ErrorCode(RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE)
    static let invalidMessageSize = ErrorCode(RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE)
    static let invalidRecord = ErrorCode(RD_KAFKA_RESP_ERR_INVALID_RECORD)
    static let invalidMessage = ErrorCode(RD_KAFKA_RESP_ERR_INVALID_MSG)

    static let queueFull = ErrorCode(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    static let state = ErrorCode(RD_KAFKA_RESP_ERR__STATE)
    static let unsupportedFeature = ErrorCode(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
    static let partitionEnd = ErrorCode(RD_KAFKA_RESP_ERR__PARTITION_EOF)
    static let noLeader = ErrorCode(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
    static let invalidArgument = ErrorCode(RD_KAFKA_RESP_ERR__INVALID_ARG)

    /// The call did not finish in time; its outcome is not known.
    public static let timedOut = ErrorCode(RD_KAFKA_RESP_ERR__TIMED_OUT)
    /// The connection to a broker was lost or refused.
    public static let transport = ErrorCode(RD_KAFKA_RESP_ERR__TRANSPORT)
    /// No broker can be reached.
    public static let allBrokersDown = ErrorCode(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    /// The position asked for is no longer, or not yet, in the partition.
    public static let offsetOutOfRange = ErrorCode(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
    /// The position to start from is missing or gone, and nothing may guess another.
    public static let noOffset = ErrorCode(RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
    /// The topic is not there.
    public static let unknownTopic = ErrorCode(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    /// The topic or partition is not there, as the client sees it.
    public static let unknownTopicLocally = ErrorCode(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    /// The partition is not there, as the client sees it.
    public static let unknownPartition = ErrorCode(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    /// The topic exists already.
    public static let topicExists = ErrorCode(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
}
