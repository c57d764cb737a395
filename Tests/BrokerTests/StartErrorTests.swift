// What keeps the daemon from starting: the exit code, and one line that says what to do.
import BrokerSupport
import Glibc
import Testing

extension BrokerTests {
    @Suite("Errors at start")
    struct StartErrorTests {
        @Test("missing topics end with 69 and the command that makes them")
        func topicsMissing() throws {
            let deployment = try deployment("missing")
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(69), "\(daemon.error)")
            #expect(daemon.error.contains("tidemark topics create --config"))
            #expect(daemon.error.contains(deployment.topics.input))
        }

        @Test("missing output topics end with 69 and the command, too")
        func outputMissing() throws {
            let deployment = try deployment("missing-output")
            try createTopic(deployment.topics.input, partitions: 2)
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(69), "\(daemon.error)")
            #expect(daemon.error.contains("tidemark topics create --config"))
        }

        @Test(
            "topics check says what is missing, create makes it, check is content and create leaves it alone"
        )
        func topics() throws {
            let deployment = try deployment("topics")
            try createTopic(deployment.topics.input, partitions: 3)
            let settings = try deployment.settings()
            let missing = try Tidemark.run(
                ["topics", "check", "--config", settings])
            #expect(missing.ending == .exited(69), "\(missing)")
            for _ in 1...2 {
                let made = try Tidemark.run(
                    ["topics", "create", "--config", settings])
                #expect(made.ending == .exited(0), "\(made)")
                let checked = try Tidemark.run(
                    ["topics", "check", "--config", settings])
                #expect(checked.ending == .exited(0), "\(checked)")
            }
            #expect(try partitionCount(deployment.topics.state, at: testBroker()) == 3)
        }

        @Test("Kafka that cannot be reached ends with 69 and names the address")
        func unreachable() throws {
            let port = try freePort()
            let deployment = try Deployment(
                "unreachable", rules: RuleTexts.single,
                options: .init(bootstrap: "127.0.0.1:\(port)"))
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 45_000) == .exited(69), "\(daemon.error)")
            #expect(daemon.error.contains("127.0.0.1:\(port)"))
        }

        @Test("SIGTERM while Kafka cannot be reached at start ends with 0 at once")
        func stopWhileUnreachable() throws {
            let port = try freePort()
            let deployment = try Deployment(
                "unreachable-stop", rules: RuleTexts.single,
                options: .init(bootstrap: "127.0.0.1:\(port)"))
            let daemon = try deployment.start()
            usleep(1_000_000)
            daemon.signal(SIGTERM)
            #expect(daemon.wait(milliseconds: 5000) == .exited(0), "\(daemon.error)")
        }

        @Test("an input that is compacted ends with 78: it loses entries")
        func compactedInput() throws {
            let deployment = try deployment("compacted")
            try createTopic(
                deployment.topics.input, partitions: 1, settings: [("cleanup.policy", "compact")])
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(78), "\(daemon.error)")
            #expect(daemon.error.contains("which loses entries"))
        }

        @Test(
            "a state topic with another number of partitions ends with 78, both numbers and a way out"
        )
        func partitions() throws {
            let deployment = try deployment("partitions")
            try createTopic(deployment.topics.input, partitions: 3)
            try deployment.createTopics(partitions: 3)
            let other = try Deployment(
                "partitions-other", input: "\(deployment.name)-wider", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try testBroker()))
            try createTopic(other.topics.input, partitions: 5)
            try createTopic(other.topics.alerts, partitions: 5)
            try createTopic(other.topics.rejected, partitions: 5)
            try createTopic(
                other.topics.state, partitions: 4, settings: [("cleanup.policy", "compact")])
            let daemon = try other.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(78), "\(daemon.error)")
            let lines = daemon.error.split(separator: "\n").filter {
                $0.contains("5 partitions") && $0.contains("4") && $0.contains(other.topics.state)
            }
            #expect(lines.count == 1, "\(daemon.error)")
        }

        @Test("a state topic that is not compacted ends with 78")
        func compaction() throws {
            let deployment = try deployment("not-compacted")
            for topic in [
                deployment.topics.input, deployment.topics.alerts, deployment.topics.rejected,
            ] {
                try createTopic(topic, partitions: 2)
            }
            try createTopic(
                deployment.topics.state, partitions: 2, settings: [("cleanup.policy", "delete")])
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(78), "\(daemon.error)")
            #expect(daemon.error.contains("cleanup.policy"))
        }

        @Test("a topic that takes no alert ends with 78, its limit and the command that lifts it")
        func tooSmall() throws {
            let deployment = try deployment("too-small")
            try createTopic(deployment.topics.input, partitions: 1)
            try createTopic(
                deployment.topics.alerts, partitions: 1, settings: [("max.message.bytes", "1500")])
            try createTopic(deployment.topics.rejected, partitions: 1)
            // Little for a state, which then goes in parts, and enough.
            try createTopic(
                deployment.topics.state, partitions: 1,
                settings: [("cleanup.policy", "compact"), ("max.message.bytes", "2048")])
            let daemon = try deployment.start()
            let check = try deployment.tidemark(
                ["topics", "check", "--config", try deployment.settings()], log: "check")
            for child in [daemon, check] {
                #expect(child.wait(milliseconds: 30_000) == .exited(78), "\(child.error)")
                let lines = child.error.split(separator: "\n").filter {
                    $0.contains("max.message.bytes=1500") && $0.contains("2048")
                        && $0.contains("--add-config max.message.bytes=1048588")
                }
                #expect(lines.count == 1, "\(child.error)")
            }
            let row = check.output.split(separator: "\n").first {
                $0.hasPrefix(deployment.topics.state)
            }
            #expect(row?.hasSuffix("ok") == true, "\(check.output)")
        }

        @Test(
            "settings with a mistake end with 78 and one line",
            arguments: [
                ("adress: here", "unknown key \"adress\""),
                ("workers: none", "workers"),
                ("bank: {time_zone: Europe/Nowhere}", "Europe/Nowhere"),
            ])
        func settings(line: String, says: String) throws {
            let scratch = try Scratch("settings")
            try scratch.write("rules.yaml", RuleTexts.single)
            let path = try scratch.write("tidemark.yaml", "application: settings\n\(line)\n")
            let result = try Tidemark.run(["run", "--config", path])
            #expect(result.ending == .exited(78), "\(result)")
            #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
            #expect(result.error.contains(says), "\(result.error)")
            #expect(result.error.contains("tidemark.yaml:2"), "\(result.error)")
        }

        @Test("rules with a mistake end with 78 and one line with its place")
        func rules() throws {
            let deployment = try Deployment(
                "rules", rules: RuleTexts.single.replacing("at_least", with: "at_last"),
                options: .init(bootstrap: try testBroker()))
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(78), "\(daemon.error)")
            #expect(daemon.error.contains("rules.yaml:3"), "\(daemon.error)")
            #expect(daemon.error.contains("at_least"), "\(daemon.error)")
            #expect(daemon.error.split(separator: "\n").count == 1, "\(daemon.error)")
        }

        @Test("a property that the daemon owns ends with 78 and its name")
        func ownedProperty() throws {
            let deployment = try Deployment(
                "owned", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try testBroker(), kafkaProperties: ["enable.auto.commit": "true"]))
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 30_000) == .exited(78), "\(daemon.error)")
            #expect(daemon.error.contains("enable.auto.commit"), "\(daemon.error)")
        }

        @Test("an HTTP port that is taken ends with 69 and names it")
        func portTaken() throws {
            let held = try holdPort()
            defer { close(held.descriptor) }
            let deployment = try deployment("port")
            try createTopic(deployment.topics.input, partitions: 1)
            try deployment.createTopics(partitions: 1)
            let daemon = try deployment.start(httpPort: held.port)
            #expect(daemon.wait(milliseconds: 30_000) == .exited(69), "\(daemon.error)")
            #expect(daemon.error.contains("\(held.port)"), "\(daemon.error)")
        }

        private func deployment(_ name: String) throws -> Deployment {
            try Deployment(
                name, rules: RuleTexts.single, options: .init(bootstrap: try testBroker()))
        }
    }
}
