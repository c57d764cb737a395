// A world of one seed: processes and a broker in which things go wrong for a while, then calm, in which everything
// must come right within a bound; and then what came out is compared with what should have.
import Banking
import Checkpoint
import Engine
import Kafka
import Randomness

@testable import Pipeline

/// What a world is there for: each comes up in some seed.
enum Happening: CaseIterable {
    case kill, pause, stop, failureBefore, failureAfter, lostRequest, outage, lateMarker, fencing
    case lostOffsets
    case otherGeneration, namesake, shadow, rebalance, takeover, replay, compaction
    case idleClose, clockAgain, clockBack, clockForgotten
    case partOfClose, partOfIdleClose, restoreInClose
}

/// What came of a seed.
struct Report {
    var happened: Set<Happening> = []
    /// What must not have been.
    var faults: [String] = []
    var trace: [String] = []
    /// Alerts that must come out, and moves of clocks that were committed.
    var alerts = 0
    var advances = 0
    /// Virtual time until everything was committed, in seconds.
    var seconds: Int64 = 0
    /// A number that two runs of one seed share.
    var fingerprint: UInt64 = 0
}

/// Everything there is.
final class World: @unchecked Sendable {
    let strands: Strands
    let broker: Broker
    let settings: Settings
    let partitions: Int
    let slices: SlicePolicy
    let parts: PartPolicy
    let plant: Plant?
    /// How long a restore waits for each batch.
    let readMicroseconds: Int64
    private(set) var weather = Weather.calm
    private var awayUntil: Int64 = 0
    private(set) var isCalm = false
    private var feed: Feed
    private var instances: [String]
    private var all: [Process] = []
    private var report = Report()
    private let isTracing: Bool

    /// Virtual time for everything to come right once nothing goes wrong any more.
    static let bound: Int64 = 240_000_000

    init(seed: UInt64, plant: Plant? = nil, isTracing: Bool = false) {
        strands = Strands(seed: seed)
        self.plant = plant
        self.isTracing = isTracing
        partitions = strands.dice.number(1...4)
        feed = Feed(&strands.dice, isLive: strands.wall.hasNights)
        var settings = Settings(policy: Feed.policy)
        settings.rulesDigest = "abc"
        settings.workers = 1
        settings.alertLatencyMilliseconds = strands.dice.pick([0, 10, 50])
        settings.intervalMilliseconds = strands.dice.pick([1, 100, 1000])
        settings.idleClose = nil
        if strands.wall.hasNights {
            settings.idleClose = IdleClose(within: strands.wall.dice.pick([1, 3]) * Micros.day)
        }
        settings.followsOthers = strands.dice.chance(40)
        self.settings = settings
        slices = SlicePolicy(
            maxRecords: Int64(strands.dice.pick([10, 50, 1_000_000])),
            limit: strands.dice.pick([1, 3, 4096]))
        parts = World.parts(seed)
        readMicroseconds = strands.dice.pick([50, 50, 400_000])
        broker = Broker(strands, partitions: partitions)
        instances = (0..<strands.dice.number(1...3)).map { "p\($0)" }
    }

    /// In every other world closes are cut, most of them between any two customers.
    ///
    /// Dice of their own: the other worlds stay as they are.
    private static func parts(_ seed: UInt64) -> PartPolicy {
        var parts = PartPolicy()
        guard seed % 2 == 0 else { return parts }
        var dice = Dice(seed: seed ^ 0x7061_7274_73)
        parts.pace.whole = dice.pick([0, 0, 1, 3])
        parts.pace.alerts = dice.pick([1, 1, 2])
        parts.pace.customers = dice.pick([1, 2, 1000])
        parts.maxBytes = dice.pick([1, 1, 1500, 4000])
        parts.maxCustomers = dice.pick([1, 3, 1000])
        return parts
    }

