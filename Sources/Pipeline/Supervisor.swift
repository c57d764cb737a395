// The main thread's part of the daemon: starts the workers, watches them, the stop flag, what the lookout sees and
// whether everything has been caught up with, and collects how they ended.
import Kafka
import Synchronization

/// One run of the daemon.
final class Supervisor: Sendable {
    private let daemon: Daemon
    private let properties: ClientProperties
    private let shouldStop = Atomic<Bool>(false)
    /// How the workers ended; nil in it for a clean end.
    private let ends = Mutex<[ExitError?]>([])
    /// Workers that have given their handles back.
    private let closed = Atomic<Int>(0)
    private let pulses: [Pulse]
    /// Looks at Kafka from outside once the workers run.
    private let lookout = Mutex<Lookout?>(nil)

    static let stopBudgetMilliseconds: Int64 = 10_000
    /// Closing a client may hang, in the midst of joining a group for one; nothing depends on it.
    static let closeBudgetMilliseconds: Int64 = 2000
    /// What waits for a broker gets so long after it is back.
    static let reachableMilliseconds: Int64 = 60_000

    init(_ daemon: Daemon) {
        self.daemon = daemon
        pulses = (0..<daemon.settings.workers).map { _ in Pulse() }
        properties = ClientProperties(
            bootstrapServers: daemon.settings.bootstrapServers,
            user: daemon.settings.kafkaProperties)
    }

    func run(untilCaughtUp: Bool) throws(ExitError) {
        var settings = daemon.settings
        // Whoever catches up with what is there leaves days open at its end.
        if untilCaughtUp { settings.idleClose = nil }
        let topics: Topics
        do throws(ExitError) {
            topics = try StartChecks(
                settings: settings, properties: properties, hooks: hooks("admin"), log: daemon.log,
                shouldStop: { self.daemon.stopFlag.load(ordering: .acquiring) }
            ).run()
        } catch {
            // Nothing has begun, whatever the brokers say.
            if daemon.stopFlag.load(ordering: .acquiring) { return }
            throw error
        }
        daemon.partitions.store(topics.partitions, ordering: .releasing)
        let cluster: KafkaCluster
        do throws(KafkaError) {
            cluster = try KafkaCluster(
                settings: settings, properties: properties, topics: topics
            ) { self.hooks($0) }
        } catch {
            throw ExitError(.unavailable, "\(error)")
        }
        let standby =
            settings.followsOthers
            ? Standby(
                settings: settings, partitions: topics.partitions, cluster: cluster,
                log: daemon.log) : nil
        standby?.start()
        defer { standby?.stop() }
        let goal = untilCaughtUp ? try CaughtUp(cluster, daemon) : nil
        for worker in 0..<settings.workers {
            let context = WorkerContext(
                index: worker, settings: settings, board: daemon.board,
                mailbox: daemon.mailboxes[worker], log: daemon.log,
                shouldStop: { self.shouldStop.load(ordering: .relaxed) },
                onAlerts: daemon.alertHook.withLock { $0 }, partitions: topics.partitions,
                limits: RecordLimits(maxRecordBytes: topics.maxRecordBytes, settings),
                pulse: pulses[worker])
            // Detached: one that hangs must not keep the process from ending.
            Thread(name: "worker-\(worker)") {
                let worker = Worker(context, cluster: cluster, standby: standby)
                let end = worker.run()
                self.ends.withLock { $0.append(end) }
                worker.close()
                self.closed.add(1, ordering: .releasing)
            }.detach()
        }
        let lookout = Lookout(
            daemon, properties, hooks: .silent, partitions: topics.partitions)
        self.lookout.withLock { $0 = lookout }
        lookout.start()
        defer { lookout.stop() }
        try watch(goal, lookout)
    }

    private func watch(_ goal: CaughtUp?, _ lookout: Lookout) throws(ExitError) {
        var goal = goal
        var stopBegan: Int64?
        var turn = 0
        var stalls = pulses.map { StallWatch($0.beats) }
        var hang: ExitError?
        while true {
            daemon.lastTurn.store(Clock.monotonicMilliseconds(), ordering: .releasing)
            let ended = ends.withLock { $0 }
            let failure = ended.lazy.compactMap { $0 }.first ?? lookout.failure ?? hang
            if ended.count == daemon.settings.workers {
                awaitClose()
                if let failure { throw failure }
                return
            }
            let now = Clock.monotonicMilliseconds()
            if let stopBegan, now - stopBegan > Supervisor.stopBudgetMilliseconds {
                throw failure
                    ?? ExitError(
                        .internalError,
                        "a worker did not stop within 10 s; what it had not committed is done "
                            + "again at the next start")
            }
            if stopBegan == nil {
                let isReached = try goal?.isReached(turn: turn) ?? false
                if failure != nil || isReached || daemon.stopFlag.load(ordering: .acquiring) {
                    stopBegan = now
                    shouldStop.store(true, ordering: .releasing)
                }
            }
            if turn % 50 == 49, hang == nil { hang = lookAtWorkers(&stalls, lookout) }
            turn += 1
            Clock.sleep(milliseconds: 20)
        }
    }

