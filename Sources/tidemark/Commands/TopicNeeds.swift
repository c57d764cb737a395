// The topics that settings ask for, with what each must be, and how one that exists compares.
import Kafka
import Operations
import Pipeline

/// One topic as it must be.
struct TopicNeed: Sendable {
    /// What a topic is for.
    enum Role: String, Sendable {
        case input, alerts, rejected, state, balances, shadow
    }

    let role: Role
    let name: String

    /// Whether only the latest record of a key matters.
    var isCompacted: Bool { role == .state || role == .balances }

    /// The topics of `settings`, the input first.
    static func all(of settings: Settings) -> [TopicNeed] {
        var needs = [
            TopicNeed(role: .input, name: settings.inputTopic),
            TopicNeed(role: .alerts, name: settings.alertsTopic),
            TopicNeed(role: .rejected, name: settings.rejectedTopic),
            TopicNeed(role: .state, name: settings.stateTopic),
        ]
        if let name = settings.balancesTopic { needs.append(.init(role: .balances, name: name)) }
        if let name = settings.shadowTopic { needs.append(.init(role: .shadow, name: name)) }
        return needs
    }

    /// The settings with which the topic is made; what is not named is the cluster's.
    func configuration(replication: Int?) -> [(name: String, value: String)] {
        var settings: [(name: String, value: String)] = []
        if isCompacted {
            // Compaction leaves the active segment alone: small segments keep a restore short.
            settings += [
                ("cleanup.policy", "compact"), ("segment.bytes", "134217728"),
                ("segment.ms", "21600000"), ("min.cleanable.dirty.ratio", "0.3"),
            ]
        } else {
            settings.append(("cleanup.policy", "delete"))
        }
        if role == .state {
            settings.append(("max.message.bytes", String(TopicNeed.stateRecordBytes * 2)))
        }
        if let replication, replication >= 3 { settings.append(("min.insync.replicas", "2")) }
        return settings
    }

    /// The least `max.message.bytes` of a topic of states, whose parts have up to 512 KiB.
    static let stateRecordBytes = 1_048_588
}

/// A topic as it is.
struct TopicFinding: Sendable {
    let need: TopicNeed
    /// Nil when there is no such topic.
    let description: TopicDescription?
    /// Nil when the cluster does not say.
    let settings: [String: String]?

    /// Asks for the topic that `need` names.
    init(_ need: TopicNeed, _ admin: borrowing Admin) throws(KafkaError) {
        self.need = need
        description = try admin.describe(topic: need.name)
        settings = description == nil ? nil : try? admin.configuration(ofTopic: need.name)
    }

    /// What the topic lacks beside an input of `inputPartitions`; nil when it fits, `isMissing` when it is not there.
    func fault(inputPartitions: Int?) -> String? {
        guard let description else { return "missing" }
        let policy = settings?["cleanup.policy"]
        if need.role == .state, let inputPartitions,
            description.partitionCount != inputPartitions
        {
            return "has \(description.partitionCount) partitions, the input \(inputPartitions)"
        }
        if need.isCompacted, let policy, policy != "compact" {
            return "has cleanup.policy=\(policy), which would lose \(need.role.rawValue); "
                + "it needs compact"
        }
        if need.role == .input, let policy, policy.contains("compact") {
            return "has cleanup.policy=\(policy), which loses entries; it needs delete"
        }
        if need.role == .state, let limit = settings?["max.message.bytes"].flatMap({ Int($0) }),
            limit < TopicNeed.stateRecordBytes
        {
            return "has max.message.bytes=\(limit); it needs at least \(TopicNeed.stateRecordBytes)"
        }
        return nil
    }

    /// How the fault is mended.
    func cure(inputPartitions: Int?, servers: String, path: String) -> String {
        guard let description else {
            guard need.role == .input else {
                return "tidemark topics create --config \(path) makes it"
            }
            return "make it, or let tidemark topics create --config \(path) --partitions N do so"
        }
        if need.role == .state, let inputPartitions,
            description.partitionCount != inputPartitions
        {
            return "if it has never held state, delete it and let tidemark topics create --config "
                + "\(path) make it with \(inputPartitions); if partitions were added to the input, "
                + "copy that by key to a new topic and build the state anew from it under another "
                + "application name and state topic"
        }
        let setting =
            need.role == .input
            ? "cleanup.policy=delete"
            : settings?["cleanup.policy"] == "compact"
                ? "max.message.bytes=\(TopicNeed.stateRecordBytes * 2)" : "cleanup.policy=compact"
        return "kafka-configs --bootstrap-server \(servers) --alter --topic \(need.name) "
            + "--add-config \(setting)"
    }
}
