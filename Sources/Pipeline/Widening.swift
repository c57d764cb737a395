// An input with another number of partitions than the state was made with. Customers are in the partition of their
// key's hash: with more partitions most move, and nothing here moves their state. So it is refused, whenever it shows,
// and no new partition is read.
import Checkpoint
import Kafka

extension ExitError {
    /// The input of `settings` has `now` partitions, what there is was made with `before`.
    static func widened(_ settings: Settings, from before: Int, to now: Int) -> ExitError {
        ExitError(
            .configuration,
            "topic \(settings.inputTopic) has \(now) partitions, the state of application "
                + "\(settings.application) is of \(before): customers now come in other partitions "
                + "than those that hold their state; copy \(settings.inputTopic) by key and in its "
                + "order to a new topic, and build the state anew from that under another "
                + "application name and state topic")
    }
}

extension Worker {
    /// Refuses partitions without an offset when the group has worked on another number of them.
    func refuseWidened(_ committed: [CommittedOffset]) throws(WorkerEnd) {
        guard committed.contains(where: { $0.offset == nil }) else { return }
        let all = (0..<Int32(context.partitions)).map { $0 }
        let written = try askCommitted(all).lazy.compactMap {
            try? Progress(text: $0.metadata).partitions
        }.max()
        guard let written, written != context.partitions else { return }
        throw .exit(.widened(context.settings, from: written, to: context.partitions))
    }
}
