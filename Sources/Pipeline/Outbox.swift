// What waits to be produced: alerts, dead letters and balances, as bytes in one buffer that is used again. While a
// commit is in flight the next outbox fills.
import Banking
import Kafka

/// Records to produce in the next transaction.
///
/// One thread.
struct Outbox: ~Copyable {
    /// One record; ranges lie in `bytes`.
    struct Item {
        var output: Output
        var hasKey = true
        var hasValue = true
        var key: Range<Int>
        var value: Range<Int>
        /// The input partition and offset that caused it.
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

    private(set) var bytes: [UInt8] = []
    private(set) var items: [Item] = []
    /// Headers of dead letters, original ones included.
    private(set) var headers: [Headers] = []
    /// When the first item came, microseconds of the monotonic clock.
    private(set) var since: Int64?
    private(set) var alertCount = 0

    var isEmpty: Bool { items.isEmpty }
    var byteCount: Int { bytes.count }

    /// Empties the outbox; buffers keep their memory unless a burst made them huge.
    mutating func removeAll() {
        let isHuge = bytes.capacity > 8 << 20
        bytes.removeAll(keepingCapacity: !isHuge)
        items.removeAll(keepingCapacity: !isHuge)
        if !headers.isEmpty { headers.removeAll() }
        since = nil
        alertCount = 0
    }

    /// Appends whatever `write` appends, and says where it lies.
    @inline(__always)
    mutating func write(_ write: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = bytes.count
        write(&bytes)
        return start..<bytes.count
    }

    /// Appends a copy of `span`.
    mutating func copy(_ span: Span<UInt8>) -> Range<Int> {
        let start = bytes.count
        unsafe span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        return start..<bytes.count
    }

    mutating func copy(_ array: ArraySlice<UInt8>) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: array)
        return start..<bytes.count
    }

    mutating func add(_ item: Item, now: Int64) {
        if since == nil { since = now }
        if item.output == .alerts || item.output == .shadow { alertCount += 1 }
        items.append(item)
    }

    /// Keeps the headers of a dead letter; returns their index.
    mutating func add(headers: Headers) -> Int {
        self.headers.append(headers)
        return self.headers.count - 1
    }
}

extension Outbox {
    /// Hands every record to the open transaction of `log`.
    func produce<Log: TransactionLog>(
        to log: Log, _ alertHeaders: inout AlertHeaders, _ settings: Settings
    ) throws(KafkaError) {
        let bytes = bytes.span
        let none = Headers()
        for item in items {
            if item.output == .shadow && settings.shadowTopic == nil { continue }
            let key = bytes.extracting(item.key)
            let value = bytes.extracting(item.value)
            switch item.output {
            case .alerts, .shadow:
                alertHeaders.set(item, settings)
                try log.produce(
                    item.output, partition: -1, key: key, value: value,
                    headers: alertHeaders.headers)
            case .rejected:
                try log.produce(
                    .rejected, partition: -1, key: item.hasKey ? key : nil,
                    value: item.hasValue ? value : nil, headers: headers[item.headers])
            case .balances, .state:
                try log.produce(
                    item.output, partition: -1, key: key, value: value, headers: none)
            }
        }
    }
}
