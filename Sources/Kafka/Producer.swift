// The plain producer of tools: in order, at least once, no transactions.
import CRdKafka
import Synchronization

/// A producer for generated events and demos; belongs to one thread.
public struct Producer: ~Copyable {
    let handle: ProducerHandle

    /// Makes a producer.
    ///
    /// - Parameter properties: As `ClientProperties.producer()` gives them.
    public init(_ properties: ClientProperties, hooks: Hooks = .silent) throws(KafkaError) {
        handle = try ProducerHandle(properties, hooks: hooks)
    }

    /// A topic to produce to; asked once for each topic.
    public func topic(_ name: String) throws(KafkaError) -> Topic { try handle.topic(name) }

    /// Learns the topics beforehand, so that the first record does not wait.
    public func learn(topics: [String], timeoutMilliseconds: Int32 = 10_000) throws(KafkaError) {
        try handle.learn(topics, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Hands a record over; the bytes are copied.
    ///
    /// A full queue is waited for, up to a minute.
    ///
    /// - Parameters:
    ///   - partition: The partition, or nil to choose it by the key as Java clients do.
    ///   - value: Nil for a tombstone.
    public mutating func produce(
        to topic: Topic, partition: Int32? = nil, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers? = nil
    ) throws(KafkaError) {
        try handle.produce(
            topic, partition, key: key, value: value, headers: headers, patienceMilliseconds: 60_000
        )
    }

    /// Records that could not be delivered so far, and the first reason.
    public var failures: (count: Int, first: KafkaError?) {
        handle.state.failures.withLock { ($0.count, $0.first) }
    }

    /// Serves callbacks without waiting.
    public func poll() { unsafe rd_kafka_poll(handle.raw, 0) }

    /// Waits until everything is delivered, and throws when something was not.
    public func flush(timeoutMilliseconds: Int32 = 60_000) throws(KafkaError) {
        try check(unsafe rd_kafka_flush(handle.raw, timeoutMilliseconds), "delivering records")
        if let first = failures.first { throw first }
    }
}
