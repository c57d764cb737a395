// Restore: committed offsets and their metadata, then the latest states from the changelog, then the input from S to C
// once more in silence. Memory is then exactly what it was at C. The order of the questions matters: the end of the
// changelog is asked for after the committed offset is known, so that the states of that commit lie before it.
import Banking
import Checkpoint
import Engine
import Formats
import Kafka

/// A partition on its way to becoming a task.
private struct Restoring {
    var partition: Int32
    var task: PartitionTask
    /// Nil for a group that has committed nothing here.
    var progress: Progress?
    var committed: CommittedOffset
    /// Of the changelog: where to begin and where to end.
    var state: Watermarks
    var header: StateHeader?
    var stateDone: Int64
    /// The last offset that any of the states holds; -1 without one.
    var newest: Int64 = -1
}

extension Worker {
    /// Tasks for `partitions`, each at its committed offset.
    ///
    /// Those that may not run are blocked.
    func restore(_ partitions: [Int32]) throws(WorkerEnd) -> [PartitionTask] {
        let began = machine.monotonicMilliseconds()
        context.board.setNotReady("restoring", worker: context.index)
        let committed = try persist("asking for committed offsets") { () throws(KafkaError) in
            try member!.committed(partitions, timeoutMilliseconds: 10_000)
        }
        do throws(WorkerEnd) {
            return try restore(committed, began: began)
        } catch {
            // While this process stood still, others may have gone on from what was committed then.
            if case .exit = error, try isOutdated(committed) {
                throw .generationLost(reason: "offsets moved during a restore", isCounted: false)
            }
            throw error
        }
    }

    /// Whether the group has committed anything since it was asked.
    private func isOutdated(_ committed: [CommittedOffset]) throws(WorkerEnd) -> Bool {
        let partitions = committed.map(\.partition)
        let now = try persist("asking for committed offsets") { () throws(KafkaError) in
            try member!.committed(partitions, timeoutMilliseconds: 10_000)
        }
        return now != committed
    }

    private func restore(
        _ committed: [CommittedOffset], began: Int64
    ) throws(WorkerEnd) -> [PartitionTask] {
        var ready: [PartitionTask] = []
        var restoring: [Restoring] = []
        for offset in committed {
            if let task = reuse(offset) {
                ready.append(task)
            } else if let one = try prepare(offset) {
                restoring.append(one)
            }
        }
        parked = []
        guard !restoring.isEmpty else { return ready }
        let reader = try persist("making a reader") { () throws(KafkaError) in
            try cluster.reader()
        }
        try readStates(&restoring, reader)
        let replayBegan = machine.monotonicMilliseconds()
        for index in restoring.indices { try check(&restoring[index]) }
        try replay(&restoring, reader)
        for one in restoring where blocked[one.partition] == nil {
            try finish(one)
            ready.append(one.task)
        }
        let customers = restoring.reduce(0) { $0 + $1.task.shard.customerCount }
        let replayed = restoring.reduce(0) { $0 + $1.task.replayRecords }
        let ended = machine.monotonicMilliseconds()
        context.log(
            .info, "restored",
            [
                ("partitions", "\(restoring.count)"), ("customers", "\(customers)"),
                ("replayed", "\(replayed)"), ("milliseconds", "\(ended - began)"),
                ("replay_milliseconds", "\(ended - replayBegan)"),
            ])
        return ready
    }

    /// A task that was given away and came back before anybody else has committed for it.
    private func reuse(_ offset: CommittedOffset) -> PartitionTask? {
        guard
            let task = parked.first(where: { $0.partition == offset.partition }),
            let last = task.committed, last.offset == offset.offset,
            last.text == offset.metadata, task.position == last.offset
        else { return nil }
        return task
    }

    private func makeTask(_ partition: Int32, position: Int64) -> PartitionTask {
        let shard = Shard(
            policy: context.settings.policy,
            tracksChanges: context.settings.balancesTopic != nil)
        return PartitionTask(
            partition: partition, shard: shard, position: position, slices: slices, spool: spool)
    }

