// What each topic of the settings must be: one table for the checks at the start and for `tidemark topics`.

/// One topic as it must be.
public struct TopicNeed: Sendable {
    /// What a topic is for.
    public enum Role: String, Sendable {
        case input, alerts, rejected, state, balances, shadow
    }

    /// A setting that does not fit.
    public struct Fault: Sendable, Equatable {
        /// What is wrong, to be read after the topic's name.
        public var text: String
        /// The setting that mends it, `name=value`.
        public var cure: String
        /// Whether nothing may be read or written as it is; otherwise only readers of the topic suffer.
        public var isGrave: Bool
    }

    /// What the topic is for.
    public let role: Role
    /// Its name.
    public let name: String

    /// A need; see the properties.
    public init(role: Role, name: String) {
        self.role = role
        self.name = name
    }

    /// The least `max.message.bytes` of a topic that is written to: larger states go in parts, larger alerts without
    /// their evidence, which needs so much.
    public static var leastRecordBytes: Int { RecordLimits.leastRecordBytes }

    /// What Kafka gives a topic of its own accord: there nothing is cut.
    public static let usualRecordBytes = 1_048_588

    /// Whether only the latest record of a key matters.
    public var isCompacted: Bool { role == .state || role == .balances }

    /// The topics of `settings`, the input first.
    public static func all(of settings: Settings) -> [TopicNeed] {
        [TopicNeed(role: .input, name: settings.inputTopic)]
            + Output.allCases.compactMap { output in
                settings.topic(of: output).map { TopicNeed(role: output.role, name: $0) }
            }
    }

    /// What the topic's settings lack, the gravest first; nil when they fit.
    ///
    /// - Parameter settings: As the cluster tells them; what it does not tell fits.
    public func fault(_ settings: [String: String]) -> Fault? {
        let policy = policyFault(settings["cleanup.policy"])
        if let policy, policy.isGrave { return policy }
        return sizeFault(settings["max.message.bytes"].flatMap { Int($0) }) ?? policy
    }

    private func policyFault(_ policy: String?) -> Fault? {
        guard let policy else { return nil }
        if role == .input, policy.contains("compact") {
            return Fault(
                text: "has cleanup.policy=\(policy), which loses entries; it needs delete",
                cure: "cleanup.policy=delete", isGrave: true)
        }
        guard isCompacted, policy != "compact" else { return nil }
        return Fault(
            text: "has cleanup.policy=\(policy), which would lose \(role.rawValue); "
                + "it needs compact",
            cure: "cleanup.policy=compact", isGrave: role == .state)
    }

    private func sizeFault(_ limit: Int?) -> Fault? {
        guard role != .input, let limit, limit < TopicNeed.leastRecordBytes else { return nil }
        return Fault(
            text: "has max.message.bytes=\(limit), too few for an alert or a state; it needs "
                + "\(TopicNeed.leastRecordBytes) or more",
            cure: "max.message.bytes=\(TopicNeed.usualRecordBytes)", isGrave: true)
    }
}

extension Output {
    /// What the output's topic is for.
    var role: TopicNeed.Role {
        switch self {
        case .alerts: .alerts
        case .shadow: .shadow
        case .rejected: .rejected
        case .balances: .balances
        case .state: .state
        }
    }
}
