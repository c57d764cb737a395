// The loop. One thread owns one member of the group, one transactional producer and the tasks of its partitions:
// poll, apply, and when it is time hand a transaction to the commit thread and go on; tasks come from the restorer's
// thread.
import Banking
import Checkpoint
import Engine
import Kafka
import Synchronization

/// Why a worker stopped serving.
enum WorkerEnd: Error {
    /// Asked to.
    case stopped
    /// Memory is ahead of Kafka, or fenced.
    case generationLost(reason: String, isCounted: Bool)
    /// As `generationLost`: Kafka does not allow something, and an operator must act.
    case denied(reason: String)
    /// Another member has this one's place in the group.
    case fenced(KafkaError)
    /// The group wants something before an answer from Kafka was there.
    case interrupted
    /// The process ends.
    case exit(ExitError)
}

/// What a worker shares with the rest of the process.
struct WorkerContext: Sendable {
    let index: Int
    let settings: Settings
    let board: Board
    let mailbox: Mailbox
    let log: LogSink
    let shouldStop: @Sendable () -> Bool
    let onAlerts: (@Sendable ([[UInt8]]) -> Void)?
    /// Partitions of the input.
    let partitions: Int
    /// How large records may be.
    let limits: RecordLimits
    /// Shows the supervisor that the worker goes on.
    var pulse = Pulse()
}

/// One worker; everything in it belongs to the thread that calls `run`.
final class Worker<C: Cluster> {
    let context: WorkerContext
    let cluster: C
    let standby: Standby<C>?
    let machine: C.Host
    var bench: Workbench
    var batch = Batch(capacity: batchRecords)
    /// What waits for the next commit.
    let spool: Spool
    /// What the commit in flight carries.
    var cargo = Cargo()
    /// What new tasks write of their state with each commit.
    var slices = SlicePolicy()
    var tasks: [PartitionTask] = []
    /// Tasks given away in the last rebalance; used again when nobody else has committed in between.
    var parked: [PartitionTask] = []
    /// What the group has given us; nil until it has told, be it nothing, and once it has taken it back.
    var assignment: Assignment?
    /// While Kafka does not allow what a worker does, and shortly after.
    var denial: Denial?
    /// Whether it has had all it needs once: before, what is not allowed ends the process.
    var hasServed = false
    /// A rebalance seen while something was asked of Kafka.
    var waitingRebalance: Rebalance?
    var member: C.Member?
    var restorer: Restorer<C>?
    var committer: Committer<C.Log, C.Host>?
    var trigger: CommitTrigger
    var recordsSinceCommit = 0
    var losses = GenerationLosses()
    var lastPublished: Int64 = 0
    var idleTurns = IdleTurns()
    var stateWriter: StateWriter
    var balances: CustomerJSON

    /// - Parameter standby: Follows what no worker of the process holds; nil where nothing is followed.
    init(_ context: WorkerContext, cluster: C, standby: Standby<C>? = nil) {
        self.context = context
        self.cluster = cluster
        self.standby = standby
        machine = cluster.machine
        let settings = context.settings
        bench = Workbench(settings: settings, limits: context.limits)
        spool = Spool(settings: settings, limits: context.limits) { [machine] in
            machine.monotonicMicroseconds()
        }
        stateWriter = StateWriter(
            partBytes: context.limits.statePartBytes, application: context.settings.application)
        balances = CustomerJSON(
            policy: settings.policy, masksAccounts: settings.masksAccounts)
        trigger = CommitTrigger(
            outputLatency: Int64(settings.alertLatencyMilliseconds) * 1000,
            interval: Int64(settings.intervalMilliseconds) * 1000,
            now: machine.monotonicMicroseconds())
    }

    /// Serves until asked to stop; returns what the process should end with otherwise.
    ///
    /// Nothing durable is left to do then; `close` may take long, or hang.
    func run() -> ExitError? {
        if let error = joinGroup() { return error }
        while true {
            do throws(WorkerEnd) {
                try startGeneration()
                while true { try step() }
            } catch {
                switch error {
                case .stopped: return nil
                case .exit(let error): return error
                case .interrupted: continue
                case .generationLost(let reason, _)
                where committer?.isBusy == true && context.shouldStop():
                    // Nobody waits for a commit that hangs: what it has not done is done again at the next start.
                    context.log(.warning, "generation ended", [("reason", reason)])
                    return nil
                case .generationLost(let reason, let isCounted):
                    if let error = endGeneration(reason, isCounted: isCounted) { return error }
                case .denied(let reason):
                    if let error = endGeneration(denied: reason) { return error }
                case .fenced(let error):
                    if let error = joinAnew(after: error) { return error }
                }
            }
        }
    }

    /// One turn: poll, apply, commit when due, answer.
    private func step() throws(WorkerEnd) {
        if context.shouldStop() { try drain() }
        context.pulse.turn()
        member!.poll(into: &batch, timeoutMilliseconds: pollTimeout())
        let now = machine.monotonicMicroseconds()
        applyBatch(now: now)
        try meetProblems()
        while let event = waitingRebalance.take() ?? member!.nextRebalance() {
            try meet(event)
        }
        try takeRestored()
        if let outcome = committer!.poll() { try settle(outcome) }
        closeIdle(now: now)
        try continueCloses(now: now)
        if !committer!.isBusy {
            if trigger.isDue(waiting(now: now), now: now) { try beginCommit() }
        } else if isFull {
            try awaitCommit(milliseconds: 100)
        }
        if !context.mailbox.isEmpty { answerQuestions() }
        if now - lastPublished > 200_000 { publish(now: now) }
        if denial != nil { lookAtDenial(now: now) }
    }

