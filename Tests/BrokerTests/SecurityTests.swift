// Encrypted and authenticated connections: librdkafka's properties pass through, to the topics command and the daemon.
import BrokerSupport
import Testing

extension BrokerTests {
    @Suite(
        "Secure connections",
        .enabled(if: SecureBroker.isAvailable, "needs ../shared/kafka/kafka and Java"))
    struct SecurityTests {
        @Test(
            "TLS with SASL PLAIN and mutual TLS: topics are made, the input is judged",
            arguments: Access.allCases)
        func passes(_ access: Access) throws {
            let broker = try SecureBroker.shared.get()
            let deployment = try Deployment(
                "secure-\(access)", rules: RuleTexts.single, partitions: 2,
                options: try access.options(broker), at: broker.bootstrap)
            try produce(debits(0..<50), to: deployment.topics.input, at: broker.bootstrap)
            try deployment.runUntilCaughtUp(seconds: 60)
            let found = AlertLog(try readTopic(deployment.topics.alerts, at: broker.bootstrap))
            #expect(found.count == 50)
        }

        @Test("a wrong password ends with 69, and no line holds it")
        func wrongPassword() throws {
            let broker = try SecureBroker.shared.get()
            let deployment = try Deployment(
                "secure-wrong", rules: RuleTexts.single,
                options: try Access.plain.options(
                    broker, changing: ["sasl.password": "not-the-secret"]))
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 45_000) == .exited(69), "\(daemon.error)")
            #expect(!daemon.error.contains("not-the-secret"))
            let last = daemon.error.split(separator: "\n").last ?? ""
            #expect(last.contains("the credentials are refused"), "\(last)")
        }

        @Test(
            "certificates that do not fit end with 69 and one line that says whose",
            arguments: [
                ("expired", "ca", "the brokers refuse this client's certificate"),
                ("stranger", "ca", "the brokers refuse this client's certificate"),
                ("tidemark", "stranger-ca", "the brokers' certificate cannot be verified"),
            ])
        func certificates(client: String, authority: String, says: String) throws {
            let broker = try SecureBroker.shared.get()
            let tls = "\(broker.directory)/tls"
            let deployment = try Deployment(
                "secure-\(client)-\(authority)", rules: RuleTexts.single,
                options: try Access.mutual.options(
                    broker,
                    changing: [
                        "ssl.ca.location": "\(tls)/\(authority).pem",
                        "ssl.certificate.location": "\(tls)/\(client).pem",
                        "ssl.key.location": "\(tls)/\(client).key",
                    ]))
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 45_000) == .exited(69), "\(daemon.error)")
            let last = daemon.error.split(separator: "\n").last ?? ""
            #expect(last.contains(says), "\(last)")
        }

        @Test(
            "rights withdrawn from a running daemon: not ready with what, until they are given back"
        )
        func withdrawn() throws {
            let broker = try SecureBroker.shared.get()
            let deployment = try Deployment(
                "secure-withdrawn", rules: RuleTexts.single, partitions: 2,
                options: try Access.plain.options(broker), at: broker.bootstrap)
            let port = try freePort()
            let daemon = try deployment.start(httpPort: port)
            var number = 0
            func feed() throws {
                try produce(
                    debits(number..<number + 20), to: deployment.topics.input, at: broker.bootstrap)
                number += 20
            }
            #expect(eventually(within: 30_000) { isReady(port: port) }, "\(daemon.error)")
            for right in [["Read", deployment.topics.input], ["Write", deployment.topics.alerts]] {
                let rule = [
                    "--deny-principal", "User:tidemark", "--operation", right[0], "--topic",
                    right[1],
                ]
                try broker.tool("acls", ["--add"] + rule)
                try feed()
                let isTold = eventually(within: 30_000) {
                    isReady(port: port, saying: "does not allow")
                }
                #expect(isTold, "\(right): \(daemon.error)")
                try broker.tool("acls", ["--remove", "--force"] + rule)
                let isDone = try eventually(within: 40_000, every: 200) {
                    let alerts = try readTopic(deployment.topics.alerts, at: broker.bootstrap)
                    return isReady(port: port) && alerts.count == number
                }
                #expect(isDone, "\(right): \(daemon.error)")
            }
            daemon.signal(15)
            #expect(daemon.wait(milliseconds: 11_000) == .exited(0), "\(daemon.error)")
            #expect(daemon.error.contains("Kafka allows it again"))
            let found = AlertLog(try readTopic(deployment.topics.alerts, at: broker.bootstrap))
            #expect(found.count == number)
            #expect(try found.repeated().isEmpty)
        }

        @Test(
            "with the rights that the manual names and no others it starts, restarts and is verified"
        )
        func documentedRights() throws {
            let broker = try SecureBroker.shared.get()
            let name = "secure-rights"
            let deployment = try Deployment(
                name, rules: RuleTexts.single,
                options: try Access.plain.options(
                    broker,
                    changing: ["sasl.username": "outsider", "sasl.password": "outsider-secret"]))
            let topics = deployment.topics
            for topic in [topics.input, topics.alerts, topics.rejected] {
                try createTopic(topic, partitions: 2, at: broker.bootstrap)
            }
            try createTopic(
                topics.state, partitions: 2, at: broker.bootstrap,
                settings: [("cleanup.policy", "compact")])
            let rights = [
                ["--operation", "Read", "--topic", topics.input],
                ["--operation", "Read", "--operation", "Write", "--topic", topics.state],
                ["--operation", "Write", "--topic", topics.alerts, "--topic", topics.rejected],
                ["--operation", "Read", "--group", name],
                [
                    "--operation", "Write", "--operation", "Describe", "--transactional-id", name,
                    "--resource-pattern-type", "prefixed",
                ],
            ]
            for right in rights {
                try broker.tool("acls", ["--add", "--allow-principal", "User:outsider"] + right)
            }
            for turn in 0..<2 {
                try produce(
                    debits(turn * 20..<turn * 20 + 20), to: topics.input, at: broker.bootstrap)
                try deployment.runUntilCaughtUp()
            }
            #expect(try readTopic(topics.alerts, at: broker.bootstrap).count == 40)
            let child = try deployment.tidemark(
                ["verify", "--config", try deployment.settings()], log: "verify")
            #expect(child.wait(milliseconds: 60_000) == .exited(0), "\(child.error)")
        }

        @Test("a user without rights ends with 69")
        func outsider() throws {
            let broker = try SecureBroker.shared.get()
            let deployment = try Deployment(
                "secure-outsider", rules: RuleTexts.single,
                options: try Access.plain.options(
                    broker,
                    changing: ["sasl.username": "outsider", "sasl.password": "outsider-secret"]))
            try createTopic(deployment.topics.input, partitions: 2, at: broker.bootstrap)
            let daemon = try deployment.start()
            #expect(daemon.wait(milliseconds: 45_000) == .exited(69), "\(daemon.error)")
        }
    }
}

