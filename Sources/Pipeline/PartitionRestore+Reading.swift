// The two readings of a restore: the changelog up to the end that it had when the committed offset was known, and the
// input from S to C.
import Checkpoint
import Engine
import Kafka

extension PartitionRestore {
    /// Reads on to the end that the changelog had when it was asked for.
    func readStates(into image: ChangelogImage, _ reader: C.Reader) throws(RestoreEnd) {
        guard image.position < state.high else { return }
        try assign(reader, context.settings.stateTopic, image.position)
        var batch = Batch(capacity: 1024)
        // An end is that of what is decided here. A transaction whose offsets were committed already may still wait for its
        // marker in this partition: then the end is told again, later and behind it.
        while image.position < state.high {
            reader.poll(into: &batch, timeoutMilliseconds: 100)
            do { try image.take(batch, of: partition) } catch { throw .exit(stateError(error)) }
            try meet(batch.problems, while: "reading the state")
            try pause(stateDone: image.position)
        }
    }

    /// Applies the input from S to C once more, where the states do not hold it, and what moved the clock without it.
    func replay(
        _ task: PartitionTask, _ image: ChangelogImage, _ reader: C.Reader,
        _ bench: inout Workbench
    ) throws(RestoreEnd) {
        guard let progress else { return }
        task.shard.beginReplay(at: progress.clockAtLowWater)
        task.trail.restart(progress.lowWater, progress.clockAtLowWater)
        task.recorded = image.own.advances(upTo: progress)[...]
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
            try pause(stateDone: state.high, position: task.position)
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
