// A thread that looks at Kafka from outside the workers, through a client of its own that has no part in the work: can
// the brokers be reached, where do the input's partitions begin and end, are there as many of them as at the start, is
// the changelog still the one that was written. A worker that waits for a broker that hangs cannot tell; the lookout can.
import Kafka
import Synchronization

/// What the lookout has seen of one partition.
struct Outlook: Sendable {
    var low: Int64
    var high: Int64
    /// Why it lags or is in danger.
    var reason: String?
    /// For how long an open transaction has held it back; nil when none does.
    var heldMilliseconds: Int64?
    /// Milliseconds between the record at `low` and the one at S, nil while unknown.
    var reserveMilliseconds: Int64?
}

/// Looks at Kafka for one daemon.
final class Lookout: Sendable {
    static let turnMilliseconds = 2000
    /// What a broker may take for an answer before it counts as away.
    static let patienceMilliseconds: Int32 = 3000

    private let daemon: Daemon
    private let properties: ClientProperties
    private let hooks: Hooks
    private let partitions: Int
    private let stops = Atomic<Bool>(false)
    private let isAlarmed = Atomic<Bool>(false)
    /// Milliseconds of the monotonic clock, 0 while no broker can be reached.
    private let reachable = Atomic<Int64>(1)
    private let finding = Mutex<ExitError?>(nil)

    init(_ daemon: Daemon, _ properties: ClientProperties, hooks: Hooks, partitions: Int) {
        self.daemon = daemon
        self.properties = properties
        self.hooks = hooks
        self.partitions = partitions
    }

    /// Starts the thread; nobody waits for its end.
    func start() { Thread(name: "lookout") { self.run() }.detach() }

    func stop() { stops.store(true, ordering: .releasing) }

    /// A client has lost its brokers: look at once.
    func alarm() { isAlarmed.store(true, ordering: .releasing) }

    /// What the process must end with.
    var failure: ExitError? { finding.withLock { $0 } }

    /// For how long brokers have been reached without a break; 0 while they cannot be.
    var reachableMilliseconds: Int64 {
        let since = reachable.load(ordering: .acquiring)
        return since == 0 ? 0 : Clock.monotonicMilliseconds() - since
    }

    private func run() {
        var watches: [Int32: PartitionWatch] = [:]
        var changelogs: [Int32: ChangelogWatch] = [:]
        var dating = Dating(properties, group: daemon.settings.application)
        var turn = 0
        var misses = 0
        var absences = 0
        while !stops.load(ordering: .acquiring) {
            do throws(KafkaError) {
                let admin = try Admin(properties.admin(), hooks: hooks)
                while !stops.load(ordering: .acquiring) {
                    if lookForBrokers(admin, &misses) {
                        if turn % 5 == 0 { lookForPartitions(admin, &absences) }
                        let tasks = tasksToLookAt()
                        lookAtTasks(tasks, admin, &watches, &dating)
                        lookAtChangelogs(of: tasks, admin, &changelogs)
                        turn += 1
                    }
                    rest()
                }
            } catch {
                daemon.log(.warning, "looking at Kafka", [("error", "\(error)")])
                rest()
            }
        }
    }

    /// Waits for the next turn, which comes sooner while brokers are away.
    private func rest() {
        let isAway = reachable.load(ordering: .relaxed) == 0
        let end = Clock.monotonicMilliseconds() + Int64(isAway ? 500 : Lookout.turnMilliseconds)
        while Clock.monotonicMilliseconds() < end, !stops.load(ordering: .acquiring),
            !isAlarmed.load(ordering: .acquiring)
        {
            Clock.sleep(milliseconds: 50)
        }
    }

    /// Whether a broker answers; /readyz tells when none does.
    private func lookForBrokers(_ admin: borrowing Admin, _ misses: inout Int) -> Bool {
        let wasAlarmed = isAlarmed.exchange(false, ordering: .acquiringAndReleasing)
        do throws(KafkaError) {
            _ = try admin.brokerCount(timeoutMilliseconds: Lookout.patienceMilliseconds)
        } catch {
            misses += 1
            // A single answer may be late.
            guard wasAlarmed || misses > 1 else { return false }
            let complaint = admin.complaint()
            let text = "Kafka is not reachable: \(complaint ?? error)"
            daemon.board.setOutage(text)
            if reachable.exchange(0, ordering: .acquiringAndReleasing) != 0 {
                daemon.log(.warning, "Kafka is not reachable", [("error", "\(complaint ?? error)")])
            }
            return false
        }
        misses = 0
        daemon.board.setOutage(nil)
        if reachable.load(ordering: .relaxed) == 0 {
            daemon.log(.notice, "Kafka can be reached again")
            reachable.store(Clock.monotonicMilliseconds(), ordering: .releasing)
        }
        return true
    }

