// The producer of a worker. Whoever has it decides on the order of the calls; the commit thread's is
//
//     begin → sendOffsets → produce ... → commit
//
// A record that could not be enqueued does not fail the transaction by itself: the commit would
// succeed without it. So such a failure, and every failed delivery, is remembered and refuses the
// commit.
import CRdKafka
import Synchronization

/// A transactional producer; one thread at a time.
public struct TransactionalProducer: ~Copyable {
    private let handle: ProducerHandle

    /// Makes a producer; nothing is sent before `initializeTransactions`.
    ///
    /// - Parameter properties: As `ClientProperties.transactionalProducer` gives them.
    public init(_ properties: ClientProperties, hooks: Hooks = .silent) throws(KafkaError) {
        handle = try ProducerHandle(properties, hooks: hooks)
    }

    /// A topic to produce to; asked once for each topic.
    ///
    /// - Parameter isCompressed: Whether its batches are compressed by lz4.
    public func topic(_ name: String, isCompressed: Bool = true) throws(KafkaError) -> Topic {
        try handle.topic(name, isCompressed: isCompressed)
    }

    /// Learns the topics before the first transaction, which would wait up to a second for each.
    public func learn(topics: [String], timeoutMilliseconds: Int32 = 10_000) throws(KafkaError) {
        try handle.learn(topics, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Whether a transactional request was lost on the way (rule T1).
    ///
    /// When the transaction has ended, destroy this producer and make a new one before the next begin.
    public var isTainted: Bool { handle.state.isTainted.load(ordering: .acquiring) }

    /// Takes what the client has to tell: statistics, errors, deliveries; does not block.
    public func poll() { unsafe rd_kafka_poll(handle.raw, 0) }

    /// Begins a transaction; local, does not block.
    public mutating func begin() throws(KafkaError) {
        handle.state.failures.withLock { $0 = DeliveryFailures() }
        try unsafe check(error: rd_kafka_begin_transaction(handle.raw), "beginning a transaction")
    }

    /// Adds a record to the transaction; the bytes are copied.
    ///
    /// - Parameters:
    ///   - partition: The partition, or nil to choose it by the key as Java clients do.
    ///   - value: Nil for a tombstone.
    ///   - headers: For alerts and dead letters only: with headers a record costs twice the CPU.
    /// - Throws: After a full queue was served for the transaction timeout, or at once for any other
    ///   reason; then the transaction can only be aborted.
    public mutating func produce(
        to topic: Topic, partition: Int32?, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers? = nil
    ) throws(KafkaError) {
        do throws(KafkaError) {
            try handle.produce(
                topic, partition, key: key, value: value, headers: headers,
                patienceMilliseconds: Preset.transactionTimeoutMilliseconds)
        } catch {
            handle.state.failures.withLock { failures in
                failures.count += 1
                if failures.first == nil { failures.first = error }
            }
            throw error
        }
    }

    /// The first record of this transaction that was not enqueued or not delivered; only abort is left.
    public var failure: KafkaError? { handle.state.failures.withLock { $0.first } }

    /// Gets a producer id and a new epoch, and fences whoever has the same transactional id.
    ///
    /// Blocks; returns after the transactions of the fenced one have ended.
    public func initializeTransactions(timeoutMilliseconds: Int32) throws(KafkaError) {
        try unsafe check(
            error: rd_kafka_init_transactions(handle.raw, timeoutMilliseconds),
            "initializing transactions")
    }

    /// Adds input offsets to the transaction.
    ///
    /// Blocks.
    ///
    /// The library ignores the timeout while the group's coordinator is away: watch it from outside.
    public func sendOffsets(
        _ offsets: [PartitionOffset], group: GroupMetadata, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        let list = PartitionList(offsets)
        try unsafe check(
            error: rd_kafka_send_offsets_to_transaction(
                handle.raw, list.raw, group.raw, timeoutMilliseconds), "sending offsets")
    }

    /// Sends what was produced without waiting for more, and waits until it is delivered.
    ///
    /// Blocks.
    public func flush(timeoutMilliseconds: Int32) throws(KafkaError) {
        try check(unsafe rd_kafka_flush(handle.raw, timeoutMilliseconds), "delivering records")
    }

    /// Flushes and commits.
    ///
    /// Blocks. After a timeout the outcome is unknown: call it again or end the generation, never abort.
    /// - Parameter timeoutMilliseconds: -1 for the rest of the transaction timeout.
    public func commit(timeoutMilliseconds: Int32 = -1) throws(KafkaError) {
        if let failure { throw Self.unfinished(failure) }
        try unsafe check(
            error: rd_kafka_commit_transaction(handle.raw, timeoutMilliseconds), "committing")
    }

    /// Drops what was produced.
    ///
    /// Blocks.
    public func abort(timeoutMilliseconds: Int32 = -1) throws(KafkaError) {
        try unsafe check(
            error: rd_kafka_abort_transaction(handle.raw, timeoutMilliseconds), "aborting")
    }

    /// A record's failure as the transaction's: it can be aborted and nothing else.
    private static func unfinished(_ failure: KafkaError) -> KafkaError {
        KafkaError(
            code: failure.code, message: failure.message, isFatal: failure.isFatal,
            isRetriable: false, requiresAbort: !failure.isFatal)
    }
}
