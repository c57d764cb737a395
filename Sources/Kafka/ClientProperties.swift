// Properties of a client: the user's, and over them what the daemon owns.

/// librdkafka properties by name; a later value of a name replaces the earlier.
public struct ClientProperties: Sendable {
    /// How often a member tells the group that it lives, and hears whether it still belongs to it, in milliseconds.
    public static let heartbeatMilliseconds: Int64 = 2000

    /// Names and values in the order in which they are given to the library.
    public private(set) var pairs: [(name: String, value: String)] = []

    /// The user's properties for these servers.
    ///
    /// Owned names among them are refused by `refusal(of:)`, and lose against the presets when they
    /// come here all the same.
    public init(bootstrapServers: String, user: [(name: String, value: String)] = []) {
        for (name, value) in user { self[name] = value }
        self["bootstrap.servers"] = bootstrapServers
    }

    /// The value of a property, nil when not given.
    public subscript(name: String) -> String? {
        get { pairs.last { $0.name == name }?.value }
        set {
            pairs.removeAll { $0.name == name }
            if let newValue { pairs.append((name, newValue)) }
        }
    }

    /// These properties with others set over them.
    public func setting(_ others: [(String, String)]) -> ClientProperties {
        var result = self
        for (name, value) in others { result[name] = value }
        return result
    }
}

extension ClientProperties {
    /// For a worker's consumer: `group` is the application, `instance` stable over restarts and its
    /// own for each worker.
    ///
    /// - Parameter patienceMilliseconds: How long the member may be silent before the group gives its partitions away;
    ///   nil for the usual time.
    public func consumer(
        group: String, instance: String, patienceMilliseconds: Int? = nil
    ) -> ClientProperties {
        let patience = patienceMilliseconds.map(String.init)
        return setting(
            Preset.both + Preset.consumer + [
                ("group.id", group), ("group.instance.id", instance),
                // What comes with one answer comes on top of the queue's limit, some five times as large when unpacked.
                ("fetch.message.max.bytes", self["fetch.message.max.bytes"] ?? "262144"),
                statistics,
            ]
        ).setting(
            patience.map { [("session.timeout.ms", $0), ("max.poll.interval.ms", $0)] } ?? [])
    }

    /// For a reader of given partitions: joins no group, commits nothing, ends at `auto.offset.reset=error`.
    ///
    /// The library asks for the coordinator of `group` all the same, for which there must be the right.
    /// One that `follows` waits at the end of a partition for what comes; any other wants to know at once that it is
    /// there, which the broker says when the wait for more is over.
    public func reader(
        group: String, isolation: Isolation, follows: Bool
    ) -> ClientProperties {
        let reader = setting(
            Preset.both + Preset.consumer + [
                ("group.id", group), ("isolation.level", isolation.rawValue), Preset.noStatistics,
            ])
        return follows ? reader : reader.setting([("fetch.wait.max.ms", "10")])
    }

    /// For a worker's producer.
    ///
    /// `maxRecordBytes` comes from the topics' own limits, `queueKilobytes` from the memory budget;
    /// `patienceMilliseconds` is how long a transaction may take, nil for the usual time.
    public func transactionalProducer(
        transactionalID: String, maxRecordBytes: Int = 1_000_000, queueKilobytes: Int = 65_536,
        patienceMilliseconds: Int? = nil
    ) -> ClientProperties {
        setting(
            Preset.both + Preset.producer + [
                ("transactional.id", transactionalID),
                (
                    "transaction.timeout.ms",
                    String(patienceMilliseconds ?? Preset.transactionTimeoutMilliseconds)
                ),
                ("message.max.bytes", String(maxRecordBytes)),
                ("queue.buffering.max.kbytes", String(queueKilobytes)),
                // A commit flushes; what went earlier would only make more and smaller batches.
                ("linger.ms", self["linger.ms"] ?? "1000"),
                statistics,
            ])
    }

    /// For the producer of tools: records arrive in order, and twice where a broker fails while it takes them.
    ///
    /// An idempotent one would end instead when brokers fail often enough.
    public func producer(queueKilobytes: Int = 65_536) -> ClientProperties {
        setting(
            Preset.both + Preset.producer + [
                ("enable.idempotence", "false"), ("acks", "all"),
                ("max.in.flight.requests.per.connection", "1"),
                ("queue.buffering.max.kbytes", String(queueKilobytes)),
                ("linger.ms", self["linger.ms"] ?? "5"), Preset.noStatistics,
            ])
    }

    /// For questions about topics; sees uncommitted ends.
    public func admin() -> ClientProperties {
        setting(
            Preset.both + [
                ("isolation.level", Isolation.readUncommitted.rawValue),
                ("allow.auto.create.topics", "false"), Preset.noStatistics,
            ])
    }

    private var statistics: (String, String) {
        let name = Preset.noStatistics.0
        return (name, self[name] ?? String(Preset.statisticsMilliseconds))
    }
}

/// Which records of transactions a reader sees.
public enum Isolation: String, Sendable {
    /// Records of committed transactions only; the end is the last stable offset.
    case readCommitted = "read_committed"
    /// Every record; the end is the high watermark.
    case readUncommitted = "read_uncommitted"
}

/// What the daemon sets.
enum Preset {
    static let transactionTimeoutMilliseconds = 10_000
    /// How often a worker's clients tell their statistics where the user does not say.
    static let statisticsMilliseconds = 10_000
    /// For clients that are not polled all the time: what they tell waits in their queue, without end.
    static let noStatistics = ("statistics.interval.ms", "0")

    static let both: [(String, String)] = [
        ("reconnect.backoff.ms", "100"),
        ("reconnect.backoff.max.ms", "1000"),
        ("socket.keepalive.enable", "true"),
        ("socket.nagle.disable", "true"),
        ("topic.metadata.refresh.interval.ms", "60000"),
    ]

    static let consumer: [(String, String)] =
        [
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("isolation.level", Isolation.readCommitted.rawValue),
            ("auto.offset.reset", "error"),
            ("partition.assignment.strategy", "range"),
            ("session.timeout.ms", "10000"),
            ("heartbeat.interval.ms", String(ClientProperties.heartbeatMilliseconds)),
            ("max.poll.interval.ms", "60000"),
            ("check.crcs", "true"),
            ("allow.auto.create.topics", "false"),
            ("enable.partition.eof", "true"),
            ("queued.min.messages", "10000000"),
            ("queued.max.messages.kbytes", "16384"),
        ] + (Library.version >= 0x02_02_00_00 ? [("fetch.queue.backoff.ms", "5")] : [])

    static let producer: [(String, String)] = [
        ("compression.type", "lz4"),
        ("retry.backoff.ms", "5"),
        ("partitioner", "murmur2_random"),
        ("queue.buffering.max.messages", "10000000"),
        // Without reports of success a flush looks every 10 ms whether all is delivered.
        ("delivery.report.only.error", "false"),
    ]
}
