// The two readings of a restore: the changelog up to the end that it had when the committed offset was known, and the
// input from S to C.
import Checkpoint
import Engine
import Kafka

extension PartitionRestore {
    /// Installs the latest state of each customer.
    func readStates(into task: PartitionTask, _ reader: C.Reader) throws(RestoreEnd) {
        guard state.low < state.high else { return }
        try assign(reader, context.settings.stateTopic, state.low)
        var assembler = Assembler()
        var batch = Batch(capacity: 1024)
        while stateDone < state.high {
            reader.poll(into: &batch, timeoutMilliseconds: 100)
            for index in 0..<batch.count {
                batch.request(index + 2 * Shard.foresight)
                batch.requestContent(index + 3 * Shard.foresight / 2)
                if index + Shard.foresight < batch.count,
                    let key = batch[index + Shard.foresight].key
                {
                    task.shard.expect(key)
                }
                let record = batch[index]
                guard record.partition == partition else { continue }
                try install(record, into: task, &assembler)
                stateDone = max(stateDone, record.offset + 1)
            }
            // This is the end of what is decided here. A transaction whose offsets were committed already may still wait
            // for its marker in this partition: then the end is told again, later and behind it.
            for end in batch.ends where end.partition == partition {
                stateDone = max(stateDone, end.offset)
            }
            try meet(batch.problems, while: "reading the state")
            try pause(task)
        }
    }

    private func install(
        _ record: borrowing Record, into task: PartitionTask, _ assembler: inout Assembler
    ) throws(RestoreEnd) {
        guard let key = record.key else { return }
        if StateHeader.isReserved(key: key) {
            do throws(HeaderError) { try own.install(key: key, value: record.value) } catch {
                throw .exit(stateError(error))
            }
            return
        }
        guard let value = record.value else { return }
        do throws(ChangelogError) {
            let reach = try assembler.install(key: key, value: value, into: &task.shard)
            guard let reach else { return }
            newest = max(newest, reach.lsn)
            if let date = reach.lastClosed { lastClosed = max(date, lastClosed ?? date) }
        } catch {
            throw .exit(stateError(error))
        }
    }

    /// Applies the input from S to C once more, where the states do not hold it, and what moved the clock without it.
    func replay(
        _ task: PartitionTask, _ reader: C.Reader, _ bench: inout Workbench
    ) throws(RestoreEnd) {
        guard let progress else { return }
        task.shard.beginReplay(at: progress.clockAtLowWater)
        task.trail.restart(progress.lowWater, progress.clockAtLowWater)
        task.recorded = own.advances(upTo: progress.position, clock: progress.clock.time)[...]
        guard progress.lowWater < progress.position else { return }
        try assign(reader, context.settings.inputTopic, progress.lowWater)
        var batch = Batch(capacity: 1024)
        var isAtEnd = false
        while task.position < progress.position, !isAtEnd {
            reader.poll(into: &batch, timeoutMilliseconds: 100)
            var index = 0
            while index < batch.count {
                guard batch[index].partition == partition else {
                    index += 1
                    continue
                }
                index = task.replay(batch, from: index, upTo: progress.position, &bench)
            }
            isAtEnd = batch.ends.contains { $0.partition == partition }
            for problem in batch.problems
            where problem.error.code == .offsetOutOfRange || problem.error.code == .noOffset {
                throw .blocked("input that its restore needs is gone: \(problem.error)")
            }
            try meet(batch.problems, while: "reading the input once more")
            try pause(task)
        }
    }

    private func assign(
        _ reader: C.Reader, _ topic: String, _ offset: Int64
    ) throws(RestoreEnd) {
        do throws(KafkaError) {
            try reader.assign([PartitionOffset(topic, partition, offset: offset)])
        } catch {
            throw .lost(reason: error.name)
        }
    }

    private func meet(_ problems: [Problem], while what: String) throws(RestoreEnd) {
        for problem in problems {
            if problem.error.cure == .notAuthorized {
                throw .denied(reason: "\(what): \(problem.error)")
            }
            context.log(.warning, what, [("error", "\(problem.error)")])
        }
    }
}
