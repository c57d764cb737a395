// The library's producer, behind the plain and the transactional one.
import CRdKafka
import Glibc

/// Owns a producer of the library and its topics; one thread at a time.
@safe final class ProducerHandle {
    let raw: OpaquePointer
    let state: ClientState
    private var topics: [String: Topic] = [:]

    init(_ properties: ClientProperties, hooks: Hooks) throws(KafkaError) {
        state = ClientState(hooks: hooks)
        unsafe raw = try makeClient(RD_KAFKA_PRODUCER, properties, state)
    }

    deinit {
        // Records of an unfinished transaction would be waited for.
        unsafe rd_kafka_purge(raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        for topic in topics.values { unsafe rd_kafka_topic_destroy(topic.raw) }
        unsafe rd_kafka_destroy(raw)
    }

    /// The topic's handle, made once: its batches are compressed as the first call asks.
    func topic(_ name: String, isCompressed: Bool = true) throws(KafkaError) -> Topic {
        if let known = topics[name] { return known }
        var properties: OpaquePointer?
        if !isCompressed {
            unsafe properties = rd_kafka_default_topic_conf_dup(raw)
            let outcome = unsafe rd_kafka_topic_conf_set(
                properties, "compression.type", "none", nil, 0)
            precondition(outcome == RD_KAFKA_CONF_OK, "the library can leave batches as they are")
        }
        // The library takes the properties over.
        guard let handle = unsafe rd_kafka_topic_new(raw, name, properties) else {
            throw KafkaError(ErrorCode(rd_kafka_last_error()), doing: "topic \(name)")
        }
        let topic = unsafe Topic(raw: handle, name: name)
        topics[name] = topic
        return topic
    }

    /// Asks for the topics' metadata and waits for it, also for a topic that was made just now.
    func learn(_ names: [String], timeoutMilliseconds: Int32) throws(KafkaError) {
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        for name in names {
            let topic = try topic(name)
            while true {
                do throws(KafkaError) {
                    _ = try unsafe describe(topic.raw, name, of: raw, timeoutMilliseconds)
                    break
                } catch {
                    let passing: [ErrorCode] = [.unknownTopic, .unknownTopicLocally, .noLeader]
                    guard passing.contains(error.code), ContinuousClock.now < deadline else {
                        throw error
                    }
                    usleep(50_000)
                }
            }
        }
    }

    /// Hands a record to the library, which copies it.
    ///
    /// A full queue is served and tried again until `patience` is over.
    func produce(
        _ topic: Topic, _ partition: Int32?, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers?, patienceMilliseconds: Int
    ) throws(KafkaError) {
        var deadline: ContinuousClock.Instant?
        while true {
            let code: rd_kafka_resp_err_t
            if let headers = copy headers, headers.count > 0 {
                code = unsafe enqueue(topic, partition ?? -1, key, value, headers)
            } else {
                code = unsafe enqueue(topic, partition ?? -1, key, value)
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            let now = ContinuousClock.now
            if deadline == nil { deadline = now + .milliseconds(patienceMilliseconds) }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL, now < deadline! else {
                throw KafkaError(ErrorCode(code), doing: "producing to \(topic.name)")
            }
            unsafe rd_kafka_poll(raw, 10)
        }
    }

    @unsafe private func enqueue(
        _ topic: Topic, _ partition: Int32, _ key: Span<UInt8>?, _ value: Span<UInt8>?
    ) -> rd_kafka_resp_err_t {
        let failed = unsafe withBytes(key, value) { key, value in
            unsafe rd_kafka_produce(
                topic.raw, partition, Int32(RD_KAFKA_MSG_F_COPY),
                UnsafeMutableRawPointer(mutating: value.baseAddress), value.count,
                key.baseAddress, key.count, nil)
        }
        return failed == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error()
    }

    @unsafe private func enqueue(
        _ topic: Topic, _ partition: Int32, _ key: Span<UInt8>?, _ value: Span<UInt8>?,
        _ headers: Headers
    ) -> rd_kafka_resp_err_t {
        let list = unsafe headers.native()
        let error = unsafe withBytes(key, value) { key, value in
            unsafe withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 6) { fields in
                unsafe fields.initialize(repeating: rd_kafka_vu_t())
                unsafe fields[0].vtype = RD_KAFKA_VTYPE_RKT
                unsafe fields[0].u.rkt = topic.raw
                unsafe fields[1].vtype = RD_KAFKA_VTYPE_PARTITION
                unsafe fields[1].u.i32 = partition
                unsafe fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                unsafe fields[2].u.i = Int32(RD_KAFKA_MSG_F_COPY)
                unsafe fields[3].vtype = RD_KAFKA_VTYPE_KEY
                unsafe fields[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
                unsafe fields[3].u.mem.size = key.count
                unsafe fields[4].vtype = RD_KAFKA_VTYPE_VALUE
                unsafe fields[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
                unsafe fields[4].u.mem.size = value.count
                unsafe fields[5].vtype = RD_KAFKA_VTYPE_HEADERS
                unsafe fields[5].u.headers = list
                return unsafe rd_kafka_produceva(raw, fields.baseAddress, fields.count)
            }
        }
        guard let error = unsafe error else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        unsafe rd_kafka_headers_destroy(list)
        let code = unsafe rd_kafka_error_code(error)
        unsafe rd_kafka_error_destroy(error)
        return code
    }
}

/// Calls `body` with both spans as buffers; nil becomes no memory, and an empty span some.
@unsafe private func withBytes<R>(
    _ key: Span<UInt8>?, _ value: Span<UInt8>?,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> R
) -> R {
    unsafe withBytes(key) { key in
        unsafe withBytes(value) { value in unsafe body(key, value) }
    }
}

@unsafe private func withBytes<R>(
    _ span: Span<UInt8>?, _ body: (UnsafeRawBufferPointer) -> R
) -> R {
    guard let span else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return unsafe span.withUnsafeBytes { bytes in
        if unsafe bytes.baseAddress != nil { return unsafe body(bytes) }
        var some: UInt8 = 0
        return unsafe withUnsafeBytes(of: &some) { some in
            unsafe body(UnsafeRawBufferPointer(start: some.baseAddress, count: 0))
        }
    }
}

/// A topic of one producer; valid as long as that producer.
@safe public struct Topic: @unchecked Sendable {
    let raw: OpaquePointer
    /// The topic's name.
    public let name: String
}
