// The worker's protocols over the simulated broker: a member that fetches what it was assigned, a producer that sends
// when it must or the dice say so, a reader for restores.
import Checkpoint
import Kafka
import Randomness

@testable import Pipeline

/// The cluster as one process sees it.
struct SimCluster: Cluster, @unchecked Sendable {
    let process: Process

    var machine: SimMachine { process.machine }
    private var broker: Broker { process.world.broker }

    func member(worker: Int) throws(KafkaError) -> SimMember { SimMember(process) }

    func log(worker: Int) throws(KafkaError) -> SimLog { try SimLog(process) }

    func reader() throws(KafkaError) -> SimReader {
        try process.call("makes a reader") { () throws(KafkaError) in SimReader(process) }
    }

    func watermarks(_ topic: String, _ partition: Int32) throws(KafkaError) -> Watermarks {
        try process.call("asks for the ends of \(topic)/\(partition)") { () throws(KafkaError) in
            Watermarks(low: 0, high: broker.log(topic, Int(partition)).end)
        }
    }
}

/// Reads committed records of some partitions.
private struct Fetcher {
    let process: Process
    let topic: String
    var positions: [(partition: Int32, offset: Int64)] = []
    /// Where the end was last told.
    private var told: [Int32: Int64] = [:]

    init(_ process: Process, _ topic: String) {
        self.process = process
        self.topic = topic
    }

    mutating func assign(_ positions: [(partition: Int32, offset: Int64)]) {
        self.positions = positions
        told = [:]
    }

    /// Whether a fetch would bring anything.
    var hasNews: Bool {
        positions.contains { one in
            let stable = log(one.partition).lastStable
            return one.offset < stable || (one.offset == stable && told[one.partition] != stable)
        }
    }

    private func log(_ partition: Int32) -> PartitionLog {
        process.world.broker.log(topic, Int(partition))
    }

    /// Takes a few records of some of the partitions.
    mutating func fetch(into batch: inout Batch) {
        for index in positions.indices where process.world.strands.dice.chance(70) {
            let (partition, position) = positions[index]
            let limit = process.world.strands.dice.pick([1, 3, 20, 60])
            let found = log(partition).read(from: position, limit: limit)
            for record in found.records {
                let value = process.world.plant == .lsnIgnored ? forgetful(record) : record.value
                batch.append(
                    partition: partition, offset: record.offset, key: record.key, value: value)
            }
            positions[index].offset = found.next
            let stable = log(partition).lastStable
            if found.next == stable, told[partition] != stable {
                told[partition] = stable
                batch.append(end: PartitionEnd(topic: topic, partition: partition, offset: stable))
            }
        }
    }

    /// A state that knows nothing of what it holds.
    private func forgetful(_ record: PartitionLog.Entry) -> [UInt8]? {
        guard topic == process.world.settings.stateTopic, let value = record.value,
            record.key?.first != 0, let head = try? Envelope.decode(value.span)
        else { return record.value }
        var changed: [UInt8] = []
        Envelope.encode(
            state: Array(value[head.bodyOffset...]), lsn: -1, part: head.part, of: head.parts,
            into: &changed)
        return changed
    }
}

/// A member of the group.
final class SimMember: GroupMember {
    private let process: Process
    private let client: GroupClient
    private var fetcher: Fetcher
    private let awakening: Awakening
    let wake: @Sendable () -> Void

    /// Whether somebody has called `wake`.
    private final class Awakening: @unchecked Sendable { var isAwake = false }

    init(_ process: Process) {
        self.process = process
        client = GroupClient(process.instance, process.machine)
        fetcher = Fetcher(process, process.world.settings.inputTopic)
        let awakening = Awakening()
        self.awakening = awakening
        wake = { awakening.isAwake = true }
        process.client = client
        process.world.broker.group.add(client)
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        batch.removeAll()
        client.lastPoll = process.world.strands.now
        do throws(KafkaError) { try process.step("polls") } catch { return }
        if !hasNews, timeoutMilliseconds > 0 {
            process.world.strands.wait(Int64(timeoutMilliseconds) * 1000) { self.hasNews }
        }
        awakening.isAwake = false
        client.lastPoll = process.world.strands.now
        if client.isFenced {
            batch.append(
                problem: Problem(
                    partition: nil,
                    error: KafkaError(code: .fencedInstance, message: "heartbeat", isFatal: true)))
        } else if !client.isAsked {
            fetcher.fetch(into: &batch)
        }
    }

