// What a commit writes of a task to the changelog: the header when it is new, moves of the clock, and the oldest of the
// states that the changelog lacks; with any of these its progress.
import Checkpoint
import Engine

/// Puts records of the changelog together, in buffers that are used again.
struct StateWriter {
    /// The most bytes of a state in one record.
    let partBytes: Int
    /// Whose progress it is.
    let application: String
    private var key: [UInt8] = []
    private var state: [UInt8] = []
    private var value: [UInt8] = []

    init(partBytes: Int, application: String) {
        (self.partBytes, self.application) = (partBytes, application)
    }

    /// Adds what the commit that begins at `now` should write of `task`; returns how many customers' states that are.
    ///
    /// - Parameter isIdle: Whether there is nothing else to do than to write states.
    mutating func write(
        _ task: PartitionTask, to records: inout StateRecords, now: Int64, isIdle: Bool
    ) -> Int {
        if let header = task.header {
            records.add(
                partition: task.partition, key: StateHeader.key,
                value: header.encoded(writer: Version.text))
        }
        writeAdvances(of: task, to: &records)
        let plan = task.slices.plan(
            position: task.position, dirtyCount: task.shard.dirtyCount,
            milliseconds: now / 1000, isIdle: isIdle)
        var written = 0
        while let oldest = task.shard.oldestDirty, plan.wants(written: written, oldest: oldest) {
            let lastClosed = task.shard.takeOldestDirty(key: &key, state: &state)
            let reach = StateReach(lsn: task.position - 1, lastClosed: lastClosed)
            let parts = Envelope.parts(ofStateBytes: state.count, partBytes: partBytes)
            let idBytes = key.count
            for part in 0..<parts {
                Envelope.encode(
                    state: state, reach: reach, part: part, of: parts, into: &value,
                    partBytes: partBytes)
                if part > 0 {
                    key.removeLast(key.count - idBytes)
                    Envelope.appendPart(part, to: &key)
                }
                records.add(partition: task.partition, key: key, value: value)
            }
            written += 1
        }
        if written > 0 { task.newestState = task.position - 1 }
        return written
    }

    /// Adds what is committed beside the offset.
    func write(_ progress: Progress, of partition: Int32, to records: inout StateRecords) {
        var progress = progress
        progress.application = application
        let text = progress.text(writer: Version.text)
        records.add(partition: partition, key: Progress.key, value: Array(text.utf8))
    }

    /// Moves of the clock go with all that they have done, and records of those that nobody needs any more go.
    private func writeAdvances(of task: PartitionTask, to records: inout StateRecords) {
        for advance in task.advances {
            records.add(
                partition: task.partition, key: advance.key,
                value: advance.encoded(writer: Version.text))
        }
        for offset in task.outdated {
            records.add(
                partition: task.partition, key: ClockRecord.key(offset: offset), value: nil)
        }
        task.advances = []
        task.outdated = []
    }
}
