// A close of more customers than a transaction should hold, on a real broker: it is done in parts, the partition is left and
// taken up again in between, and whoever is killed meanwhile, each customer is told of once.
import BrokerSupport
import Glibc
import JSONSupport
import Testing

extension BrokerTests {
    @Suite("Large closes")
    struct LargeCloseTests {
        private static let customers = 40_000
        private static let rules = """
            version: 1
            tiers:
              average: {trailing_days: 30}
              levels: [{name: ordinary, from: 0}, {name: gold, from: 1000}]
            rules:
              - {id: tier, version: 1, kind: tier_change, direction: any, assigned: true}

            """

        private func credit(_ number: Int, _ day: Int) -> Outgoing {
            Outgoing(
                key: "c\(number)",
                value: event(
                    "e\(number)-\(day)", "c\(number)", amount: "2000",
                    replacing: [
                        "direction": "\"credit\"", "booked_at": "\"2025-06-0\(day)T12:00:00Z\"",
                    ]))
        }

        @Test("the first tier of very many is told once, in several transactions, across kill -9")
        func firstTier() throws {
            var random = SplitMix64(seed: SplitMix64.announcedSeed("large-close"))
            var options = Deployment.Options(bootstrap: try testBroker())
            options.bank = "{time_zone: UTC, currency: CNY, day_close_after: 0s, idle_close: off}"
            let deployment = try Deployment("large-close", rules: Self.rules, options: options)
            try createTopic(deployment.topics.input, partitions: 1)
            try deployment.createTopics(partitions: 1)
            // Two dates close at one record, and more wait behind it.
            let input =
                (0..<Self.customers).map { credit($0, 1) } + (0..<5000).map { credit($0, 3) }
            try produce(input, to: deployment.topics.input)
            let gauge = try Gauge(at: testBroker())
            var partings = 0
            for _ in 0..<3 {
                let before = try gauge.ends(of: deployment.topics.alerts)
                let child = try deployment.start()
                let mark = before + Int.random(in: 1...12_000, using: &random)
                _ = try eventually(within: 20_000, every: 1) {
                    try gauge.ends(of: deployment.topics.alerts) >= mark
                }
                child.killAndWait()
                if child.error.contains("a date closes in parts") { partings += 1 }
            }
            try deployment.runUntilCaughtUp()
            #expect(partings > 0)
            let found = try readTopic(deployment.topics.alerts)
            #expect(found.count == Self.customers)
            #expect(Set(found.map(\.keyText)).count == Self.customers)
            // All of them name the record that has closed the date.
            let sources = Set(found.map { $0.header("tidemark-source") ?? "" })
            #expect(sources == ["\(deployment.topics.input)/0/\(Self.customers)"])
            let verify = try deployment.tidemark(
                ["verify", "--config", try deployment.settings()], log: "verify")
            #expect(verify.wait(milliseconds: 60_000) == .exited(0), "\(verify.error)")
        }
    }
}
