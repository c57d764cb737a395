// Real transactions of a bank through the daemon on a real broker: balances equal the bank's own, alerts equal the
// naive oracle's, whatever the order of a day's rows.
import BrokerSupport
import JSONSupport
import Testing

extension BrokerTests {
    @Suite(
        "Berka: 49,102 real transactions", .enabled(if: Berka.isAvailable, "needs the Berka data"))
    struct BerkaTests {
        @Test("day-end balances equal the bank's within the rounding of interest")
        func dayEnds() throws {
            let input = try BerkaInput.inOrder.get()
            let deployment = try input.deployment(
                "diary", rules: RuleTexts.diary, writesBalances: true)
            try deployment.runUntilCaughtUp()
            let truth = try Berka.dayEnds()

            var days = 0
            for payload in AlertLog(try readTopic(deployment.topics.alerts)).all {
                let alert = try JSONValue(payload)
                let customer = try #require(alert["customer_id"].string)
                let date = try #require(alert["business_date"].string)
                let end = try #require(halere(alert["balance"]["after"]))
                let wanted = dayEnd(truth[customer], at: date)
                #expect(abs(end - wanted) <= Berka.tolerance, "\(customer) on \(date)")
                days += 1
            }
            // A day with money both ways tells twice; days with interest or a fee alone tell nothing.
            #expect(days > 25_000)

            let latest = latestByKey(try readTopic(deployment.topics.balances))
            #expect(latest.count == truth.count)
            for (customer, record) in latest {
                let view = try JSONValue(record)
                let date = try #require(view["last_closed"].string)
                let end = try #require(halere(view["day_end"]))
                let wanted = dayEnd(truth[customer], at: date)
                #expect(abs(end - wanted) <= Berka.tolerance, "\(customer) on \(date)")
            }
        }

        @Test("alerts and tier changes equal the oracle's")
        func alerts() throws {
            let input = try BerkaInput.inOrder.get()
            let found = AlertLog(try readTopic(input.first.topics.alerts))
            #expect(input.expected.alerts.differences(to: found).isEmpty)
            #expect(try found.repeated().isEmpty)
            #expect(input.expected.refused.isEmpty)
            #expect(try readTopic(input.first.topics.rejected).isEmpty)
            let kinds = try Set(found.all.map { try JSONValue($0)["rule"]["id"].string ?? "" })
            let rules = [
                "large-out", "large-in", "half-out", "out-7d", "net-30d", "in-share", "gold-out",
                "tier",
            ]
            #expect(kinds == Set(rules), "each rule of the file must have something to say")
        }

        @Test("a day's rows in any order, some of them twice, give the same alerts")
        func shuffled() throws {
            let seed = SplitMix64.announcedSeed("Berka shuffled")
            let ordered = try BerkaInput.inOrder.get()
            let events = try Berka.shuffledEvents(seed: seed)
            let expected = try BerkaReference.expected(of: events)
            let input = try BerkaInput("shuffled", events: events, expected: expected)
            #expect(input.expected.duplicates > 300)
            let found = AlertLog(try readTopic(input.first.topics.alerts))
            #expect(input.expected.alerts.differences(to: found).isEmpty)
            #expect(try found.repeated().isEmpty)
            // Entries of one date have no order, so that only the listing of the evidence may differ.
            let same = try sortedEvidence(ordered.expected.alerts)
            #expect(try same == sortedEvidence(found))
        }
    }
}

/// A topic with the Berka file, and a first run over it.
struct BerkaInput: Sendable {
    /// The file's own order, produced, read back and judged once for all tests.
    static let inOrder = Result {
        try BerkaInput("berka", events: Berka.events(), expected: BerkaReference.inOrder.get())
    }

    let topic: String
    /// What the oracle says of them under the rules `RuleTexts.berka`.
    let expected: Expected
    /// A deployment that has judged all of them.
    let first: Deployment

    /// Produces `events` to four partitions and runs the daemon over them.
    init(_ name: String, events: [BerkaEvent], expected: Expected) throws {
        topic = "\(name)-transactions"
        first = try Self.deployment("\(name)-first", input: topic, rules: RuleTexts.berka)
        try produce(events.map { Outgoing(key: $0.customer, value: $0.payload) }, to: topic)
        try first.runUntilCaughtUp()
        self.expected = expected
        let planned = BerkaReference.records(of: events)
        let stored = try readTopic(topic)
        let isAsPlanned = stored.elementsEqual(planned) { a, b in
            (a.partition, a.offset) == (b.partition, b.offset) && a.key == b.key
                && a.value == b.value
        }
        guard isAsPlanned else { throw Breakdown("the broker does not hold what was sent to it") }
    }

    /// Another application on the same input, its topics made.
    func deployment(
        _ name: String, rules: String = RuleTexts.berka, writesBalances: Bool = false
    ) throws -> Deployment {
        try Self.deployment(
            "berka-\(name)", input: topic, rules: rules, writesBalances: writesBalances)
    }

    /// An application on the topic `input`; what is missing of its topics is made, the input too.
    static func deployment(
        _ name: String, input: String, rules: String, writesBalances: Bool = false,
        followsOthers: Bool = false
    ) throws -> Deployment {
        let deployment = try Deployment(
            name, input: input, rules: rules,
            options: .init(
                bootstrap: try testBroker(), bank: BerkaReference.bank,
                writesBalances: writesBalances, followsOthers: followsOthers))
        try deployment.createTopics(partitions: Int(BerkaReference.partitions))
        return deployment
    }
}

/// The balance in halere of a decimal string or an amount with its currency.
private func halere(_ value: JSONValue) -> Int? {
    guard let text = value.string ?? value["amount"].string else { return nil }
    let parts = text.split(separator: ".")
    guard parts.count == 2, parts[1].count == 2 else { return nil }
    return Int(parts[0] + parts[1])
}

/// The true balance at the end of `date`.
private func dayEnd(_ ends: [(date: String, halere: Int)]?, at date: String) -> Int {
    ends?.last { $0.date <= date }?.halere ?? 0
}

/// Payloads with their evidence in the order of the entries' ids; a list that was cut is left out.
private func sortedEvidence(_ log: AlertLog) throws -> [String: [String]] {
    try log.payloads.mapValues { payloads in
        try payloads.map { payload in
            let alert = try JSONValue(payload)
            let evidence = alert["evidence"]
            let entries = evidence["entries"].array.map { "\($0)" }.sorted()
            let rest = alert.names.filter { $0 != "evidence" }.map { "\($0): \(alert[$0])" }
            let more = evidence["more"].integer ?? 0
            return "\(rest) \(more == 0 ? "\(entries)" : "more") \(more)"
        }.sorted()
    }
}
