// What waits to be produced: alerts, dead letters and balances, as bytes in a buffer that is used again. While a
// commit is in flight the next outbox fills. A day's close can raise an alert for every customer at once: the bytes
// lie in chunks, so that such a burst is never copied to grow, and is freed as it is produced, batch by batch.
import Banking
import Kafka

/// Records to produce in the next transaction.
///
/// One thread.
struct Outbox: ~Copyable {
    /// One record; ranges lie in one of the chunks.
    struct Item {
        var output: Output
        var hasKey = true
        var hasValue = true
        /// Where `key` and `value` lie.
        var chunk: Int
        var key: Range<Int>
        var value: Range<Int>
        /// The input partition and offset that caused it; of an alert -1 when no record did.
        var partition: Int32
        var offset: Int64
        /// The causing record's timestamp in milliseconds, -1 without one.
        var timestampMillis: Int64 = -1
        /// Of an alert: index of the rule in the policy, and its status.
        var rule = 0
        var status = AlertStatus.open
        var isShadow = false
        /// Of a dead letter: index in `headers`, and the reason.
        var headers = -1
        var reason = RejectReason.missingValue
    }

    /// Memory of a chunk: what a batch takes, and one large record.
    ///
    /// Larger blocks go back to the system at once.
    private static let chunkBytes = 1 << 20
    /// Bytes around key and value of a record in a batch, the headers of an alert among them.
    private static let recordOverhead = 320
    /// The longest that a chunk may take to be delivered: the time of a transaction.
    static let flushMilliseconds = 10_000
    /// Items whose memory stays for the next: what a commit brings when no day has closed.
    private static let keptItems = 8192
    /// Alerts whose payloads are kept for readers.
    static let keptPayloads = 1000

    private(set) var chunks: [[UInt8]] = [[]]
    private(set) var items: [Item] = []
    /// Headers of dead letters, original ones included.
    private(set) var headers: [Headers] = []
    /// How many items lie in the chunks before the last.
    private var earlierItems = 0
    /// Headers of the dead letters in the last chunk.
    private var lastHeaderBytes = 0
    /// When the first item came, microseconds of the monotonic clock.
    private(set) var since: Int64?
    private(set) var byteCount = 0
    private(set) var liveAlerts = 0
    /// Payloads of the latest live alerts, in order; there once the outbox was produced.
    private(set) var payloads: [[UInt8]] = []

    var isEmpty: Bool { items.isEmpty }

    /// Empties the outbox; buffers keep their memory unless a burst made them huge.
    mutating func removeAll() {
        if chunks.count > 1 { chunks.removeSubrange(1...) }
        chunks[0].removeAll(keepingCapacity: chunks[0].capacity <= Outbox.chunkBytes)
        items.removeAll(keepingCapacity: items.capacity <= Outbox.keptItems)
        (earlierItems, lastHeaderBytes) = (0, 0)
        if !headers.isEmpty { headers.removeAll() }
        if !payloads.isEmpty { payloads.removeAll() }
        since = nil
        byteCount = 0
        liveAlerts = 0
    }

    /// Begins an item: what is written from now on lies in one chunk, whose index is returned.
    mutating func begin() -> Int {
        let records = items.count - earlierItems
        let overhead = records * Outbox.recordOverhead + lastHeaderBytes
        if chunks[chunks.count - 1].count + overhead >= BatchLimits.bytes
            || records >= BatchLimits.records
        {
            chunks.append([])
            chunks[chunks.count - 1].reserveCapacity(Outbox.chunkBytes)
            (earlierItems, lastHeaderBytes) = (items.count, 0)
        }
        return chunks.count - 1
    }

    /// Appends whatever `write` appends, and says where it lies.
    @inline(__always)
    mutating func write(_ write: (inout [UInt8]) -> Void) -> Range<Int> {
        let last = chunks.count - 1
        let start = chunks[last].count
        write(&chunks[last])
        return start..<chunks[last].count
    }

    /// Appends a copy of `span`.
    mutating func copy(_ span: Span<UInt8>) -> Range<Int> {
        write { $0.append(copying: span) }
    }

    mutating func copy(_ array: ArraySlice<UInt8>) -> Range<Int> {
        write { $0.append(contentsOf: array) }
    }

    mutating func add(_ item: Item, now: Int64) {
        if since == nil { since = now }
        if item.output == .alerts { liveAlerts += 1 }
        byteCount += item.key.count + item.value.count
        items.append(item)
    }

    /// Keeps the headers of a dead letter; returns their index.
    mutating func add(headers: Headers) -> Int {
        lastHeaderBytes += headers.byteCount
        self.headers.append(headers)
        return self.headers.count - 1
    }
}

extension Outbox {
    /// Hands every record to the open transaction of `log`, and frees the bytes on the way.
    ///
    /// Payloads of live alerts stay: the latest, or `keepsAll` of them.
    mutating func produce<Log: TransactionLog>(
        to log: Log, _ alertHeaders: inout AlertHeaders, _ settings: Settings, keepsAll: Bool
    ) throws(KafkaError) {
        var skipped = keepsAll ? 0 : max(0, liveAlerts - Outbox.keptPayloads)
        var next = 0
        for chunk in chunks.indices {
            if chunk > 0 { try log.flush(timeoutMilliseconds: Outbox.flushMilliseconds) }
            let bytes = chunks[chunk]
            while next < items.count, items[next].chunk == chunk {
                let item = items[next]
                next += 1
                if item.output == .alerts {
                    if skipped > 0 {
                        skipped -= 1
                    } else {
                        payloads.append(Array(bytes[item.value]))
                    }
                }
                if item.output == .shadow && settings.shadowTopic == nil { continue }
                try produce(item, bytes.span, to: log, &alertHeaders, settings)
            }
            if chunk > 0 { chunks[chunk] = [] }
        }
    }

    private func produce<Log: TransactionLog>(
        _ item: Item, _ bytes: Span<UInt8>, to log: Log, _ alertHeaders: inout AlertHeaders,
        _ settings: Settings
    ) throws(KafkaError) {
        let key = bytes.extracting(item.key)
        let value = bytes.extracting(item.value)
        switch item.output {
        case .alerts, .shadow:
            alertHeaders.set(item, settings)
            try log.produce(
                item.output, partition: -1, key: key, value: value, headers: alertHeaders.headers)
        case .rejected:
            try log.produce(
                .rejected, partition: -1, key: item.hasKey ? key : nil,
                value: item.hasValue ? value : nil, headers: headers[item.headers])
        case .balances, .state:
            try log.produce(item.output, partition: -1, key: key, value: value, headers: Headers())
        }
    }
}
