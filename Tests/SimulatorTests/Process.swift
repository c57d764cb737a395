// One process of the simulated world: a real worker, whose every call to Kafka may be delayed, fail before or after it
// took effect, be the last thing the process does, or be followed by a pause longer than all timeouts.
import Checkpoint
import Kafka
import Randomness

@testable import Pipeline

/// How often things go wrong, in 1,000 calls each.
struct Weather {
    var errors = 0
    var lost = 0
    var kills = 0
    var pauses = 0

    static let calm = Weather()
}

/// A bug to plant.
enum Plant: Sendable, CaseIterable {
    /// Offsets are committed, the states of that commit are not written.
    case stateLeftOut
    /// Alerts are written, but not as a part of the transaction.
    case alertOutside
    /// What a state holds already is applied to it once more.
    case lsnIgnored
    /// A producer goes on after a request was lost.
    case taintIgnored
    /// Moves of the clock are not written.
    case clockLeftOut
    /// A restore does not see moves of the clock.
    case clockUnread
    /// How far a close is is not committed.
    case closeLeftOut
    /// A close is committed as if one customer more had been told of.
    case closeTooFar
}

/// What goes wrong with one call.
enum Mishap {
    case none, before, after
    /// The request is lost, sent again, and arrives twice.
    case lost
}

/// A process with its worker.
final class Process: @unchecked Sendable {
    let instance: String
    let world: World
    let machine: SimMachine
    let board = Board(workers: 1, labels: [])
    private(set) var isKilled = false
    var isStopping = false
    private(set) var worker: Worker<SimCluster>?
    private(set) var isOver = false
    private(set) var end: ExitError?
    weak var client: GroupClient?
    private let canaries = ["canary", "00.00"]

    init(_ instance: String, _ world: World) {
        self.instance = instance
        self.world = world
        machine = SimMachine(world.strands)
    }

    var isPaused: Bool { machine.pausedUntil > world.strands.now }

    func start() {
        world.note("\(instance) starts")
        machine.start(instance) { [self] in
            let context = WorkerContext(
                index: 0, settings: world.settings, board: board, mailbox: Mailbox(),
                log: LogSink { [self] _, message, fields in log(message, fields) },
                shouldStop: { [self] in isKilled || isStopping }, onAlerts: nil,
                partitions: world.partitions,
                limits: RecordLimits(maxRecordBytes: 100_000, world.settings))
            let cluster = SimCluster(process: self)
            let standby =
                world.settings.followsOthers
                ? Standby(
                    settings: world.settings, partitions: world.partitions, cluster: cluster,
                    log: context.log) : nil
            standby?.start()
            let worker = Worker(context, cluster: cluster, standby: standby)
            worker.slices = world.slices
            worker.spool.parts = world.parts
            self.worker = worker
            end = worker.run()
            worker.close()
            standby?.end()
            self.worker = nil
            isOver = true
            client?.isAlive = false
            world.note("\(instance) ends\(end.map { ": \($0.message)" } ?? "")")
        }.detach()
    }

    /// Nothing that it does from now on has any effect, though its threads still have to find their ends.
    func kill() {
        guard !isKilled else { return }
        isKilled = true
        machine.pausedUntil = 0
        client?.isAlive = false
        world.note("\(instance) is killed")
        if !world.isCalm { world.happens(.kill) }
    }

    func pause(_ microseconds: Int64) {
        guard !isKilled else { return }
        machine.pausedUntil = world.strands.now + microseconds
        world.happens(.pause)
        world.note("\(instance) pauses for \(microseconds / 1000) ms")
    }

    private func log(_ message: String, _ fields: [(name: String, value: String)]) {
        let text = fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        world.note("\(instance) logs: \(message) \(text)")
        if message == "restored" {
            let replays = fields.contains { $0.name == "replayed" && $0.value != "0" }
            world.happens(replays ? .replay : .takeover)
            let partition = fields.first { $0.name == "partition" }.flatMap { Int32($0.value) }
            let metadata = partition.flatMap { world.broker.committed[$0]?.metadata } ?? []
            let progress = try? Progress(text: String(decoding: metadata, as: UTF8.self))
            if progress?.openClose != nil { world.happens(.restoreInClose) }
        }
        for canary in canaries where (message + text).contains(canary) {
            world.blame("a log line tells what it should not: \(message) \(text)")
        }
    }

    // MARK: Calls

    static let dead = KafkaError(code: .transport, message: "the process is dead", isFatal: true)

    /// A call on its way to the broker and back.
    func call<Answer>(
        _ name: String, isLosable: Bool = false, isTold: Bool = true,
        _ effect: @escaping () throws(KafkaError) -> Answer
    ) throws(KafkaError) -> Answer {
        try step(name)
        if world.isBrokerAway {
            world.strands.wait(1_000_000)
            throw KafkaError(code: .timedOut, message: name, isRetriable: true)
        }
        switch mishap(isLosable: isLosable) {
        case .none: break
        case .before:
            world.note("\(instance) \(name) fails")
            world.happens(.failureBefore)
            throw failure(name)
        case .after:
            world.note("\(instance) \(name) fails after it took effect")
            world.happens(.failureAfter)
            _ = try effect()
            try step(name)
            throw failure(name)
        case .lost:
            world.note("\(instance) \(name) is lost and sent again")
            world.happens(.lostRequest)
            let delay = Int64(world.strands.dice.number(1_000...3_000_000))
            world.strands.after(delay) { _ = try? effect() }
            throw Process.lost
        }
        if isTold { world.note("\(instance) \(name)") }
        let answer = try effect()
        try step(name)
        return answer
    }

    /// Marks a request that is sent once more.
    static let lost = KafkaError(code: .transport, message: "lost", isRetriable: true)

    /// A moment in which time passes and the process may be killed or paused.
    func step(_ name: String) throws(KafkaError) {
        if isKilled {
            // Its threads still run to their ends, which takes time.
            world.strands.wait(10_000)
            throw Process.dead
        }
        let dice = { (range: ClosedRange<Int>) in self.world.strands.dice.number(range) }
        if world.weather.kills > dice(0...999) {
            kill()
        } else if world.weather.pauses > dice(0...999) {
            pause(Int64(dice(0...2) == 0 ? dice(10_500...40_000) : dice(100...9000)) * 1000)
        }
        world.strands.wait(Int64(dice(1...40) == 1 ? dice(2000...60_000) : dice(50...1500)))
        if isKilled { throw Process.dead }
    }

    private func mishap(isLosable: Bool) -> Mishap {
        let roll = world.strands.dice.number(0...999)
        if roll < world.weather.errors { return world.strands.dice.chance(50) ? .before : .after }
        if isLosable, roll - world.weather.errors < world.weather.lost { return .lost }
        return .none
    }

    private func failure(_ name: String) -> KafkaError {
        switch world.strands.dice.number(0...11) {
        case 0: KafkaError(code: .transport, message: name)
        case 1: KafkaError(code: .timedOut, message: name, requiresAbort: true)
        case 2: KafkaError(code: .transport, message: name, isFatal: true)
        case 3: KafkaError(code: ErrorCode(rawValue: 30), message: name)
        default: KafkaError(code: .timedOut, message: name, isRetriable: true)
        }
    }
}
