// Whether what Kafka holds of an application is whole: committed offsets with their metadata, the changelog, the input
// that a restore would replay, and, where all of the input is still there, the states themselves, made anew from it. It
// joins no group and writes nothing, so that it may run beside the daemon: states that a later commit has written
// meanwhile are known by their offsets.
import Banking
import Checkpoint
import Engine
import Formats
import Kafka

/// What was found about one partition.
public struct PartitionFinding: Sendable {
    /// The partition of the input.
    public var partition: Int32
    /// Nil when the group has committed nothing for it.
    public var committed: Int64?
    /// Customers in the changelog.
    public var customers = 0
    /// Records that a restore replays.
    public var replayed: Int64 = 0
    /// Customers whose state was compared with one made from the input alone; nil when not all of it is there.
    public var compared: Int?
    /// What is wrong, without customers; empty when nothing is.
    public var faults: [String] = []
}

/// Checks the state of an application against its changelog, its committed offsets and its input.
///
/// Blocks; holds the state of one partition at a time, twice while it compares.
public struct Verifier {
    private let settings: Settings
    private let properties: ClientProperties
    private let cluster: KafkaCluster
    private let observer: KafkaMember
    /// Partitions of the input.
    public let partitions: Int

    /// Reaches the cluster and checks the topics, as a start of the daemon does.
    public init(settings: Settings, log: LogSink = .none) throws(ExitError) {
        self.settings = settings
        properties = ClientProperties(
            bootstrapServers: settings.bootstrapServers, user: settings.kafkaProperties)
        let topics = try StartChecks(
            settings: settings, properties: properties, hooks: .silent, log: log
        ).run()
        partitions = topics.partitions
        do throws(KafkaError) {
            cluster = try KafkaCluster(
                settings: settings, properties: properties, topics: topics
            ) { _ in .silent }
            observer = try cluster.observer()
        } catch {
            throw ExitError(.unavailable, "\(error)")
        }
    }

    /// Looks at one partition.
    public func check(_ partition: Int32) throws(ExitError) -> PartitionFinding {
        do throws(KafkaError) {
            return try look(at: partition)
        } catch {
            throw ExitError(
                error.cure == .notAuthorized ? .unavailable : .tryAgain,
                "partition \(partition) cannot be read: \(error)")
        }
    }

    private func look(at partition: Int32) throws(KafkaError) -> PartitionFinding {
        var finding = PartitionFinding(partition: partition)
        let committed = try committed(partition)
        // The end of the changelog is asked for after the offset, so that the states of that commit lie before it.
        let input = try cluster.watermarks(settings.inputTopic, partition)
        let changelog = try readChangelog(partition)
        finding.committed = committed.offset
        finding.customers = changelog.reaches.count
        finding.faults = changelog.faults
        guard let offset = committed.offset else {
            if finding.customers > 0 {
                finding.faults.append(
                    "states are there, but no offset is committed"
                        + hint(changelog, after: nil))
            }
            return finding
        }
        guard let progress = try? Progress(text: committed.metadata) else {
            finding.faults.append("the committed offset \(offset) was not written by Tidemark")
            return finding
        }
        finding.replayed = progress.position - progress.lowWater
        finding.faults += Verifier.faults(of: progress, committed: offset, input: input)
        try checkAhead(changelog, progress, &finding)
        guard finding.faults.isEmpty else { return finding }
        let task = changelog.task
        task.shard.beginReplay(at: progress.clockAtLowWater, to: progress.clock)
        try replay(task, changelog.own, from: progress.lowWater, to: progress)
        if task.shard.clock != progress.clock || task.shard.openClose != progress.openClose {
            finding.faults.append(
                "replay from \(progress.lowWater) does not lead to the clock committed with "
                    + "\(offset)")
        }
        if input.low == 0, settings.inputStart == .earliest {
            try compare(changelog, upTo: progress, &finding)
        }
        return finding
    }

    private func committed(_ partition: Int32) throws(KafkaError) -> CommittedOffset {
        try observer.committed([partition], timeoutMilliseconds: 2000)[0]
    }

    /// What offset, metadata and the input's ends say without a look at any record.
    static func faults(of progress: Progress, committed: Int64, input: Watermarks) -> [String] {
        progress.misfits(committed: committed, low: input.low, high: input.high).map {
            switch $0 {
            case .otherOffset:
                "the metadata is of offset \(progress.position), committed is \(committed)"
            case .inputGone:
                "the input is kept from \(input.low) on, a restore needs it from "
                    + "\(progress.lowWater) on"
            case .beyondEnd:
                "the committed offset \(committed) lies beyond the end \(input.high)"
            }
        }
    }