    private var hasNews: Bool {
        awakening.isAwake || client.isFenced || !client.events.isEmpty
            || (!client.isAsked && fetcher.hasNews)
    }

    func nextRebalance() -> Pipeline.Rebalance? {
        client.events.isEmpty ? nil : client.events.removeFirst()
    }

    func assign(_ positions: [(partition: Int32, offset: Int64)]) throws(KafkaError) {
        let text = positions.map { "\($0.partition)@\($0.offset)" }.joined(separator: " ")
        process.world.note("\(process.instance) assigns \(text)")
        fetcher.assign(positions)
        client.answer()
    }

    func unassign() throws(KafkaError) {
        process.world.note("\(process.instance) unassigns")
        fetcher.assign([])
        client.answer()
    }

    func committed(
        _ partitions: [Int32], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [CommittedOffset] {
        let strands = process.world.strands
        let deadline = strands.now + Int64(timeoutMilliseconds) * 1000
        while true {
            let found = try process.call("asks for committed offsets") {
                [broker = process.world.broker] () throws(KafkaError) in
                broker.committedOffsets(partitions)
            }
            if let found { return found }
            if strands.now > deadline {
                throw KafkaError(code: .timedOut, message: "committed offsets", isRetriable: true)
            }
            strands.wait(100_000)
        }
    }

    func end(of partition: Int32) -> Int64? { nil }
    func groupMetadata() throws(KafkaError) -> MemberIdentity {
        if process.isKilled { throw Process.dead }
        return client.identity
    }
    func close() {}
}

/// One transactional producer.
final class SimLog: TransactionLog {
    private struct Unsent {
        var output: Output
        var partition: Int32
        var key: [UInt8]
        var value: [UInt8]
    }

    private let process: Process
    private let id: String
    private var epoch = 0
    private var unsent: [Unsent] = []
    private var sent = 0
    /// What ended this producer.
    private var fatal: KafkaError?
    private(set) var hasLost = false

    init(_ process: Process) throws(KafkaError) {
        self.process = process
        id = "tidemark.\(process.instance).0"
        epoch = try ask("initializes") { (broker, id, _) throws(Refusal) in
            try broker.initialize(id)
        }
        process.world.note("\(process.instance) has epoch \(epoch)")
    }

    var isTainted: Bool { process.world.plant != .taintIgnored && hasLost }

    func begin() throws(KafkaError) {
        if let fatal { throw fatal }
        unsent = []
        sent = 0
    }

    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) throws(KafkaError) {
        let record = Unsent(
            output: output, partition: max(0, partition), key: array(key), value: array(value))
        switch process.world.plant {
        case .stateLeftOut where output == .state && record.key.first != 0: return
        case .alertOutside where output == .alerts:
            if process.isKilled { throw Process.dead }
            process.world.broker.append(
                process.world.settings.alertsTopic, 0, key: record.key, value: record.value)
            return
        default: unsent.append(record)
        }
        if process.world.strands.dice.chance(3) { try send() }
    }

    func flush(timeoutMilliseconds: Int) throws(KafkaError) { try send() }

    func sendOffsets(
        _ offsets: [PartitionOffset], group: MemberIdentity, timeoutMilliseconds: Int
    ) throws(KafkaError) {
        let text = offsets.map { "\($0.partition)@\($0.offset)" }.joined(separator: " ")
        try ask("sends offsets \(text)", isLosable: true) { (broker, id, epoch) throws(Refusal) in
            try broker.addOffsets(id, epoch, offsets, group)
        }
    }

    func commit(timeoutMilliseconds: Int) throws(KafkaError) {
        try send()
        try ask("commits", isLosable: true) { (broker, id, epoch) throws(Refusal) in
            try broker.finish(id, epoch)
        }
    }

