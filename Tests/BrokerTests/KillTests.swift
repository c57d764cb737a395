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
            let seed = SplitMix64.announcedSeed("kill one process")
            let input = try BerkaInput.inOrder.get()
            let deployment = try input.deployment("killed")
            var killer = try Killer(seed: seed, deployment: deployment, like: input.first)
            try killer.run(processes: [("one", 2)], kills: 5)
            try expectSame(input, deployment)
        }

        @Test("two processes that share the partitions, killed in turn, give the same alerts")
        func twoProcesses() throws {
            let seed = SplitMix64.announcedSeed("kill two processes")
            let input = try BerkaInput.inOrder.get()
            let deployment = try input.deployment("killed-two")
            var killer = try Killer(seed: seed, deployment: deployment, like: input.first)
            try killer.run(processes: [("one", 1), ("two", 1)], kills: 5)
            try expectSame(input, deployment)
        }

        private func expectSame(_ input: BerkaInput, _ deployment: Deployment) throws {
            let found = AlertLog(try readTopic(deployment.topics.alerts))
            #expect(input.expected.alerts.differences(to: found).isEmpty)
            #expect(try found.repeated().isEmpty)
            #expect(try readTopic(deployment.topics.rejected).isEmpty)
        }
    }
}

/// Starts processes, kills one of them whenever the alerts topic has grown past the next of some random marks, starts it
/// again, and in the end lets them finish.
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

    mutating func run(processes: [(instance: String, workers: Int)], kills: Int) throws {
        var children = try processes.map { try start($0) }
        for kill in 0..<kills {
            let mark =
                growth * kill / kills + Int.random(in: 0..<max(1, growth / kills), using: &random)
            let reached = try eventually(within: 60_000, every: 2) {
                try gauge.ends(of: deployment.topics.alerts) >= mark
                    || children.allSatisfy { $0.poll() != nil }
            }
            guard reached else { throw Breakdown("no progress: \(children[0].error.suffix(4000))") }
            usleep(UInt32.random(in: 0...30_000, using: &random))
            let victim = Int.random(in: children.indices, using: &random)
            children[victim].killAndWait()
            // Sometimes again while it starts or restores.
            if Bool.random(using: &random) {
                let again = try start(processes[victim])
                usleep(UInt32.random(in: 0...1_500_000, using: &random))
                again.killAndWait()
            }
            children[victim] = try start(processes[victim])
        }
        for child in children {
            let ending = child.wait(milliseconds: 120_000)
            guard ending == .exited(0) else {
                throw Breakdown(
                    "run: \(ending.map(\.description) ?? "hangs"): \(child.error.suffix(4000))")
            }
        }
    }

    private func start(_ process: (instance: String, workers: Int)) throws -> Child {
        try deployment.start(
            instance: process.instance, workers: process.workers, untilCaughtUp: true)
    }
}
