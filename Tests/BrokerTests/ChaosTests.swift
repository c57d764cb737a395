// Two processes on three brokers under faults by seed: SIGKILL, SIGSTOP for less and more than sessions and transactions
// last, SIGTERM, brokers killed, stopped and started again. Then calm, and everything is compared.
//
//     TIDEMARK_CHAOS_SECONDS=3600 deploy/test --filter ChaosTests
import BrokerSupport
import Glibc
import Testing

extension BrokerTests {
    @Suite(
        "Chaos", .enabled(if: ThreeBrokers.isAvailable, "needs ../shared/kafka/kafka and Java"))
    struct ChaosTests {
        private static let seconds =
            unsafe getenv("TIDEMARK_CHAOS_SECONDS").flatMap { unsafe Int(String(cString: $0)) }
            ?? 45

        @Test("two processes under kill -9, SIGSTOP and broker faults: every alert once, in order")
        func survives() throws {
            let seed = SplitMix64.announcedSeed("chaos")
            let broker = try ThreeBrokers.shared.get()
            let deployment = try Deployment(
                "chaos-\(seed)", rules: RuleTexts.generated, partitions: 4,
                options: .init(bootstrap: broker.bootstrap, followsOthers: seed & 1 == 0))

            let fleet = try Fleet(deployment, [("one", 2), ("two", 1)])
            var storm = try Storm(seed: seed, fleet: fleet, broker: broker)
            defer { storm.calm() }
            // As many events a customer however long it lasts: the reference looks at all of them for each.
            let source = try deployment.source(
                events: Self.seconds * 400, rate: 400, customers: max(300, Self.seconds * 7),
                days: 120, seed: seed)
            try storm.rage(milliseconds: Self.seconds * 1000)
            storm.calm()
            #expect(source.wait(milliseconds: 120_000) == .exited(0), "\(source.error)")
            try produce(
                (0..<20).map { Canary.record($0) }, to: deployment.topics.input,
                at: broker.bootstrap)

            // I7: within a session's and a transaction's time, and those of the restores.
            let settled = try storm.fleet.settle(within: 90_000)
            #expect(settled != nil, "\(storm.fleet.plight())")
            try storm.fleet.stopAll()
            let figures = try Checker(deployment: deployment, instances: ["one", "two"]).check()
            #expect(figures.alerts > 100)
            // A pause, however long, is no sign of a namesake.
            #expect(storm.fleet.ends[75] == nil)
            print(
                "chaos: \(storm.counts.sorted { $0.key < $1.key }), starts \(storm.fleet.starts), "
                    + "ends \(storm.fleet.ends), settled in \(settled ?? -1) ms, "
                    + "records \(figures.records), alerts \(figures.alerts)")
        }
    }
}

/// Faults at random, one after the other and some at the same time.
private struct Storm {
    var fleet: Fleet
    /// Faults so far, by kind.
    private(set) var counts: [String: Int] = [:]
    private var random: SplitMix64
    private let broker: LocalBroker
    /// The broker that is down or stopped now: at most one, so that a majority and every partition's leader remain.
    private var brokerFault: (node: Int, fault: LocalBroker.Fault, until: Int)?
    /// Starts a broker again meanwhile.
    private var restart: Child?
    /// A broker was away, and may lack what the others have.
    private var isLagging = false
    private let gauge: Gauge

    init(seed: UInt64, fleet: Fleet, broker: LocalBroker) throws {
        gauge = try Gauge(at: broker.bootstrap)
        random = SplitMix64(seed: seed)
        self.fleet = fleet
        self.broker = broker
    }

    mutating func rage(milliseconds: Int) throws {
        let end = nowMilliseconds() + milliseconds
        // Something must be under way before it can be disturbed.
        var next = nowMilliseconds() + 3000
        while nowMilliseconds() < end {
            try fleet.turn()
            try mend()
            if nowMilliseconds() >= next {
                try strike()
                next = nowMilliseconds() + Int.random(in: 200...3000, using: &random)
            }
            usleep(20_000)
        }
    }

    /// Everything runs again, as far as this test has stopped it.
    mutating func calm() {
        for index in fleet.members.indices { fleet.resume(index) }
        if let fault = brokerFault { try? end(fault.node, fault.fault) }
        brokerFault = nil
        _ = restart?.wait(milliseconds: 90_000)
        restart = nil
    }

    private mutating func strike() throws {
        let victim = Int.random(in: fleet.members.indices, using: &random)
        let isPaused = fleet.members[victim].resumesAt != nil
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<35:
            count("kill")
            fleet.kill(victim, startsIn: Int.random(in: 0...2000, using: &random))
        case 35..<50 where !isPaused:
            count("stop short")
            fleet.pause(victim, milliseconds: Int.random(in: 100...6000, using: &random))
        case 50..<65 where !isPaused:
            count("stop long")
            fleet.pause(victim, milliseconds: Int.random(in: 11_000...18_000, using: &random))
        case 65..<75 where !isPaused && !isLagging:
            count("term")
            try fleet.stop(victim)
            fleet.members[victim].startsAt = nowMilliseconds()
        case 75..<90 where !isLagging:
            try begin(.kill, milliseconds: Int.random(in: 0...5000, using: &random))
        case 90..<100 where !isLagging:
            try begin(.pause, milliseconds: Int.random(in: 500...14_000, using: &random))
        default: break
        }
    }

    private mutating func begin(_ fault: LocalBroker.Fault, milliseconds: Int) throws {
        count("broker \(fault.rawValue)")
        let node = Int.random(in: broker.nodes, using: &random)
        try broker.inflict(fault, on: node)
        brokerFault = (node, fault, nowMilliseconds() + milliseconds)
        isLagging = true
    }

    /// Ends a broker's fault when its time has come.
    private mutating func mend() throws {
        if restart?.poll() != nil { restart = nil }
        if isLagging, restart == nil, brokerFault == nil, try gauge.isReplicated() {
            isLagging = false
        }
        guard let fault = brokerFault, nowMilliseconds() >= fault.until else { return }
        try end(fault.node, fault.fault)
        brokerFault = nil
    }

    private mutating func end(_ node: Int, _ fault: LocalBroker.Fault) throws {
        if fault == .pause {
            try broker.inflict(.resume, on: node)
        } else {
            // Takes seconds: the storm goes on.
            restart = try Child(
                Broker.helper, ["restart", broker.directory, "\(node)"],
                output: fleet.deployment.scratch.file("restart.out"),
                error: fleet.deployment.scratch.file("restart.err"))
        }
    }

    private mutating func count(_ what: String) { counts[what, default: 0] += 1 }
}
