// Records into topics, as a bank's systems would put them there.
import CRdKafka

/// A record to be written.
package struct Outgoing: Sendable {
    package var key: [UInt8]?
    package var value: [UInt8]?
    /// Nil for the one that the key's hash names.
    package var partition: Int32?
    package var headers: [(name: String, value: String)]

    /// A record of bytes.
    package init(
        key: [UInt8]?, value: [UInt8]?, partition: Int32? = nil,
        headers: [(name: String, value: String)] = []
    ) {
        self.key = key
        self.value = value
        self.partition = partition
        self.headers = headers
    }

    /// A record of texts.
    package init(key: String, value: String, partition: Int32? = nil) {
        self.init(key: Array(key.utf8), value: Array(value.utf8), partition: partition)
    }
}

/// Writes records in their order and returns when the broker has all of them.
package func produce(_ records: [Outgoing], to topic: String, at bootstrap: String) throws {
    let client = try Client.producer(at: bootstrap)
    try client.produce(records, to: topic)
    try check(unsafe rd_kafka_flush(client.handle, 60_000), "flush to \(topic)")
}

/// Writes records in one committed transaction.
package func produceInTransaction(
    _ records: [Outgoing], to topic: String, at bootstrap: String
) throws {
    let client = try Client.producer(at: bootstrap, [("transactional.id", "tests-\(topic)")])
    unsafe try check(error: rd_kafka_init_transactions(client.handle, 30_000), "initialisation")
    unsafe try check(error: rd_kafka_begin_transaction(client.handle), "begin")
    try client.produce(records, to: topic)
    unsafe try check(error: rd_kafka_commit_transaction(client.handle, 30_000), "commit")
}

/// A transaction that stays open until it is ended, or its coordinator ends it.
package final class OpenTransaction {
    private let client: Client

    /// Begins a transaction; `name` is its transactional id.
    package init(
        _ name: String, at bootstrap: String, timeoutMilliseconds: Int = 60_000
    ) throws {
        client = try Client.producer(
            at: bootstrap,
            [
                ("transactional.id", name), ("transaction.timeout.ms", "\(timeoutMilliseconds)"),
            ])
        unsafe try check(error: rd_kafka_init_transactions(client.handle, 30_000), "initialisation")
        unsafe try check(error: rd_kafka_begin_transaction(client.handle), "begin")
    }

    /// Adds records, which are in their topic when it returns.
    package func produce(_ records: [Outgoing], to topic: String) throws {
        try client.produce(records, to: topic)
        try check(unsafe rd_kafka_flush(client.handle, 30_000), "flush to \(topic)")
    }

    /// Adds an offset of a group, without being its member.
    package func sendOffset(
        _ offset: Int, of topic: String, partition: Int32, group: String
    ) throws {
        let list = unsafe rd_kafka_topic_partition_list_new(1)
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        unsafe rd_kafka_topic_partition_list_add(list, topic, partition).pointee.offset = Int64(
            offset)
        let metadata = unsafe rd_kafka_consumer_group_metadata_new(group)
        defer { unsafe rd_kafka_consumer_group_metadata_destroy(metadata) }
        unsafe try check(
            error: rd_kafka_send_offsets_to_transaction(client.handle, list, metadata, 30_000),
            "offsets in a transaction")
    }

    /// Ends it.
    package func end(commits: Bool) throws {
        if commits {
            unsafe try check(error: rd_kafka_commit_transaction(client.handle, 30_000), "commit")
        } else {
            unsafe try check(error: rd_kafka_abort_transaction(client.handle, 30_000), "abort")
        }
    }
}

extension Client {
    fileprivate func produce(_ records: [Outgoing], to topic: String) throws {
        let reference = unsafe rd_kafka_topic_new(handle, topic, nil)
        defer { unsafe rd_kafka_topic_destroy(reference) }
        for record in records {
            while true {
                let code = unsafe enqueue(record, to: reference!)
                guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                    try check(code, "produce to \(topic)")
                    break
                }
                unsafe rd_kafka_poll(handle, 10)
            }
            unsafe rd_kafka_poll(handle, 0)
        }
    }

    @unsafe private func enqueue(_ record: Outgoing, to topic: OpaquePointer) -> rd_kafka_resp_err_t
    {
        unsafe withBytes(record.key) { key in
            unsafe withBytes(record.value) { value in
                var fields = unsafe [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 5)
                unsafe fields[0].vtype = RD_KAFKA_VTYPE_RKT
                unsafe fields[0].u.rkt = topic
                unsafe fields[1].vtype = RD_KAFKA_VTYPE_PARTITION
                unsafe fields[1].u.i32 = record.partition ?? -1
                unsafe fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                unsafe fields[2].u.i = Int32(RD_KAFKA_MSG_F_COPY)
                unsafe fields[3].vtype = RD_KAFKA_VTYPE_KEY
                unsafe fields[3].u.mem.ptr = key.start
                unsafe fields[3].u.mem.size = key.count
                unsafe fields[4].vtype = RD_KAFKA_VTYPE_VALUE
                unsafe fields[4].u.mem.ptr = value.start
                unsafe fields[4].u.mem.size = value.count
                if !record.headers.isEmpty {
                    var field = unsafe rd_kafka_vu_t()
                    unsafe field.vtype = RD_KAFKA_VTYPE_HEADERS
                    unsafe field.u.headers = headers(record.headers)
                    unsafe fields.append(field)
                }
                let error = unsafe rd_kafka_produceva(handle, fields, fields.count)
                defer { unsafe rd_kafka_error_destroy(error) }
                return unsafe rd_kafka_error_code(error)
            }
        }
    }

    @unsafe private func headers(_ headers: [(name: String, value: String)]) -> OpaquePointer? {
        let list = unsafe rd_kafka_headers_new(headers.count)
        for (name, value) in headers {
            unsafe rd_kafka_header_add(list, name, -1, value, -1)
        }
        return unsafe list
    }

    /// Calls `body` with the bytes in memory; nil stays nil, nothing is some place with a count of 0.
    @unsafe private func withBytes<Result>(
        _ bytes: [UInt8]?, _ body: ((start: UnsafeMutableRawPointer?, count: Int)) -> Result
    ) -> Result {
        guard var copy = bytes else { return unsafe body((nil, 0)) }
        let count = copy.count
        if copy.isEmpty { copy.append(0) }
        return unsafe copy.withUnsafeMutableBytes { unsafe body(($0.baseAddress, count)) }
    }
}
