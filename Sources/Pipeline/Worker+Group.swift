// What the group and the loss of a generation do to a worker.
import Engine
import Kafka

extension Worker {
    /// Becomes a member of the group; returns what the process should end with when there can be no consumer.
    func joinGroup() -> ExitError? {
        do throws(KafkaError) {
            member = try cluster.member(worker: context.index)
        } catch {
            return ExitError(.unavailable, "the consumer cannot be made: \(error)")
        }
        restorer = Restorer(
            context, cluster: cluster, slices: slices, spool: spool, standby: standby,
            wake: member!.wake)
        return nil
    }

    /// Becomes a member anew where another one has taken its place.
    ///
    /// It may be this consumer's own shadow, from a request to join that the coordinator met twice while brokers failed,
    /// or a process of the same name, which is fenced in turn: whoever is fenced at once again has a namesake. Returns
    /// what the process should end with then.
    func joinAnew(after error: KafkaError) -> ExitError? {
        guard losses.lostPlace(now: machine.monotonicMilliseconds()) else {
            return ExitError(
                .tryAgain, "another process runs under this instance's name: \(error)")
        }
        _ = endGeneration(error.name, isCounted: false)
        closeMember()
        waitingRebalance = nil
        assignment = nil
        standby?.hold([], worker: context.index)
        return joinGroup()
    }

    /// Answers a rebalance of the group, as far as it can be answered without a producer where there is none.
    func meet(_ event: Rebalance) throws(WorkerEnd) {
        switch event {
        case .assigned(let partitions):
            context.log(.info, "partitions assigned", [("partitions", list(partitions))])
            try place(partitions)
            if committer != nil { try restart() }
        case .revoked(let partitions):
            context.log(.info, "partitions revoked", [("partitions", list(partitions))])
            // They go, however the last commit ends.
            defer { leave() }
            try commitAll(budgetMilliseconds: 20_000)
            if committer?.isBusy == true {
                throw .generationLost(reason: LossReason.revokedInCommit, isCounted: false)
            }
            parked = tasks
        case .lost(let partitions):
            context.log(.warning, "partitions lost", [("partitions", list(partitions))])
            leave()
            standby?.hold([], worker: context.index)
            // Without a producer nothing is ahead of Kafka.
            guard committer != nil else { return }
            throw .generationLost(reason: LossReason.partitionsLost, isCounted: false)
        }
    }

    /// Takes note of what the group has given.
    private func place(_ partitions: [Int32]) throws(WorkerEnd) {
        let known = context.partitions
        guard partitions.allSatisfy({ $0 < known }) else {
            throw .exit(.widened(context.settings, from: known, to: Int(partitions.max() ?? 0) + 1))
        }
        assignment = Assignment(partitions)
        standby?.hold(partitions, worker: context.index)
    }

    private func leave() {
        tasks = []
        assignment = nil
        recordsSinceCommit = 0
        do throws(KafkaError) {
            try member!.unassign()
        } catch {
            context.log(.warning, "unassign", [("error", "\(error)")])
        }
        tellReadiness()
        publish(now: machine.monotonicMicroseconds())
    }

    /// Goes on with what is assigned and here, and orders a restore of the rest.
    func restart() throws(WorkerEnd) {
        // Nothing of a commit in flight may be lost from sight.
        while committer?.isBusy == true {
            if context.shouldStop() { try drain() }
            try awaitCommit(milliseconds: 100)
        }
        let wanted = assignment?.runnable ?? []
        tasks.removeAll { !wanted.contains($0.partition) }
        tasks += try restore(wanted.filter { task(of: $0) == nil })
        parked = []
        try assignTasks()
    }

    /// A new producer, and tasks for what is assigned.
    ///
    /// Tries until it works or the process should stop.
    func startGeneration() throws(WorkerEnd) {
        while committer == nil {
            do throws(WorkerEnd) {
                try waitForTurn()
                let log: C.Log = try persist("starting the producer") { () throws(KafkaError) in
                    try cluster.log(worker: context.index)
                }
                startCommitter(log)
            } catch {
                guard case .interrupted = error, let event = waitingRebalance.take() else {
                    throw error
                }
                try meet(event)
            }
        }
        // What it has interrupted would only be interrupted again.
        if let event = waitingRebalance.take() { try meet(event) }
        // A member that was given nothing must say so, too, or the group waits for it.
        if assignment != nil && tasks.isEmpty { try restart() }
        tellReadiness()
    }

