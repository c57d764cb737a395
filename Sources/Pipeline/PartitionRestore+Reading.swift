// The two readings of a restore: the changelog up to the end that it had when the committed offset was known, and the
// input from S to C.
import Checkpoint
import Engine
import Kafka

extension PartitionRestore {
    /// How long the newest state that was committed is looked for: no leader stays without what others have for longer.
    static var statePatienceMilliseconds: Int64 { 30_000 }
    /// How long a changelog may stand still before its end without a word.
    private static var standstillMilliseconds: Int64 { 10_000 }

    /// Reads on to the end that the changelog had when it was asked for, and to the newest state that was committed.
    ///
    /// A leader that was cut off tells the end that its log had then; an hour's states may lie behind it.
    func readStates(into image: ChangelogImage, _ reader: C.Reader) throws(RestoreEnd) {
        try readOn(image, reader)
        try settle(image)
        guard let newest = progress?.newestState, image.own.header != nil else { return }
        let end = machine.monotonicMilliseconds() + PartitionRestore.statePatienceMilliseconds
        while image.newest < newest {
            guard machine.monotonicMilliseconds() < end else {
                throw .exit(statesGone(image, newest))
            }
            try pause(stateDone: image.position)
            machine.sleep(milliseconds: 200)
            state = try askEnds(of: context.settings.stateTopic)
            try readOn(image, reader)
        }
    }

    private func readOn(_ image: ChangelogImage, _ reader: C.Reader) throws(RestoreEnd) {
        var moved = machine.monotonicMilliseconds()
        // An end is that of what is decided here. A transaction whose offsets were committed already may still wait for its
        // marker in this partition: then the end is told again, later and behind it.
        try read(
            context.settings.stateTopic, from: image.position, reader, while: "reading the state",
            until: { image.position >= state.high }
        ) { (batch) throws(RestoreEnd) in
            let before = image.position
            do { try image.take(batch, of: partition) } catch { throw .exit(stateError(error)) }
            let now = machine.monotonicMilliseconds()
            if image.position > before { moved = now }
            isHeld = now - moved > PartitionRestore.standstillMilliseconds
            try pause(stateDone: image.position)
        }
        isHeld = false
    }

    /// Applies the input from S to C once more, where the states do not hold it, and what moved the clock without it.
    func replay(
        _ task: PartitionTask, _ image: ChangelogImage, _ reader: C.Reader,
        _ bench: inout Workbench
    ) throws(RestoreEnd) {
        guard let progress else { return }
        let end = progress.position
        task.shard.beginReplay(at: progress.clockAtLowWater, to: progress.clock)
        task.trail.restart(progress.lowWater, progress.clockAtLowWater)
        task.recorded = image.own.advances(upTo: progress)[...]
        var isAtEnd = false
        try read(
            context.settings.inputTopic, from: progress.lowWater, reader,
            while: "reading the input once more", until: { isAtEnd || task.position >= end }
        ) { (batch) throws(RestoreEnd) in
            task.replay(batch, upTo: end, &bench)
            // A leader that has come back may tell an end that lies before what it once had.
            isAtEnd = batch.ends.contains { $0.partition == partition && $0.offset >= end }
            for problem in batch.problems
            where problem.error.code == .offsetOutOfRange || problem.error.code == .noOffset {
                throw .blocked("input that its restore needs is gone: \(problem.error)")
            }
            try pause(stateDone: state.high, position: task.position)
        }
    }

    /// Reads one topic's partition on from `start`, batch by batch, until nothing more is wanted of it.
    private func read(
        _ topic: String, from start: Int64, _ reader: C.Reader, while what: String,
        until isDone: () -> Bool, _ take: (borrowing Batch) throws(RestoreEnd) -> Void
    ) throws(RestoreEnd) {
        if isDone() { return }
        do throws(KafkaError) {
            try reader.assign([PartitionOffset(topic, partition, offset: start)])
        } catch {
            throw .lost(reason: error.name)
        }
        var batch = Batch(capacity: 1024)
        while !isDone() {
            reader.poll(into: &batch, timeoutMilliseconds: 100)
            try take(batch)
            try meet(batch.problems, while: what)
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