    /// Sends what was produced.
    private func send() throws(KafkaError) {
        let settings = process.world.settings
        while sent < unsent.count {
            let records = unsent[sent..<min(unsent.count, sent + 20)]
            sent += records.count
            var written = records.startIndex
            do throws(KafkaError) {
                try ask("sends \(records.count) records") { (broker, id, epoch) throws(Refusal) in
                    while written < records.endIndex {
                        let record = records[written]
                        try broker.write(
                            id, epoch, settings.topic(of: record.output)!, Int(record.partition),
                            key: record.key, value: record.value)
                        written += 1
                    }
                }
            } catch {
                // What the library could not deliver refuses the commit.
                throw KafkaError(
                    code: error.code, message: error.message, isFatal: error.isFatal,
                    requiresAbort: !error.isFatal)
            }
        }
    }

    /// A request of this producer; the library repeats it while the transaction before is not over.
    private func ask<Answer>(
        _ name: String, isLosable: Bool = false,
        _ body: @escaping (Broker, String, Int) throws(Refusal) -> Answer
    ) throws(KafkaError) -> Answer {
        let (broker, id, epoch) = (process.world.broker, id, epoch)
        let strands = process.world.strands
        let deadline = strands.now + 15_000_000
        var isLosable = isLosable
        var hasWaited = false
        while true {
            if let fatal { throw fatal }
            var refusal: Refusal?
            do throws(KafkaError) {
                let answer: Answer? = try process.call(
                    name, isLosable: isLosable, isTold: !hasWaited
                ) {
                    () throws(KafkaError) in
                    do throws(Refusal) {
                        return try body(broker, id, epoch)
                    } catch {
                        refusal = error
                        return nil
                    }
                }
                if let answer { return answer }
            } catch {
                guard error == Process.lost else { throw error }
                hasLost = true
                isLosable = false
                continue
            }
            if refusal == .concurrent, strands.now < deadline {
                if !hasWaited {
                    process.world.note("\(process.instance) waits for the transaction before")
                }
                hasWaited = true
                strands.wait(5000)
                continue
            }
            let error = SimLog.error(refusal!, name)
            process.world.happens(refusal == .fenced ? .fencing : .otherGeneration)
            process.world.note("\(process.instance) \(name): \(error.name)")
            if error.isFatal { fatal = error }
            throw error
        }
    }

    private static func error(_ refusal: Refusal, _ name: String) -> KafkaError {
        switch refusal {
        case .fenced: KafkaError(code: .producerIsFenced, message: name, isFatal: true)
        case .concurrent: KafkaError(code: .timedOut, message: name, isRetriable: true)
        case .otherGeneration:
            KafkaError(code: .illegalGeneration, message: name, requiresAbort: true)
        case .fencedInstance: KafkaError(code: .fencedInstance, message: name, requiresAbort: true)
        }
    }

    private func array(_ span: Span<UInt8>?) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let span else { return bytes }
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }
}

/// Reads for a restore.
final class SimReader: LogReader {
    private let process: Process
    private var fetcher: Fetcher

    init(_ process: Process) {
        self.process = process
        fetcher = Fetcher(process, "")
    }

    func assign(_ positions: [PartitionOffset]) throws(KafkaError) {
        fetcher = Fetcher(process, positions.first?.topic ?? "")
        fetcher.assign(positions.map { ($0.partition, $0.offset) })
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        batch.removeAll()
        do throws(KafkaError) { try process.step("reads") } catch { return }
        process.world.strands.wait(process.world.readMicroseconds)
        if !fetcher.hasNews {
            process.world.strands.wait(Int64(timeoutMilliseconds) * 1000) { self.fetcher.hasNews }
        }
        fetcher.fetch(into: &batch)
    }
}

extension ErrorCode {
    fileprivate static let fencedInstance = ErrorCode(rawValue: 82)
    fileprivate static let illegalGeneration = ErrorCode(rawValue: 22)
    fileprivate static let producerIsFenced = ErrorCode(rawValue: 90)
}