    /// Runs all of it; the thread that calls is the director's.
    func run() -> Report {
        storm()
        calm()
        settle()
        compare()
        for process in all { process.kill() }
        _ = wait(World.bound) { self.all.allSatisfy(\.isOver) }
        report.faults += broker.violations
        report.happened.formUnion(broker.happened)
        report.fingerprint = strands.dice.next()
        all = []
        strands.end()
        return report
    }

    func note(_ text: @autoclosure () -> String) {
        guard isTracing else { return }
        let millis = strands.now / 1000
        report.trace.append(
            "\(millis / 1000).\(String(millis % 1000 + 1000).dropFirst()) \(text())")
    }

    var isBrokerAway: Bool { strands.now < awayUntil }

    func happens(_ what: Happening) { report.happened.insert(what) }

    func blame(_ text: String) { report.faults.append(text) }

    // MARK: Phases

    private func storm() {
        weather = Weather(
            errors: strands.dice.pick([0, 5, 20, 60]), lost: strands.dice.pick([0, 20, 100]),
            kills: strands.dice.pick([0, 1, 3]), pauses: strands.dice.pick([0, 1, 3]))
        broker.lateMarkers = strands.dice.pick([0, 10, 40])
        broker.lostOffsets = strands.dice.pick([0, 0, 5, 40])
        note("\(partitions) partitions, \(instances.count) processes, \(weather)")
        for instance in instances { start(instance) }
        let end = strands.now + Int64(strands.dice.number(5...40)) * 1_000_000
        while strands.now < end {
            strands.wait(Int64(strands.dice.number(1000...1_500_000)))
            if strands.wall.hasNights { letTimePass() }
            happen()
        }
    }

    /// Hours, now and then a night or more; seldom somebody sets the clock back.
    private func letTimePass() {
        let roll = strands.wall.dice.number(0...19)
        var minutes = strands.wall.dice.number(0...60)
        if roll < 4 { minutes = 60 * strands.wall.dice.number(5...30) }
        if roll == 19 {
            minutes = -strands.wall.dice.number(1...600)
            happens(.clockBack)
        }
        strands.wall.pass(Int64(minutes) * Micros.minute, now: strands.now)
        note("\(minutes) minutes pass")
    }

    private func happen() {
        let running = all.filter { !$0.isOver && !$0.isKilled }
        switch strands.dice.number(0...19) {
        case 0..<10:
            note("input")
            feed.write(strands.dice.pick([1, 5, 30, 100]), to: broker, partitions: partitions)
        case 10, 11:
            note("compaction")
            happens(.compaction)
            broker.compact(settings.stateTopic)
            if strands.wall.hasNights { broker.forgetInput() }
        case 12:
            if !running.isEmpty, weather.kills > 0 { strands.dice.pick(running).kill() }
        case 13:
            if !running.isEmpty, weather.pauses > 0 {
                strands.dice.pick(running).pause(Int64(strands.dice.number(100...30_000)) * 1000)
            }
        case 14:
            guard !running.isEmpty else { break }
            happens(.stop)
            strands.dice.pick(running).isStopping = true
        case 15:
            note("rebalance")
            happens(.rebalance)
            broker.group.rebalance()
        case 16:
            // A namesake of one that is taken for dead, or the shadow of one that lives.
            if let paused = running.first(where: \.isPaused) {
                happens(.namesake)
                start(paused.instance)
            } else if let client = running.first?.client, broker.group.shadow(client) {
                note("a shadow of \(client.instance) joins")
                happens(.shadow)
            }
        case 17:
            if instances.count < 4 {
                instances.append("p\(instances.count)")
                start(instances[instances.count - 1])
            }
        case 18:
            if weather.errors > 0 {
                happens(.outage)
                awayUntil = strands.now + Int64(strands.dice.number(100...15_000)) * 1000
                note("no broker until \(awayUntil / 1000) ms")
            }
        default: startMissing()
        }
    }

