// Topics, the transaction coordinator and the group's offsets, as Kafka keeps them: a producer id has epochs, a newer
// one fences the older and ends its open transaction; a transaction that is decided becomes visible partition by
// partition, as its markers arrive; offsets that a transaction holds are not told to anybody.
import Banking
import Checkpoint
import Engine
import Kafka
import Randomness

@testable import Pipeline

/// What a broker answers when it refuses.
enum Refusal: Error {
    /// A newer epoch is there.
    case fenced
    /// The transaction before is not over yet: ask again.
    case concurrent
    /// Not a member of the group, or not of this generation.
    case otherGeneration
    /// Another process has the instance's name.
    case fencedInstance
}

/// A member as it stands in a request.
struct MemberIdentity: Sendable {
    var instance: String
    var member: Int
    var generation: Int
}

/// Kafka without a network.
final class Broker {
    private struct Producer {
        enum Phase { case empty, ongoing, ending }
        var epoch = 0
        var phase = Phase.empty
        /// The transaction that is open, or was last.
        var transaction = 0
        var places: [(topic: String, partition: Int)] = []
        /// Markers not yet written, that of the offsets among them.
        var markersLeft = 0
    }

    let strands: Strands
    let group: Group
    private(set) var topics: [String: [PartitionLog]] = [:]
    private var producers: [String: Producer] = [:]
    private var transactions = 0
    private var pending: [(transaction: Int, offsets: [PartitionOffset])] = []
    private(set) var committed: [Int32: PartitionOffset] = [:]
    /// What must never be.
    private(set) var violations: [String] = []
    private(set) var happened: Set<Happening> = []
    /// The first offset that each partition of the input still holds.
    private(set) var inputLow: [Int64]
    /// Committed moves of the clock that compaction has found, by partition and offset.
    private var forgotten: [[Int64: ClockRecord]]
    private let stateTopic: String
    /// Percentage of markers that come late.
    var lateMarkers = 0
    /// Percentage of transactions whose offsets are lost, though all else of them stays, unless one more of the producer
    /// is committed.
    var lostOffsets = 0
    /// By producer, what its last transaction has stored and is to be lost, and what was there before.
    private var losable: [String: [(stored: PartitionOffset, before: PartitionOffset?)]] = [:]

    init(_ strands: Strands, partitions: Int) {
        self.strands = strands
        group = Group(strands, partitions: partitions)
        let settings = Settings(policy: Feed.policy)
        inputLow = Array(repeating: 0, count: partitions)
        forgotten = Array(repeating: [:], count: partitions)
        stateTopic = settings.stateTopic
        for topic in [settings.inputTopic, settings.stateTopic] {
            topics[topic] = Array(repeating: PartitionLog(), count: partitions)
        }
        for topic in [settings.alertsTopic, settings.rejectedTopic] {
            topics[topic] = [PartitionLog()]
        }
    }

    func log(_ topic: String, _ partition: Int = 0) -> PartitionLog { topics[topic]![partition] }

    /// Writes outside any transaction.
    func append(_ topic: String, _ partition: Int, key: [UInt8]?, value: [UInt8]?) {
        topics[topic]![partition].append(key: key, value: value, transaction: nil)
    }

    func compact(_ topic: String) {
        for partition in topics[topic]!.indices {
            if topic == stateTopic { rememberAdvances(partition) }
            topics[topic]![partition].compact(&strands.dice)
        }
    }

    /// The input is kept from somewhere below the low-water mark on.
    func forgetInput() {
        // In an order that does not depend on where the table lies in memory: a seed must repeat.
        for (partition, offset) in committed.sorted(by: { $0.key < $1.key })
        where strands.wall.dice.chance(50) {
            let text = String(decoding: offset.metadata, as: UTF8.self)
            guard let low = try? Progress(text: text).lowWater else { continue }
            inputLow[Int(partition)] = max(inputLow[Int(partition)], low)
        }
    }

    /// What moved the clock of a partition, in order; of one offset the last move, deleted ones too.
    func advances(_ partition: Int) -> [ClockRecord] {
        rememberAdvances(partition)
        return forgotten[partition].values.sorted { $0.offset < $1.offset }
    }

    private func rememberAdvances(_ partition: Int) {
        for entry in log(stateTopic, partition).committed {
            guard let key = entry.key, ClockRecord.offset(inKey: key.span) != nil,
                let value = entry.value, let record = try? ClockRecord(value.span)
            else { continue }
            let known = forgotten[partition].updateValue(record, forKey: record.offset)
            if let known, known.time < record.time { happened.insert(.clockAgain) }
        }
    }

    // MARK: Transactions

    static let transactionTimeout: Int64 = 10_000_000

    /// The new epoch; ends what an older one has left open.
    func initialize(_ id: String) throws(Refusal) -> Int {
        switch producers[id, default: Producer()].phase {
        case .ending: throw .concurrent
        case .ongoing:
            producers[id]!.epoch += 1
            end(id, commits: false)
            throw .concurrent
        case .empty:
            lose(id)
            producers[id, default: Producer()].epoch += 1
            return producers[id]!.epoch
        }
    }

    func addOffsets(
        _ id: String, _ epoch: Int, _ offsets: [PartitionOffset], _ member: MemberIdentity
    ) throws(Refusal) {
        let transaction = try open(id, epoch)
        try group.check(member)
        pending.append((transaction, offsets))
    }

