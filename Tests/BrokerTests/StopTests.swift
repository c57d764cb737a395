// Clean ends: SIGTERM and SIGINT drain, commit and exit 0; the next start goes on where the last one stopped.
import BrokerSupport
import Glibc
import Testing

extension BrokerTests {
    @Suite("Stopping")
    struct StopTests {
        @Test(
            "a stop signal ends the daemon with 0 within 10 s and a restart continues exactly",
            arguments: [SIGTERM, SIGINT])
        func stop(signal: Int32) throws {
            let deployment = try Deployment(
                "stop-\(signal)", rules: RuleTexts.generated, partitions: 3)
            let events = try generatedEvents(count: 12_000, customers: 300, seed: 11)
            // Three parts, a stop after each: in the midst of work, then idle.
            let gauge = try Gauge(at: testBroker())
            var done = 0
            for part in 1...3 {
                let before = try gauge.ends(of: deployment.topics.alerts)
                let daemon = try deployment.start()
                let next = events.count * part / 3
                try produce(Array(events[done..<next]), to: deployment.topics.input)
                done = next
                let began = try eventually(every: 2) {
                    try gauge.ends(of: deployment.topics.alerts) > before + 20
                }
                #expect(began, "no alerts: \(daemon.error)")
                if part == 2 { sleep(2) }
                let sent = nowMilliseconds()
                daemon.signal(signal)
                #expect(daemon.wait(milliseconds: 10_000) == .exited(0), "\(daemon.error)")
                #expect(nowMilliseconds() - sent < 10_000)
            }
            try deployment.runUntilCaughtUp()
            let expected = Expected(
                from: try readTopic(deployment.topics.input),
                configuration: try deployment.configuration())
            let found = AlertLog(try readTopic(deployment.topics.alerts))
            #expect(expected.alerts.differences(to: found).isEmpty)
            #expect(found.count > 100)
        }

        @Test("--until-caught-up on an input without records ends with 0")
        func empty() throws {
            let deployment = try Deployment("stop-empty", rules: RuleTexts.single, partitions: 2)
            try deployment.runUntilCaughtUp(seconds: 30)
            // And once more, with offsets committed or not.
            try deployment.runUntilCaughtUp(seconds: 30)
        }

        @Test("--until-caught-up ends though transaction markers lie behind the last record")
        func markers() throws {
            let deployment = try Deployment("stop-markers", rules: RuleTexts.single, partitions: 2)
            try produceInTransaction(
                [
                    Outgoing(key: "ann", value: event("m1", "ann", amount: "600")),
                    Outgoing(key: "bob", value: event("m2", "bob", amount: "700")),
                ], to: deployment.topics.input)
            try deployment.runUntilCaughtUp(seconds: 30)
            #expect(AlertLog(try readTopic(deployment.topics.alerts)).count == 2)
        }
    }
}