    /// A state may hold input beyond the offset first asked for only if that has been committed since.
    private func checkAhead(
        _ changelog: Changelog, _ progress: Progress, _ finding: inout PartitionFinding
    ) throws(KafkaError) {
        guard changelog.reaches.contains(where: { !progress.covers($1, of: $0.span) }) else {
            return
        }
        let now = try self.committed(finding.partition)
        guard let later = try? Progress(text: now.metadata) else { return }
        for (id, reach) in changelog.reaches where !later.covers(reach, of: id.span) {
            let date = reach.lastClosed.map { " and the close of day \($0.number)" } ?? ""
            finding.faults.append(
                "a state holds input up to \(reach.lsn)\(date), but committed is "
                    + "\(later.position)" + hint(changelog, after: later))
            return
        }
    }

    /// What a start will make of a group that knows less than the changelog.
    private func hint(_ changelog: Changelog, after committed: Progress?) -> String {
        changelog.own.progress(of: settings.application, after: committed).map {
            ": Kafka has lost offsets, the next start goes on from \($0.position)"
        } ?? ""
    }

    // MARK: The changelog

    /// What a partition of the changelog holds.
    private struct Changelog {
        let task: PartitionTask
        /// What each customer's latest state holds.
        let reaches: [[UInt8]: StateReach]
        /// The records that are no customer's.
        let own: OwnRecords
        var faults: [String] = []
    }

    private func readChangelog(_ partition: Int32) throws(KafkaError) -> Changelog {
        let ends = try cluster.watermarks(settings.stateTopic, partition)
        let image = ChangelogImage(settings: settings, position: ends.low, keepsReaches: true)
        var faults: [String] = []
        try read(settings.stateTopic, partition, ends.low..<ends.high) { batch in
            image.take(batch, of: partition) { offset, _ in
                faults.append("the record at \(offset) cannot be read")
            }
        }
        if image.incompleteCount > 0 {
            faults.append("\(image.incompleteCount) large states lack a part")
        }
        let reaches = image.reaches ?? [:]
        if let header = image.own.header {
            let now = StateHeader(policy: settings.policy, partitions: partitions)
            if (try? header.checked(against: now, clock: nil)) == nil {
                faults.append("the states were written under other settings")
            }
        } else if !reaches.isEmpty {
            faults.append("states are there, but no header")
        }
        return Changelog(
            task: newTask(partition, image.takeShard()), reaches: reaches, own: image.own,
            faults: faults)
    }

    // MARK: The input

    /// Makes the state anew from the input alone, and compares every customer that no later commit has written.
    private func compare(
        _ changelog: Changelog, upTo progress: Progress, _ finding: inout PartitionFinding
    ) throws(KafkaError) {
        let fresh = newTask(finding.partition, Shard(policy: settings.policy))
        fresh.shard.beginReplay(at: TaskClock(), to: progress.clock)
        try replay(fresh, changelog.own, from: 0, to: progress)
        let restored = changelog.task
        var compared = 0
        var different = 0
        for (id, reach) in changelog.reaches where progress.covers(reach, of: id.span) {
            compared += 1
            if fresh.shard.view(of: id.span) != restored.shard.view(of: id.span) { different += 1 }
        }
        finding.compared = compared
        if different > 0 {
            finding.faults.append("\(different) customers are not what the input makes of them")
        }
        if compared == changelog.reaches.count,
            fresh.shard.customerCount != restored.shard.customerCount
        {
            finding.faults.append(
                "\(restored.shard.customerCount) customers are there, the input makes "
                    + "\(fresh.shard.customerCount)")
        }
    }

    /// Applies the input and what moved the clock without it, in silence.
    private func replay(
        _ task: PartitionTask, _ own: OwnRecords, from start: Int64, to progress: Progress
    ) throws(KafkaError) {
        let end = progress.position
        var bench = Workbench(settings: settings, limits: .none)
        task.recorded = own.advances(upTo: progress)[...]
        try read(settings.inputTopic, task.partition, start..<end) { batch in
            task.replay(batch, upTo: end, &bench)
        }
        task.finishReplay(at: progress)
    }

    private func newTask(_ partition: Int32, _ shard: consuming Shard) -> PartitionTask {
        PartitionTask(
            partition: partition, shard: shard, position: 0,
            spool: Spool(settings: settings, limits: .none))
    }

    private func read(
        _ topic: String, _ partition: Int32, _ range: Range<Int64>,
        _ body: (borrowing Batch) -> Void
    ) throws(KafkaError) {
        guard !range.isEmpty else { return }
        var reader = try PartitionReader(
            properties, group: settings.application, topic: topic,
            from: [partition: range.lowerBound],
            to: [partition: range.upperBound], patienceMilliseconds: 10_000)
        var batch = Batch(capacity: 1024)
        while !reader.isDone {
            try reader.read(into: &batch, timeoutMilliseconds: 100)
            body(batch)
        }
    }
}
