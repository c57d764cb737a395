// librdkafka properties that Tidemark sets itself, since what it promises rests on them.

/// The properties that `kafka.properties` may not hold, each with what to do instead.
enum OwnedProperties {
    /// Refuses `name` if Tidemark owns it.
    static func refuse(_ name: String, at place: YAMLPlace) throws(Failure) {
        guard let hint = hints[name] else { return }
        throw .settings(place, "kafka property \"\(name)\" belongs to Tidemark; \(hint)")
    }

    private static let exactlyOnce = "leave it out: exactly-once rests on it"
    private static let speed = "leave it out: it is set to what was measured"

    static let hints: [String: String] = [
        "bootstrap.servers": "use kafka.bootstrap_servers",
        "metadata.broker.list": "use kafka.bootstrap_servers",
        "client.id": "it follows from application and instance",
        "group.id": "use application",
        "group.instance.id": "use instance",
        "transactional.id": "it follows from application and instance",
        "enable.auto.commit": exactlyOnce,
        "auto.commit.interval.ms": "use commit.interval_ms",
        "enable.auto.offset.store": exactlyOnce,
        "isolation.level": exactlyOnce,
        "auto.offset.reset": "use input.start",
        "partition.assignment.strategy": exactlyOnce,
        "session.timeout.ms": exactlyOnce,
        "heartbeat.interval.ms": exactlyOnce,
        "max.poll.interval.ms": exactlyOnce,
        "check.crcs": exactlyOnce,
        "allow.auto.create.topics": "create topics with: tidemark topics create",
        "enable.partition.eof": exactlyOnce,
        "enable.idempotence": exactlyOnce,
        "transaction.timeout.ms": exactlyOnce,
        "compression.type": speed,
        "compression.codec": speed,
        "retry.backoff.ms": speed,
        "partitioner": "leave it out: keys go where Kafka's own clients put them",
        "message.max.bytes": "it follows from the topics' own limits",
        "queue.buffering.max.messages": speed,
        "queue.buffering.max.kbytes": speed,
        "queued.min.messages": speed,
        "queued.max.messages.kbytes": speed,
        "fetch.queue.backoff.ms": speed,
        "reconnect.backoff.ms": speed,
        "reconnect.backoff.max.ms": speed,
        "socket.keepalive.enable": speed,
        "socket.nagle.disable": speed,
        "topic.metadata.refresh.interval.ms": speed,
    ]
}
