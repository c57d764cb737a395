// Topics as the tests need them: made with settings, filled, read to their ends.
import CRdKafka

/// Makes a topic.
package func createTopic(
    _ name: String, partitions: Int32, at bootstrap: String, settings: [(String, String)] = []
) throws {
    let client = try Client.producer(at: bootstrap)
    var topic = unsafe rd_kafka_NewTopic_new(name, partitions, -1, nil, 0)
    defer { unsafe rd_kafka_NewTopic_destroy(topic) }
    for (key, value) in settings {
        try check(unsafe rd_kafka_NewTopic_set_config(topic, key, value), "setting of a topic")
    }
    try unsafe client.administer("creation of \(name)") { queue in
        unsafe rd_kafka_CreateTopics(client.handle, &topic, 1, nil, queue)
    } failure: { event in
        let result = unsafe rd_kafka_event_CreateTopics_result(event)
        return unsafe firstFailure(rd_kafka_CreateTopics_result_topics, result)
    }
    // The broker answers before all of it knows the topic.
    let isKnown = try eventually {
        try client.partitionCount(name) == partitions
    }
    guard isKnown else { throw ClientError("topic \(name) does not appear") }
}

/// Deletes a topic with its records.
package func deleteTopic(_ name: String, at bootstrap: String) throws {
    let client = try Client.producer(at: bootstrap)
    var request = unsafe rd_kafka_DeleteTopic_new(name)
    defer { unsafe rd_kafka_DeleteTopic_destroy(request) }
    try unsafe client.administer("deletion of \(name)") { queue in
        unsafe rd_kafka_DeleteTopics(client.handle, &request, 1, nil, queue)
    } failure: { event in
        let result = unsafe rd_kafka_event_DeleteTopics_result(event)
        return unsafe firstFailure(rd_kafka_DeleteTopics_result_topics, result)
    }
}

/// The number of partitions of a topic.
package func partitionCount(_ topic: String, at bootstrap: String) throws -> Int {
    Int(try Client.reader(at: bootstrap).partitionCount(topic))
}

/// Asks again and again how far topics have grown, over one connection.
package final class Gauge {
    private let client: Client

    /// A gauge of a broker's topics.
    package init(at bootstrap: String) throws {
        client = try Client.reader(at: bootstrap, isolation: "read_uncommitted")
    }

    /// The sum of the ends of a topic's partitions: records and transaction markers, committed or not.
    package func ends(of topic: String) throws -> Int {
        try partitionEnds(of: topic).reduce(0, +)
    }

    /// Whether every replica of every partition has all of it.
    package func isReplicated() throws -> Bool {
        var found: UnsafePointer<rd_kafka_metadata>?
        try check(unsafe rd_kafka_metadata(client.handle, 1, nil, &found, 10_000), "metadata")
        defer { unsafe rd_kafka_metadata_destroy(found) }
        guard let metadata = unsafe found?.pointee else { return false }
        let topics = unsafe Int(metadata.topic_cnt)
        return (0..<topics).allSatisfy { number in
            let topic = unsafe metadata.topics[number]
            let partitions = unsafe Int(topic.partition_cnt)
            return (0..<partitions).allSatisfy { index in
                let partition = unsafe topic.partitions[index]
                return unsafe partition.isr_cnt == partition.replica_cnt
            }
        }
    }

    /// The end of each of a topic's partitions.
    package func partitionEnds(of topic: String) throws -> [Int] {
        try (0..<(try client.partitionCount(topic))).map { partition in
            var (low, high): (Int64, Int64) = (0, 0)
            try check(
                unsafe rd_kafka_query_watermark_offsets(
                    client.handle, topic, partition, &low, &high, 10_000), "ends of \(topic)")
            return Int(high)
        }
    }
}

/// What a group has committed for each of a topic's partitions; -1 for nothing.
package func committedOffsets(
    of group: String, _ topic: String, partitions: Int, at bootstrap: String
) throws -> [Int] {
    let client = try Client(
        RD_KAFKA_CONSUMER, at: bootstrap,
        [("group.id", group), ("isolation.level", "read_committed")])
    let list = unsafe rd_kafka_topic_partition_list_new(Int32(partitions))
    defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
    for partition in 0..<Int32(partitions) {
        unsafe rd_kafka_topic_partition_list_add(list, topic, partition)
    }
    try check(unsafe rd_kafka_committed(client.handle, list, 20_000), "committed offsets")
    return (0..<partitions).map { index in
        let offset = unsafe list!.pointee.elems[index].offset
        return offset < 0 ? -1 : Int(offset)
    }
}

/// Deletes the records of one partition below an offset.
package func deleteRecords(
    of topic: String, partition: Int32, below offset: Int, at bootstrap: String
) throws {
    let client = try Client.producer(at: bootstrap)
    let list = unsafe rd_kafka_topic_partition_list_new(1)
    defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
    unsafe rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = Int64(offset)
    var request = unsafe rd_kafka_DeleteRecords_new(list)
    defer { unsafe rd_kafka_DeleteRecords_destroy(request) }
    try unsafe client.administer("deletion of records of \(topic)") { queue in
        unsafe rd_kafka_DeleteRecords(client.handle, &request, 1, nil, queue)
    }
}

