// Topics that take only small records: alerts lose their evidence before they are lost, states go in parts.
import BrokerSupport
import Testing

extension BrokerTests {
    @Suite("Small records")
    struct SizeTests {
        private static let customers = 3
        /// The hundredth reaches the limit of the rule.
        private static let entries = 100

        private func records(_ numbers: Range<Int>) -> [Outgoing] {
            numbers.flatMap { number in
                (0..<SizeTests.customers).map { customer in
                    let minute =
                        String(number / 60 + 100).dropFirst() + ":"
                        + String(
                            number % 60 + 100
                        ).dropFirst()
                    return Outgoing(
                        key: Array("c\(customer)".utf8),
                        value: Array(
                            #"""
                            {"id":"e\#(number)","customer_id":"c\#(customer)",\#
                            "account_id":"account-\#(customer)","direction":"debit",\#
                            "amount":"1000.00","currency":"CNY",\#
                            "booked_at":"2025-03-03T\#(minute):00+08:00"}
                            """#.utf8))
                }
            }
        }

        @Test("an alert without its evidence still comes, states that go in parts come back whole")
        func small() throws {
            let deployment = try Deployment(
                "small",
                rules: """
                    version: 1
                    rules:
                      - {id: out, version: 1, kind: cumulative_outflow, window: 1d, at_least: 100000}
                      - {id: few, version: 1, kind: cumulative_outflow, window: 2m, at_least: 1}

                    """, options: .init(bootstrap: try testBroker()))
            try createTopic(deployment.topics.input, partitions: 2)
            for topic in [deployment.topics.alerts, deployment.topics.rejected] {
                try createTopic(topic, partitions: 2, settings: [("max.message.bytes", "2500")])
            }
            try createTopic(
                deployment.topics.state, partitions: 2,
                settings: [("cleanup.policy", "compact"), ("max.message.bytes", "3000")])

            let last = SizeTests.entries - 1
            try produce(records(0..<last), to: deployment.topics.input)
            try deployment.runUntilCaughtUp()
            let states = try readTopic(deployment.topics.state).filter { $0.key?.first == 0x63 }
            #expect(states.contains { ($0.key?.count ?? 0) > 2 }, "states were written in parts")
            // From states that were put together from their parts.
            try produce(records(last..<(last + 1)), to: deployment.topics.input)
            try deployment.runUntilCaughtUp()

            let alerts = try readTopic(deployment.topics.alerts).map {
                String(decoding: $0.value ?? [], as: UTF8.self)
            }
            let large = alerts.filter { $0.contains(#""rule":{"id":"out""#) }
            #expect(large.count == SizeTests.customers)
            for alert in large {
                let evidence = #""evidence":{"entries":[],"more":\#(SizeTests.entries)}"#
                #expect(alert.contains(evidence + #","destinations":{}"#), "\(alert)")
                #expect(alert.contains(#""reasons":["truncated"]"#), "\(alert)")
                #expect(alert.contains(#""value":{"amount":"100000.00","currency":"CNY"}"#))
            }
            let others = alerts.filter { $0.contains(#""rule":{"id":"few""#) }
            #expect(others.count == SizeTests.customers, "armed once, and never below again")
            #expect(others.allSatisfy { $0.contains(#""reasons":[]"#) })
        }
    }
}
