// Filling a batch from memory, for tests and for the simulator: one concrete record serves them and
// the real client.
import CRdKafka
import Glibc

extension Batch {
    /// Appends a copy of a record that was not read from Kafka; the batch must have room.
    public mutating func append(
        partition: Int32, offset: Int64, timestampMillis: Int64 = -1, key: [UInt8]?,
        value: [UInt8]?, headers: Headers = Headers()
    ) {
        precondition(count < capacity, "a batch takes no more than its capacity")
        unsafe messages[count] = PlainMessage.make(
            partition: partition, offset: offset, timestampMillis: timestampMillis, key: key,
            value: value, headers: headers)
        count += 1
    }

    /// Appends the end of a partition.
    public mutating func append(end: PartitionEnd) { ends.append(end) }

    /// Appends a problem.
    public mutating func append(problem: Problem) { problems.append(problem) }
}

extension PlainMessage {
    /// Makes a message whose bytes stand in one block of memory behind it.
    @unsafe static func make(
        partition: Int32, offset: Int64, timestampMillis: Int64, key: [UInt8]?, value: [UInt8]?,
        headers: Headers
    ) -> UnsafeMutablePointer<rd_kafka_message_t> {
        let head = MemoryLayout<PlainMessage>.stride
        let (keyCount, valueCount) = (key?.count ?? 0, value?.count ?? 0)
        let block = unsafe malloc(head + keyCount + valueCount + 1)!
        var message = unsafe rd_kafka_message_t()
        unsafe message.partition = partition
        unsafe message.offset = offset
        if let key {
            let start = unsafe block + head
            unsafe key.withUnsafeBytes { unsafe start.copyBytes(from: $0) }
            unsafe message.key = start
            unsafe message.key_len = keyCount
        }
        if let value {
            let start = unsafe block + head + keyCount
            unsafe value.withUnsafeBytes { unsafe start.copyBytes(from: $0) }
            unsafe message.payload = start
            unsafe message.len = valueCount
        }
        let plain = unsafe block.bindMemory(to: PlainMessage.self, capacity: 1)
        unsafe plain.initialize(
            to: PlainMessage(
                message: message, timestampMillis: timestampMillis,
                headers: headers.count > 0 ? headers.native() : nil))
        return unsafe UnsafeMutableRawPointer(plain).assumingMemoryBound(
            to: rd_kafka_message_t.self)
    }

    @unsafe static func free(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let plain = unsafe UnsafeMutableRawPointer(message).assumingMemoryBound(
            to: PlainMessage.self)
        if let headers = unsafe plain.pointee.headers { unsafe rd_kafka_headers_destroy(headers) }
        unsafe Glibc.free(plain)
    }
}

extension UnsafeMutableRawPointer {
    fileprivate func copyBytes(from source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        unsafe copyMemory(from: start, byteCount: source.count)
    }
}
