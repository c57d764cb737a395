// Offsets committed by the group, with their metadata.
import CRdKafka

extension Consumer {
    /// Asks for the committed offsets; nil stands for a partition that has none.
    ///
    /// Blocks.
    /// While a transaction still holds offsets the library reports a timeout, also inside the list.
    /// That is asked again until the deadline and then thrown, never read as "none".
    public func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int64
    ) throws(KafkaError) -> [PartitionOffset?] {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        let asked = partitions.map {
            PartitionOffset($0.topic, $0.partition, offset: Offset.invalid)
        }
        while true {
            do throws(KafkaError) {
                return try committedOnce(asked)
            } catch {
                let passing: [ErrorCode] = [
                    .timedOut, .timedOutQueued, .transport, .unstableOffsets, .coordinatorLoading,
                    .coordinatorMoved, .coordinatorMissing, .waitingForCoordinator,
                ]
                guard passing.contains(error.code), ContinuousClock.now < deadline else {
                    throw error
                }
            }
        }
    }

    private func committedOnce(
        _ asked: [PartitionOffset]
    ) throws(KafkaError) -> [PartitionOffset?] {
        let list = PartitionList(asked)
        try check(unsafe rd_kafka_committed(handle.raw, list.raw, 1000), "committed offsets")
        var result: [PartitionOffset?] = []
        for index in 0..<asked.count {
            let element = unsafe list.raw.pointee.elems[index]
            let (topic, partition) = (asked[index].topic, asked[index].partition)
            try check(unsafe element.err, "committed offset of \(topic)/\(partition)")
            guard unsafe element.offset >= 0 else {
                result.append(nil)
                continue
            }
            let metadata = unsafe UnsafeRawBufferPointer(
                start: element.metadata, count: element.metadata_size)
            result.append(
                PartitionOffset(
                    topic, partition, offset: unsafe element.offset,
                    metadata: unsafe Array(metadata)))
        }
        return result
    }
}

extension ErrorCode {
    static let timedOutQueued = ErrorCode(RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE)
    static let unstableOffsets = ErrorCode(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
    static let coordinatorLoading = ErrorCode(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS)
    static let coordinatorMoved = ErrorCode(RD_KAFKA_RESP_ERR_NOT_COORDINATOR)
    static let coordinatorMissing = ErrorCode(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE)
    static let waitingForCoordinator = ErrorCode(RD_KAFKA_RESP_ERR__WAIT_COORD)
}
