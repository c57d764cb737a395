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
    /// Whether nobody waits for the outcome any more.
    var shouldStop: @Sendable () -> Bool = { false }

    private static let patienceMilliseconds: Int64 = 5000
    private static let create = "tidemark topics create --config FILE makes it"

    func run() throws(ExitError) -> Topics {
        let result: Result<Topics, ExitError>
        do throws(KafkaError) {
            try Library.check()
            let admin = try Admin(properties.admin(), hooks: hooks)
            try awaitBrokers(admin)
            result = try check(admin)
        } catch {
            throw startError(error)
        }
        return try result.get()
    }

    /// Waits 10 s for a broker, or less when one refuses the connection.
    private func awaitBrokers(_ admin: borrowing Admin) throws(KafkaError) {
        var complaint: KafkaError?
        var refusedSince: Int64?
        // In short pieces, so that a stop is not kept waiting.
        for _ in 0..<20 where !shouldStop() {
            do throws(KafkaError) {
                _ = try admin.brokerCount(timeoutMilliseconds: 500)
                return
            } catch {
                complaint = admin.complaint() ?? complaint ?? error
                guard let complaint, StartChecks.isRefusal(complaint) else { continue }
                // For a while: the first may have been a broker on its way up or down.
                let now = Clock.monotonicMilliseconds()
                if let since = refusedSince, now - since >= 2000 { break }
                refusedSince = refusedSince ?? now
            }
        }
        throw complaint ?? KafkaError(code: .allBrokersDown, message: "asking the brokers")
    }

    /// Whether the connection itself is refused, by certificates or credentials.
    private static func isRefusal(_ error: KafkaError) -> Bool {
        error.isOfRefusedConnection || error.message.contains("certificate")
    }

    private func check(
        _ admin: borrowing Admin
    ) throws(KafkaError) -> Result<Topics, ExitError> {
        let input = settings.inputTopic
        guard let partitions = try admin.describe(topic: input)?.partitionCount else {
            return .failure(
                ExitError(
                    .unavailable,
                    "topic \(input) does not exist; it is the input, with customer ids as keys: make "
                        + "it, or let tidemark topics create --config FILE --partitions N do so"))
        }
        let need = TopicNeed(role: .input, name: input)
        if settings.asksTopicSettings, let found = configuration(of: input, admin),
            let fault = need.fault(found)
        {
            return .failure(StartChecks.refusal(of: need, fault))
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
            guard settings.asksTopicSettings else { continue }
            switch limit(of: TopicNeed(role: output.role, name: name), admin) {
            case .success(let limit): maxBytes = min(maxBytes, limit ?? maxBytes)
            case .failure(let failure): return .failure(failure)
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
                "topic \(input) has \(inputPartitions) partitions but \(name) has \(partitions): when "
                    + "\(name) has never held state, delete it and let tidemark topics create "
                    + "--config FILE make it; when partitions were added to \(input), customers now "
                    + "come in other partitions than those that hold their state: copy \(input) by "
                    + "key and in its order to a new topic, and build the state anew from that under "
                    + "another application name and state topic")
        }
        return nil
    }

    /// The most bytes of a record that a topic takes, where the cluster says so; or why its settings do not fit.
    ///
    /// What does not fit is asked for again for some seconds: a broker that has just started answers with the defaults
    /// for topics that it has not heard of yet.
    private func limit(
        of need: TopicNeed, _ admin: borrowing Admin
    ) -> Result<Int?, ExitError> {
        let end = Clock.monotonicMilliseconds() + StartChecks.patienceMilliseconds
        while true {
            guard let found = configuration(of: need.name, admin) else { return .success(nil) }
            let fault = need.fault(found)
            guard let fault, fault.isGrave else {
                if let fault {
                    let cure = StartChecks.cure(of: need, fault)
                    log(.warning, "topic \(need.name) \(fault.text)", [("cure", cure)])
                }
                return .success(found["max.message.bytes"].flatMap { Int($0) })
            }
            guard Clock.monotonicMilliseconds() < end else {
                return .failure(StartChecks.refusal(of: need, fault))
            }
            Clock.sleep(milliseconds: 500)
        }
    }

    private static func refusal(of need: TopicNeed, _ fault: TopicNeed.Fault) -> ExitError {
        ExitError(
            .configuration, "topic \(need.name) \(fault.text): \(StartChecks.cure(of: need, fault))"
        )
    }

    private static func cure(of need: TopicNeed, _ fault: TopicNeed.Fault) -> String {
        "kafka-configs --alter --topic \(need.name) --add-config \(fault.cure)"
    }

    /// What is refused between client and brokers, and what to mend.
    private static func refusal(_ error: KafkaError) -> String {
        if error.message.contains("certificate verify failed") {
            return
                "the brokers' certificate cannot be verified; name the authority that has signed "
                + "it in kafka.properties as ssl.ca.location: \(error)"
        }
        if error.message.contains("certificate") {
            return "the brokers refuse this client's certificate: look whether it has expired, and "
                + "whether they know its authority (ssl.certificate.location): \(error)"
        }
        if error.code.name.contains("AUTHENTICATION") {
            return "the credentials are refused; mend sasl.username and the password, or the "
                + "mechanism: \(error)"
        }
        return "the encrypted connection fails; look at security.protocol and the ssl properties: "
            + "\(error)"
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
        if StartChecks.isRefusal(error) {
            return ExitError(.unavailable, "Kafka at \(servers): \(StartChecks.refusal(error))")
        }
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