    /// The input must stay as it is: partitions that were added are refused, a topic that is gone ends the process.
    private func lookForPartitions(_ admin: borrowing Admin, _ absences: inout Int) {
        let topic = daemon.settings.inputTopic
        let found: Int?
        do throws(KafkaError) {
            found = try admin.describe(
                topic: topic, timeoutMilliseconds: Lookout.patienceMilliseconds)?.partitionCount
        } catch {
            // What cannot be asked now is asked again.
            return
        }
        absences = found == nil ? absences + 1 : 0
        let end: ExitError
        if let found {
            guard found != partitions else { return }
            end = .widened(daemon.settings, from: partitions, to: found)
        } else {
            // A broker on its way up may not know it yet.
            guard absences > 2 else { return }
            end = ExitError(
                .unavailable,
                "topic \(topic) is gone; bring it back, or make it again and start anew under another "
                    + "application name and state topic")
        }
        finding.withLock { $0 = $0 ?? end }
    }

    // A worker that stands still shows an old position: nothing can be said of that.
    private func tasksToLookAt() -> [TaskSnapshot] {
        let fresh = Clock.monotonicMilliseconds() - 1500
        return daemon.board.facts.withLock { Array($0.tasks.joined()) }
            .filter { $0.state != .restoring && $0.seen >= fresh }
    }

    private func lookAtTasks(
        _ tasks: [TaskSnapshot], _ admin: borrowing Admin, _ watches: inout [Int32: PartitionWatch],
        _ dating: inout Dating
    ) {
        var outlooks: [Int32: Outlook] = [:]
        for task in tasks {
            if stops.load(ordering: .acquiring) { return }
            let place = TopicPartition(daemon.settings.inputTopic, task.partition)
            guard
                let ends = try? admin.watermarks(
                    of: place, timeoutMilliseconds: Lookout.patienceMilliseconds)
            else { continue }
            guard task.state == .running else {
                outlooks[task.partition] = Outlook(low: ends.low, high: ends.high)
                continue
            }
            let sight = PartitionSight(
                position: task.position, lowWater: task.lowWater, low: ends.low,
                stableEnd: task.end, high: ends.high)
            var watch = watches[task.partition] ?? PartitionWatch()
            let before = (watch.isHeld, watch.isThin)
            let now = Clock.monotonicMilliseconds()
            watch.look(sight, now: now)
            tell(task.partition, before, watch, sight)
            watches[task.partition] = watch
            outlooks[task.partition] = Outlook(
                low: ends.low, high: ends.high, reason: watch.reason(sight),
                heldMilliseconds: watch.heldSince.map { now - $0 })
        }
        let reserves = dating.reserves(tasks, outlooks)
        for (partition, reserve) in reserves { outlooks[partition]?.reserveMilliseconds = reserve }
        daemon.board.setOutlooks(outlooks)
        watches = watches.filter { outlooks[$0.key] != nil }
    }

    /// The changelog must stay as well: a task that writes nothing for a while would not see that its states are gone.
    private func lookAtChangelogs(
        of tasks: [TaskSnapshot], _ admin: borrowing Admin, _ watches: inout [Int32: ChangelogWatch]
    ) {
        let owned = Set(tasks.map(\.partition))
        watches = watches.filter { owned.contains($0.key) }
        let topic = daemon.settings.stateTopic
        for partition in owned {
            if stops.load(ordering: .acquiring) { return }
            guard
                let ends = try? admin.watermarks(
                    of: TopicPartition(topic, partition),
                    timeoutMilliseconds: Lookout.patienceMilliseconds),
                watches[partition, default: ChangelogWatch()].hasFallen(to: ends.high)
            else { continue }
            let end = ExitError(
                .configuration,
                "partition \(partition) of topic \(topic) now ends at offset \(ends.high), before "
                    + "at \(watches[partition]?.highest ?? 0): the topic was deleted and made again "
                    + "under the running daemon; bring it back, or start anew under another "
                    + "application name and state topic")
            finding.withLock { $0 = $0 ?? end }
        }
    }

    /// Says what has begun and what is over.
    private func tell(
        _ partition: Int32, _ before: (isHeld: Bool, isThin: Bool), _ watch: PartitionWatch,
        _ sight: PartitionSight
    ) {
        let fields = [("partition", "\(partition)")]
        let begun = [
            before.isHeld ? nil : watch.hold(sight), before.isThin ? nil : watch.danger(sight),
        ]
        for reason in begun.compactMap(\.self) {
            daemon.log(.warning, "partition needs a look", fields + [("reason", reason)])
        }
        if before.isHeld, !watch.isHeld {
            daemon.log(.notice, "the transaction that held a partition back has ended", fields)
        }
        if before.isThin, !watch.isThin {
            daemon.log(.notice, "enough of the input is left for a restart", fields)
        }
    }
}
