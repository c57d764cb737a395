// Partitions and positions as values, and the library's list of them as an owning handle.
import CRdKafka
import Glibc

/// A partition of a topic.
public struct TopicPartition: Hashable, Sendable {
    /// The topic's name.
    public var topic: String
    /// The partition's number.
    public var partition: Int32

    /// A partition of a topic.
    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

/// A position in a partition, with the metadata committed beside it.
public struct PartitionOffset: Hashable, Sendable {
    /// The topic's name.
    public var topic: String
    /// The partition's number.
    public var partition: Int32
    /// The next offset to read, or one of `Offset`'s marks where a call allows them.
    public var offset: Int64
    /// What is committed beside the offset; empty for none.
    public var metadata: [UInt8]

    /// A position.
    public init(_ topic: String, _ partition: Int32, offset: Int64, metadata: [UInt8] = []) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// Positions that are no number.
public enum Offset {
    /// The first record that is still there.
    public static let beginning: Int64 = -2
    /// Behind the last record.
    public static let end: Int64 = -1
    static let invalid: Int64 = -1001
}

/// The low and high ends of a partition: `low` is its first offset, `high` the one behind its last.
public struct Watermarks: Hashable, Sendable {
    /// The first offset that is still there.
    public var low: Int64
    /// The offset behind the last record that the asking handle may see.
    public var high: Int64

    /// The ends of a partition.
    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

/// The library's list of partitions; a leaked one makes closing hang forever, so it frees itself.
@safe struct PartitionList: ~Copyable {
    let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ positions: [PartitionOffset] = []) {
        unsafe raw = rd_kafka_topic_partition_list_new(Int32(positions.count))
        for position in positions {
            let element = unsafe rd_kafka_topic_partition_list_add(
                raw, position.topic, position.partition)!
            unsafe element.pointee.offset = position.offset
            if !position.metadata.isEmpty { unsafe Self.attach(position.metadata, to: element) }
        }
    }

    init(topic: String) {
        unsafe raw = rd_kafka_topic_partition_list_new(1)
        unsafe rd_kafka_topic_partition_list_add(raw, topic, -1)
    }

    deinit { unsafe rd_kafka_topic_partition_list_destroy(raw) }

    /// The library frees metadata with free(), so it is copied into memory of malloc().
    @unsafe private static func attach(
        _ metadata: [UInt8], to element: UnsafeMutablePointer<rd_kafka_topic_partition_t>
    ) {
        let copy = unsafe malloc(metadata.count)!
        unsafe metadata.withUnsafeBytes {
            unsafe copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
        }
        unsafe element.pointee.metadata = copy
        unsafe element.pointee.metadata_size = metadata.count
    }

    /// The numbers of the partitions in a list of one topic.
    @unsafe static func numbers(
        in list: UnsafePointer<rd_kafka_topic_partition_list_t>
    ) -> [Int32] {
        unsafe (0..<Int(list.pointee.cnt)).map { unsafe list.pointee.elems[$0].partition }
    }
}
