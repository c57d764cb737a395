// A commit on a thread of its own, while the worker goes on with the next records. One at a time.
import Kafka
import Synchronization

/// The commit thread of one generation of a worker.
final class Committer<Log: TransactionLog, Host: Machine>: @unchecked Sendable {
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
    private var outcome: TransactionOutcome?
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
    func poll() -> TransactionOutcome? {
        guard isBusy, isDone.load(ordering: .acquiring) else { return nil }
        return take()
    }

    /// Waits for the outcome at most `milliseconds`.
    ///
    /// Worker's thread.
    func wait(milliseconds: Int) -> TransactionOutcome? {
        guard isBusy else { return nil }
        if !isDone.load(ordering: .acquiring), !done.wait(milliseconds: milliseconds) { return nil }
        return isDone.load(ordering: .acquiring) ? take() : nil
    }

    private func take() -> TransactionOutcome? {
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
            outcome = log.transact(
                cargo.offsets, group: group!, on: machine,
                timeoutMilliseconds: settings.patienceMilliseconds
            ) { () throws(KafkaError) in
                try cargo.produce(to: log, &alertHeaders, settings, keepsAll: keepsAll)
            }
            isDone.store(true, ordering: .releasing)
            done.signal()
            whenDone()
        }
        ended.signal()
    }
}
