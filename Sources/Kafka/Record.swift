// A record borrowed from its batch: nothing is copied, retained or allocated.
import CRdKafka

/// A record that lives as long as its batch is not refilled.
@safe public struct Record: ~Escapable {
    private let message: UnsafePointer<rd_kafka_message_t>

    @_lifetime(borrow owner)
    init(_ message: UnsafePointer<rd_kafka_message_t>, of owner: borrowing Batch) {
        unsafe self.message = message
    }

    /// The partition's number.
    public var partition: Int32 { unsafe message.pointee.partition }

    /// The record's place in its partition.
    public var offset: Int64 { unsafe message.pointee.offset }

    /// The latest timestamp there is, in milliseconds: the end of the year 9999.
    ///
    /// Brokers may take any number from a producer, microseconds or nanoseconds for one.
    public static let latestTimestamp: Int64 = 253_402_300_799_999

    /// The record's timestamp in milliseconds since 1970, at most `latestTimestamp`, or -1 without one.
    public var timestampMillis: Int64 { min(storedTimestamp, Record.latestTimestamp) }

    private var storedTimestamp: Int64 {
        // A record that was not read from Kafka has no private part; its timestamp stands behind it.
        if unsafe message.pointee._private == nil {
            return unsafe UnsafeRawPointer(message).assumingMemoryBound(to: PlainMessage.self)
                .pointee.timestampMillis
        }
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = unsafe rd_kafka_message_timestamp(message, &kind)
        return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : time
    }

    /// The key's bytes, nil without a key.
    public var key: Span<UInt8>? {
        @_lifetime(copy self) get {
            guard let start = unsafe message.pointee.key else { return nil }
            let bytes = unsafe Span<UInt8>(
                _unsafeStart: start.assumingMemoryBound(to: UInt8.self),
                count: message.pointee.key_len)
            return unsafe _overrideLifetime(bytes, copying: self)
        }
    }

    /// The value's bytes, nil for a tombstone.
    public var value: Span<UInt8>? {
        @_lifetime(copy self) get {
            guard let start = unsafe message.pointee.payload else { return nil }
            let bytes = unsafe Span<UInt8>(
                _unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: message.pointee.len)
            return unsafe _overrideLifetime(bytes, copying: self)
        }
    }

    /// The name of the record's topic, "" for a record that was not read from Kafka; allocates.
    public var topic: String {
        guard let handle = unsafe message.pointee.rkt else { return "" }
        return unsafe String(cString: rd_kafka_topic_name(handle))
    }

    /// Calls `body` with each header's name and value, in order; costs an allocation for each.
    public func forEachHeader(_ body: (_ name: String, _ value: Span<UInt8>?) -> Void) {
        var list: OpaquePointer?
        if unsafe message.pointee._private == nil {
            unsafe list =
                UnsafeRawPointer(message).assumingMemoryBound(to: PlainMessage.self).pointee.headers
        } else if unsafe rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR {
            return
        }
        guard let list = unsafe list else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while unsafe rd_kafka_header_get_all(list, index, &name, &value, &count)
            == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            let text = unsafe String(cString: name!)
            if let start = unsafe value {
                unsafe body(
                    text,
                    Span(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count))
            } else {
                body(text, nil)
            }
            index += 1
        }
    }
}

/// A record that was not read from Kafka: the library's form, and behind it what the library keeps in
/// its private part.
@safe struct PlainMessage {
    var message: rd_kafka_message_t
    var timestampMillis: Int64
    var headers: OpaquePointer?
}
