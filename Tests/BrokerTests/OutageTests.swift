// A broker that is away: at the start the daemon ends with 69 and says why; later it stays, is not ready with the reason,
// and carries on by itself.
import BrokerSupport
import Glibc
import Testing

extension BrokerTests {
    @Suite(
        "Outages", .enabled(if: ThreeBrokers.isAvailable, "needs ../shared/kafka/kafka and Java"))
    struct OutageTests {
        @Test("a broker killed, started, stopped and let on: not ready meanwhile, then all goes on")
        func outages() throws {
            let broker = try LocalBroker("alone")
            let deployment = try Deployment(
                "outage", rules: RuleTexts.generated, partitions: 2,
                options: .init(bootstrap: broker.bootstrap))
            let events = try generatedEvents(count: 9000, customers: 100, seed: 3)
            var fleet = try Fleet(deployment, [("one", 2)])
            try produce(Array(events[..<3000]), to: deployment.topics.input, at: broker.bootstrap)
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.plight())")

            // Nothing is under way when it dies: this release loses markers of transactions that it finds half ended
            // when it starts alone (see Operating).
            sleep(2)
            try broker.inflict(.kill)
            fleet.expectNotReady(saying: "Kafka is not reachable")
            let fresh = try deployment.start(instance: "late")
            #expect(fresh.wait(milliseconds: 40_000) == .exited(69), "\(fresh.error)")
            let last = fresh.error.split(separator: "\n").last ?? ""
            #expect(last.contains("not reachable") && last.contains(broker.bootstrap), "\(last)")
            #expect(fleet.members[0].child?.poll() == nil, "\(fleet.log(of: 0))")
            try broker.inflict(.restart)
            #expect(fleet.starts == 1)
            try produce(
                Array(events[3000..<6000]), to: deployment.topics.input, at: broker.bootstrap)
            try expectRest(&fleet, broker)

            // A broker that hangs breaks no connection.
            try broker.inflict(.pause)
            fleet.expectNotReady()
            sleep(8)
            try broker.inflict(.resume)
            try produce(
                Array(events[6000...]), to: deployment.topics.input, at: broker.bootstrap)
            try expectRest(&fleet, broker)
            // Nor when a request to join that the broker finds twice has fenced the member with its own shadow.
            #expect(fleet.starts == 1, "\(fleet.plight())")
            try fleet.stopAll()
            try Checker(deployment: deployment).check()
        }

        @Test("a second stop signal while the broker hangs ends the daemon at once, with 70")
        func secondSignal() throws {
            let broker = try LocalBroker("hung")
            let deployment = try Deployment(
                "second-signal", rules: RuleTexts.generated, partitions: 2,
                options: .init(bootstrap: broker.bootstrap))
            let daemon = try deployment.start()
            let source = try deployment.source(events: 1_000_000, rate: 5000)
            defer { source.killAndWait() }
            let gauge = try Gauge(at: broker.bootstrap)
            let began = try eventually(within: 60_000) {
                try gauge.ends(of: deployment.topics.alerts) > 20
            }
            #expect(began, "\(daemon.error)")
            try broker.inflict(.pause)
            defer { try? broker.inflict(.resume) }
            // What has come since is not committed, and cannot be.
            usleep(500_000)
            daemon.signal(SIGTERM)
            usleep(1_000_000)
            #expect(daemon.poll() == nil, "it waits for the commit")
            let sent = nowMilliseconds()
            daemon.signal(SIGTERM)
            #expect(daemon.wait(milliseconds: 5000) == .exited(70), "\(daemon.error)")
            #expect(nowMilliseconds() - sent < 2000)
        }

        /// Waits until all is calm, and tells how long that took.
        private func expectRest(_ fleet: inout Fleet, _ broker: LocalBroker) throws {
            let took = try fleet.settle(within: 90_000)
            #expect(took != nil, "\(fleet.plight())\n\(broker.log().suffix(4000))")
            print("outages: at rest after \(took ?? -1) ms")
        }

        @Test(
            "of three brokers each that leads or coordinates dies in turn: nothing stops for long")
        func failover() throws {
            let brokers = try ThreeBrokers.shared.get()
            let deployment = try Deployment(
                "failover", rules: RuleTexts.generated, partitions: 3,
                options: .init(bootstrap: brokers.bootstrap))
            let events = try generatedEvents(count: 12_000, customers: 100, seed: 4)
            var fleet = try Fleet(deployment, [("one", 1), ("two", 1)])
            var done = 0
            func feed() throws {
                let next = min(events.count, done + 1500)
                try produce(
                    Array(events[done..<next]), to: deployment.topics.input, at: brokers.bootstrap)
                done = next
            }
            try feed()
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.plight())")
            let gauge = try Gauge(at: brokers.bootstrap)
            // The roles wander as brokers die, so each is asked for when its turn comes.
            for role in Role.allCases {
                let node = try role.node(brokers, deployment)
                try feed()
                try brokers.inflict(.kill, on: node)
                try feed()
                let settled = try fleet.settle(within: 60_000)
                #expect(settled != nil, "\(role): \(fleet.plight())")
                if settled == nil { return }
                try brokers.inflict(.restart, on: node)
                #expect(try eventually(within: 60_000, every: 200) { try gauge.isReplicated() })
            }
            try feed()
            #expect(try fleet.settle(within: 60_000) != nil)
            #expect(fleet.starts == 2, "nobody ended")
            try fleet.stopAll()
            try Checker(deployment: deployment, instances: ["one", "two"]).check()
        }
    }
}

/// What one of three brokers does for an application.
private enum Role: CaseIterable {
    case leadsInput, coordinatesGroup, coordinatesTransactions

    /// The number of the broker, asked with Kafka's own tools.
    func node(_ brokers: LocalBroker, _ deployment: Deployment) throws -> Int {
        switch self {
        case .leadsInput:
            let text = try brokers.tool(
                "topics", ["--describe", "--topic", deployment.topics.input])
            return try number(after: "Leader: ", in: text)
        case .coordinatesGroup:
            let text = try brokers.tool(
                "groups", ["--describe", "--group", deployment.name, "--state"])
            // ... 127.0.0.1:9092 (1) range Stable ...
            return try number(
                after: " (", in: text.split(separator: "\n").last.map(String.init) ?? "")
        case .coordinatesTransactions:
            let text = try brokers.tool(
                "transactions",
                ["describe", "--transactional-id", "\(deployment.name).one.0"])
            let line = text.split(separator: "\n").last.map(String.init) ?? ""
            guard let node = line.split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) })
            else { throw Breakdown("no coordinator in \(text)") }
            return node
        }
    }

    private func number(after mark: String, in text: String) throws -> Int {
        guard let range = text.firstRange(of: mark),
            let node = Int(text[range.upperBound...].prefix { $0.isNumber })
        else { throw Breakdown("no broker in \(text)") }
        return node
    }
}