    /// Waits until a producer may be made, after a loss or while rights are missing, and serves the group meanwhile.
    private func waitForTurn() throws(WorkerEnd) {
        let next = denial.flatMap { $0.resumed == nil ? $0.next : nil } ?? 0
        while machine.monotonicMilliseconds() < max(next, losses.pauseEnd) {
            if context.shouldStop() { throw .stopped }
            try lookAtGroup()
            machine.sleep(milliseconds: 100)
        }
    }

    private func startCommitter(_ log: C.Log) {
        let committer = Committer(
            log: log, cargo: cargo, machine: machine, settings: context.settings,
            keepsAll: context.onAlerts != nil, whenDone: member!.wake)
        committer.start(name: "commit-\(context.index)")
        self.committer = committer
    }

    /// A new producer between two transactions, after a request of the old one was lost (rule T1).
    ///
    /// Memory stays: what it holds is committed, or waits for the next transaction. One try, without a look at the
    /// group: what that fetches would be missing, since positions are not given anew.
    func renewProducer() throws(WorkerEnd) {
        committer?.end()
        committer = nil
        do throws(KafkaError) {
            startCommitter(try cluster.log(worker: context.index))
        } catch {
            throw .generationLost(reason: error.name, isCounted: false)
        }
        context.log(.notice, "producer made anew", [("reason", "a request was lost")])
    }

    /// Drops everything that is ahead of Kafka.
    ///
    /// Returns what the process should end with after too many losses.
    func endGeneration(_ reason: String, isCounted: Bool) -> ExitError? {
        context.board.countAborted(reason)
        context.board.setNotReady("restoring after \(reason)", worker: context.index)
        context.log(.warning, "generation ended", [("reason", reason)])
        dropGeneration()
        if isCounted, !losses.lost(now: machine.monotonicMilliseconds()) {
            return ExitError(
                .tryAgain,
                "lost \(GenerationLosses.most + 1) generations within 10 minutes, the last to "
                    + "\(reason): another process may run under this instance's name")
        }
        return nil
    }

    /// Lets go of the producer and of everything in memory.
    func dropGeneration() {
        // A commit in flight ends by itself; its outcome no longer matters, restore reads what came of it.
        committer?.end()
        committer = nil
        context.pulse.commitEnds()
        tasks = []
        parked = []
        spool.outbox.removeAll()
        cargo.removeAll()
        recordsSinceCommit = 0
        publish(now: machine.monotonicMicroseconds())
    }

    /// Calls until it succeeds; says so in the readiness meanwhile, and gives up when another try cannot help.
    ///
    /// - Parameters:
    ///   - patienceMilliseconds: For so long there is nothing to tell.
    ///   - hint: What an operator should know then.
    func persist<T>(
        _ what: String, patienceMilliseconds: Int64 = 0, hint: String = "",
        _ body: () throws(KafkaError) -> T
    ) throws(WorkerEnd) -> T {
        let began = machine.monotonicMilliseconds()
        var isTold = false
        return try machine.insist(pauseMilliseconds: 200, body) { (error) throws(WorkerEnd) in
            switch error.cure {
            case .joinAnew: throw .fenced(error)
            case .notAuthorized: throw .denied(reason: "\(what): \(error)")
            default: break
            }
            if machine.monotonicMilliseconds() - began >= patienceMilliseconds {
                if !isTold { context.log(.warning, what, [("error", "\(error)\(hint)")]) }
                isTold = true
                context.board.setNotReady("\(what): \(error)\(hint)", worker: context.index)
            }
            if context.shouldStop() { throw .stopped }
            try lookAtGroup()
        }
    }

    /// Lets the client serve the group while the worker is busy with something long; a rebalance interrupts it.
    func lookAtGroup() throws(WorkerEnd) {
        context.pulse.turn()
        committer?.serve()
        guard waitingRebalance == nil else { throw .interrupted }
        member!.poll(into: &batch, timeoutMilliseconds: 0)
        // What was fetched is fetched again: positions are given anew after a restore.
        let problems = batch.problems
        batch.removeAll()
        for problem in problems where problem.error.cure == .joinAnew {
            throw .fenced(problem.error)
        }
        if let event = member!.nextRebalance() {
            waitingRebalance = event
            throw .interrupted
        }
    }

    private func list(_ partitions: [Int32]) -> String {
        partitions.sorted().map(String.init).joined(separator: ",")
    }
}
