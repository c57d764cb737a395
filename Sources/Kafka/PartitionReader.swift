// A reader of given partitions from given offsets, for restore and for tools.

/// Reads partitions of one topic up to marks; no group, no commits; belongs to one thread.
///
/// A mark is reached when the position is at or behind it, or at the partition's end: markers of
/// transactions and compaction leave gaps, so the last record says nothing.
public struct PartitionReader: ~Copyable {
    private var consumer: Consumer
    private let waker: FetchWaker
    private var marks: [Int32: Int64]
    private var positions: [Int32: Int64] = [:]

    /// Starts reading `topic`.
    ///
    /// - Parameters:
    ///   - starts: Partition and first offset, or `Offset.beginning`.
    ///   - marks: The offset to reach in each partition; those without are read without end. To
    ///     restore, ask it of `Admin.watermarks` after the committed offset is known.
    public init(
        _ properties: ClientProperties, topic: String, from starts: [Int32: Int64],
        to marks: [Int32: Int64] = [:], isolation: Isolation = .readCommitted,
        hooks: Hooks = .silent
    ) throws(KafkaError) {
        var consumer = try Consumer(
            properties.reader(isolation: isolation, follows: marks.isEmpty), hooks: hooks)
        try consumer.assign(starts.map { PartitionOffset(topic, $0.key, offset: $0.value) })
        waker = consumer.fetchWaker(
            topic: topic, partitionCount: Int(starts.keys.max() ?? -1) + 1)
        self.marks = marks
        positions = starts.mapValues { max(0, $0) }
        self.consumer = consumer
    }

    /// Fills `batch`; the first problem is thrown unless the client mends it by itself.
    public mutating func read(
        into batch: inout Batch, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        _ = consumer.poll(into: &batch, timeoutMilliseconds: timeoutMilliseconds)
        for index in 0..<batch.count {
            let record = batch[index]
            positions[record.partition] = record.offset + 1
        }
        for end in batch.ends {
            let position = positions[end.partition] ?? 0
            positions[end.partition] = max(position, end.offset)
            // Behind an end nothing is left, even when the mark counted an open transaction.
            if let mark = marks[end.partition], mark > end.offset {
                marks[end.partition] = end.offset
            }
        }
        let passing: [ErrorCode] = [.transport, .allBrokersDown, .timedOut]
        if let problem = batch.problems.first(where: { !passing.contains($0.error.code) }) {
            throw problem.error
        }
    }

    /// Whether every mark is reached.
    public var isDone: Bool { marks.allSatisfy { (positions[$0.key] ?? 0) >= $0.value } }

    /// The next offset of a partition.
    public func position(of partition: Int32) -> Int64 { positions[partition] ?? 0 }
}
