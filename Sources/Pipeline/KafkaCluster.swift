// The real Kafka behind the protocols of Cluster.swift.
import Kafka

/// Makes the clients of a worker against a real cluster.
final class KafkaCluster: Cluster {
    let machine = RealMachine()
    let settings: Settings
    let properties: ClientProperties
    let topics: Topics
    private let hooks: @Sendable (String) -> Hooks
    private let ends: Ends

    /// Asks for ends, uncommitted records counted; the library's call is thread-safe.
    private final class Ends: @unchecked Sendable {
        let admin: Admin
        init(_ admin: consuming Admin) { self.admin = admin }
    }

    init(
        settings: Settings, properties: ClientProperties, topics: Topics,
        hooks: @escaping @Sendable (String) -> Hooks
    ) throws(KafkaError) {
        self.settings = settings
        self.properties = properties
        self.topics = topics
        self.hooks = hooks
        ends = Ends(try Admin(properties.admin(), hooks: hooks("admin")))
    }

    func member(worker: Int) throws(KafkaError) -> KafkaMember {
        // With a quarter of this, 12 MB less in all, a single worker waits for records a quarter of its time.
        try KafkaMember(
            properties.consumer(
                group: settings.application, instance: "\(settings.instance)-\(worker)",
                patienceMilliseconds: settings.patienceMilliseconds
            ).setting([("queued.max.messages.kbytes", String(share(of: 4096)))]),
            topic: settings.inputTopic, partitions: topics.partitions,
            hooks: hooks("consumer-\(worker)"))
    }

    /// What one worker gets of a memory budget in KiB.
    private func share(of kilobytes: Int) -> Int { max(2048, kilobytes / settings.workers) }

    /// A client that asks what the group has committed without being a member of it.
    func observer() throws(KafkaError) -> KafkaMember {
        try KafkaMember(
            properties.consumer(group: settings.application, instance: "observer"),
            topic: settings.inputTopic, partitions: nil, hooks: hooks("observer"))
    }

    func log(worker: Int) throws(KafkaError) -> KafkaTransactions {
        let id = "\(settings.application).\(settings.instance).\(worker)"
        return try KafkaTransactions(
            properties.transactionalProducer(
                transactionalID: id, maxRecordBytes: topics.maxRecordBytes,
                queueKilobytes: share(of: 16_384),
                patienceMilliseconds: settings.patienceMilliseconds),
            settings: settings, hooks: hooks("producer-\(worker)"))
    }

    func reader(follows: Bool) throws(KafkaError) -> KafkaReader {
        try KafkaReader(
            properties.reader(
                group: settings.application, isolation: .readCommitted, follows: follows),
            hooks: hooks("reader"))
    }

    func watermarks(_ topic: String, _ partition: Int32) throws(KafkaError) -> Watermarks {
        try ends.admin.watermarks(of: TopicPartition(topic, partition), timeoutMilliseconds: 3000)
    }

    func inputEnd(_ partition: Int32) throws(KafkaError) -> Int64 {
        let place = TopicPartition(settings.inputTopic, partition)
        return try ends.admin.watermarks(of: place, timeoutMilliseconds: 300).high
    }
}

/// A member of the group; belongs to its worker's thread.
final class KafkaMember: GroupMember {
    private var consumer: Consumer?
    private var waker: FetchWaker?
    private let topic: String
    private var rebalance: Rebalance?
    let wake: @Sendable () -> Void

    init(
        _ properties: ClientProperties, topic: String, partitions: Int?, hooks: Hooks
    ) throws(KafkaError) {
        var consumer = try Consumer(properties, hooks: hooks)
        let pollWaker = consumer.pollWaker
        wake = { pollWaker.wake() }
        self.topic = topic
        // Without a number of partitions it only asks, and joins nothing.
        if let partitions {
            try consumer.subscribe(to: topic)
            waker = consumer.fetchWaker(topic: topic, partitionCount: partitions)
        }
        self.consumer = consume consumer
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        let event = consumer!.poll(into: &batch, timeoutMilliseconds: Int32(timeoutMilliseconds))
        if let event { rebalance = event }
    }

    func nextRebalance() -> Rebalance? { rebalance.take() }

    func assign(_ positions: [(partition: Int32, offset: Int64)]) throws(KafkaError) {
        try consumer!.assign(
            positions.map { PartitionOffset(topic, $0.partition, offset: $0.offset) })
    }

