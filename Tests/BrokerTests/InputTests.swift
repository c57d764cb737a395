// What happens to the topics under a daemon: open transactions, records deleted, partitions added, compaction.
import BrokerSupport
import Glibc
import JSONSupport
import Testing

extension BrokerTests {
    @Suite("Changes under a running daemon")
    struct InputTests {
        @Test(
            "aborted records never count; an open transaction shows as lag with its reason, deleted records as danger"
        )
        func transactions() throws {
            let deployment = try Deployment("held", rules: RuleTexts.single, partitions: 1)
            var fleet = try Fleet(deployment, [("one", 1)])
            try produce(debits(0..<1000, customers: 100), to: deployment.topics.input)
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.log(of: 0))")

            let open = try OpenTransaction("held-producer", at: testBroker())
            try open.produce(debits(1000..<1600, customers: 100), to: deployment.topics.input)
            try produce(debits(1600..<1650, customers: 100), to: deployment.topics.input)
            let task = try awaitTask(fleet) { task in
                task["reason"].string?.contains("an open transaction") ?? false
            }
            #expect(task["lag_records"].integer == 650)
            #expect(task["state"].string == "running")

            // S = C = 1000 here: 10 of 660 records are left below it.
            try deleteRecords(
                of: deployment.topics.input, partition: 0, below: 990, at: testBroker())
            let isTold = eventually(within: 30_000) {
                fleet.log(of: 0).contains("a restart reads it from")
            }
            #expect(isTold, "\(fleet.log(of: 0))")
            let text = try httpGet("/metrics", port: fleet.members[0].port).text
            #expect(Metrics(text).sum("tidemark_replay_retention_records") == 10, "\(text)")
            #expect(Metrics(text).has("tidemark_replay_retention_seconds"))

            try open.end(commits: false)
            #expect(try fleet.settle(within: 30_000) != nil, "\(fleet.log(of: 0))")
            // What is seen from outside is seen every two seconds.
            let isOver = eventually(within: 20_000) {
                fleet.log(of: 0).contains("the transaction that held a partition back has ended")
            }
            let log = fleet.log(of: 0)
            #expect(isOver, "\(log)")
            let held = log.split(separator: "\n").count { $0.contains("an open transaction") }
            #expect(held == 1, "told once: \(log)")
            try fleet.stopAll()
            let alerts = AlertLog(try readTopic(deployment.topics.alerts))
            #expect(alerts.count == 1050)
            #expect(try alerts.repeated().isEmpty)
        }

