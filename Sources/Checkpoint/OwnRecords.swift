// The records of a changelog's partition that are no customer's: the header, moves of the clock, and the progress of the
// latest commit that wrote there. One piece of code reads them for restore and verify. Keys that it does not know are a
// later version's, and are passed over: whatever an earlier version must not ignore raises the format of the header or
// of the states, which it refuses.
internal import Banking
internal import Engine

/// What stands under the reserved keys of one partition.
public struct OwnRecords: Sendable {
    /// Under which settings the states were written; nil when there is no header.
    public private(set) var header: StateHeader?
    private var advances: [Int64: Instant] = [:]
    private var progress: Progress?

    /// Nothing read yet.
    public init() {}

    /// Takes a record with a reserved key, in the order of the log; without a value it is a deletion.
    public mutating func install(key: Span<UInt8>, value: Span<UInt8>?) throws(HeaderError) {
        if let offset = ClockRecord.offset(inKey: key) {
            guard let value else {
                advances[offset] = nil
                return
            }
            let record = try ClockRecord(value)
            guard record.offset == offset else { throw .unreadable }
            advances[offset] = record.time
        } else if isEqual(key, StateHeader.key), let value {
            header = try StateHeader(value)
        } else if isEqual(key, Progress.key), let value {
            progress = try Progress(value)
        }
    }

    private func isEqual(_ key: Span<UInt8>, _ other: [UInt8]) -> Bool {
        key.count == other.count && key.indices.allSatisfy { key[$0] == other[$0] }
    }

    /// What `application` has committed with its latest states, if that is later than what its group says, nil for
    /// nothing: Kafka has lost the offsets of that transaction, or they were asked for before it.
    public func progress(of application: String, after committed: Progress?) -> Progress? {
        guard let progress, progress.application == application,
            committed.map({ progress.isLater(than: $0) }) ?? true
        else { return nil }
        return progress
    }

    /// The moves of the clock up to the position of `progress`, in order, none of them beyond where it stood there.
    ///
    /// A later one at the position itself may have been committed since, over the one of the time that is asked for. When
    /// a close was open there, that says what has happened at the position, and the moves lie before it.
    public func advances(upTo progress: Progress) -> [ClockRecord] {
        guard let clock = progress.clock.time else { return [] }
        let end = progress.openClose == nil ? progress.position : progress.position - 1
        return advances.filter { $0.key <= end }.sorted { $0.key < $1.key }.map {
            ClockRecord(offset: $0.key, time: min($0.value, clock))
        }
    }

    /// The offsets of moves that no replay can need, since the input is kept from `low` on only.
    public func outdated(below low: Int64) -> [Int64] {
        advances.keys.filter { $0 < low }.sorted()
    }
}
