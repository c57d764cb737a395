// Commits of a worker: alerts, dead letters, balances, a slice of the state and the offsets with their metadata, all
// in one transaction. The worker's thread puts together what is true at the position; the commit thread does the rest.
import Banking
import Checkpoint
import Engine
import Kafka

extension Worker {
    /// Puts everything that waits into the cargo and hands it over; `isLast` when tasks are about to be given away.
    func beginCommit(isLast: Bool = false) throws(WorkerEnd) {
        let now = machine.monotonicMicroseconds()
        let moving = tasks.filter(\.hasProgress)
        guard !moving.isEmpty else { return }
        if committer!.isTainted { try renewProducer() }
        let group: C.Member.Metadata
        do throws(KafkaError) {
            group = try member!.groupMetadata()
        } catch {
            throw .generationLost(reason: error.name, isCounted: false)
        }
        trigger.begin(now: now)
        cargo.began = now
        context.pulse.commitBegins()
        for task in moving {
            let count = cargo.states.count
            cargo.stateCount += stateWriter.write(
                task, to: &cargo.states, now: now, isIdle: isLast || task.isIdle(now: now))
            if context.settings.balancesTopic != nil { addBalances(of: task, now: now) }
            task.holdCounts()
            var progress = task.progress(rulesDigest: context.settings.rulesDigest)
            progress.partitions = context.partitions
            let text = progress.text(writer: Version.text)
            if cargo.states.count > count {
                stateWriter.write(progress, of: task.partition, to: &cargo.states)
            }
            task.committing = Commitment(
                offset: progress.position, text: text, lowWater: progress.lowWater,
                openClose: progress.openClose)
            cargo.offsets.append(
                PartitionOffset(
                    context.settings.inputTopic, task.partition, offset: progress.position,
                    metadata: Array(text.utf8)))
        }
        swap(&spool.outbox, &cargo.outbox)
        recordsSinceCommit = 0
        committer!.commit(group: group)
    }

    private func addBalances(of task: PartitionTask, now: Int64) {
        while let view = task.shard.takeChanged() {
            let chunk = spool.outbox.begin()
            let key = spool.outbox.copy(view.customerID[...])
            let value = spool.outbox.write { balances.append(view, to: &$0) }
            spool.outbox.add(
                Outbox.Item(
                    output: .balances, chunk: chunk, key: key, value: value,
                    partition: task.partition,
                    offset: task.position - 1), now: now)
        }
    }

    /// Takes note of how the commit in flight ended.
    func settle(_ outcome: TransactionOutcome) throws(WorkerEnd) {
        context.pulse.commitEnds()
        switch outcome {
        case .exit(let error): throw .exit(error)
        case .denied(let reason): throw .denied(reason: reason)
        case .lost(let reason, let isCounted):
            throw .generationLost(reason: reason, isCounted: isCounted)
        case .committed:
            let wall = machine.now()
            for task in tasks {
                guard let committing = task.committing else { continue }
                task.committed = committing
                task.committing = nil
                task.owesOffset = false
                task.header = nil
                task.lastCommit = wall
            }
            publishCommit(wall: wall)
            cargo.removeAll()
            endDenial()
        }
    }

    /// Waits for the commit in flight, at most so long.
    func awaitCommit(milliseconds: Int) throws(WorkerEnd) {
        if let outcome = committer!.wait(milliseconds: milliseconds) { try settle(outcome) }
    }

    /// Commits everything that is done, and as many of the states that are not written yet as a part of the budget
    /// allows: what is left a restore replays.
    func commitAll(budgetMilliseconds: Int64) throws(WorkerEnd) {
        guard committer != nil else { return }
        var end = machine.monotonicMilliseconds() + budgetMilliseconds
        try awaitCommit(until: &end)
        while !committer!.isBusy, hasMore(statesUntil: end - budgetMilliseconds / 2) {
            try beginCommit(isLast: true)
            guard committer!.isBusy else { return }
            try awaitCommit(until: &end)
        }
    }

    /// Waits for the commit in flight until `end`, which comes nearer when the worker is asked to stop.
    private func awaitCommit(until end: inout Int64) throws(WorkerEnd) {
        while committer!.isBusy {
            let now = machine.monotonicMilliseconds()
            if context.shouldStop() { end = min(end, now + Self.stopBudgetMilliseconds) }
            guard now < end else { return }
            try awaitCommit(milliseconds: Int(min(end - now, 100)))
        }
    }

    /// Whether anything that took effect is not committed, or a state not written and time for it.
    private func hasMore(statesUntil end: Int64) -> Bool {
        if tasks.contains(where: { $0.isAhead }) || !spool.outbox.isEmpty { return true }
        return machine.monotonicMilliseconds() < end && tasks.contains { $0.shard.dirtyCount > 0 }
    }
}

/// The headers of an alert (the contract's section 4), in buffers that are used again.
struct AlertHeaders {
    private(set) var headers = Headers()
    private var source: [UInt8] = []

    mutating func set(_ item: Outbox.Item, _ settings: Settings) {
        var source: [UInt8] = []
        swap(&source, &self.source)
        defer { swap(&source, &self.source) }
        source.removeAll(keepingCapacity: true)
        source.append(contentsOf: settings.inputTopic.utf8)
        source.append(UInt8(ascii: "/"))
        DecimalText.append(Int128(item.partition), exponent: 0, to: &source)
        source.append(UInt8(ascii: "/"))
        if item.offset < 0 {
            // No record has caused it: a day closed without input.
            source.append(UInt8(ascii: "-"))
        } else {
            DecimalText.append(Int128(item.offset), exponent: 0, to: &source)
        }
        headers.removeAll()
        headers.add("tidemark-application", settings.application)
        headers.add("tidemark-source", bytes: source.span)
        headers.add("tidemark-mode", item.isShadow ? "shadow" : "live")
        headers.add("tidemark-rules", settings.rulesDigest)
    }
}
