// The main thread's part of the daemon: starts the workers, watches them, the stop flag, Kafka's reachability and
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
    /// Whether no broker could be reached lately.
    private let isDown = Atomic<Bool>(false)

    static let stopBudgetMilliseconds: Int64 = 10_000
    /// Closing a client may hang, in the midst of joining a group for one; nothing depends on it.
    static let closeBudgetMilliseconds: Int64 = 2000

    init(_ daemon: Daemon) {
        self.daemon = daemon
        properties = ClientProperties(
            bootstrapServers: daemon.settings.bootstrapServers,
            user: daemon.settings.kafkaProperties)
    }

    func run(untilCaughtUp: Bool) throws(ExitError) {
        var settings = daemon.settings
        // Whoever catches up with what is there leaves days open at its end.
        if untilCaughtUp { settings.idleClose = nil }
        let topics = try StartChecks(
            settings: settings, properties: properties, hooks: hooks("admin"), log: daemon.log
        ).run()
        daemon.partitions.store(topics.partitions, ordering: .releasing)
        let cluster: KafkaCluster
        do throws(KafkaError) {
            cluster = try KafkaCluster(
                settings: settings, properties: properties, topics: topics
            ) { self.hooks($0) }
        } catch {
            throw ExitError(.unavailable, "\(error)")
        }
        let goal = untilCaughtUp ? try CaughtUp(cluster, daemon) : nil
        for worker in 0..<settings.workers {
            let context = WorkerContext(
                index: worker, settings: settings, board: daemon.board,
                mailbox: daemon.mailboxes[worker], log: daemon.log,
                shouldStop: { self.shouldStop.load(ordering: .relaxed) },
                onAlerts: daemon.alertHook.withLock { $0 }, partitions: topics.partitions,
                limits: RecordLimits(maxRecordBytes: topics.maxRecordBytes, settings))
            // Detached: one that hangs must not keep the process from ending.
            Thread(name: "worker-\(worker)") {
                let worker = Worker(context, cluster: cluster)
                let end = worker.run()
                self.ends.withLock { $0.append(end) }
                worker.close()
                self.closed.add(1, ordering: .releasing)
            }.detach()
        }
        try watch(goal)
    }

    private func watch(_ goal: CaughtUp?) throws(ExitError) {
        var stopBegan: Int64?
        var turn = 0
        while true {
            let ended = ends.withLock { $0 }
            let failure = ended.lazy.compactMap { $0 }.first
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
            if turn % 50 == 49 { lookForKafka() }
            if turn % 25 == 24 { Memory.trimIfWorthwhile() }
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

    /// When brokers were reported down, asks whether they are back; /readyz says so meanwhile.
    private func lookForKafka() {
        guard isDown.load(ordering: .acquiring) else { return }
        do throws(KafkaError) {
            let admin = try Admin(properties.admin())
            _ = try admin.brokerCount(timeoutMilliseconds: 1000)
            isDown.store(false, ordering: .releasing)
            daemon.board.setOutage(nil)
            daemon.log(.notice, "Kafka can be reached again")
        } catch {
            daemon.board.setOutage("Kafka is not reachable: \(error)")
        }
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
            statistics: { json in
                board.setStatistics(String(decoding: json, as: UTF8.self), client: client)
            },
            clientError: { error in
                if error.code == .allBrokersDown {
                    self.isDown.store(true, ordering: .releasing)
                    board.setOutage("Kafka is not reachable: \(error)")
                }
            })
    }
}

/// Whether the group's committed offsets have reached the end of every partition as it stood at the start.
private struct CaughtUp {
    private let daemon: Daemon
    private let cluster: KafkaCluster
    private let ends: [Int32: Int64]

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

    func isReached(turn: Int) throws(ExitError) -> Bool {
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
            return try cluster.committed(missing).allSatisfy {
                ($0.offset ?? 0) >= ends[$0.partition] ?? 0
            }
        } catch {
            return false
        }
    }
}
