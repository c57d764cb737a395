// The library's consumer, shared by its owner, the batches it filled and the thread that asks for
// watermarks. Destroyed when the last of them lets go.
import CRdKafka
import Synchronization

@safe final class ConsumerHandle: @unchecked Sendable {
    let raw: OpaquePointer
    let queue: OpaquePointer
    let state: ClientState
    /// Signalled when half of what was queued is taken.
    let ebb = CountingSemaphore()

    init(_ properties: ClientProperties, hooks: Hooks) throws(KafkaError) {
        state = ClientState(hooks: hooks)
        let raw = try unsafe makeClient(RD_KAFKA_CONSUMER, properties, state)
        // Events of the client arrive in the one queue that the owner polls.
        unsafe rd_kafka_poll_set_consumer(raw)
        guard let queue = unsafe rd_kafka_queue_get_consumer(raw) else {
            unsafe rd_kafka_destroy(raw)
            throw KafkaError(
                code: .state, message: "the consumer has no queue; group.id is missing")
        }
        unsafe (self.raw, self.queue) = (raw, queue)
    }

    deinit {
        state.isClosing.store(true, ordering: .releasing)
        unsafe rd_kafka_queue_destroy(queue)
        unsafe rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// Asks the partition's leader for its ends; any thread.
    func watermarks(
        _ partition: TopicPartition, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Watermarks {
        try unsafe askEnds(raw, of: partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Asks the partition's leader for its end; any thread.
    func end(
        of partition: TopicPartition, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Int64 {
        try unsafe ask(raw, for: .end, of: partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// What lies behind a fatal error, which the consumer tells as no more than that; nil when it has met none.
    var fatalCode: ErrorCode? {
        var text = [CChar](repeating: 0, count: 256)
        let code = unsafe text.withUnsafeMutableBufferPointer {
            unsafe rd_kafka_fatal_error(raw, $0.baseAddress, $0.count)
        }
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : ErrorCode(code)
    }

    /// Asks the brokers for a topic; any thread.
    func describe(
        topic name: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> TopicDescription {
        guard let topic = unsafe rd_kafka_topic_new(raw, name, nil) else {
            throw KafkaError(ErrorCode(rd_kafka_last_error()), doing: "topic \(name)")
        }
        defer { unsafe rd_kafka_topic_destroy(topic) }
        return try unsafe Kafka.describe(topic, name, of: raw, timeoutMilliseconds)
    }
}
