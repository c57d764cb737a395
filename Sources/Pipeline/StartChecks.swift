// What must hold before the first record is read: Kafka answers, the topics are there, those that are partitioned
// alike have as many partitions, the state topic is compacted. Each refusal says what to do.
import Kafka

/// What the start checks found.
struct Topics {
    /// Partitions of the input.
    var partitions: Int
    /// The most bytes of a record, and of a batch of them, that every output topic takes.
    var maxRecordBytes: Int
}

/// Checks the topics of `settings`.
struct StartChecks {
    let settings: Settings
    let properties: ClientProperties
    let hooks: Hooks
    let log: LogSink

    private static let create = "tidemark topics create --config FILE makes it"

    func run() throws(ExitError) -> Topics {
        let result: Result<Topics, ExitError>
        do throws(KafkaError) {
            try Library.check()
            let admin = try Admin(properties.admin(), hooks: hooks)
            _ = try admin.brokerCount(timeoutMilliseconds: 10_000)
            result = try check(admin)
        } catch {
            throw startError(error)
        }
        return try result.get()
    }

    private func check(
        _ admin: borrowing Admin
    ) throws(KafkaError) -> Result<Topics, ExitError> {
        let input = settings.inputTopic
        guard let partitions = try admin.describe(topic: input)?.partitionCount else {
            return .failure(
                ExitError(
                    .unavailable,
                    "topic \(input) does not exist; it is the input, with customer ids as keys: "
                        + StartChecks.create))
        }
        var maxBytes = 1_000_000
        for output in Output.allCases {
            guard let name = settings.topic(of: output) else { continue }
            let count = try admin.describe(topic: name)?.partitionCount
            if let failure = StartChecks.refusal(
                name, output, partitions: count, input: input, inputPartitions: partitions)
            {
                return .failure(failure)
            }
            guard settings.asksTopicSettings, let configuration = configuration(of: name, admin)
            else { continue }
            if output == .state, let failure = refusal(name, policy: configuration) {
                return .failure(failure)
            }
            if let text = configuration["max.message.bytes"], let limit = Int(text) {
                if let failure = refusal(name, maxMessageBytes: limit) { return .failure(failure) }
                maxBytes = min(maxBytes, limit)
            }
        }
        return .success(Topics(partitions: partitions, maxRecordBytes: maxBytes))
    }

    /// Why a topic does not fit, or nil.
    static func refusal(
        _ name: String, _ output: Output, partitions: Int?, input: String, inputPartitions: Int
    ) -> ExitError? {
        let isState = output == .state
        guard let partitions else {
            let should =
                isState
                ? "it should have \(inputPartitions) partitions, as \(input) has, and "
                    + "cleanup.policy=compact"
                : "any number of partitions will do"
            return ExitError(
                .unavailable, "topic \(name) does not exist; \(should): \(create)")
        }
        guard !isState || partitions == inputPartitions else {
            return ExitError(
                .configuration,
                "topic \(input) has \(inputPartitions) partitions but \(name) has \(partitions); "
                    + "delete \(name) and make it with \(inputPartitions): "
                    + "tidemark topics create --config FILE --partitions \(inputPartitions)")
        }
        return nil
    }

    private func refusal(_ name: String, policy configuration: [String: String]) -> ExitError? {
        guard let policy = configuration["cleanup.policy"], policy != "compact" else { return nil }
        return ExitError(
            .configuration,
            "topic \(name) has cleanup.policy=\(policy), which would lose state; it needs compact: "
                + "kafka-configs --alter --topic \(name) --add-config cleanup.policy=compact")
    }

    private func refusal(_ name: String, maxMessageBytes limit: Int) -> ExitError? {
        guard limit < RecordLimits.leastRecordBytes else { return nil }
        return ExitError(
            .configuration,
            "topic \(name) has max.message.bytes=\(limit), too few for an alert; it needs "
                + "\(RecordLimits.leastRecordBytes) or more: kafka-configs --alter --topic \(name) "
                + "--add-config max.message.bytes=1048588")
    }

    /// Nil when the cluster does not say, as the embedded one does not.
    private func configuration(of topic: String, _ admin: borrowing Admin) -> [String: String]? {
        do throws(KafkaError) {
            return try admin.configuration(ofTopic: topic, timeoutMilliseconds: 5000)
        } catch {
            log(
                .notice, "a topic's settings cannot be checked",
                [("topic", topic), ("error", "\(error)")])
            return nil
        }
    }

    private func startError(_ error: KafkaError) -> ExitError {
        let servers = settings.bootstrapServers
        if error.cure == .notAuthorized {
            return ExitError(
                .unavailable,
                "Kafka at \(servers) does not allow it: \(error); grant the rights, or mend the "
                    + "credentials in kafka.properties")
        }
        if ["_INVALID_ARG", "_UNSUPPORTED_FEATURE"].contains(error.name) {
            return ExitError(.configuration, "\(error)")
        }
        return ExitError(
            .unavailable,
            "Kafka at \(servers) is not reachable: \(error); check kafka.bootstrap_servers and that "
                + "the brokers run")
    }
}
