import CRdKafka
import Testing

@testable import Kafka

/// Flags that the library may set on an error.
private struct Flags: OptionSet {
    let rawValue: Int
    static let fatal = Flags(rawValue: 1)
    static let retriable = Flags(rawValue: 2)
    static let abort = Flags(rawValue: 4)
}

@Suite("What to do about an error")
struct CureTests {
    private static let table: [(rd_kafka_resp_err_t, Flags, Cure)] = [
        // A code that tells of fencing decides, whatever the flags say.
        (RD_KAFKA_RESP_ERR__FENCED, [], .endGeneration),
        (RD_KAFKA_RESP_ERR__FENCED, .abort, .endGeneration),
        (RD_KAFKA_RESP_ERR__FENCED, [.fatal], .endGeneration),
        (RD_KAFKA_RESP_ERR_PRODUCER_FENCED, .abort, .endGeneration),
        (RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, .abort, .endGeneration),
        (RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING, .retriable, .endGeneration),
        (RD_KAFKA_RESP_ERR__FATAL, [], .endGeneration),
        (RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, [], .joinAnew),
        (RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, .fatal, .joinAnew),
        // Then what an operator must do.
        (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, .abort, .notAuthorized),
        (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, .abort, .notAuthorized),
        (RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, .fatal, .notAuthorized),
        (RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, .fatal, .notAuthorized),
        (RD_KAFKA_RESP_ERR__AUTHENTICATION, [], .notAuthorized),
        (RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, [], .notAuthorized),
        // Records that are refused.
        (RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, .abort, .replaceRecord),
        (RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, .abort, .replaceRecord),
        (RD_KAFKA_RESP_ERR_INVALID_RECORD, [], .replaceRecord),
        (RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, [], .replaceRecord),
        (RD_KAFKA_RESP_ERR_INVALID_MSG, .fatal, .endGeneration),
        // For all others the flags decide: fatal, abort, retriable, in this order.
        (RD_KAFKA_RESP_ERR__TIMED_OUT, .retriable, .retry),
        (RD_KAFKA_RESP_ERR__TIMED_OUT, [.retriable, .abort], .abort),
        (RD_KAFKA_RESP_ERR__TIMED_OUT, [.fatal, .retriable, .abort], .endGeneration),
        (RD_KAFKA_RESP_ERR__TIMED_OUT, [], .endGeneration),
        (RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, .retriable, .retry),
        (RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, .abort, .abort),
        (RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, .abort, .abort),
        (RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, .fatal, .endGeneration),
        (RD_KAFKA_RESP_ERR__STATE, [], .endGeneration),
        (RD_KAFKA_RESP_ERR__QUEUE_FULL, [], .endGeneration),
    ]

    @Test("The table of errors decides by code first and by flags then", arguments: table.indices)
    func row(_ index: Int) {
        let (code, flags, cure) = Self.table[index]
        let error = KafkaError(
            code: ErrorCode(code), message: "", isFatal: flags.contains(.fatal),
            isRetriable: flags.contains(.retriable), requiresAbort: flags.contains(.abort))
        #expect(error.cure == cure, "\(error.name) \(flags.rawValue)")
    }

    @Test("An error names its code and keeps the library's sentence")
    func text() {
        let error = KafkaError(.timedOut, doing: "committing")
        #expect(error.description == "committing: Local: Timed out (_TIMED_OUT)")
        #expect(error.isRetriable)
    }
}

@Suite("The library's release")
struct LibraryTests {
    @Test(
        "Releases known to be bad are refused, and those before 2.0.2",
        arguments: [
            (0x02_00_02_ff, true), (0x02_00_01_ff, false), (0x01_09_02_ff, false),
            (0x02_05_00_ff, false), (0x02_05_03_ff, true), (0x02_06_00_ff, false),
            (0x02_06_01_ff, true), (0x02_0a_00_ff, false), (0x02_0a_01_ff, true),
            (0x02_0b_00_ff, true),
        ] as [(UInt32, Bool)])
    func release(_ version: UInt32, isGood: Bool) {
        #expect((Library.refusal(of: version, named: "x") == nil) == isGood)
    }
}
