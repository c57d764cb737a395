// The ends of partitions, asked for within a bound. `rd_kafka_query_watermark_offsets` keeps none: it waits for a leader
// that is gone for as long as the library repeats the request, minutes, whatever timeout it was given. The question for
// offsets by time takes the same two marks instead of a time and ends when its time is over.
import CRdKafka

/// Which end of a partition.
enum PartitionMark {
    case first, end

    /// How a ListOffsets request names it.
    var timestamp: Int64 {
        switch self {
        case .first: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        }
    }
}

/// Asks the partition's leader for one of its ends, as the client's isolation level sees it; blocks, any thread.
@unsafe func ask(
    _ client: OpaquePointer, for mark: PartitionMark, of partition: TopicPartition,
    timeoutMilliseconds: Int32
) throws(KafkaError) -> Int64 {
    let list = PartitionList([
        PartitionOffset(partition.topic, partition.partition, offset: mark.timestamp)
    ])
    let what = "ends of \(partition.topic)/\(partition.partition)"
    try check(unsafe rd_kafka_offsets_for_times(client, list.raw, timeoutMilliseconds), what)
    let element = unsafe list.raw.pointee.elems[0]
    try check(unsafe element.err, what)
    let offset = unsafe element.offset
    guard offset >= 0 else { throw KafkaError(.timedOut, doing: what) }
    return offset
}

/// Asks the partition's leader for both ends; blocks, any thread.
@unsafe func askEnds(
    _ client: OpaquePointer, of partition: TopicPartition, timeoutMilliseconds: Int32
) throws(KafkaError) -> Watermarks {
    let began = ContinuousClock.now
    let low = try unsafe ask(
        client, for: .first, of: partition, timeoutMilliseconds: timeoutMilliseconds)
    let used = Int32(clamping: (ContinuousClock.now - began).components.seconds * 1000)
    let high = try unsafe ask(
        client, for: .end, of: partition,
        timeoutMilliseconds: max(500, timeoutMilliseconds - used))
    return Watermarks(low: low, high: high)
}