        @Test(
            "offsets that a lost transaction holds: not ready with what to do, and SIGTERM is obeyed"
        )
        func offsetsHeld() throws {
            let deployment = try Deployment("offsets-held", rules: RuleTexts.single, partitions: 1)
            try produce(debits(0..<10, customers: 100), to: deployment.topics.input)
            let open = try OpenTransaction("offsets-producer", at: testBroker())
            try open.sendOffset(
                5, of: deployment.topics.input, partition: 0, group: deployment.name)
            var fleet = try Fleet(deployment, [("one", 1)])
            try fleet.turn()
            let isTold = eventually(within: 40_000) {
                fleet.readiness(0)?.text.contains("find-hanging") ?? false
            }
            #expect(isTold, "\(fleet.log(of: 0))")
            try fleet.stop(0)
            fleet.members[0].startsAt = 0
            try open.end(commits: false)
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.log(of: 0))")
            try fleet.stopAll()
            try Checker(deployment: deployment).check()
        }

        @Test(
            "partitions added to the input end the daemon with 78 and what to do; none of them is read"
        )
        func widened() throws {
            let deployment = try Deployment("widened", rules: RuleTexts.single, partitions: 2)
            let daemon = try deployment.start()
            try produce(debits(0..<200, customers: 100), to: deployment.topics.input)
            let isDone = try eventually(within: 30_000) {
                try readTopic(deployment.topics.alerts).count == 200
            }
            #expect(isDone, "\(daemon.error)")
            try widen(deployment.topics.input, to: 4, at: testBroker())
            let added = debits(200..<240, customers: 100).map {
                Outgoing(key: $0.key, value: $0.value, partition: 3)
            }
            try produce(added, to: deployment.topics.input)
            #expect(daemon.wait(milliseconds: 60_000) == .exited(78), "\(daemon.error)")
            expectInstruction(daemon)

            // The changelog has as many as before; then as many as the input.
            for _ in 0..<2 {
                let again = try deployment.start(instance: "again")
                #expect(again.wait(milliseconds: 30_000) == .exited(78), "\(again.error)")
                expectInstruction(again)
                if try partitionCount(deployment.topics.state, at: testBroker()) == 2 {
                    try widen(deployment.topics.state, to: 4, at: testBroker())
                }
            }
            let committed = try committedOffsets(
                of: deployment.name, deployment.topics.input, partitions: 4, at: testBroker())
            #expect(committed[2...] == [-1, -1])
            #expect(try readTopic(deployment.topics.alerts).count == 200)
        }

        private func expectInstruction(_ child: Child) {
            let last = String(child.error.split(separator: "\n").last ?? "")
            #expect(last.contains("has 4 partitions"), "\(last)")
            #expect(last.contains("build the state anew"), "\(last)")
        }

        @Test(
            "records that a restore needs are gone: the partition is blocked and says the way out")
        func recordsGone() throws {
            let deployment = try Deployment("gone", rules: RuleTexts.single, partitions: 1)
            let source = try deployment.source(
                events: 100_000, rate: 1000, customers: 500, seed: 8)
            var fleet = try Fleet(deployment, [("one", 1)])
            try fleet.turn()
            // Killed in the midst of work, some states wait to be written.
            let isUnderWay = try eventually(within: 60_000, every: 1) {
                try committed(deployment) > 2000
            }
            #expect(isUnderWay, "\(fleet.log(of: 0))")
            fleet.kill(0)
            source.killAndWait()
            let offset = try committed(deployment)
            let before = try readTopic(deployment.topics.alerts).count
            try deleteRecords(
                of: deployment.topics.input, partition: 0, below: offset, at: testBroker())
            try fleet.start(0)
            let task = try awaitTask(fleet) { $0["state"].string == "blocked" }
            let reason = task["reason"].string ?? ""
            #expect(reason.contains("start anew") && reason.contains("kept from"), "\(reason)")
            #expect(fleet.readiness(0)?.status == 503)
            try fleet.stopAll()
            #expect(try readTopic(deployment.topics.alerts).count == before)
            #expect(try committed(deployment) == offset)
        }

        private func committed(_ deployment: Deployment) throws -> Int {
            try committedOffsets(
                of: deployment.name, deployment.topics.input, partitions: 1, at: testBroker())[0]
        }

        @Test("a changelog that is compacted all the time restores the same after every kill")
        func compaction() throws {
            let seed = SplitMix64.announcedSeed("compaction")
            var random = SplitMix64(seed: seed)
            let deployment = try Deployment(
                "compaction", rules: RuleTexts.generated,
                options: .init(bootstrap: try testBroker()))
            try createTopic(deployment.topics.input, partitions: 2)
            try createTopic(
                deployment.topics.state, partitions: 2,
                settings: [
                    ("cleanup.policy", "compact"), ("segment.ms", "200"),
                    ("segment.bytes", "1048576"), ("min.cleanable.dirty.ratio", "0.001"),
                    ("min.compaction.lag.ms", "0"), ("max.compaction.lag.ms", "500"),
                    ("delete.retention.ms", "0"), ("max.message.bytes", "2097152"),
                ])
            try deployment.createTopics(partitions: 2)
            let events = try generatedEvents(count: 14_000, customers: 60, seed: 6)
            var fleet = try Fleet(deployment, [("one", 1)])
            for part in 0..<7 {
                try produce(
                    Array(events[(part * 2000)..<(part * 2000 + 2000)]),
                    to: deployment.topics.input)
                let end = nowMilliseconds() + Int.random(in: 1500...4500, using: &random)
                while nowMilliseconds() < end {
                    try fleet.turn()
                    usleep(50_000)
                }
                fleet.kill(0)
            }
            #expect(try fleet.settle(within: 60_000) != nil, "\(fleet.log(of: 0))")
            try fleet.stopAll()
            try Checker(deployment: deployment).check()
            let kept = try readTopic(deployment.topics.state)
            // The header is the first record for good; what follows it was written again since.
            for partition: Int32 in [0, 1] {
                let offsets = kept.filter { $0.partition == partition }.map(\.offset)
                #expect(offsets.dropFirst().first ?? 0 > 1, "\(offsets.prefix(5)): not compacted")
            }
        }

        /// The only task once it is as wanted.
        private func awaitTask(
            _ fleet: Fleet, _ isWanted: (JSONValue) -> Bool
        ) throws -> JSONValue {
            var last: JSONValue = .null
            let isFound = eventually(within: 40_000, every: 100) {
                let tasks = try? httpGet("/api/tasks", port: fleet.members[0].port).json.array
                guard let task = tasks?.first else { return false }
                last = task
                return isWanted(task)
            }
            #expect(isFound, "\(last) \(fleet.log(of: 0))")
            return last
        }
    }
}