    /// Asks what there is to restore from, and refuses what would come out wrong.
    private func prepare(_ committed: CommittedOffset) throws(WorkerEnd) -> Restoring? {
        let partition = committed.partition
        let topic = context.settings.inputTopic
        let input = try persist("asking for the ends of \(topic)") { () throws(KafkaError) in
            try cluster.watermarks(topic, partition)
        }
        let state = try persist("asking for the ends of the state") { () throws(KafkaError) in
            try cluster.watermarks(context.settings.stateTopic, partition)
        }
        var progress: Progress?
        var position = context.settings.inputStart == .earliest ? input.low : input.high
        if let offset = committed.offset {
            let found = try read(committed)
            let misfits = found.misfits(committed: offset, low: input.low, high: input.high)
            if let misfit = misfits.first {
                block(partition, reason(for: misfit, found, offset, input))
                return nil
            }
            progress = found
            position = found.lowWater
        }
        return Restoring(
            partition: partition, task: makeTask(partition, position: position),
            progress: progress, committed: committed, state: state, stateDone: state.low)
    }

    private func reason(
        for misfit: Progress.Misfit, _ progress: Progress, _ offset: Int64, _ input: Watermarks
    ) -> String {
        switch misfit {
        case .otherOffset:
            "its metadata is of offset \(progress.position), the committed offset is "
                + "\(offset): another program has committed for group "
                + "\(context.settings.application)"
        case .inputGone:
            "the input is kept from \(input.low) on, restore needs it from "
                + "\(progress.lowWater) on: build the state anew with tidemark replay, "
                + "and keep the input longer"
        case .beyondEnd:
            "the committed offset \(offset) lies beyond the end \(input.high): topic "
                + "\(context.settings.inputTopic) was deleted and made again"
        }
    }

    private func read(_ committed: CommittedOffset) throws(WorkerEnd) -> Progress {
        do throws(ProgressError) {
            return try Progress(text: committed.metadata)
        } catch {
            let group = context.settings.application
            switch error {
            case .newerFormat(let format, let writer):
                throw .exit(
                    ExitError(
                        .configuration,
                        "the offsets of group \(group) are in format \(format), written by "
                            + "Tidemark \(writer): run that version or a later one"))
            case .unreadable:
                throw .exit(
                    ExitError(
                        .configuration,
                        "the committed offset of partition \(committed.partition) in group "
                            + "\(group) was not written by Tidemark: use another name for "
                            + "the application, or delete the group"))
            }
        }
    }

    // MARK: The changelog

    private func readStates(
        _ restoring: inout [Restoring], _ reader: C.Reader
    ) throws(WorkerEnd) {
        let topic = context.settings.stateTopic
        var open = restoring.count { $0.state.low < $0.state.high }
        guard open > 0 else { return }
        let starts = restoring.filter { $0.state.low < $0.state.high }
            .map { PartitionOffset(topic, $0.partition, offset: $0.state.low) }
        try assign(reader, starts)
        var assemblers = Assembler()
        var looked = machine.monotonicMilliseconds()
        var scratch = Batch(capacity: 1024)
        while open > 0 {
            reader.poll(into: &scratch, timeoutMilliseconds: 100)
            for index in 0..<scratch.count {
                let record = scratch[index]
                guard let at = restoring.firstIndex(where: { $0.partition == record.partition })
                else { continue }
                let wasOpen = restoring[at].stateDone < restoring[at].state.high
                try install(record, into: &restoring[at], &assemblers)
                restoring[at].stateDone = max(restoring[at].stateDone, record.offset + 1)
                if wasOpen, restoring[at].stateDone >= restoring[at].state.high { open -= 1 }
            }
            for end in scratch.ends {
                guard let at = restoring.firstIndex(where: { $0.partition == end.partition }),
                    restoring[at].stateDone < restoring[at].state.high
                else { continue }
                // This is the end of what is decided here. A transaction whose offsets were committed already may
                // still wait for its marker in this partition: then the end is told again, later and behind it.
                restoring[at].stateDone = max(restoring[at].stateDone, end.offset)
                if restoring[at].stateDone >= restoring[at].state.high { open -= 1 }
            }
            try meet(scratch.problems, while: "reading the state")
            try pause(&looked, restoring)
        }
    }

