// A reader of given partitions from given offsets, for restore and for tools.

/// Reads partitions of one topic up to marks; no group, no commits; belongs to one thread.
///
/// A mark is reached when the position is at or behind it, or has stood at the partition's end for as long as the
/// reader's patience: markers of transactions and compaction leave gaps, so the last record says nothing.
public struct PartitionReader: ~Copyable {
    private var consumer: Consumer
    private let waker: FetchWaker
    private var marks: [Int32: Int64]
    private var positions: [Int32: Int64] = [:]
    private let patience: Duration
    /// Since when nothing has come behind an end that lies before the mark.
    private var held: [Int32: ContinuousClock.Instant] = [:]

    /// Starts reading `topic`.
    ///
    /// - Parameters:
    ///   - group: A group that the principal may read in; nothing is committed for it.
    ///   - starts: Partition and first offset, or `Offset.beginning`.
    ///   - marks: The offset to reach in each partition; those without are read without end. To
    ///     restore, ask it of `Admin.watermarks` after the committed offset is known.
    ///   - patienceMilliseconds: How long a transaction that is open before a mark is waited for: one that was
    ///     committed a moment ago may still lack its marker.
    public init(
        _ properties: ClientProperties, group: String, topic: String, from starts: [Int32: Int64],
        to marks: [Int32: Int64] = [:], isolation: Isolation = .readCommitted,
        patienceMilliseconds: Int = 0, hooks: Hooks = .silent
    ) throws(KafkaError) {
        var consumer = try Consumer(
            properties.reader(group: group, isolation: isolation, follows: marks.isEmpty),
            hooks: hooks)
        try consumer.assign(starts.map { PartitionOffset(topic, $0.key, offset: $0.value) })
        waker = consumer.fetchWaker(
            topic: topic, partitionCount: Int(starts.keys.max() ?? -1) + 1)
        self.marks = marks
        patience = .milliseconds(patienceMilliseconds)
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
            held[record.partition] = nil
        }
        let now = ContinuousClock.now
        for end in batch.ends {
            let position = positions[end.partition] ?? 0
            positions[end.partition] = max(position, end.offset)
            if let mark = marks[end.partition], mark > end.offset { held[end.partition] = now }
        }
        // Nothing is left behind such an end, even when the mark counted an open transaction.
        for (partition, since) in held where now - since >= patience {
            marks[partition] = positions[partition]
            held[partition] = nil
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
