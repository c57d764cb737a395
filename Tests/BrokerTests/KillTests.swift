// kill -9 at random moments of a run over real data: what read_committed consumers see in the end is what an
// undisturbed run gives, byte for byte.
import BrokerSupport
import Glibc
import Testing

extension BrokerTests {
    @Suite("kill -9", .enabled(if: Berka.isAvailable, "needs the Berka data"))
    struct KillTests {
        @Test("a daemon killed five times gives the same alerts, none twice, none missing")
        func oneProcess() throws {
            try check("killed", processes: [("one", 2)])
        }

        @Test(
            "two processes that share the partitions, killed in turn, give the same alerts",
            arguments: [false, true])
        func twoProcesses(withStandby: Bool) throws {
            try check(
                withStandby ? "killed-standby" : "killed-two",
                processes: [("one", 1), ("two", 1)], followsOthers: withStandby)
        }

        private func check(
            _ name: String, processes: [(instance: String, workers: Int)],
            followsOthers: Bool = false
        ) throws {
            let seed = SplitMix64.announcedSeed(name)
            let undisturbed = try BerkaInput.inOrder.get()
            let deployment = try BerkaInput.deployment(
                name, input: "\(name)-transactions", rules: RuleTexts.berka,
                followsOthers: followsOthers)
            var killer = try Killer(seed: seed, deployment: deployment, like: undisturbed.first)
            try killer.run(processes: processes, events: Berka.events(), kills: 5)

            let checker = Checker(
                deployment: deployment, instances: processes.map(\.instance))
            #expect(try checker.checkOutput(undisturbed.expected).alerts > 1000)
            try checker.check()
        }
    }
}

/// Feeds the input in portions and kills a process behind each.
///
/// One of them is killed as soon as the alerts topic has grown by a random part of what a portion is worth, and is
/// started again with the next; in the end all are let finish.
private struct Killer {
    private var random: SplitMix64
    private let deployment: Deployment
    private let gauge: Gauge
    /// How far the alerts topic grows in an undisturbed run.
    private let growth: Int

    init(seed: UInt64, deployment: Deployment, like undisturbed: Deployment) throws {
        random = SplitMix64(seed: seed)
        self.deployment = deployment
        gauge = try Gauge(at: testBroker())
        growth = try gauge.ends(of: undisturbed.topics.alerts)
    }

    mutating func run(
        processes: [(instance: String, workers: Int)], events: [BerkaEvent], kills: Int
    ) throws {
        let records = events.map { Outgoing(key: $0.customer, value: $0.payload) }
        var children: [Child?] = processes.map { _ in nil }
        for kill in 0..<kills {
            let before = try gauge.ends(of: deployment.topics.alerts)
            try produce(portion(kill, of: kills + 1, records), to: deployment.topics.input)
            for index in processes.indices where children[index] == nil {
                children[index] = try start(processes[index])
            }
            let mark = before + Int.random(in: 1...max(1, growth / (kills + 1)), using: &random)
            let reached = try eventually(within: 10_000, every: 1) {
                try gauge.ends(of: deployment.topics.alerts) >= mark
            }
            let victim = Int.random(in: processes.indices, using: &random)
            guard let child = children[victim] else { continue }
            // With markers between the alerts the portion may end before its mark.
            let isStuck = try gauge.ends(of: deployment.topics.alerts) == before
            guard reached || !isStuck, child.poll() == nil else {
                throw Breakdown("no progress: \(child.error.suffix(4000))")
            }
            usleep(UInt32.random(in: 0...20_000, using: &random))
            child.killAndWait()
            children[victim] = nil
            // Sometimes again while it starts or restores.
            if Bool.random(using: &random) {
                let again = try start(processes[victim])
                usleep(UInt32.random(in: 0...1_500_000, using: &random))
                again.killAndWait()
            }
        }
        try produce(portion(kills, of: kills + 1, records), to: deployment.topics.input)
        for child in children { child?.killAndWait() }
        try finish(processes)
    }

    private func portion(_ index: Int, of count: Int, _ records: [Outgoing]) -> [Outgoing] {
        Array(records[(records.count * index / count)..<(records.count * (index + 1) / count)])
    }

    private func finish(_ processes: [(instance: String, workers: Int)]) throws {
        let last = try processes.map { try start($0, untilCaughtUp: true) }
        for child in last {
            let ending = child.wait(milliseconds: 120_000)
            guard ending == .exited(0) else {
                throw Breakdown(
                    "run: \(ending.map(\.description) ?? "hangs"): \(child.error.suffix(4000))")
            }
        }
    }

    private func start(
        _ process: (instance: String, workers: Int), untilCaughtUp: Bool = false
    ) throws -> Child {
        try deployment.start(
            instance: process.instance, workers: process.workers, untilCaughtUp: untilCaughtUp)
    }
}