    private func applyBatch(now: Int64) {
        var index = 0
        while index < batch.count {
            let partition = batch[index].partition
            guard let task = task(of: partition) else {
                index += 1
                continue
            }
            let next = task.apply(batch, from: index, &bench, now: now)
            recordsSinceCommit += next - index
            index = next
        }
        for end in batch.ends { task(of: end.partition)?.sawEnd(end.offset) }
        if batch.count == 0 { for task in tasks { task.tidy() } }
    }

    /// The partitions that the group has given us.
    var assigned: [Int32] { assignment?.partitions ?? [] }

    @inline(__always)
    func task(of partition: Int32) -> PartitionTask? {
        for task in tasks where task.partition == partition { return task }
        return nil
    }

    private func meetProblems() throws(WorkerEnd) {
        for problem in batch.problems {
            let error = problem.error
            switch error.code {
            case .offsetOutOfRange, .noOffset:
                guard let partition = problem.partition?.partition else { continue }
                block(
                    partition,
                    "the records at its position are gone from the input: start anew under "
                        + "another application name and state topic (tidemark replay is not in "
                        + "this version), and keep the input longer: \(error)",
                    committed: task(of: partition)?.committed?.offset)
                try restart()
            default:
                switch error.cure {
                case .joinAnew: throw .fenced(error)
                case .notAuthorized: throw .denied(reason: "\(error)")
                case .endGeneration where error.isFatal:
                    throw .exit(ExitError(.tryAgain, "the consumer has ended: \(error)"))
                default: context.log(.warning, "consumer", [("error", "\(error)")])
                }
            }
        }
    }

    /// What waits for a commit.
    private func waiting(now: Int64) -> CommitTrigger.Waiting {
        var waiting = CommitTrigger.Waiting()
        waiting.outputSince = spool.outbox.since
        waiting.outputBytes = closesWait ? trigger.maxBytes : spool.outbox.byteCount
        waiting.records = recordsSinceCommit
        waiting.isBehind = batch.count >= batchRecords || tasks.contains { isBehind($0) }
        waiting.hasProgress = tasks.contains { $0.hasProgress }
        waiting.isIdle = tasks.contains { $0.isIdle(now: now) }
        return waiting
    }

    /// Whether much of the input lies ready, as far as the partition's end is known.
    ///
    /// A poll says little: it ends where the library has one fetched batch and not yet the next.
    private func isBehind(_ task: PartitionTask) -> Bool {
        guard let end = member?.end(of: task.partition) else { return false }
        return end - task.position > 4 * Int64(batchRecords)
    }

    /// Whether no more should be applied before the commit in flight is over.
    var isFull: Bool {
        spool.outbox.byteCount >= 16 << 20 || recordsSinceCommit >= 400_000
    }

    private func pollTimeout() -> Int {
        if !context.mailbox.isEmpty { return 0 }
        // The commit thread wakes the poll when it is done.
        if committer!.isBusy { return closesGoOn ? 0 : 50 }
        if closesGoOn { return 0 }
        let now = machine.monotonicMicroseconds()
        guard let deadline = trigger.deadline(waiting(now: now)) else { return 100 }
        let left = deadline - now
        return max(0, min(100, Int((left + 999) / 1000)))
    }

    private func answerQuestions() {
        for question in context.mailbox.takeAll() {
            guard let task = task(of: question.partition) else {
                let isHere = assigned.contains(question.partition)
                question.give(isHere ? .timeout : .notHere(partition: question.partition))
                continue
            }
            let id = question.customerID
            if let view = task.shard.view(of: id.span) {
                var json: [UInt8] = []
                balances.append(view, to: &json)
                question.give(.found(json))
            } else {
                question.give(.unknown)
            }
        }
    }

    /// The time for the last commits of a worker that is asked to stop.
    static var stopBudgetMilliseconds: Int64 { 8000 }

    /// Asked to stop: everything done is committed, within the budget of a clean stop.
    func drain() throws(WorkerEnd) {
        try commitAll(budgetMilliseconds: Self.stopBudgetMilliseconds)
        throw .stopped
    }

    func block(_ partition: Int32, _ reason: String, committed: Int64?) {
        assignment?.blocked[partition] = .init(reason: reason, committed: committed)
        context.log(
            .error, "partition blocked", [("partition", "\(partition)"), ("reason", reason)])
    }

    /// Leaves the group and gives the handles back.
    func close() {
        committer?.end()
        committer = nil
        tasks = []
        parked = []
        closeMember()
        context.board.setTasks([], worker: context.index)
    }

    /// Gives back the consumer and what depends on it.
    func closeMember() {
        restorer?.end()
        restorer = nil
        batch.removeAll()
        member?.close()
        member = nil
    }
}

/// Records that a poll brings at most.
private let batchRecords = 1024
