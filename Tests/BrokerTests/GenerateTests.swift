// The product's own generator, the daemon and the oracle together; two applications over one input.
import BrokerSupport
import Glibc
import JSONSupport
import Testing

extension BrokerTests {
    @Suite("Generated events")
    struct GenerateTests {
        @Test(
            "alerts equal the oracle's, and a second application gives the same bytes though it is killed and started again"
        )
        func twoApplications() throws {
            let broker = try testBroker()
            let first = try Deployment(
                "generated-a", rules: RuleTexts.generated, options: .init(bootstrap: broker))
            let input = first.topics.input
            try createTopic(input, partitions: 3)
            try first.createTopics(partitions: 3)
            let made = try Tidemark.run(
                [
                    "generate", "--output", input, "--bootstrap-servers", broker, "--events",
                    "15000",
                    "--customers", "400", "--days", "45", "--start", "2025-02-01", "--seed", "7",
                ], seconds: 60)
            #expect(made.ending == .exited(0), "\(made.error)")
            let records = try readTopic(input)
            #expect(records.count == 15_000)

            try first.runUntilCaughtUp()
            let expected = Expected(from: records, configuration: try first.configuration())
            let found = AlertLog(try readTopic(first.topics.alerts))
            #expect(expected.alerts.differences(to: found).isEmpty)
            #expect(expected.refused.isEmpty)
            #expect(found.count > 200)
            try expectProcessingHeaders(try readTopic(first.topics.alerts), input: input)

            let second = try Deployment(
                "generated-b", input: input, rules: RuleTexts.generated,
                options: .init(bootstrap: broker, workers: 1))
            try second.createTopics(partitions: 3)
            let daemon = try second.start()
            let gauge = try Gauge(at: broker)
            let growth = try gauge.ends(of: first.topics.alerts)
            let half = try eventually {
                try gauge.ends(of: second.topics.alerts) >= growth / 2
            }
            #expect(half, "\(daemon.error.suffix(2000))")
            daemon.killAndWait()
            try second.runUntilCaughtUp()
            #expect(AlertLog(try readTopic(second.topics.alerts)) == found)
        }

        @Test("the same seed writes the same file")
        func deterministic() throws {
            let one = try generatedEvents(count: 3000, customers: 100, seed: 5)
            let two = try generatedEvents(count: 3000, customers: 100, seed: 5)
            let other = try generatedEvents(count: 3000, customers: 100, seed: 6)
            #expect(one.map(\.value) == two.map(\.value))
            #expect(one.map(\.value) != other.map(\.value))
        }

        /// What the payload may not hold travels in headers (contract section 4).
        private func expectProcessingHeaders(_ alerts: [StoredRecord], input: String) throws {
            for alert in alerts {
                #expect(alert.header("tidemark-application") == "generated-a")
                #expect(alert.header("tidemark-mode") == "live")
                #expect(alert.header("tidemark-rules")?.isEmpty == false)
                let source = try #require(alert.header("tidemark-source"))
                #expect(source.hasPrefix("\(input)/"))
                #expect(try JSONValue(alert.valueText)["customer_id"].string == alert.keyText)
            }
        }
    }
}
