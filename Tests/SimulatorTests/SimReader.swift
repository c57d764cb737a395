// Fetching: a few committed records of some partitions at a time, and the ends as they move, for members and for
// restores.
import Checkpoint
import Kafka
import Randomness

@testable import Pipeline

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

/// Reads committed records of some partitions.
struct Fetcher {
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
                var value = record.value
                if process.world.plant == .lsnIgnored { value = forgetful(record) }
                if process.world.plant == .clockUnread, let key = record.key,
                    ClockRecord.offset(inKey: key.span) != nil
                {
                    value = nil
                }
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
            state: Array(value[head.bodyOffset...]),
            reach: StateReach(lsn: -1, lastClosed: head.reach.lastClosed), part: head.part,
            of: head.parts, into: &changed)
        return changed
    }
}
