// What one transaction carries, apart from the worker's memory: the outputs that waited, the states of the slice as
// they were at the committed position, the offsets. The worker fills it, the commit thread produces from it while the
// worker applies the next records, and the worker counts what became visible.
//
// Records lie in chunks, each no larger than a batch of the library; a chunk is produced, delivered and freed before
// the next. The library has only one batch of a partition on the way (it compares a number of records with its limit
// of five requests), and its thread spins for as long as others wait behind that one and their linger time is over.
// A flush ends the linger time, so nothing may wait behind a batch then.
import Kafka

/// What a chunk of records may hold so that it is one batch of the library, whose `batch.size` and
/// `batch.num.messages` are 1,000,000 and 10,000.
enum BatchLimits {
    /// No further record begins beyond these.
    static let bytes = 900_000
    static let records = 9_000
}

/// Records of the changelog, in the order in which they are produced.
///
/// One thread at a time.
struct StateRecords: ~Copyable {
    /// Where a record lies in its chunk: its key begins where the record before it ends.
    private struct Place {
        var partition: Int32
        var keyEnd: Int32
        var valueEnd: Int32
        var hasValue: Bool
    }

    private struct Chunk {
        var bytes: [UInt8] = []
        var places: [Place] = []
    }

    /// Bytes around a record in a batch, at most.
    private static let recordOverhead = 32

    private var chunks = [Chunk()]
    /// How many there are.
    var count: Int { chunks.reduce(0) { $0 + $1.places.count } }

    /// Adds a record, without a value one that deletes the key's; the bytes are copied.
    mutating func add(partition: Int32, key: [UInt8], value: [UInt8]?) {
        let hasValue = value != nil
        let value = value ?? []
        var last = chunks.count - 1
        let needed = key.count + value.count
        let count = chunks[last].places.count
        let size = chunks[last].bytes.count + needed + (count + 1) * StateRecords.recordOverhead
        if count > 0, size > BatchLimits.bytes || count == BatchLimits.records {
            chunks.append(Chunk())
            last += 1
            chunks[last].bytes.reserveCapacity(max(BatchLimits.bytes, needed))
        }
        chunks[last].bytes.append(contentsOf: key)
        let keyEnd = chunks[last].bytes.count
        chunks[last].bytes.append(contentsOf: value)
        let place = Place(
            partition: partition, keyEnd: Int32(keyEnd), valueEnd: Int32(chunks[last].bytes.count),
            hasValue: hasValue)
        chunks[last].places.append(place)
    }

    /// Hands every record to the open transaction of `log`, and frees the bytes on the way.
    ///
    /// Those of the last chunk are left to the commit to deliver.
    mutating func produce<Log: TransactionLog>(to log: Log) throws(KafkaError) {
        let headers = Headers()
        for index in chunks.indices {
            if index > 0 { try log.flush(timeoutMilliseconds: Outbox.flushMilliseconds) }
            let chunk = chunks[index]
            let bytes = chunk.bytes.span
            var start = 0
            for place in chunk.places {
                let (keyEnd, end) = (Int(place.keyEnd), Int(place.valueEnd))
                try log.produce(
                    .state, partition: place.partition, key: bytes.extracting(start..<keyEnd),
                    value: place.hasValue ? bytes.extracting(keyEnd..<end) : nil, headers: headers)
                start = end
            }
            if index > 0 { chunks[index] = Chunk() }
        }
    }

    /// Forgets all records; the first chunk keeps its memory.
    mutating func removeAll() {
        if chunks.count > 1 { chunks.removeSubrange(1...) }
        chunks[0].places.removeAll(keepingCapacity: true)
        let isLarge = chunks[0].bytes.capacity > 2 * BatchLimits.bytes
        chunks[0].bytes.removeAll(keepingCapacity: !isLarge)
    }
}

/// What one transaction carries.
///
/// Handed from thread to thread by the committer: the worker must not touch it while a commit is in flight.
final class Cargo {
    /// Alerts, dead letters and balances.
    var outbox = Outbox()
    /// The slice of the changelog.
    var states = StateRecords()
    /// Positions, with their metadata.
    var offsets: [PartitionOffset] = []
    /// Customers whose states are in the slice.
    var stateCount = 0
    /// When the commit began, in microseconds of the monotonic clock.
    var began: Int64 = 0

    /// Hands all records to the open transaction of `log`.
    func produce<Log: TransactionLog>(
        to log: Log, _ alertHeaders: inout AlertHeaders, _ settings: Settings, keepsAll: Bool
    ) throws(KafkaError) {
        // Alerts first: they are what somebody waits for.
        try outbox.produce(to: log, &alertHeaders, settings, keepsAll: keepsAll)
        try states.produce(to: log)
    }

    func removeAll() {
        outbox.removeAll()
        states.removeAll()
        offsets.removeAll(keepingCapacity: true)
        stateCount = 0
    }
}
