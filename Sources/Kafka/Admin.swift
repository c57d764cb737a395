// Questions about topics, and making them. Every call blocks; any thread.
import CRdKafka
import Synchronization

/// A topic to be created.
public struct NewTopic: Sendable {
    /// The topic's name.
    public var name: String
    /// How many partitions.
    public var partitions: Int32
    /// Copies of each; -1 for the broker's default.
    public var replicationFactor: Int32
    /// Topic settings, such as `cleanup.policy`.
    public var configuration: [(name: String, value: String)]

    /// A topic to be created.
    public init(
        _ name: String, partitions: Int32, replicationFactor: Int32 = -1,
        configuration: [(name: String, value: String)] = []
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configuration = configuration
    }
}

/// A client that asks about topics and makes them.
@safe public struct Admin: ~Copyable {
    let raw: OpaquePointer
    let queue: OpaquePointer
    private let state: ClientState

    /// Makes a client.
    ///
    /// - Parameter properties: As `ClientProperties.admin()` gives them.
    public init(_ properties: ClientProperties, hooks: Hooks = .silent) throws(KafkaError) {
        let state = ClientState(hooks: hooks)
        let raw = try unsafe makeClient(RD_KAFKA_CONSUMER, properties, state)
        self.state = state
        unsafe self.raw = raw
        unsafe queue = rd_kafka_queue_new(raw)
    }

    deinit {
        unsafe rd_kafka_queue_destroy(queue)
        unsafe rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// Describes a topic; nil when it does not exist.
    public func describe(
        topic name: String, timeoutMilliseconds: Int32 = 5000
    ) throws(KafkaError) -> TopicDescription? {
        guard let topic = unsafe rd_kafka_topic_new(raw, name, nil) else {
            throw KafkaError(ErrorCode(rd_kafka_last_error()), doing: "topic \(name)")
        }
        defer { unsafe rd_kafka_topic_destroy(topic) }
        do throws(KafkaError) {
            return try unsafe Kafka.describe(topic, name, of: raw, timeoutMilliseconds)
        } catch {
            let missing: [ErrorCode] = [.unknownTopic, .unknownTopicLocally, .unknownPartition]
            if missing.contains(error.code) { return nil }
            throw error
        }
    }

    /// Counts the brokers, and throws when none can be reached.
    public func brokerCount(timeoutMilliseconds: Int32 = 5000) throws(KafkaError) -> Int {
        var answer: UnsafePointer<rd_kafka_metadata_t>?
        try check(
            unsafe rd_kafka_metadata(raw, 0, nil, &answer, timeoutMilliseconds),
            "asking the brokers")
        defer { unsafe rd_kafka_metadata_destroy(answer) }
        return Int(unsafe answer!.pointee.broker_cnt)
    }

    /// What stands between this client and the brokers as far as it knows: the connection refused, a certificate not
    /// accepted, the wrong password; nil when it has met nothing of the kind since it was asked last.
    public func complaint() -> KafkaError? {
        // Errors of the whole client wait in its queue.
        while unsafe rd_kafka_poll(raw, 0) > 0 {}
        return state.complaint.withLock { $0.take() }
    }

    /// Asks a partition's leader for its ends; with `ClientProperties.admin()` uncommitted included.
    public func watermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int32 = 5000
    ) throws(KafkaError) -> Watermarks {
        do throws(KafkaError) {
            return try unsafe askEnds(
                raw, of: partition, timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            // The leader that was known may be gone: who leads now is known to the next question.
            _ = try? describe(topic: partition.topic, timeoutMilliseconds: timeoutMilliseconds)
            throw error
        }
    }
}
