// The records of one poll. The batch owns the library's messages and frees them before it is filled
// again; its buffer is allocated once.
import CMemory
import CRdKafka
import Glibc

/// The end of a partition was reached: every record below `offset` was delivered.
public struct PartitionEnd: Hashable, Sendable {
    /// The partition's topic.
    public var topic: String
    /// The partition's number.
    public var partition: Int32
    /// The position at the end, behind markers of transactions; commit it like a record's.
    public var offset: Int64

    /// An end reached.
    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

/// An error of the consumer or of one of its partitions.
public struct Problem: Sendable {
    /// The partition, nil for the consumer as a whole.
    public var partition: TopicPartition?
    /// What happened.
    public var error: KafkaError

    /// A problem.
    public init(partition: TopicPartition?, error: KafkaError) {
        self.partition = partition
        self.error = error
    }
}

/// Records of one poll, then the ends reached and the problems met.
///
/// Handle the records first, then `ends`: an end's offset may be below that of a record of the same
/// batch, which came after it; the position is the larger of both. Belongs to one thread.
@safe public struct Batch: ~Copyable {
    /// The most records a poll puts in.
    public let capacity: Int
    /// How many records there are.
    public internal(set) var count = 0
    /// Ends of partitions reached.
    public internal(set) var ends: [PartitionEnd] = []
    /// Errors met.
    public internal(set) var problems: [Problem] = []

    let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    /// The client that the messages came from; it is not destroyed before they are.
    var source: ConsumerHandle?

    /// An empty batch with room for `capacity` records.
    public init(capacity: Int) {
        precondition(capacity > 0, "a batch holds at least one record")
        self.capacity = capacity
        unsafe messages = .allocate(capacity: capacity)
        unsafe messages.initialize(repeating: nil, count: capacity)
    }

    deinit {
        unsafe Self.free(messages, count)
        unsafe messages.deallocate()
    }

    /// The record at `index`, which must be below `count`.
    public subscript(_ index: Int) -> Record {
        @_lifetime(borrow self) get {
            precondition(index >= 0 && index < count, "a batch has records from 0 to its count")
            return unsafe Record(messages[index]!, of: self)
        }
    }

    /// Asks for the memory of the record at `index`, which another core has written; nothing beyond the count.
    @inline(__always)
    public func request(_ index: Int) {
        if index < count { unsafe tidemark_prefetch(messages[index]!) }
    }

    /// The same for its key and value, once `request` was answered.
    @inline(__always)
    public func requestContent(_ index: Int) {
        guard index < count, let key = unsafe messages[index]!.pointee.key else { return }
        // The value lies right behind the key.
        for line in 0..<5 { unsafe tidemark_prefetch(key + line * 64) }
    }

    /// Frees the records and forgets ends and problems.
    public mutating func removeAll() {
        unsafe Self.free(messages, count)
        count = 0
        if !ends.isEmpty { ends.removeAll(keepingCapacity: true) }
        if !problems.isEmpty { problems.removeAll(keepingCapacity: true) }
    }

    @unsafe private static func free(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, _ count: Int
    ) {
        for index in 0..<count { unsafe Self.free(messages[index]!) }
    }

    @unsafe static func free(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        if unsafe message.pointee._private != nil {
            unsafe rd_kafka_message_destroy(message)
        } else {
            unsafe PlainMessage.free(message)
        }
    }
}