    func unassign() throws(KafkaError) { try consumer!.unassign() }

    func committed(
        _ partitions: [Int32], timeoutMilliseconds: Int
    ) throws(KafkaError) -> [CommittedOffset] {
        let found = try consumer!.committed(
            partitions.map { TopicPartition(topic, $0) },
            timeoutMilliseconds: Int64(timeoutMilliseconds))
        return zip(partitions, found).map { partition, position in
            CommittedOffset(
                partition: partition, offset: position?.offset,
                metadata: String(decoding: position?.metadata ?? [], as: UTF8.self))
        }
    }

    func end(of partition: Int32) -> Int64? { waker?.highWatermark(of: partition) }

    func groupMetadata() throws(KafkaError) -> GroupMetadata { try consumer!.groupMetadata() }

    func close() {
        waker?.stop()
        waker = nil
        if let consumer = consumer.take() { _ = consumer.close(timeoutMilliseconds: 3000) }
    }
}

/// The transactional producer of one generation of a worker.
final class KafkaTransactions: TransactionLog {
    private var producer: TransactionalProducer
    private let topics: [Topic?]

    init(
        _ properties: ClientProperties, settings: Settings, hooks: Hooks
    ) throws(KafkaError) {
        let producer = try TransactionalProducer(properties, hooks: hooks)
        var topics: [Topic?] = []
        for output in Output.allCases {
            if let name = settings.topic(of: output) {
                // States are packed bytes already: lz4 takes a tenth of a process's time to save a quarter of them.
                topics.append(try producer.topic(name, isCompressed: output != .state))
            } else {
                topics.append(nil)
            }
        }
        self.topics = topics
        try producer.learn(topics: topics.compactMap { $0?.name }, timeoutMilliseconds: 10_000)
        try producer.initializeTransactions(timeoutMilliseconds: 15_000)
        self.producer = producer
    }

    func begin() throws(KafkaError) { try producer.begin() }

    func produce(
        _ output: Output, partition: Int32, key: Span<UInt8>?, value: Span<UInt8>?,
        headers: borrowing Headers
    ) throws(KafkaError) {
        guard let topic = topics[output.rawValue] else {
            preconditionFailure("an output without a topic is not produced")
        }
        try producer.produce(
            to: topic, partition: partition < 0 ? nil : partition, key: key, value: value,
            headers: copy headers)
    }

    func flush(timeoutMilliseconds: Int) throws(KafkaError) {
        try producer.flush(timeoutMilliseconds: Int32(timeoutMilliseconds))
    }

    func sendOffsets(
        _ offsets: [PartitionOffset], group: GroupMetadata, timeoutMilliseconds: Int
    ) throws(KafkaError) {
        try producer.sendOffsets(
            offsets, group: group, timeoutMilliseconds: Int32(timeoutMilliseconds))
    }

    func commit(timeoutMilliseconds: Int) throws(KafkaError) {
        try producer.commit(timeoutMilliseconds: Int32(timeoutMilliseconds))
    }

    var isTainted: Bool { producer.isTainted }

    func serve() { producer.poll() }
}

/// Reads given partitions of one topic or another; for one restore.
final class KafkaReader: LogReader {
    private var consumer: Consumer
    private var waker: FetchWaker?

    init(_ properties: ClientProperties, hooks: Hooks) throws(KafkaError) {
        consumer = try Consumer(properties, hooks: hooks)
    }

    func assign(_ positions: [PartitionOffset]) throws(KafkaError) {
        try consumer.assign(positions)
        guard let first = positions.first else { return }
        // What installs states is slower than the fetcher, which would sleep on a full queue.
        let partitions = positions.map(\.partition).max() ?? first.partition
        waker = consumer.fetchWaker(topic: first.topic, partitionCount: Int(partitions) + 1)
    }

    func poll(into batch: inout Batch, timeoutMilliseconds: Int) {
        _ = consumer.poll(into: &batch, timeoutMilliseconds: Int32(timeoutMilliseconds))
    }
}

extension Settings {
    /// The topic that an output goes to, if it goes anywhere.
    func topic(of output: Output) -> String? {
        switch output {
        case .alerts: alertsTopic
        case .shadow: shadowTopic
        case .rejected: rejectedTopic
        case .balances: balancesTopic
        case .state: stateTopic
        }
    }
}
