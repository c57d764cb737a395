// A consumer in a group, used by one thread. Batches are read under a guard, because releases before
// 2.1 mis-step around pause, resume, seek and rebalance:
//  - positions are the owner's: nothing is stored or committed here; never pause, never seek;
//  - what belongs to partitions that a rebalance touched is dropped until the owner has answered;
//  - after an assign, records of partitions not in it, or below its offsets, are dropped.
import CRdKafka
import Synchronization

/// A member of a consumer group, owned by one thread.
public struct Consumer: ~Copyable {
    let handle: ConsumerHandle
    private var guardian = PositionGuard()
    private var tide = QueueTide()

    /// Makes a consumer; nothing is sent before `subscribe` or `assign`.
    ///
    /// - Parameter properties: As `ClientProperties.consumer(group:instance:)` gives them.
    public init(_ properties: ClientProperties, hooks: Hooks = .silent) throws(KafkaError) {
        handle = try ConsumerHandle(properties, hooks: hooks)
    }

    /// Joins the group for this one topic; partitions come as a `Rebalance` from `poll`.
    public mutating func subscribe(to topic: String) throws(KafkaError) {
        let list = PartitionList(topic: topic)
        try check(unsafe rd_kafka_subscribe(handle.raw, list.raw), "subscribing")
    }

    /// Replaces the whole assignment; each partition is read from its explicit offset.
    ///
    /// Those that go on are given with the position that the owner has reached. Answers
    /// `Rebalance.assigned`, also with a part of what was assigned, and may be called again later.
    public mutating func assign(_ positions: [PartitionOffset]) throws(KafkaError) {
        let list = PartitionList(positions)
        guardian.assign(positions)
        handle.state.isRebalancing.store(false, ordering: .releasing)
        try check(unsafe rd_kafka_assign(handle.raw, list.raw), "assigning partitions")
        awaitStops()
    }

    /// Gives up all partitions; answers `Rebalance.revoked` and `.lost`.
    public mutating func unassign() throws(KafkaError) {
        guardian.assign([])
        handle.state.isRebalancing.store(false, ordering: .releasing)
        try check(unsafe rd_kafka_assign(handle.raw, nil), "unassigning partitions")
        awaitStops()
    }

    /// Waits until the library has stopped the fetchers of the assignment before.
    ///
    /// An assign that comes sooner stops the same fetcher twice, and the second answer ends the process (an assertion of
    /// `rd_kafka_assignment_partition_stopped`, seen in 2.0.2). The library's main thread takes questions and stops in the
    /// order in which they come: the first question is answered behind the stops, the second behind their answers.
    private func awaitStops() {
        for _ in 0..<2 {
            var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
            if unsafe rd_kafka_assignment(handle.raw, &list) == RD_KAFKA_RESP_ERR_NO_ERROR {
                unsafe rd_kafka_topic_partition_list_destroy(list)
            }
        }
    }

    /// Fills `batch` anew and tells a rebalance, at most one a call.
    ///
    /// Returns at once when records are there, otherwise waits for the first until the timeout.
    /// Nothing is thrown: errors stand in `batch.problems`, fatal ones among them.
    ///
    /// - Complexity: No allocation per record.
    public mutating func poll(into batch: inout Batch, timeoutMilliseconds: Int32) -> Rebalance? {
        batch.removeAll()
        if let waiting = nextRebalance() { return waiting }
        batch.fill(from: handle, timeoutMilliseconds: timeoutMilliseconds)
        if tide.ebbs(to: handle.queuedRecords) { handle.ebb.signal() }
        // What came before the callback in the same call belongs to partitions it touches.
        let isRebalancing = handle.state.isRebalancing.load(ordering: .acquiring)
        batch.sort(guardedBy: guardian, dropsAll: isRebalancing)
        return isRebalancing ? nextRebalance() : nil
    }

    private func nextRebalance() -> Rebalance? {
        guard handle.state.isRebalancing.load(ordering: .acquiring) else { return nil }
        return handle.state.rebalances.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    /// Reads the group's membership for the transaction that is about to be committed.
    ///
    /// Taken fresh for every transaction on the owner thread; the value may go to another thread.
    public func groupMetadata() throws(KafkaError) -> GroupMetadata {
        guard let raw = unsafe rd_kafka_consumer_group_metadata(handle.raw) else {
            throw KafkaError(code: .state, message: "the consumer is in no group")
        }
        return unsafe GroupMetadata(owning: raw)
    }

    /// Asks a partition's leader for its ends as this consumer sees them; blocks.
    public func watermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int32 = 5000
    ) throws(KafkaError) -> Watermarks {
        try handle.watermarks(partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// A thread that keeps fetching awake and knows the ends; see `FetchWaker`.
    ///
    /// - Parameter partitionCount: The topic's partitions.
    public func fetchWaker(topic: String, partitionCount: Int) -> FetchWaker {
        FetchWaker(handle, topic: topic, partitionCount: partitionCount, positions: guardian.table)
    }

    /// Leaves the group and closes, for at most the time given; false when it was not done in time.
    ///
    /// Everything durable must have happened before. After false the process should `_exit`, since
    /// destroying the handle may hang too. A static member stays in the group until its session ends.
    public consuming func close(timeoutMilliseconds: Int64 = 5000) -> Bool {
        handle.state.isClosing.store(true, ordering: .releasing)
        if let error = unsafe rd_kafka_consumer_close_queue(handle.raw, handle.queue) {
            unsafe rd_kafka_error_destroy(error)
            return false
        }
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        while unsafe rd_kafka_consumer_closed(handle.raw) == 0 {
            if ContinuousClock.now > deadline { return false }
            if let message = unsafe rd_kafka_consume_queue(handle.queue, 20) {
                unsafe rd_kafka_message_destroy(message)
            }
        }
        return true
    }
}

/// The membership of a consumer at one moment, for `sendOffsets`.
///
/// Immutable, so any thread may hold it.
@safe public final class GroupMetadata: @unchecked Sendable {
    let raw: OpaquePointer
    @unsafe init(owning raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe rd_kafka_consumer_group_metadata_destroy(raw) }
}