/// Gives a topic more partitions.
package func widen(_ topic: String, to partitions: Int, at bootstrap: String) throws {
    let client = try Client.producer(at: bootstrap)
    var text = [CChar](repeating: 0, count: 256)
    var request = unsafe rd_kafka_NewPartitions_new(topic, partitions, &text, text.count)
    defer { unsafe rd_kafka_NewPartitions_destroy(request) }
    try unsafe client.administer("new partitions of \(topic)") { queue in
        unsafe rd_kafka_CreatePartitions(client.handle, &request, 1, nil, queue)
    }
    let isKnown = try eventually { try client.partitionCount(topic) == partitions }
    guard isKnown else { throw ClientError("the partitions of \(topic) do not appear") }
}

extension Client {
    /// Has `send` put a request, waits for the answer and throws what it says of a failure as a whole, or of the topic.
    @unsafe fileprivate func administer(
        _ what: String, _ send: (OpaquePointer) -> Void,
        failure: (OpaquePointer) -> rd_kafka_resp_err_t = { _ in RD_KAFKA_RESP_ERR_NO_ERROR }
    ) throws {
        let queue = unsafe rd_kafka_queue_new(handle)!
        defer { unsafe rd_kafka_queue_destroy(queue) }
        unsafe send(queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, 30_000) else {
            throw ClientError("no answer to the \(what)")
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        try check(unsafe rd_kafka_event_error(event), what)
        try check(unsafe failure(event), what)
    }
}

/// What an answer says of its first topic with a failure.
@unsafe private func firstFailure(
    _ topics: (OpaquePointer?, UnsafeMutablePointer<Int>?)
        -> UnsafeMutablePointer<OpaquePointer?>?,
    _ result: OpaquePointer?
) -> rd_kafka_resp_err_t {
    var count = 0
    let topics = unsafe topics(result, &count)
    return (0..<count).lazy.map { unsafe rd_kafka_topic_result_error(topics?[$0]) }
        .first { $0 != RD_KAFKA_RESP_ERR_NO_ERROR } ?? RD_KAFKA_RESP_ERR_NO_ERROR
}

/// A record as the broker stored it.
package struct StoredRecord: Sendable {
    package var partition: Int32
    package var offset: Int64
    /// Milliseconds, -1 for none.
    package var timestamp: Int64
    package var key: [UInt8]?
    package var value: [UInt8]?
    package var headers: [(name: String, value: [UInt8])] = []

    /// A record without headers.
    package init(
        partition: Int32, offset: Int64, timestamp: Int64, key: [UInt8]?, value: [UInt8]?
    ) {
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
    }

    /// The key as text.
    package var keyText: String { String(decoding: key ?? [], as: UTF8.self) }
    /// The value as text.
    package var valueText: String { String(decoding: value ?? [], as: UTF8.self) }
    /// The text of the first header with a name.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    }
}

/// Everything that a read_committed consumer sees of a topic, by partition and offset.
package func readTopic(_ topic: String, at bootstrap: String) throws -> [StoredRecord] {
    let client = try Client.reader(at: bootstrap)
    let count = try client.partitionCount(topic)
    guard count > 0 else { throw ClientError("there is no topic \(topic)") }
    let list = unsafe rd_kafka_topic_partition_list_new(count)
    defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
    for partition in 0..<count {
        unsafe rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = -2
    }
    try check(unsafe rd_kafka_assign(client.handle, list), "assignment")
    var records: [StoredRecord] = []
    var open = Int(count)
    let end = nowMilliseconds() + 60_000
    while open > 0 {
        guard nowMilliseconds() < end else { throw ClientError("no end of \(topic) within 60 s") }
        guard let message = unsafe rd_kafka_consumer_poll(client.handle, 100) else { continue }
        defer { unsafe rd_kafka_message_destroy(message) }
        let code = unsafe message.pointee.err
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            open -= 1
        } else {
            try check(code, "reading \(topic)")
            unsafe records.append(StoredRecord(message))
        }
    }
    unsafe rd_kafka_consumer_close(client.handle)
    return records.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
}

extension StoredRecord {
    @unsafe fileprivate init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
            guard let start = unsafe start else { return nil }
            return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
        }
        let record = unsafe message.pointee
        unsafe partition = record.partition
        unsafe offset = record.offset
        unsafe timestamp = rd_kafka_message_timestamp(message, nil)
        unsafe key = bytes(record.key, record.key_len)
        unsafe value = bytes(record.payload, record.len)
        var list: OpaquePointer?
        guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return
        }
        var index = 0
        var name: UnsafePointer<CChar>?
        var start: UnsafeRawPointer?
        var size = 0
        while unsafe rd_kafka_header_get_all(list, index, &name, &start, &size)
            == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            let text = unsafe name.map { unsafe String(cString: $0) } ?? ""
            unsafe headers.append((text, bytes(start, size) ?? []))
            index += 1
        }
    }
}
