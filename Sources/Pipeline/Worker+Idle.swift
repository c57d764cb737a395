// Days close in tasks into which nothing comes (semantics, 3.4). Asked between batches: a task whose partition's end was
// seen since its last record, and for which something is due. Then the broker is asked where the partition ends now: that
// the client has heard of nothing new is no proof when the broker is away, or an open transaction holds entries back.
import Banking
import Engine
import Kafka

/// Whose turn it is to close a day, and when the next is looked for.
struct IdleTurns {
    private var turn = 0
    /// No sooner than at this moment, in microseconds of the monotonic clock.
    var again: Int64 = 0

    /// A task for which something is due at `wall`, and the time that its clock should be moved to.
    mutating func next(
        of tasks: [PartitionTask], _ idle: IdleClose, wall: Instant
    ) -> (task: PartitionTask, time: Instant)? {
        for place in tasks.indices {
            let task = tasks[(turn + place) % tasks.count]
            guard task.isAtEnd, !task.isStopped,
                let time = idle.target(
                    clock: task.shard.clock.time, due: task.shard.nextDue, now: wall)
            else { continue }
            // The next one's turn, whatever comes of this one.
            turn = (turn + place + 1) % tasks.count
            return (task, time)
        }
        return nil
    }
}

extension Worker {
    /// Moves the clock of one task for which something is due, if its input ends where it stands.
    ///
    /// One at a time, so that records of others do not wait; costs a look at each task when nothing is due.
    func closeIdle(now: Int64) {
        guard let idle = context.settings.idleClose, now >= idleTurns.again, !isFull,
            let (task, time) = idleTurns.next(of: tasks, idle, wall: machine.now())
        else { return }
        let end = inputEnd(task)
        guard end == task.position else {
            // A broker that does not answer costs the wait for it: seldom, then.
            let pause = end == nil ? 5 * Micros.second : Micros.second
            idleTurns.again = machine.monotonicMicroseconds() + pause
            return
        }
        task.advance(to: time, now: now)
        let partition = (name: "partition", value: "\(task.partition)")
        context.log(.info, "dates closed without input", [partition])
    }

    /// Where the partition ends, records of open transactions counted; nil when nobody answers.
    private func inputEnd(_ task: PartitionTask) -> Int64? {
        do throws(KafkaError) {
            return try cluster.inputEnd(task.partition)
        } catch {
            context.log(.debug, "asking for the end of the input", [("error", "\(error)")])
            return nil
        }
    }
}
