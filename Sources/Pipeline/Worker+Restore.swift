// What a worker does about restores: it orders them, says how far they are, and takes over the tasks that they lead to.
import Banking
import Checkpoint
import Engine
import Kafka

extension Worker {
    /// Tasks for those of `partitions` that were given away and came back; the others are ordered from the restorer.
    func restore(_ partitions: [Int32]) throws(WorkerEnd) -> [PartitionTask] {
        let committed = try askCommitted(partitions)
        try refuseWidened(committed)
        var ready: [PartitionTask] = []
        var orders: [RestoreOrder] = []
        let latestClock = try latestClock(for: committed)
        for offset in committed {
            if let task = reuse(offset) {
                ready.append(task)
                _ = standby?.take(offset.partition)
            } else {
                orders.append(RestoreOrder(committed: offset, latestClock: latestClock))
            }
        }
        restorer!.set(orders)
        return ready
    }

    /// Goes on with what was restored meanwhile.
    func takeRestored() throws(WorkerEnd) {
        let finished = restorer!.take(assigned)
        guard !finished.isEmpty else { return }
        for one in finished {
            switch one.outcome {
            case .success(let task): tasks.append(task)
            case .failure(.blocked(let reason)):
                block(one.order.partition, reason, committed: one.order.committed.offset)
            case .failure(.lost(let reason)):
                throw .generationLost(reason: reason, isCounted: false)
            case .failure(.denied(let reason)): throw .denied(reason: reason)
            case .failure(.exit(let error)):
                // While this process stood still, others may have gone on from what was committed then.
                if try askCommitted([one.order.partition]) != [one.order.committed] {
                    throw .generationLost(
                        reason: "offsets moved during a restore", isCounted: false)
                }
                throw .exit(error)
            case .failure(.dropped): break
            }
        }
        try assignTasks()
    }

    /// Lets the consumer fetch what the tasks here need next; says whether others are on their way.
    func assignTasks() throws(WorkerEnd) {
        do throws(KafkaError) {
            // None of what waits for a close.
            try member!.assign(tasks.filter { !$0.isStopped }.map { ($0.partition, $0.position) })
        } catch {
            throw .generationLost(reason: error.name, isCounted: false)
        }
        for task in tasks { task.supply = task.isStopped ? .ended : .flows }
        if (assignment?.runnable ?? []).allSatisfy({ task(of: $0) != nil }) {
            hasServed = true
            denial?.resumed = machine.monotonicMilliseconds()
        }
        tellReadiness()
        publish(now: machine.monotonicMicroseconds())
    }

    /// What is still to be restored, in words; nil when nothing is.
    var restoreReason: String? {
        let pending = restorer?.pending ?? []
        guard let first = pending.first else { return nil }
        var reason = "restoring partition \(first.partition)"
        if pending.count > 1 { reason += " and \(pending.count - 1) more" }
        let now = machine.monotonicMicroseconds()
        if let began = first.began,
            let left = first.progress.secondsLeft(afterMicroseconds: now - began)
        {
            reason += ": \(first.progress.done) of \(first.progress.total) records, "
            reason += "\(Int(left.rounded(.up))) s left"
        }
        if let hindrance = first.progress.hindrance { reason += "; \(hindrance)" }
        return reason
    }

    /// What the group has committed, as soon as no transaction holds it any more.
    ///
    /// A transaction that nobody ends holds it for ever: brokers have lost markers when they were killed.
    func askCommitted(_ partitions: [Int32]) throws(WorkerEnd) -> [CommittedOffset] {
        guard !partitions.isEmpty else { return [] }
        return try persist(
            "asking for committed offsets", patienceMilliseconds: 10_000,
            hint:
                "; if Kafka answers otherwise, a transaction that has not ended holds the offsets "
                + "of group \(context.settings.application): see kafka-transactions find-hanging"
        ) { () throws(KafkaError) in
            // In short pieces, so that the group and a stop are served in between.
            try member!.committed(partitions, timeoutMilliseconds: 1000)
        }
    }

    /// The latest clock of any task, whoever owns it: what a new rule must not lie before.
    ///
    /// Nil when none of `committed` was committed under other rules than these.
    private func latestClock(for committed: [CommittedOffset]) throws(WorkerEnd) -> Instant? {
        let digest = context.settings.rulesDigest
        let isNeeded = committed.contains { offset in
            (try? Progress(text: offset.metadata)).map { $0.rulesDigest != digest } ?? false
        }
        guard isNeeded else { return nil }
        let all = try askCommitted((0..<Int32(context.partitions)).map { $0 })
        return all.compactMap { try? Progress(text: $0.metadata).clock.time }.max()
    }

    /// A task that was given away and came back before anybody else has committed for it.
    private func reuse(_ offset: CommittedOffset) -> PartitionTask? {
        guard
            let task = parked.first(where: { $0.partition == offset.partition }),
            let last = task.committed, last.offset == offset.offset,
            last.text == offset.metadata, !task.isAhead
        else { return nil }
        return task
    }
}
