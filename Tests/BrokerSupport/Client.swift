// A Kafka client of the tests' own, straight on librdkafka: what the product's code did is looked at through other code
// than the product's.
import CRdKafka

/// A handle of librdkafka with its settings.
@safe final class Client {
    /// The library's handle.
    let handle: OpaquePointer

    /// Makes a handle with `settings`.
    init(_ kind: rd_kafka_type_t, at bootstrap: String, _ settings: [(String, String)]) throws {
        let configuration = unsafe rd_kafka_conf_new()!
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in [("bootstrap.servers", bootstrap), ("log_level", "3")] + settings {
            let result = unsafe rd_kafka_conf_set(configuration, name, value, &text, text.count)
            guard result == RD_KAFKA_CONF_OK else { throw ClientError("\(name)=\(value)") }
        }
        guard let made = unsafe rd_kafka_new(kind, configuration, &text, text.count) else {
            throw ClientError("no handle")
        }
        unsafe handle = made
    }

    deinit { unsafe rd_kafka_destroy(handle) }

    /// A consumer that reads given partitions.
    static func reader(at bootstrap: String, isolation: String = "read_committed") throws -> Client
    {
        let client = try Client(
            RD_KAFKA_CONSUMER, at: bootstrap,
            [
                ("group.id", "tests"), ("enable.auto.commit", "false"),
                ("isolation.level", isolation), ("enable.partition.eof", "true"),
                ("auto.offset.reset", "earliest"), ("fetch.wait.max.ms", "20"),
            ])
        unsafe rd_kafka_poll_set_consumer(client.handle)
        return client
    }

    /// A producer that places keys as Kafka's own clients do.
    static func producer(at bootstrap: String, _ more: [(String, String)] = []) throws -> Client {
        try Client(
            RD_KAFKA_PRODUCER, at: bootstrap,
            [
                ("enable.idempotence", "true"), ("partitioner", "murmur2_random"),
                ("linger.ms", "5"), ("compression.type", "lz4"),
            ] + more)
    }

    /// The number of partitions of a topic, 0 when there is none.
    func partitionCount(_ topic: String) throws -> Int32 {
        let reference = unsafe rd_kafka_topic_new(handle, topic, nil)
        defer { unsafe rd_kafka_topic_destroy(reference) }
        var found: UnsafePointer<rd_kafka_metadata>?
        try check(unsafe rd_kafka_metadata(handle, 0, reference, &found, 10_000), "metadata")
        defer { unsafe rd_kafka_metadata_destroy(found) }
        guard let metadata = unsafe found?.pointee, unsafe metadata.topic_cnt == 1 else { return 0 }
        return unsafe metadata.topics[0].partition_cnt
    }
}

/// What went wrong between the tests and the broker.
struct ClientError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Throws when a call failed.
func check(_ code: rd_kafka_resp_err_t, _ what: String) throws {
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    throw ClientError("\(what): \(unsafe String(cString: rd_kafka_err2str(code)))")
}

/// Throws when a call returned an error object, which is freed.
@unsafe
func check(error: OpaquePointer?, _ what: String) throws {
    guard let error = unsafe error else { return }
    defer { unsafe rd_kafka_error_destroy(error) }
    throw ClientError("\(what): \(unsafe String(cString: rd_kafka_error_string(error)))")
}
