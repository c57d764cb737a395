// `tidemark verify`: what is whole is found whole, beside the running daemon too; what somebody has changed is found.
import BrokerSupport
import Testing

extension BrokerTests {
    @Suite("verify")
    struct VerifyTests {
        private func verify(
            _ deployment: Deployment, _ name: String
        ) throws -> (ending: Child.Ending?, child: Child) {
            let child = try deployment.tidemark(
                ["verify", "--config", try deployment.settings()], log: "verify-\(name)")
            return (child.wait(milliseconds: 60_000), child)
        }

        @Test("states that are the fold of the input are whole; an older one put in place is found")
        func finds() throws {
            let deployment = try Deployment("verify", rules: RuleTexts.generated, partitions: 2)
            let events = try generatedEvents(count: 12_000, customers: 200, seed: 5)
            try produce(Array(events.prefix(6000)), to: deployment.topics.input)
            try deployment.runUntilCaughtUp()

            // Beside the daemon, while it is at work.
            let daemon = try deployment.start()
            try produce(Array(events.dropFirst(6000)), to: deployment.topics.input)
            let live = try verify(deployment, "live")
            #expect(live.ending == .exited(0), "\(live.child.output) \(live.child.error)")
            daemon.signal(15)
            #expect(daemon.wait(milliseconds: 10_000) == .exited(0))

            try deployment.runUntilCaughtUp()
            let whole = try verify(deployment, "whole")
            #expect(whole.ending == .exited(0), "\(whole.child.output) \(whole.child.error)")
            let rows = whole.child.output.split(separator: "\n").dropFirst()
            #expect(rows.count == 2 && rows.allSatisfy { $0.hasSuffix("ok") })
            #expect(!whole.child.output.contains(" 0           -"), "customers were compared")

            let states = try readTopic(deployment.topics.state)
            var first: [[UInt8]: StoredRecord] = [:]
            var last: [[UInt8]: StoredRecord] = [:]
            for record in states {
                guard let key = record.key, key.first != 0 else { continue }
                if first[key] == nil { first[key] = record }
                last[key] = record
            }
            let id = try #require(first.keys.first { first[$0]?.value != last[$0]?.value })
            let older = try #require(first[id])
            try produce(
                [Outgoing(key: id, value: older.value, partition: older.partition)],
                to: deployment.topics.state)
            let changed = try verify(deployment, "changed")
            #expect(changed.ending == .exited(70))
            #expect(
                changed.child.error.contains("1 customers are not what the input makes of them"))

            try produce(
                [Outgoing(key: id, value: [9, 9], partition: older.partition)],
                to: deployment.topics.state)
            let broken = try verify(deployment, "broken")
            #expect(broken.ending == .exited(70))
            #expect(broken.child.error.contains("cannot be read"))
            #expect(!broken.child.error.contains(String(decoding: id, as: UTF8.self)))
        }
    }
}
