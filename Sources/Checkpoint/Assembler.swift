// From changelog records back to whole states. A state of one part passes straight through; parts of larger ones
// are gathered until all of one reach are there. Parts of others are what an older, larger state left behind:
// a transaction writes all parts of a state, so the latest set is always complete at the end.
internal import Banking
public import Engine

/// Puts the parts of large states together again.
public struct Assembler: ~Copyable {
    /// What a record brought.
    public enum Result: Sendable, Equatable {
        /// The value from `bodyOffset` on is the whole state.
        case whole(reach: StateReach, bodyOffset: Int)
        /// `state` of the assembler is the whole state of its `id`.
        case assembled(reach: StateReach)
        /// More parts are needed, or the record is of no use.
        case nothing
    }

    private struct Set {
        var reach: StateReach
        var parts: [[UInt8]?]
        var missing: Int
    }

    private var sets: [[UInt8]: Set] = [:]
    /// The id of the state last assembled.
    public private(set) var id: [UInt8] = []
    /// The state last assembled.
    public private(set) var state: [UInt8] = []

    /// An assembler without parts.
    public init() {}

    /// Large states that lack a part.
    public var incompleteCount: Int { sets.count }

    /// Takes a record of a customer, in the order of the log.
    public mutating func add(
        key: Span<UInt8>, value: Span<UInt8>
    ) throws(ChangelogError) -> Result {
        let head = try Envelope.decode(value)
        let idBytes = Envelope.idBytes(inKey: key)
        if head.parts == 1 {
            if !sets.isEmpty { forget(key, idBytes, upTo: head.reach) }
            return .whole(reach: head.reach, bodyOffset: head.bodyOffset)
        }
        let id = [UInt8](copying: key.extracting(0..<idBytes))
        let fresh = Set(
            reach: head.reach, parts: Array(repeating: nil, count: head.parts), missing: head.parts)
        var set = sets[id] ?? fresh
        guard head.reach >= set.reach else { return .nothing }
        if head.reach > set.reach || set.parts.count != head.parts { set = fresh }
        if set.parts[head.part] == nil { set.missing -= 1 }
        set.parts[head.part] = [UInt8](copying: value.extracting(head.bodyOffset..<value.count))
        guard set.missing == 0 else {
            sets[id] = set
            return .nothing
        }
        sets[id] = nil
        self.id = id
        state.removeAll(keepingCapacity: true)
        for part in set.parts { state.append(contentsOf: part ?? []) }
        return .assembled(reach: head.reach)
    }

    /// Takes a record of a customer, in the order of the log, and puts the state that it completes into `shard`.
    ///
    /// Returns what this state holds, nil when more parts are needed or the record is of no use.
    public mutating func install(
        key: Span<UInt8>, value: Span<UInt8>, into shard: inout Shard
    ) throws(ChangelogError) -> StateReach? {
        switch try add(key: key, value: value) {
        case .nothing: return nil
        case .whole(let reach, let body):
            try Assembler.install(key, value.extracting(body..<value.count), reach, &shard)
            return reach
        case .assembled(let reach):
            let (id, state) = (id, state)
            try Assembler.install(id.span, state.span, reach, &shard)
            return reach
        }
    }

    private static func install(
        _ id: Span<UInt8>, _ state: Span<UInt8>, _ reach: StateReach, _ shard: inout Shard
    ) throws(ChangelogError) {
        do throws(StateError) {
            try shard.install(
                key: id, state: state, lsn: reach.lsn, lastClosed: reach.lastClosed)
        } catch {
            switch error {
            case .newerFormat(let format): throw .newerFormat(format)
            case .corrupt: throw .corrupt
            }
        }
    }

    private mutating func forget(_ key: Span<UInt8>, _ idBytes: Int, upTo reach: StateReach) {
        let id = [UInt8](copying: key.extracting(0..<idBytes))
        if let set = sets[id], set.reach <= reach { sets[id] = nil }
    }
}