    private func awaitClose() {
        let end = Clock.monotonicMilliseconds() + Supervisor.closeBudgetMilliseconds
        while closed.load(ordering: .acquiring) < daemon.settings.workers,
            Clock.monotonicMilliseconds() < end
        {
            Clock.sleep(milliseconds: 10)
        }
    }

    /// Tells the readiness when a worker stands still; after two minutes, though Kafka answers others, it hangs.
    private func lookAtWorkers(_ stalls: inout [StallWatch], _ lookout: Lookout) -> ExitError? {
        for worker in stalls.indices {
            stalls[worker].look(pulses[worker].beats, elapsed: 1000)
            let suspicion = stalls[worker].suspicion
            daemon.board.setStall(suspicion, worker: worker)
            guard let suspicion, stalls[worker].hangs,
                lookout.reachableMilliseconds >= Supervisor.reachableMilliseconds
            else { continue }
            return ExitError(
                .internalError,
                "worker \(worker) hangs: \(suspicion), though Kafka answers; what it had not "
                    + "committed is done again at the next start")
        }
        return nil
    }

    private func hooks(_ client: String) -> Hooks {
        let log = daemon.log
        let board = daemon.board
        return Hooks(
            log: { level, facility, text in
                // Brokers without a say in the matter, the embedded one for instance, are no news.
                let isNews = facility != "AUTOCREATE"
                let mine: LogSink.Level =
                    switch level {
                    case _ where !isNews: .debug
                    case .emergency, .alert, .critical, .error, .warning: .warning
                    case .notice: .info
                    case .info, .debug: .debug
                    }
                log(mine, "librdkafka: \(text)", [("client", client), ("facility", facility)])
            },
            statistics: { json in board.setStatistics(json, client: client) },
            clientError: { error in
                guard error.code == .allBrokersDown || error.isOfRefusedConnection else { return }
                // Before the workers run, the start checks decide.
                guard let lookout = self.lookout.withLock({ $0 }) else { return }
                board.setOutage("Kafka is not reachable: \(error)")
                lookout.alarm()
            })
    }
}

/// Whether the group's committed offsets have reached the end of every partition as it stood at the start.
private struct CaughtUp {
    private let daemon: Daemon
    private let cluster: KafkaCluster
    private let ends: [Int32: Int64]
    /// Asks what other processes have committed; made when they own anything.
    private var observer: KafkaMember?

    init(_ cluster: KafkaCluster, _ daemon: Daemon) throws(ExitError) {
        self.cluster = cluster
        self.daemon = daemon
        var ends: [Int32: Int64] = [:]
        do throws(KafkaError) {
            for partition in 0..<Int32(cluster.topics.partitions) {
                let marks = try cluster.watermarks(daemon.settings.inputTopic, partition)
                // An empty partition has no end to reach.
                if marks.low < marks.high { ends[partition] = marks.high }
            }
        } catch {
            throw ExitError(.unavailable, "\(error)")
        }
        self.ends = ends
    }

    mutating func isReached(turn: Int) throws(ExitError) -> Bool {
        var missing: [Int32] = []
        let tasks = daemon.tasks
        for (partition, end) in ends {
            let task = tasks.first { $0.partition == partition }
            if let task, task.state == .blocked {
                throw ExitError(
                    .configuration,
                    "partition \(partition) is blocked: \(task.reason ?? "no reason given")")
            }
            if let task, task.state == .running {
                if (task.committed ?? 0) < end { return false }
            } else {
                missing.append(partition)
            }
        }
        if missing.isEmpty { return true }
        // What other processes own is asked for twice a second.
        guard turn % 25 == 24 else { return false }
        do throws(KafkaError) {
            if observer == nil { observer = try cluster.observer() }
            return try observer!.committed(missing, timeoutMilliseconds: 2000).allSatisfy {
                ($0.offset ?? 0) >= ends[$0.partition] ?? 0
            }
        } catch {
            return false
        }
    }
}
