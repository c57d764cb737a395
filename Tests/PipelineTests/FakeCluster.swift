// An in-memory Kafka of one input topic, behind the worker's protocols: committed offsets, transactions that take
// effect as a whole or not at all, and commits that fail in the ways that matter. One worker at a time.
import Banking
import Kafka
import Synchronization

@testable import Pipeline

/// How a commit goes wrong.
enum CommitFault {
    /// Nothing of it takes effect.
    case before
    /// All of it takes effect, and the caller is told of a failure.
    case after
}

/// What survives the worker: the topics and the group's offsets.
final class FakeBroker: Sendable {
    struct Stored: Equatable {
        var key: [UInt8]
        var value: [UInt8]
    }

    struct State {
        var input: [[Stored]]
        var states: [[Stored]]
        var outputs: [Output: [Stored]] = [:]
        var committed: [Int32: PartitionOffset] = [:]
        /// Commits until the next fault, and what it is.
        var faults: [(countdown: Int, fault: CommitFault)] = []
        var commits = 0
        /// Whether commits do not come to their end, and the group takes everything from the member meanwhile.
        var hangs = false
        /// How many times the group has done so.
        var revocations = 0
        /// Of the commits that took effect: metadata, and the bytes of alerts where a close was open.
        var metadata: [String] = []
        var closeBytes: [Int] = []
        /// Partitions whose states cannot be read at the moment, and how often some were begun to be read.
        var held: Set<Int32> = []
        var stateReads = 0
        /// How many times a leader that was cut off still knows of the states no more than the first.
        var staleEnds = 0
        /// How many times the group is still to take everything from the member and give it back.
        var rebalances = 0
    }

    let state: Mutex<State>

    init(input: [[Stored]]) {
        state = Mutex(State(input: input, states: input.map { _ in [] }))
    }
}

/// The real machine, but that who sleeps is back at once and finds the time gone by; where it is told so, who waits, too.
struct HastyMachine: Machine {
    fileprivate final class Skipped: Sendable {
        let microseconds = Atomic<Int64>(0)

        func pass(_ milliseconds: Int) {
            microseconds.add(Int64(milliseconds) * 1000, ordering: .relaxed)
        }
    }

    var skipsWaits = false
    private let real = RealMachine()
    private let skipped = Skipped()
    let processors = 2

    init(skipsWaits: Bool = false) { self.skipsWaits = skipsWaits }

    func monotonicMicroseconds() -> Int64 {
        real.monotonicMicroseconds() + skipped.microseconds.load(ordering: .relaxed)
    }

    func now() -> Instant { real.now() }

    func sleep(milliseconds: Int) {
        skipped.pass(milliseconds)
        real.sleep(milliseconds: 1)
    }

    func makeSignal() -> HastySignal { HastySignal(skipsWaits ? skipped : nil) }

    func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
        real.start(name, body)
    }
}

/// A semaphore on which nobody waits for long.
final class HastySignal: Signal {
    private let semaphore = CountingSemaphore()
    /// Nil where waits take their time.
    private let skipped: HastyMachine.Skipped?

    fileprivate init(_ skipped: HastyMachine.Skipped?) { self.skipped = skipped }

    func signal() { semaphore.signal() }
    func wait() { semaphore.wait() }

    func wait(milliseconds: Int) -> Bool {
        guard let skipped else { return semaphore.wait(milliseconds: milliseconds) }
        if semaphore.wait(milliseconds: min(1, milliseconds)) { return true }
        skipped.pass(milliseconds)
        return false
    }
}

/// The cluster that a worker under test is given.
struct FakeCluster: Cluster {
    let broker: FakeBroker
    var machine = HastyMachine()

    func member(worker: Int) -> FakeMember { FakeMember(broker) }
    func log(worker: Int) -> FakeLog { FakeLog(broker) }
    func reader(follows _: Bool) -> FakeReader { FakeReader(broker) }

    func watermarks(_ topic: String, _ partition: Int32) -> Watermarks {
        broker.state.withLock { state in
            let log = topic == "transactions" ? state.input : state.states
            if topic != "transactions", state.staleEnds > 0 {
                state.staleEnds -= 1
                return Watermarks(low: 0, high: 1)
            }
            return Watermarks(low: 0, high: Int64(log[Int(partition)].count))
        }
    }
}

extension FakeCluster {
    func inputEnd(_ partition: Int32) -> Int64 {
        broker.state.withLock { Int64($0.input[Int(partition)].count) }
    }
}

/// Delivers a few records of each partition a poll.
final class FakeReader: LogReader {
    private static let states = "tidemark_state"
    private let broker: FakeBroker
    private var topic = ""
    private var positions: [Int32: Int64] = [:]
    private var ended: Set<Int32> = []

    init(_ broker: FakeBroker) { self.broker = broker }