    func write(
        _ id: String, _ epoch: Int, _ topic: String, _ partition: Int, key: [UInt8]?,
        value: [UInt8]?
    ) throws(Refusal) {
        let transaction = try open(id, epoch)
        let isKnown = producers[id]!.places.contains { $0 == (topic, partition) }
        if !isKnown { producers[id]!.places.append((topic, partition)) }
        topics[topic]![partition].append(key: key, value: value, transaction: transaction)
    }

    /// Decides the open transaction; the same again is no mistake.
    func finish(_ id: String, _ epoch: Int) throws(Refusal) {
        guard producers[id]!.epoch == epoch else { throw .fenced }
        if producers[id]!.phase == .ongoing { end(id, commits: true) }
    }

    /// The open transaction of a producer, which begins with what it first sends.
    private func open(_ id: String, _ epoch: Int) throws(Refusal) -> Int {
        guard producers[id]!.epoch == epoch else { throw .fenced }
        switch producers[id]!.phase {
        case .ending: throw .concurrent
        case .ongoing: break
        case .empty:
            transactions += 1
            let transaction = transactions
            producers[id]!.phase = .ongoing
            producers[id]!.transaction = transaction
            producers[id]!.places = []
            strands.after(Broker.transactionTimeout) { [unowned self] in
                let producer = producers[id]!
                guard producer.phase == .ongoing, producer.transaction == transaction else {
                    return
                }
                producers[id]!.epoch += 1
                end(id, commits: false)
            }
        }
        return producers[id]!.transaction
    }

    /// Sends the markers, each on its own way.
    private func end(_ id: String, commits: Bool) {
        let transaction = producers[id]!.transaction
        producers[id]!.phase = .ending
        let places = producers[id]!.places
        producers[id]!.markersLeft = places.count + 1
        for place in places {
            mark(id) { [unowned self] in
                topics[place.topic]![place.partition].finish(transaction, commits: commits)
            }
        }
        mark(id) { [unowned self] in
            let offsets = pending.filter { $0.transaction == transaction }.flatMap(\.offsets)
            pending.removeAll { $0.transaction == transaction }
            guard commits else { return lose(id) }
            losable[id] = nil
            if isLosable(transaction, offsets) {
                losable[id] = offsets.map { ($0, committed[$0.partition]) }
            }
            for offset in offsets { store(offset) }
        }
    }

    /// Whether the offsets of a transaction are to be lost: only of one that has left its progress with its states,
    /// without which nobody could know of it.
    private func isLosable(_ transaction: Int, _ offsets: [PartitionOffset]) -> Bool {
        lostOffsets > 0
            && offsets.allSatisfy { offset in
                log(stateTopic, Int(offset.partition)).entries.contains {
                    $0.transaction == transaction && $0.key == Progress.key
                }
            } && strands.dice.chance(lostOffsets)
    }

    /// Sets back what the producer's last transaction has stored, where nothing was stored since.
    private func lose(_ id: String) {
        for (stored, before) in losable.removeValue(forKey: id) ?? []
        where committed[stored.partition] == stored {
            happened.insert(.lostOffsets)
            committed[stored.partition] = before
        }
    }

    private func mark(_ id: String, _ body: @escaping () -> Void) {
        let isLate = strands.dice.chance(lateMarkers)
        if isLate { happened.insert(.lateMarker) }
        let delay = Int64(strands.dice.number(isLate ? 20_000...4_000_000 : 100...4000))
        strands.after(delay) { [unowned self] in
            body()
            producers[id]!.markersLeft -= 1
            if producers[id]!.markersLeft == 0 { producers[id]!.phase = .empty }
        }
    }

    // MARK: Offsets

    /// Nil while a transaction holds one of them.
    func committedOffsets(_ partitions: [Int32]) -> [CommittedOffset]? {
        let isHeld = pending.contains { $0.offsets.contains { partitions.contains($0.partition) } }
        if isHeld { return nil }
        return partitions.map { partition in
            let found = committed[partition]
            return CommittedOffset(
                partition: partition, offset: found?.offset,
                metadata: String(decoding: found?.metadata ?? [], as: UTF8.self))
        }
    }

    private func store(_ offset: PartitionOffset) {
        let text = String(decoding: offset.metadata, as: UTF8.self)
        let progress = try? Progress(text: text)
        if progress?.position != offset.offset {
            violations.append("offset \(offset.offset) is committed with the metadata \(text)")
        }
        if let progress, let close = progress.openClose {
            // By its own clock where that has reached the date's end.
            let policy = Feed.policy
            let due = policy.calendar.start(of: close.date + 1) + policy.dayCloseAfter
            let isIdle = progress.clock.time.map { $0 >= due } ?? false
            happened.insert(isIdle ? .partOfIdleClose : .partOfClose)
        }
        if let last = committed[offset.partition], last.offset > offset.offset {
            violations.append(
                "partition \(offset.partition) goes back from \(last.offset) to \(offset.offset)")
        }
        if let last = committed[offset.partition],
            let before = try? Progress(text: String(decoding: last.metadata, as: UTF8.self)),
            let time = before.clock.time, progress?.clock.time ?? time < time
        {
            violations.append("the clock of \(offset.partition) goes back: \(text)")
        }
        committed[offset.partition] = offset
    }
}