    private func install(
        _ record: borrowing Record, into one: inout Restoring, _ assembler: inout Assembler
    ) throws(WorkerEnd) {
        guard let key = record.key, let value = record.value else { return }
        if StateHeader.isReserved(key: key) {
            guard key.count == StateHeader.key.count else { return }
            do throws(HeaderError) { one.header = try StateHeader(value) } catch {
                throw .exit(stateError(one.partition, error))
            }
            return
        }
        do throws(ChangelogError) {
            let lsn = try assembler.install(key: key, value: value, into: &one.task.shard)
            one.newest = max(one.newest, lsn ?? -1)
        } catch {
            throw .exit(stateError(one.partition, error))
        }
    }

    private func stateError(_ partition: Int32, _ error: any Error) -> ExitError {
        let place = "partition \(partition) of topic \(context.settings.stateTopic)"
        switch error {
        case ChangelogError.newerFormat(let format):
            return ExitError(
                .configuration,
                "\(place) holds state in format \(format), written by a later version: "
                    + "run that version or a later one")
        case HeaderError.newerFormat(let format, let writer):
            return ExitError(
                .configuration,
                "\(place) has a header in format \(format), written by Tidemark \(writer): "
                    + "run that version or a later one")
        default:
            return ExitError(
                .internalError,
                "\(place) holds a record that is not Tidemark's: restore the topic, or delete it "
                    + "with the group's offsets and build the state anew")
        }
    }

    // MARK: Settings and rules

    private func check(_ one: inout Restoring) throws(WorkerEnd) {
        let now = StateHeader(policy: context.settings.policy, partitions: context.partitions)
        let place = "partition \(one.partition) of topic \(context.settings.stateTopic)"
        guard let header = one.header else {
            if one.task.shard.customerCount > 0 {
                throw .exit(ExitError(.internalError, "\(place) has states but no header"))
            }
            one.task.header = now
            return
        }
        guard let progress = one.progress else {
            throw .exit(
                ExitError(
                    .configuration,
                    "\(place) holds state, but group \(context.settings.application) has no "
                        + "committed offset: its offsets were deleted or have expired; delete "
                        + "the topic and make it again to start anew"))
        }
        guard one.newest < progress.position else {
            throw .exit(
                ExitError(
                    .internalError,
                    "\(place) holds input up to \(one.newest), the committed offset is "
                        + "\(progress.position): look with tidemark verify"))
        }
        var clock = progress.clock.time
        if clock != nil, progress.rulesDigest != context.settings.rulesDigest {
            clock = try latestClock() ?? clock
        }
        do throws(HeaderMismatch) {
            let merged = try header.checked(against: now, clock: clock)
            one.task.header = merged == header ? nil : merged
        } catch {
            throw .exit(mismatch(error, place))
        }
    }

    /// The latest clock of any task, whoever owns it: what a new rule must not lie before.
    private func latestClock() throws(WorkerEnd) -> Instant? {
        let all = (0..<Int32(context.partitions)).map { $0 }
        let committed = try persist("asking for committed offsets") { () throws(KafkaError) in
            try member!.committed(all, timeoutMilliseconds: 10_000)
        }
        return committed.compactMap { try? Progress(text: $0.metadata).clock.time }.max()
    }

    private func mismatch(_ error: HeaderMismatch, _ place: String) -> ExitError {
        switch error {
        case .setting(let name, let written, let now):
            return ExitError(
                .configuration,
                "the state in \(place) was written with \(name) \(written), now it is \(now): "
                    + "go back to \(written), or start anew under another application name")
        case .ruleChanged(let id, let version):
            return ExitError(
                .configuration,
                "rule \(id) version \(version) has another text than the one that has judged "
                    + "entries: give it a new version and an effective_from")
        case .ruleTooEarly(let id, let version, let clock):
            let text = timeText(clock, context.settings.policy.calendar)
            return ExitError(
                .configuration,
                "rule \(id) version \(version) is new to a state that has judged entries: write "
                    + "effective_from: \(text) or later")
        }
    }