    private func calm() {
        note("calm")
        isCalm = true
        weather = .calm
        awayUntil = 0
        (broker.lateMarkers, broker.lostOffsets) = (0, 0)
        while !feed.isEmpty { feed.write(100, to: broker, partitions: partitions) }
        passNight()
        let began = strands.now
        let isDone = wait(World.bound) {
            self.startMissing()
            return self.isCaughtUp && self.isQuiet
                && self.all.allSatisfy { $0.isOver || $0.board.readiness == .ready }
        }
        report.seconds = (strands.now - began) / 1_000_000
        if !isDone { blame("not ready with all of the input after \(report.seconds) s of calm") }
    }

    /// Everybody stops, and one alone restores what is there.
    private func settle() {
        for process in all { process.isStopping = true }
        guard wait(World.bound, { self.all.allSatisfy(\.isOver) }) else {
            blame("not every process stops")
            return
        }
        passNight()
        let last = start("p0")
        let isDone = wait(World.bound) {
            last.isOver
                || last.board.readiness == .ready && last.worker?.tasks.count == self.partitions
                    && self.isQuiet && self.isStill
        }
        if !isDone { blame("a single process does not become ready") }
    }

    /// Another night, in which nothing comes.
    private func passNight() {
        guard strands.wall.hasNights, strands.wall.dice.chance(70) else { return }
        strands.wall.pass(20 * Micros.hour, now: strands.now)
        note("a night passes")
    }

    /// Whether nothing is due by real time in any partition, by the committed clocks.
    private var isQuiet: Bool {
        let idle = settings.idleClose
        return (0..<Int32(partitions)).allSatisfy { partition in
            guard let text = broker.committed[partition]?.metadata,
                let progress = try? Progress(text: String(decoding: text, as: UTF8.self))
            else { return true }
            guard progress.openClose == nil else { return false }
            let clock = progress.clock
            guard let closed = clock.lastClosed
            else { return true }
            let policy = settings.policy
            let due = policy.calendar.start(of: closed + 2) + policy.dayCloseAfter
            let now = strands.wall.time(strands.now)
            return idle?.target(clock: clock.time, due: due, now: now) == nil
        }
    }

    /// Whether nothing is committed while the last markers come in.
    private var isStill: Bool {
        let before = broker.committed.mapValues(\.metadata)
        strands.wait(20_000)
        return broker.committed.mapValues(\.metadata) == before && isQuiet
    }

    /// A process writes a move of a clock.
    func check(_ record: ClockRecord) {
        happens(.idleClose)
        let latest = strands.wall.latest(strands.now)
        if let idle = settings.idleClose, record.time + idle.after <= latest { return }
        blame("the clock moves to \(record.time) at \(record.offset), real time is \(latest)")
    }

    private func compare() {
        let topic = settings.inputTopic
        let inputs = (0..<partitions).map { (broker.log(topic, $0), broker.advances($0)) }
        let expected = Expectation(inputs, settings)
        report.advances = inputs.reduce(0) { $0 + $1.1.count }
        report.alerts = expected.alerts.values.reduce(0) { $0 + $1.count }
        report.faults += expected.faults(broker, settings)
        guard let last = all.last, let worker = last.worker else { return }
        for task in worker.tasks { report.faults += expected.faults(task, settings) }
        for process in all {
            guard let end = process.end, [.internalError, .configuration].contains(end.code) else {
                continue
            }
            blame("\(process.instance) ended: \(end.message)")
        }
    }

    // MARK: Helpers

    @discardableResult private func start(_ instance: String) -> Process {
        let process = Process(instance, self)
        all.append(process)
        process.start()
        return process
    }

    private func startMissing() {
        for instance in instances
        where !all.contains(where: { $0.instance == instance && !$0.isOver && !$0.isKilled }) {
            start(instance)
        }
    }

    private var isCaughtUp: Bool {
        (0..<partitions).allSatisfy { partition in
            let log = broker.log(settings.inputTopic, partition)
            return log.lastStable == log.end
                && broker.committed[Int32(partition)]?.offset == log.end
        }
    }

    private func wait(_ bound: Int64, _ isDone: () -> Bool) -> Bool {
        let end = strands.now + bound
        while !isDone() {
            if strands.now >= end { return false }
            strands.wait(200_000)
        }
        return true
    }
}