/// The ways in which a client proves who it is.
enum Access: String, CaseIterable, Sendable, CustomStringConvertible {
    case plain, mutual

    var description: String { rawValue }

    /// A deployment's options for this way; `changes` go before its properties.
    func options(
        _ broker: LocalBroker, changing changes: [String: String] = [:]
    ) throws -> Deployment.Options {
        Deployment.Options(
            bootstrap: try bootstrap(broker),
            kafkaProperties: properties(broker).merging(changes) { $1 },
            // A property that is given in the settings themselves comes from no file.
            kafkaSecrets: secrets.filter { changes[$0.key] == nil })
    }

    private func bootstrap(_ broker: LocalBroker) throws -> String {
        let file = self == .plain ? "bootstrap.sasl" : "bootstrap.mtls"
        let text = String(decoding: try readFile("\(broker.directory)/\(file)"), as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).joined()
    }

    private func properties(_ broker: LocalBroker) -> [String: String] {
        let tls = "\(broker.directory)/tls"
        switch self {
        case .plain:
            return [
                "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN",
                "sasl.username": "tidemark", "ssl.ca.location": "\(tls)/ca.pem",
            ]
        case .mutual:
            return [
                "security.protocol": "SSL", "ssl.ca.location": "\(tls)/ca.pem",
                "ssl.certificate.location": "\(tls)/tidemark.pem",
                "ssl.key.location": "\(tls)/tidemark.key",
            ]
        }
    }

    /// What the settings name by file only.
    private var secrets: [String: String] {
        self == .plain ? ["sasl.password": "tidemark-secret\n"] : [:]
    }
}
