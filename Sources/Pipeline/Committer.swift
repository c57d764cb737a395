// A commit on a thread of its own, while the worker goes on with the next records: begin, send the offsets, produce,
// commit. One at a time.
//
// Offsets go first. A coordinator is still at the last transaction's markers for some milliseconds after it has
// acknowledged its commit, and refuses whatever comes first of the next one. The library repeats a refused
// AddOffsetsToTxn after `retry.backoff.ms`, 5 ms, but AddPartitionsToTxn, which the first record causes, after 20.
import Kafka
import Synchronization

/// The commit thread of one generation of a worker.
final class Committer<Log: TransactionLog, Host: Machine>: @unchecked Sendable {
    /// What a commit came to.
    enum Outcome {
        case committed
        case lost(reason: String, isCounted: Bool)
        case denied(reason: String)
        case exit(ExitError)
    }

    private let log: Log
    private let machine: Host
    private let settings: Settings
    /// Whether all payloads of alerts are kept for a reader.
    private let keepsAll: Bool
    private var alertHeaders = AlertHeaders()
    private let whenDone: @Sendable () -> Void
    // Handed from thread to thread under the semaphores: the worker writes the job, the commit thread the outcome.
    private let cargo: Cargo
    private var group: Log.Metadata?
    private var outcome: Outcome?
    private let work: Host.Waiting
    private let done: Host.Waiting
    /// The thread is at its end.
    private let ended: Host.Waiting
    private let isDone = Atomic<Bool>(false)
    private let isEnding = Atomic<Bool>(false)
    private(set) var isBusy = false
    private var thread: Thread?

    /// - Parameter cargo: What each commit carries; the worker's whenever the committer is not busy.
    init(
        log: Log, cargo: Cargo, machine: Host, settings: Settings, keepsAll: Bool,
        whenDone: @escaping @Sendable () -> Void
    ) {
        self.log = log
        self.machine = machine
        (work, done, ended) = (machine.makeSignal(), machine.makeSignal(), machine.makeSignal())
        self.cargo = cargo
        self.settings = settings
        self.keepsAll = keepsAll
        self.whenDone = whenDone
    }

    func start(name: String) {
        thread = machine.start(name) { [self] in run() }
    }

    /// Ends the thread; waits for a commit in flight.
    func end() {
        guard let thread = thread.take() else { return }
        isEnding.store(true, ordering: .releasing)
        work.signal()
        ended.wait()
        thread.join()
    }

    /// Whether the producer must be replaced before the next commit (rule T1).
    ///
    /// Worker's thread; the committer must not be busy.
    var isTainted: Bool { log.isTainted }

    /// Takes what the producer has to tell, unless a commit is in flight, which does so itself.
    ///
    /// Worker's thread.
    func serve() {
        if !isBusy { log.serve() }
    }

    /// Commits what is in the cargo.
    ///
    /// Worker's thread; the committer must not be busy.
    func commit(group: Log.Metadata) {
        precondition(!isBusy, "one commit at a time")
        self.group = group
        isBusy = true
        work.signal()
    }

    /// The outcome of the commit in flight, once it is there.
    ///
    /// Worker's thread.
    func poll() -> Outcome? {
        guard isBusy, isDone.load(ordering: .acquiring) else { return nil }
        return take()
    }

    /// Waits for the outcome at most `milliseconds`.
    ///
    /// Worker's thread.
    func wait(milliseconds: Int) -> Outcome? {
        guard isBusy else { return nil }
        if !isDone.load(ordering: .acquiring), !done.wait(milliseconds: milliseconds) { return nil }
        return isDone.load(ordering: .acquiring) ? take() : nil
    }

    private func take() -> Outcome? {
        // The signal of a job whose outcome was polled must not wake the next wait.
        while done.wait(milliseconds: 0) {}
        isDone.store(false, ordering: .relaxed)
        isBusy = false
        defer { outcome = nil }
        return outcome
    }

    private func run() {
        while true {
            work.wait()
            if isEnding.load(ordering: .acquiring) { break }
            outcome = finish()
            isDone.store(true, ordering: .releasing)
            done.signal()
            whenDone()
        }
        ended.signal()
    }

    private func finish() -> Outcome {
        var transaction = Transaction(patienceMilliseconds: settings.patienceMilliseconds)
        var action = transaction.begin(now: machine.monotonicMilliseconds())
        while true {
            let step = action
            do throws(KafkaError) {
                try call(step)
                action = transaction.succeeded()
            } catch {
                action = transaction.failed(error, now: machine.monotonicMilliseconds())
                if action == .again {
                    action = step
                    machine.sleep(milliseconds: 5)
                }
            }
            switch action {
            case .done: return .committed
            case .endGeneration(let reason, let isCounted):
                return .lost(reason: reason, isCounted: isCounted)
            case .denied(let reason): return .denied(reason: reason)
            case .exit(let error): return .exit(error)
            case .begin, .sendOffsets, .produce, .commit, .again: continue
            }
        }
    }

    private func call(_ step: Transaction.Action) throws(KafkaError) {
        switch step {
        case .begin: try log.begin()
        case .sendOffsets:
            try log.sendOffsets(cargo.offsets, group: group!, timeoutMilliseconds: 10_000)
        case .produce:
            try cargo.produce(to: log, &alertHeaders, settings, keepsAll: keepsAll)
        case .commit: try log.commit(timeoutMilliseconds: -1)
        default: preconditionFailure("only calls are made here")
        }
    }
}
