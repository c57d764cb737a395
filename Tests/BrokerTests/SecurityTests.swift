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
