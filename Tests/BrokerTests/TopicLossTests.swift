// Topics deleted under running daemons: what is to be seen, what the daemon ends with, and what mends it.
import BrokerSupport
import Glibc
import Testing

extension BrokerTests {
    @Suite("Topics deleted under a running daemon")
    struct TopicLossTests {
        @Test(
            "the input ends it with 69; alerts can be made again; an emptied changelog is refused with 78"
        )
        func deleted() throws {
            // Side by side, since each waits.
            let input = try Loss("gone-input") { $0.input }
            let alerts = try Loss("gone-alerts") { $0.alerts }
            let state = try Loss("gone-state") { $0.state }
            let all = [input, alerts, state]
            for loss in all {
                #expect(eventually { isReady(port: loss.port) }, "\(loss.daemon.error)")
            }
            for loss in all { try deleteTopic(loss.topic, at: testBroker()) }

            for loss in [alerts, state] {
                try loss.feed()
                let isTold = eventually(within: 30_000) {
                    isReady(port: loss.port, saying: loss.topic)
                }
                #expect(isTold, "\(readinessText(port: loss.port)) \(loss.daemon.error)")
                #expect(loss.daemon.poll() == nil, "\(loss.daemon.error)")
                try loss.deployment.createTopics(partitions: 1)
            }
            // All that was to be told since, once.
            let isToldAgain = try eventually(within: 30_000, every: 100) {
                try isReady(port: alerts.port) && readTopic(alerts.topic).count == Loss.portion
            }
            #expect(isToldAgain, "\(alerts.daemon.error)")
            alerts.daemon.signal(15)
            #expect(alerts.daemon.wait(milliseconds: 11_000) == .exited(0))
            #expect(try readTopic(alerts.topic).count == Loss.portion)

            expect(state.daemon, endsWith: 78, saying: "is empty, but group gone-state")
            expect(input.daemon, endsWith: 69, saying: "topic \(input.topic) is gone")
            // Whoever starts it again is told the same.
            let again = try state.deployment.start(instance: "again")
            expect(again, endsWith: 78, saying: "is empty, but group gone-state")
        }

        @Test(
            "a changelog made again while nothing is written, or written into, is refused with 78",
            arguments: [false, true])
        func remade(isFed: Bool) throws {
            let loss = try Loss("remade-\(isFed ? "fed" : "idle")") { $0.state }
            #expect(eventually { isReady(port: loss.port) }, "\(loss.daemon.error)")
            // What was looked at before is what the new one is held against.
            sleep(3)
            try deleteTopic(loss.topic, at: testBroker())
            try loss.deployment.createTopics(partitions: 1)
            if isFed { try loss.feed() }
            expect(loss.daemon, endsWith: 78, saying: "made again")
            let again = try loss.deployment.start(instance: "again")
            expect(again, endsWith: 78, saying: isFed ? "not the header" : "is empty, but group")
        }

        private func expect(_ daemon: Child, endsWith code: Int32, saying text: String) {
            #expect(daemon.wait(milliseconds: 60_000) == .exited(code), "\(daemon.error)")
            let last = daemon.error.split(separator: "\n").last ?? ""
            #expect(last.contains(text), "\(last)")
        }
    }
}

/// A daemon that has told some alerts and is to lose a topic.
private final class Loss {
    /// Entries of a feed, each worth an alert.
    static let portion = 50

    let deployment: Deployment
    let topic: String
    let daemon: Child
    let port: Int
    private var fed = 0

    init(_ name: String, _ topic: (Deployment.Topics) -> String) throws {
        deployment = try Deployment(name, rules: RuleTexts.single, partitions: 1)
        self.topic = topic(deployment.topics)
        port = try freePort()
        daemon = try deployment.start(workers: 1, httpPort: port)
        try feed()
        let alerts = deployment.topics.alerts
        let isDone = try eventually(within: 30_000, every: 100) {
            try readTopic(alerts).count == Loss.portion
        }
        guard isDone else { throw Breakdown("\(name): \(daemon.error)") }
    }

    func feed() throws {
        try produce(debits(fed..<fed + Loss.portion), to: deployment.topics.input)
        fed += Loss.portion
    }
}
