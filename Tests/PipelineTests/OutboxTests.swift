import Banking
import Kafka
import Testing

@testable import Pipeline

/// Weighs what is handed over between two flushes.
private final class Scales: TransactionLog {
    /// The library's `batch.size` and `batch.num.messages`.
    static let batchBytes = 1_000_000
    static let batchRecords = 10_000
    /// The most that lies around key, value and headers of a record in a batch of format 2.
    static let recordBytes = 36

    private(set) var bytes = [0]
    private(set) var records = [0]
    let isTainted = false

    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) {
        let around = Scales.recordBytes + headers.byteCount
        bytes[bytes.count - 1] += (key?.count ?? 0) + (value?.count ?? 0) + around
        records[records.count - 1] += 1
    }

    func flush(timeoutMilliseconds: Int) {
        bytes.append(0)
        records.append(0)
    }

    func begin() {}
    func sendOffsets(_ offsets: [PartitionOffset], group: Int, timeoutMilliseconds: Int) {}
    func commit(timeoutMilliseconds: Int) {}
}

@Suite("Outbox")
struct OutboxTests {
    /// Hands over `count` records of one kind and returns the scales.
    private func weigh(
        _ count: Int, valueBytes: Int, letterHeaderBytes: Int? = nil
    ) throws(KafkaError) -> Scales {
        var outbox = Outbox()
        let value = [UInt8](repeating: 7, count: valueBytes)
        for index in 0..<count {
            let chunk = outbox.begin()
            let key = outbox.copy(Array("customer-\(index)".utf8)[...])
            var item = Outbox.Item(
                output: .alerts, chunk: chunk, key: key, value: outbox.copy(value[...]),
                partition: 11, offset: 1_234_567_890_123 + Int64(index))
            if let letterHeaderBytes {
                var headers = Headers()
                headers.add("trace", String(repeating: "x", count: letterHeaderBytes))
                item.output = .rejected
                item.headers = outbox.add(headers: headers)
            }
            outbox.add(item, now: 0)
        }
        var settings = Settings(policy: History.policy())
        settings.application = String(repeating: "a", count: 40)
        settings.inputTopic = String(repeating: "t", count: 60)
        var headers = AlertHeaders()
        let scales = Scales()
        try outbox.produce(to: scales, &headers, settings, keepsAll: false)
        return scales
    }

    @Test(
        "what is flushed at once is one batch of the library, headers counted",
        arguments: [(5000, 1200), (30_000, 40), (100, 60_000)])
    func batches(count: Int, valueBytes: Int) throws {
        let scales = try weigh(count, valueBytes: valueBytes)
        #expect(scales.records.reduce(0, +) == count)
        #expect(scales.bytes.count > 1)
        #expect(scales.bytes.allSatisfy { $0 < Scales.batchBytes }, "\(scales.bytes)")
        #expect(scales.records.allSatisfy { $0 < Scales.batchRecords }, "\(scales.records)")
    }

    @Test("headers of dead letters count, too")
    func letters() throws {
        let scales = try weigh(1000, valueBytes: 100, letterHeaderBytes: 3000)
        #expect(scales.bytes.count > 3)
        #expect(scales.bytes.allSatisfy { $0 < Scales.batchBytes }, "\(scales.bytes)")
    }
}
