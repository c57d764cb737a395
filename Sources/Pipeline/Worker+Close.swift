// Closes that are done in parts, each with a commit between: while one is open the consumer brings nothing of that
// partition, so that neither the record that waits for it nor those behind have to be kept, and the other partitions go
// on. When it is over the partition is assigned again, from that record on.
import Engine
import Kafka

extension Worker {
    /// Goes on with closes that are done in parts, and sees to it that the consumer brings what it should.
    ///
    /// Costs a look at each task when none is open.
    func continueCloses(now: Int64) throws(WorkerEnd) {
        var isOther = false
        for task in tasks where task.isStopped || task.supply != .flows {
            if task.isStopped, task.supply == .missed {
                let partition = (name: "partition", value: "\(task.partition)")
                context.log(.info, "a date closes in parts", [partition])
            }
            if task.isStopped { task.continueClose(now: now) }
            if task.supply != (task.isStopped ? .ended : .flows) { isOther = true }
        }
        if isOther { try assignTasks() }
    }

    /// Whether a close could go on at once.
    var closesGoOn: Bool { tasks.contains { $0.isStopped && $0.hasRoomToClose } }

    /// Whether a close waits for a commit to go on.
    var closesWait: Bool { tasks.contains { $0.isStopped && !$0.hasRoomToClose } }
}