    func assign(_ positions: [PartitionOffset]) {
        topic = positions.first?.topic ?? topic
        self.positions = [:]
        for position in positions { self.positions[position.partition] = position.offset }
        ended = []
        if topic == FakeReader.states { broker.state.withLock { $0.stateReads += 1 } }
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        batch.removeAll()
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            guard let (records, end) = read(partition, from: Int(position)) else { continue }
            var next = position
            for record in records {
                batch.append(
                    partition: partition, offset: next, key: record.key, value: record.value)
                next += 1
            }
            positions[partition] = next
            if next == end, ended.insert(partition).inserted {
                batch.append(end: PartitionEnd(topic: topic, partition: partition, offset: next))
            }
        }
        if batch.count == 0 { Clock.sleep(milliseconds: 1) }
    }

    /// Copies of the next records, and where the log ends; nil while it is held.
    private func read(
        _ partition: Int32, from position: Int
    ) -> (records: [FakeBroker.Stored], end: Int64)? {
        broker.state.withLock { state in
            let holdsStates = topic == FakeReader.states
            if holdsStates, state.held.contains(partition) { return nil }
            var log = (holdsStates ? state.states : state.input)[Int(partition)]
            if holdsStates, state.staleEnds > 0 { log = Array(log.prefix(1)) }
            return (Array(log.dropFirst(position).prefix(37)), Int64(log.count))
        }
    }
}

/// The only member of the group; gets all partitions at its first poll.
final class FakeMember: GroupMember {
    private let broker: FakeBroker
    private let reader: FakeReader
    private var isAssigned = false
    let wake: @Sendable () -> Void = {}

    init(_ broker: FakeBroker) {
        self.broker = broker
        reader = FakeReader(broker)
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        reader.poll(into: &batch, timeoutMilliseconds: timeoutMilliseconds)
    }

    func nextRebalance() -> Rebalance? {
        broker.state.withLock { state in
            let all = state.input.indices.map { Int32($0) }
            guard isAssigned else {
                isAssigned = true
                return .assigned(all)
            }
            guard state.rebalances > 0 else { return nil }
            state.rebalances -= 1
            state.revocations += 1
            isAssigned = false
            return .revoked(all)
        }
    }

    func assign(_ positions: [(partition: Int32, offset: Int64)]) {
        reader.assign(
            positions.map { PartitionOffset("transactions", $0.partition, offset: $0.offset) })
    }

    func unassign() { reader.assign([]) }

    func committed(_ partitions: [Int32], timeoutMilliseconds: Int) -> [CommittedOffset] {
        broker.state.withLock { state in
            partitions.map {
                let found = state.committed[$0]
                return CommittedOffset(
                    partition: $0, offset: found?.offset,
                    metadata: String(decoding: found?.metadata ?? [], as: UTF8.self))
            }
        }
    }

    func end(of partition: Int32) -> Int64? { nil }
    func groupMetadata() -> Int { 0 }
    func close() {}
}

/// One producer; what it was given becomes visible when it commits.
final class FakeLog: TransactionLog {
    private let broker: FakeBroker
    private var open: [(output: Output, partition: Int32, record: FakeBroker.Stored)] = []
    private var offsets: [PartitionOffset] = []

    init(_ broker: FakeBroker) { self.broker = broker }

    func begin() {
        open = []
        offsets = []
    }

    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) {
        open.append((output, partition, .init(key: array(key), value: array(value))))
    }

    var isTainted: Bool { false }

    func flush(timeoutMilliseconds: Int) {}

    func sendOffsets(_ offsets: [PartitionOffset], group: Int, timeoutMilliseconds: Int) {
        self.offsets = offsets
    }

    func commit(timeoutMilliseconds: Int) throws(KafkaError) {
        broker.state.withLock { if $0.hangs { $0.rebalances = 1 } }
        while broker.state.withLock({ $0.hangs }) { Clock.sleep(milliseconds: 1) }
        let fault: CommitFault? = broker.state.withLock { state in
            state.commits += 1
            guard !state.faults.isEmpty else { return nil }
            state.faults[0].countdown -= 1
            return state.faults[0].countdown <= 0 ? state.faults.removeFirst().fault : nil
        }
        if fault != .before {
            broker.state.withLock { state in
                for one in open {
                    if one.output == .state {
                        state.states[Int(one.partition)].append(one.record)
                    } else {
                        state.outputs[one.output, default: []].append(one.record)
                    }
                }
                for offset in offsets { state.committed[offset.partition] = offset }
                state.metadata += offsets.map { String(decoding: $0.metadata, as: UTF8.self) }
                if state.metadata.suffix(offsets.count).contains(where: { $0.contains(" p=") }) {
                    state.closeBytes.append(
                        open.filter { $0.output == .alerts }
                            .reduce(0) { $0 + $1.record.key.count + $1.record.value.count })
                }
            }
        }
        if fault != nil { throw KafkaError(code: .transport, message: "injected") }
    }

    private func array(_ span: Span<UInt8>?) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let span else { return bytes }
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }
}
