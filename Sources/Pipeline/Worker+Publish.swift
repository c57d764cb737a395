// What a worker tells the board: counts and payloads once a commit, its tasks a few times a second.
import Banking
import Engine
import Synchronization

extension Worker {
    /// Counts what a commit has made visible, and hands its alerts on.
    func publishCommit(wall: Instant) {
        let rules = context.settings.policy.rules
        let duration = machine.monotonicMicroseconds() - cargo.began
        context.board.facts.withLock { facts in
            facts.commitDuration.add(microseconds: duration)
            facts.counters.commits += 1
            facts.counters.stateRecords += Int64(cargo.stateCount)
            for item in cargo.outbox.items {
                switch item.output {
                case .rejected: facts.counters.rejected[Int(item.reason.rawValue)] += 1
                case .alerts, .shadow:
                    let rule = rules[item.rule]
                    let label = DaemonCounters.AlertLabel(
                        rule: rule.id, kind: rule.kind, status: item.status)
                    facts.counters.alerts[label, default: 0] += 1
                    if item.timestampMillis >= 0 {
                        facts.alertLatency.add(
                            microseconds: wall.microseconds - item.timestampMillis * 1000)
                    }
                case .balances, .state: break
                }
            }
            for payload in cargo.outbox.payloads { facts.keep(payload) }
            for task in tasks { task.publishCounts(to: &facts.counters) }
        }
        if !cargo.outbox.payloads.isEmpty { context.onAlerts?(cargo.outbox.payloads) }
    }

    /// Tells the board about the tasks, and those on their way.
    func publish(now: Int64) {
        lastPublished = now
        committer?.serve()
        let wall = machine.now()
        var snapshots = tasks.map { snapshot(of: $0, wall: wall) }
        for (partition, block) in assignment?.blocked ?? [:] {
            var snapshot = emptySnapshot(of: partition, .blocked)
            snapshot.reason = block.reason
            snapshot.committed = block.committed
            snapshot.position = block.committed ?? 0
            snapshot.end = snapshot.position
            snapshot.seen = machine.monotonicMilliseconds()
            snapshots.append(snapshot)
        }
        for one in restorer?.pending ?? [] where assigned.contains(one.partition) {
            var snapshot = emptySnapshot(of: one.partition, .restoring)
            snapshot.restore = TaskSnapshot.Restore(
                done: one.progress.done, total: one.progress.total,
                secondsLeft: one.began.flatMap {
                    one.progress.secondsLeft(afterMicroseconds: now - $0)
                })
            snapshots.append(snapshot)
        }
        // Between two generations, for long where rights are missing.
        for partition in assigned where !snapshots.contains(where: { $0.partition == partition }) {
            var snapshot = emptySnapshot(of: partition, .restoring)
            snapshot.reason = denial.map { "Kafka does not allow it: \($0.reason)" }
            snapshots.append(snapshot)
        }
        context.board.setTasks(snapshots, worker: context.index)
    }

    private func snapshot(of task: PartitionTask, wall: Instant) -> TaskSnapshot {
        var snapshot = emptySnapshot(of: task.partition, .running)
        snapshot.position = task.position
        snapshot.end = max(member?.end(of: task.partition) ?? task.position, task.position)
        snapshot.committed = task.committed?.offset
        snapshot.lagRecords = snapshot.end - (task.committed?.offset ?? 0)
        if snapshot.lagRecords > 0, task.lastTimestamp >= 0 {
            let age = wall.microseconds - task.lastTimestamp * 1000
            snapshot.lagSeconds = Double(max(0, age)) / 1e6
        }
        let clock = task.shard.clock
        snapshot.clock = clock.time
        snapshot.lastClosed = clock.lastClosed
        snapshot.lastCommit = task.lastCommit
        snapshot.customers = task.shard.customerCount
        snapshot.stateBytes = task.shard.stateBytes
        snapshot.dirty = task.shard.dirtyCount
        snapshot.replayRecords = task.committed?.replayRecords ?? 0
        snapshot.seen = machine.monotonicMilliseconds()
        snapshot.lowWater = task.committed?.lowWater
        return snapshot
    }

    private func emptySnapshot(
        of partition: Int32, _ state: TaskSnapshot.State
    ) -> TaskSnapshot {
        TaskSnapshot(
            topic: context.settings.inputTopic, partition: partition, state: state, position: 0,
            end: 0, lagRecords: 0, lagSeconds: 0, customers: 0, stateBytes: 0, dirty: 0,
            replayRecords: 0)
    }
}

extension Counters {
    /// Adds what has been counted between `earlier` and `now`.
    mutating func add(_ now: Counters, minus earlier: Counters) {
        duplicates += now.duplicates - earlier.duplicates
        unknownKinds += now.unknownKinds - earlier.unknownKinds
        unknownChannels += now.unknownChannels - earlier.unknownChannels
        unknownClasses += now.unknownClasses - earlier.unknownClasses
        undecidedMissingRate += now.undecidedMissingRate - earlier.undecidedMissingRate
        balanceDrift += now.balanceDrift - earlier.balanceDrift
        unverifiableAge += now.unverifiableAge - earlier.unverifiableAge
        suppressedCoolDown += now.suppressedCoolDown - earlier.suppressedCoolDown
        windowMerged += now.windowMerged - earlier.windowMerged
    }
}
