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
                "secure-\(access)", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try access.bootstrap(broker),
                    kafkaProperties: access.properties(broker), kafkaSecrets: try access.secrets()))
            try createTopic(deployment.topics.input, partitions: 2, at: broker.bootstrap)
            try deployment.createTopics(partitions: 2)
            let records = (0..<50).map { number in
                Outgoing(key: "c\(number % 5)", value: event("e\(number)", "c\(number % 5)"))
            }
            try produce(records, to: deployment.topics.input, at: broker.bootstrap)
            try deployment.runUntilCaughtUp(seconds: 60)
            let found = AlertLog(try readTopic(deployment.topics.alerts, at: broker.bootstrap))
            #expect(found.count == 50)
        }

        @Test("a wrong password ends with 69, and no line holds it")
        func wrongPassword() throws {
            let broker = try SecureBroker.shared.get()
            var properties = Access.plain.properties(broker)
            properties["sasl.password"] = "not-the-secret"
            let deployment = try Deployment(
                "secure-wrong", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try Access.plain.bootstrap(broker), kafkaProperties: properties))
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
            var properties = Access.mutual.properties(broker)
            properties["ssl.ca.location"] = "\(tls)/\(authority).pem"
            properties["ssl.certificate.location"] = "\(tls)/\(client).pem"
            properties["ssl.key.location"] = "\(tls)/\(client).key"
            let deployment = try Deployment(
                "secure-\(client)-\(authority)", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try Access.mutual.bootstrap(broker), kafkaProperties: properties))
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
                "secure-withdrawn", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try Access.plain.bootstrap(broker),
                    kafkaProperties: Access.plain.properties(broker),
                    kafkaSecrets: try Access.plain.secrets()))
            try createTopic(deployment.topics.input, partitions: 2, at: broker.bootstrap)
            try deployment.createTopics(partitions: 2)
            let port = try freePort()
            let daemon = try deployment.start(httpPort: port)
            var number = 0
            func isReady(saying text: String? = nil) -> Bool {
                guard let answer = try? httpGet("/readyz", port: port) else { return false }
                guard let text else { return answer.status == 200 }
                return answer.status == 503 && answer.text.contains(text)
            }
            func feed() throws {
                let records = (number..<number + 20).map {
                    Outgoing(key: "c\($0 % 5)", value: event("w\($0)", "c\($0 % 5)"))
                }
                number += 20
                try produce(records, to: deployment.topics.input, at: broker.bootstrap)
            }
            #expect(eventually(within: 30_000) { isReady() }, "\(daemon.error)")
            for right in [["Read", deployment.topics.input], ["Write", deployment.topics.alerts]] {
                let rule = [
                    "--deny-principal", "User:tidemark", "--operation", right[0], "--topic",
                    right[1],
                ]
                try broker.tool("acls", ["--add"] + rule)
                try feed()
                let isTold = eventually(within: 30_000) { isReady(saying: "does not allow") }
                #expect(isTold, "\(right): \(daemon.error)")
                try broker.tool("acls", ["--remove", "--force"] + rule)
                let isDone = try eventually(within: 40_000, every: 200) {
                    let alerts = try readTopic(deployment.topics.alerts, at: broker.bootstrap)
                    return isReady() && alerts.count == number
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

        @Test("a user without rights ends with 69")
        func outsider() throws {
            let broker = try SecureBroker.shared.get()
            var properties = Access.plain.properties(broker)
            properties["sasl.username"] = "outsider"
            properties["sasl.password"] = "outsider-secret"
            let deployment = try Deployment(
                "secure-outsider", rules: RuleTexts.single,
                options: .init(
                    bootstrap: try Access.plain.bootstrap(broker), kafkaProperties: properties))
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

    func bootstrap(_ broker: LocalBroker) throws -> String {
        let file = self == .plain ? "bootstrap.sasl" : "bootstrap.mtls"
        let text = String(decoding: try readFile("\(broker.directory)/\(file)"), as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).joined()
    }

    func properties(_ broker: LocalBroker) -> [String: String] {
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
    func secrets() throws -> [String: String] {
        self == .plain ? ["sasl.password": "tidemark-secret\n"] : [:]
    }
}
