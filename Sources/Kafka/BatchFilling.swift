// Filling a batch from the library's queue and sorting what came.
import CRdKafka
import Synchronization

extension Batch {
    /// Takes what is queued; only when there is nothing, waits for the first record.
    ///
    /// `rd_kafka_consume_batch_queue` would wait until the batch is full.
    mutating func fill(from handle: ConsumerHandle, timeoutMilliseconds: Int32) {
        source = handle
        count = unsafe Self.take(handle, messages, capacity)
        if count > 0 || timeoutMilliseconds == 0 { return }
        if handle.state.isRebalancing.load(ordering: .acquiring) { return }
        guard let first = unsafe rd_kafka_consume_queue(handle.queue, timeoutMilliseconds) else {
            return
        }
        unsafe messages[0] = first
        count = 1
        if capacity > 1 { count += unsafe Self.take(handle, messages + 1, capacity - 1) }
    }

    @unsafe private static func take(
        _ handle: ConsumerHandle,
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, _ room: Int
    ) -> Int {
        max(0, unsafe rd_kafka_consume_batch_queue(handle.queue, 0, messages, room))
    }

    /// Keeps the records, in order, that the guard admits; ends and errors go to their lists.
    mutating func sort(guardedBy guardian: borrowing PositionGuard, dropsAll: Bool) {
        var kept = 0
        for index in 0..<count {
            let message = unsafe messages[index]!
            let (partition, offset) = unsafe (message.pointee.partition, message.pointee.offset)
            if unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                if !dropsAll && guardian.admits(partition, offset: offset, next: offset + 1) {
                    unsafe messages[kept] = message
                    kept += 1
                    continue
                }
            } else {
                unsafe note(message, guardedBy: guardian, dropsEnds: dropsAll)
            }
            unsafe Self.free(message)
        }
        count = kept
    }

    @unsafe private mutating func note(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>,
        guardedBy guardian: borrowing PositionGuard, dropsEnds: Bool
    ) {
        var code = unsafe ErrorCode(message.pointee.err)
        let isFatal = code == .fatal || code == .fencedInstanceID
        if code == .fatal { code = source?.fatalCode ?? code }
        let (partition, offset) = unsafe (message.pointee.partition, message.pointee.offset)
        let topic = unsafe message.pointee.rkt.map {
            unsafe String(cString: rd_kafka_topic_name($0))
        }
        if code == .partitionEnd {
            if !dropsEnds && guardian.admits(partition, offset: offset, next: offset) {
                ends.append(PartitionEnd(topic: topic ?? "", partition: partition, offset: offset))
            }
            return
        }
        let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        let error = KafkaError(
            code: code, message: "consuming: \(text ?? code.explanation)",
            isFatal: isFatal)
        let place = topic.map { TopicPartition($0, partition) }
        problems.append(Problem(partition: place, error: error))
    }
}
