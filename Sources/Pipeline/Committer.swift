// The second half of a commit, on a thread of its own: the offsets are sent and the transaction is committed while
// the worker goes on with the next records. One job at a time.
import Kafka
import Synchronization

/// The commit thread of one generation of a worker.
final class Committer<Log: TransactionLog>: @unchecked Sendable {
    /// What a commit came to.
    enum Outcome {
        case committed
        case lost(reason: String, isCounted: Bool)
        case exit(ExitError)
    }

    private let log: Log
    private let whenDone: @Sendable () -> Void
    // Handed from thread to thread under the semaphores: the worker writes the job, the commit thread the outcome.
    private var offsets: [PartitionOffset] = []
    private var group: Log.Metadata?
    private var transaction = Transaction()
    private var outcome: Outcome?
    private let work = Semaphore()
    private let done = Semaphore()
    private let isDone = Atomic<Bool>(false)
    private let isEnding = Atomic<Bool>(false)
    private(set) var isBusy = false
    private var thread: Thread?

    init(log: Log, whenDone: @escaping @Sendable () -> Void) {
        self.log = log
        self.whenDone = whenDone
    }

    func start(name: String) {
        thread = Thread(name: name) { [self] in run() }
    }

    /// Ends the thread; waits for a commit in flight.
    func end() {
        isEnding.store(true, ordering: .releasing)
        work.signal()
        thread.take()?.join()
    }

    /// Hands over an open transaction.
    ///
    /// Worker's thread; the committer must not be busy.
    func commit(
        _ transaction: consuming Transaction, offsets: [PartitionOffset], group: Log.Metadata
    ) {
        precondition(!isBusy, "one commit at a time")
        self.transaction = transaction
        self.offsets = offsets
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
            if isEnding.load(ordering: .acquiring) { return }
            outcome = finish()
            isDone.store(true, ordering: .releasing)
            done.signal()
            whenDone()
        }
    }

    private func finish() -> Outcome {
        var action = transaction.produced()
        while true {
            let step = action
            do throws(KafkaError) {
                switch step {
                case .sendOffsets:
                    try log.sendOffsets(offsets, group: group!, timeoutMilliseconds: 10_000)
                case .commit: try log.commit(timeoutMilliseconds: -1)
                default: preconditionFailure("only calls are made here")
                }
                action = transaction.succeeded()
            } catch {
                action = transaction.failed(error, now: Clock.monotonicMilliseconds())
                if action == .again {
                    action = step
                    Clock.sleep(milliseconds: 5)
                }
            }
            switch action {
            case .done: return .committed
            case .endGeneration(let reason, let isCounted):
                return .lost(reason: reason, isCounted: isCounted)
            case .exit(let error): return .exit(error)
            case .sendOffsets, .commit, .again: continue
            }
        }
    }
}
