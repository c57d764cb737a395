// What must hold of an application after whatever has happened to it: one checker for every test with faults.
import BrokerSupport
import Glibc
import JSONSupport
import Testing

/// Holds what an application has left in Kafka and in its logs against what its input asks for.
struct Checker {
    let deployment: Deployment
    /// Instances whose logs are looked at.
    var instances = ["one"]

    /// What was compared.
    struct Figures {
        var records = 0
        var alerts = 0
        var refused = 0
    }

    /// Checks everything, the daemons having caught up and ended, and says how much that was.
    @discardableResult
    func check() throws -> Figures {
        let bootstrap = deployment.bootstrap
        let input = try readTopic(deployment.topics.input, at: bootstrap)
        let expected = Expected(from: input, configuration: try deployment.configuration())
        let figures = try checkOutput(expected)
        try checkOffsets()
        try checkState()
        try checkLogs(input)
        return Figures(records: input.count, alerts: figures.alerts, refused: figures.refused)
    }

    /// I1, I2, I5: what consumers of committed records see is what the reference makes of the input, in each customer's
    /// order, and nothing twice.
    func checkOutput(_ expected: Expected) throws -> (alerts: Int, refused: Int) {
        let bootstrap = deployment.bootstrap
        let found = AlertLog(try readTopic(deployment.topics.alerts, at: bootstrap))
        #expect(expected.alerts.differences(to: found).isEmpty)
        #expect(expected.alerts.count == found.count)
        #expect(try found.repeated().isEmpty)
        let refused = try readTopic(deployment.topics.rejected, at: bootstrap).compactMap {
            $0.header("tidemark-source")
        }
        let due = expected.refused.map {
            "\(deployment.topics.input)/\($0.partition)/\($0.offset)"
        }
        #expect(refused.sorted() == due.sorted())
        return (found.count, refused.count)
    }

    /// I4, I7: every committed offset is the end of its partition.
    func checkOffsets() throws {
        let ends = try Gauge(at: deployment.bootstrap).partitionEnds(of: deployment.topics.input)
        let committed = try committedOffsets(
            of: deployment.name, deployment.topics.input, partitions: ends.count,
            at: deployment.bootstrap)
        for (partition, end) in ends.enumerated() where end > 0 {
            #expect(committed[partition] == end, "committed offset of partition \(partition)")
        }
    }

    /// I3, I4: `verify` makes every state anew from the input and finds the same.
    func checkState() throws {
        let child = try deployment.tidemark(
            ["verify", "--config", try deployment.settings()], log: "verify")
        let ending = child.wait(milliseconds: 120_000)
        #expect(ending == .exited(0), "\(child.output) \(child.error)")
    }

    /// I8: no log names a customer, an account or the amount of a canary.
    func checkLogs(_ input: [StoredRecord]) throws {
        var names: Set<String> = [Canary.amount]
        for record in input where record.keyText.utf8.count >= 6 {
            guard names.insert(record.keyText).inserted,
                let event = try? JSONValue(record.valueText)
            else { continue }
            if let account = event["account_id"].string { names.insert(account) }
        }
        for instance in instances {
            let log = (try? readFile(deployment.scratch.file("\(instance).err"))) ?? []
            #expect(!log.isEmpty, "process \(instance) has written nothing")
            // Ids stand between characters that are in no id: whole words are compared.
            let words = Set(
                log.split { byte in !Checker.isOfWord(byte) }.map {
                    String(decoding: $0, as: UTF8.self)
                })
            #expect(words.isDisjoint(with: names), "the log of \(instance) names a customer")
        }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || byte == UInt8(ascii: "_")
    }
}

/// An entry of a customer whose name and amount appear nowhere else.
enum Canary {
    static let customer = "CANARY_CUSTOMER"
    /// The amount's digits before the point.
    static let amount = "31415926"

    /// A debit that raises an alert of any rule.
    static func record(_ number: Int) -> Outgoing {
        Outgoing(
            key: customer, value: event("canary-\(number)", customer, amount: "\(amount).53"))
    }
}