    // MARK: The input once more

    private func replay(_ restoring: inout [Restoring], _ reader: C.Reader) throws(WorkerEnd) {
        var starts: [PartitionOffset] = []
        for one in restoring {
            guard let progress = one.progress else { continue }
            one.task.shard.beginReplay(at: progress.clockAtLowWater)
            one.task.trail.restart(progress.lowWater, progress.clockAtLowWater)
            if progress.lowWater < progress.position {
                starts.append(
                    PartitionOffset(
                        context.settings.inputTopic, one.partition, offset: progress.lowWater))
            }
        }
        guard !starts.isEmpty else { return }
        try assign(reader, starts)
        var open = Set(starts.map(\.partition))
        var looked = machine.monotonicMilliseconds()
        var scratch = Batch(capacity: 1024)
        while !open.isEmpty {
            reader.poll(into: &scratch, timeoutMilliseconds: 100)
            var index = 0
            while index < scratch.count {
                let partition = scratch[index].partition
                guard let one = restoring.first(where: { $0.partition == partition }),
                    let end = one.progress?.position
                else {
                    index += 1
                    continue
                }
                index = one.task.replay(scratch, from: index, upTo: end, &bench)
                if one.task.position >= end { open.remove(partition) }
            }
            for end in scratch.ends { open.remove(end.partition) }
            for problem in scratch.problems
            where problem.error.code == .offsetOutOfRange || problem.error.code == .noOffset {
                guard let partition = problem.partition?.partition else { continue }
                block(partition, "input that its restore needs is gone: \(problem.error)")
                open.remove(partition)
            }
            try meet(scratch.problems, while: "reading the input once more")
            try pause(&looked, restoring)
        }
    }

    private func finish(_ one: Restoring) throws(WorkerEnd) {
        guard let progress = one.progress else {
            one.task.trail.restart(one.task.position, TaskClock())
            return
        }
        one.task.reachedEnd(progress.position)
        one.task.shard.endReplay()
        one.task.committed = (progress.position, one.committed.metadata)
        one.task.replayRecords = progress.position - progress.lowWater
        guard
            one.task.shard.clock == progress.clock
                || progress.rulesDigest != context.settings.rulesDigest
        else {
            throw .exit(
                ExitError(
                    .internalError,
                    "restore of partition \(one.partition) did not lead to the clock that was "
                        + "committed with offset \(progress.position)"))
        }
    }

    private func assign(
        _ reader: C.Reader, _ positions: [PartitionOffset]
    ) throws(WorkerEnd) {
        do throws(KafkaError) { try reader.assign(positions) } catch {
            throw .generationLost(reason: error.name, isCounted: false)
        }
    }

    private func meet(_ problems: [Problem], while what: String) throws(WorkerEnd) {
        for problem in problems {
            if problem.error.cure == .notAuthorized {
                throw .exit(ExitError(.unavailable, "\(what): not allowed: \(problem.error)"))
            }
            context.log(.warning, what, [("error", "\(problem.error)")])
        }
    }

    /// A few times a second: progress for the readers, a look at the group, and at the wish to stop.
    private func pause(_ looked: inout Int64, _ restoring: [Restoring]) throws(WorkerEnd) {
        let now = machine.monotonicMilliseconds()
        guard now - looked > 250 else { return }
        looked = now
        if context.shouldStop() { throw .stopped }
        publish(
            restoring: restoring.map { one in
                let end = one.progress?.position ?? one.task.position
                let replayed = one.task.position - (one.progress?.lowWater ?? end)
                let replays = end - (one.progress?.lowWater ?? end)
                return (
                    one.partition, one.stateDone - one.state.low + replayed,
                    one.state.high - one.state.low + replays
                )
            })
        try lookAtGroup()
    }
}

/// A moment as it stands in a rules file.
func timeText(_ time: Instant, _ calendar: BusinessCalendar) -> String {
    var cursor = BusinessCalendar.Cursor(calendar)
    var bytes: [UInt8] = []
    JSONText.appendTime(time, &cursor, to: &bytes)
    return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
}
