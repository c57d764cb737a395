// How the topics that settings ask for are made, and how one that exists compares with what it must be.
import Kafka
import Operations
import Pipeline

extension TopicNeed {
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
        if let replication, replication >= 3 { settings.append(("min.insync.replicas", "2")) }
        return settings
    }
}

/// A topic as it is.
struct TopicFinding: Sendable {
    let need: TopicNeed
    /// Nil when there is no such topic.
    let description: TopicDescription?
    /// Nil when the cluster does not say.
    let settings: [String: String]?

    /// The topic that `need` names, as it was found.
    init(_ need: TopicNeed, _ description: TopicDescription?, settings: [String: String]?) {
        (self.need, self.description, self.settings) = (need, description, settings)
    }

    /// Asks for the topic that `need` names.
    init(_ need: TopicNeed, _ admin: borrowing Admin) throws(KafkaError) {
        self.need = need
        description = try admin.describe(topic: need.name)
        settings = description == nil ? nil : try? admin.configuration(ofTopic: need.name)
    }

    /// What the topic lacks beside an input of `inputPartitions`; nil when it fits, `missing` when it is not there.
    func fault(inputPartitions: Int?) -> String? {
        guard let description else { return "missing" }
        if need.role == .state, let inputPartitions,
            description.partitionCount != inputPartitions
        {
            return "has \(description.partitionCount) partitions, the input \(inputPartitions)"
        }
        return need.fault(settings ?? [:])?.text
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
        let setting = need.fault(settings ?? [:])?.cure ?? ""
        return "kafka-configs --bootstrap-server \(servers) --alter --topic \(need.name) "
            + "--add-config \(setting)"
    }
}
