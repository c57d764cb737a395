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

        private func credits(_ range: Range<Int>, day: Int) -> [Outgoing] {
            range.map { credit("e\($0)-\(day)", "c\($0)", on: "2025-06-0\(day)") }
        }

        @Test("the first tier of very many is told once, in several transactions, across kill -9")
        func firstTier() throws {
            var random = SplitMix64(seed: SplitMix64.announcedSeed("large-close"))
            var options = Deployment.Options(bootstrap: try testBroker())
            options.bank = "{time_zone: UTC, currency: CNY, day_close_after: 0s, idle_close: off}"
            let deployment = try Deployment("large-close", rules: RuleTexts.tiers, options: options)
            try createTopic(deployment.topics.input, partitions: 1)
            try deployment.createTopics(partitions: 1)
            // Two dates close at one record, and more wait behind it.
            let input = credits(0..<Self.customers, day: 1) + credits(0..<5000, day: 3)
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
