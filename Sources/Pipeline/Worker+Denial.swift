// Rights that are missing. Before a worker has served, that ends the process; later an operator has withdrawn them and
// can give them back: the worker drops what is ahead of Kafka, is not ready, and tries again every few seconds.
import Kafka

/// What Kafka does not allow.
struct Denial {
    static let pauseMilliseconds: Int64 = 5000
    /// So long after a restart without another refusal it is over, though nothing was to be committed.
    static let calmMilliseconds: Int64 = 10_000

    var reason: String
    /// When to try again.
    var next: Int64
    /// Since when it works again, as far as known.
    var resumed: Int64?
}

extension Worker {
    /// Drops everything that is ahead of Kafka until rights are given back.
    ///
    /// Returns what the process should end with when it has never had them.
    func endGeneration(denied reason: String) -> ExitError? {
        context.board.countAborted(LossReason.notAuthorized)
        guard hasServed else {
            return ExitError(
                .unavailable, "Kafka does not allow it: \(reason); grant the rights and start again"
            )
        }
        if denial == nil {
            context.log(
                .error, "Kafka no longer allows it; trying again every 5 s", [("error", reason)])
        }
        denial = Denial(
            reason: reason, next: machine.monotonicMilliseconds() + Denial.pauseMilliseconds)
        dropGeneration()
        tellReadiness()
        return nil
    }

    /// Something was committed, or nothing was refused for a while.
    func endDenial() {
        guard denial != nil else { return }
        denial = nil
        context.log(.notice, "Kafka allows it again")
        tellReadiness()
    }

    /// Ends a denial that nothing has repeated.
    func lookAtDenial(now: Int64) {
        guard let resumed = denial?.resumed else { return }
        if now / 1000 - resumed > Denial.calmMilliseconds { endDenial() }
    }

    /// Tells whether the worker has its place in the group, all rights, and nothing left to restore.
    func tellReadiness() {
        let reason =
            if let denial {
                "Kafka does not allow it: \(denial.reason)"
            } else {
                assignment != nil ? restoreReason : "waiting for the group to assign partitions"
            }
        context.board.setNotReady(reason, worker: context.index)
    }
}
