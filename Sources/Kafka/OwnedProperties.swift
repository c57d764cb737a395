// The properties that users may not set, each with the reason or the setting to use instead.

extension ClientProperties {
    /// Names that the daemon owns, with a hint for whoever tries to set one.
    public static let owned: [(name: String, hint: String)] = {
        let positions = "positions are committed inside transactions"
        let exactness = "exactly-once rests on its value"
        let timing = "its value belongs to how Tidemark keeps its place in the group"
        let memory = "Tidemark sizes its own queues"
        let away = "Tidemark keeps it low so that a short outage stays short"
        let wire = "Tidemark sets it for low latency"
        return [
            ("bootstrap.servers", "use kafka.bootstrap_servers"),
            ("metadata.broker.list", "use kafka.bootstrap_servers"),
            ("group.id", "use application"),
            ("group.instance.id", "use instance"),
            ("transactional.id", "it is made of application, instance and worker"),
            ("enable.auto.commit", positions), ("auto.commit.enable", positions),
            ("enable.auto.offset.store", positions), ("auto.commit.interval.ms", positions),
            ("isolation.level", exactness), ("auto.offset.reset", exactness),
            ("enable.idempotence", exactness), ("acks", exactness),
            ("request.required.acks", exactness), ("transaction.timeout.ms", exactness),
            ("check.crcs", exactness), ("enable.partition.eof", exactness),
            ("partition.assignment.strategy", exactness),
            ("allow.auto.create.topics", "topics are made by tidemark topics create"),
            ("session.timeout.ms", timing), ("heartbeat.interval.ms", timing),
            ("max.poll.interval.ms", timing),
            ("compression.type", wire), ("compression.codec", wire), ("retry.backoff.ms", wire),
            ("socket.nagle.disable", wire), ("socket.keepalive.enable", wire),
            ("partitioner", "customers must stay in the partition that the input gives them"),
            ("message.max.bytes", "it follows the topics' own limits"),
            ("queue.buffering.max.messages", memory), ("queue.buffering.max.kbytes", memory),
            ("queued.min.messages", memory), ("queued.max.messages.kbytes", memory),
            ("fetch.queue.backoff.ms", memory),
            ("reconnect.backoff.ms", away), ("reconnect.backoff.max.ms", away),
            ("topic.metadata.refresh.interval.ms", away),
            ("delivery.report.only.error", wire),
        ]
    }()

    /// Why a user may not set this property, or nil when it passes.
    ///
    /// - Parameter name: The property's name, also with the `topic.` prefix that some tools use.
    public static func refusal(of name: String) -> String? {
        let bare =
            name.hasPrefix("topic.") && name != "topic.metadata.refresh.interval.ms"
            ? String(name.dropFirst("topic.".count)) : name
        return owned.first { $0.name == bare }?.hint
    }
}
