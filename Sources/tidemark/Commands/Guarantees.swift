// The guarantees of a cluster, one by one; each check says what was seen instead, or nil.
import Banking
import Glibc
import Kafka

/// A topic, a group and a transactional id of their own, on which guarantees are tried.
///
/// One thread.
final class Guarantees {
    /// One guarantee and how it is tried.
    struct Guarantee: Sendable {
        let name: String
        let check: @Sendable (Guarantees) throws(KafkaError) -> String?
    }

    /// Every guarantee, in the order in which they build on each other.
    static let all = [
        Guarantee(name: "commit") { (it) throws(KafkaError) in try it.commit() },
        Guarantee(name: "abort") { (it) throws(KafkaError) in try it.abort() },
        Guarantee(name: "read_committed") { (it) throws(KafkaError) in try it.readCommitted() },
        Guarantee(name: "fencing") { (it) throws(KafkaError) in try it.fencing() },
        Guarantee(name: "offset metadata") { (it) throws(KafkaError) in try it.metadata() },
        Guarantee(name: "stale generation") { (it) throws(KafkaError) in try it.generation() },
    ]

    /// Brokers that answer.
    let brokers: Int
    private let properties: ClientProperties
    private let admin: Admin
    /// Of topic, group and transactional id.
    private let name = "tidemark-selftest-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    private static let patience: Int32 = 30_000

    /// Reaches the cluster and makes the topic.
    init(_ properties: ClientProperties) throws(KafkaError) {
        self.properties = properties
        admin = try Admin(properties.admin())
        brokers = try admin.brokerCount(timeoutMilliseconds: 10_000)
        try admin.create([NewTopic(name, partitions: 1)])
    }

    /// Deletes the topic; the group's offsets expire by themselves.
    func cleanUp() { try? admin.delete(topics: [name]) }

    // MARK: What is tried

    private func commit() throws(KafkaError) -> String? {
        var producer = try producer()
        let start = try end()
        try producer.begin()
        try produce("one", with: &producer)
        try produce("two", with: &producer)
        try producer.commit()
        return expect(try texts(from: start), ["one", "two"])
    }

    private func abort() throws(KafkaError) -> String? {
        var producer = try producer()
        let start = try end()
        try producer.begin()
        try produce("taken back", with: &producer)
        // What has not left would be dropped without a trace.
        try producer.flush(timeoutMilliseconds: Guarantees.patience)
        try producer.abort()
        return expect(try texts(from: start), [])
    }

    private func readCommitted() throws(KafkaError) -> String? {
        var producer = try producer()
        let start = try end()
        try producer.begin()
        try produce("open", with: &producer)
        try producer.flush(timeoutMilliseconds: Guarantees.patience)
        let raw = try texts(from: start, isolation: .readUncommitted)
        if let fault = expect(raw, ["open"]) { return "read uncommitted: \(fault)" }
        if let fault = expect(try texts(from: start), []) {
            return "of an open transaction \(fault)"
        }
        try producer.commit()
        return expect(try texts(from: start), ["open"])
    }

    private func fencing() throws(KafkaError) -> String? {
        var older = try producer()
        let start = try end()
        try older.begin()
        try produce("of the older", with: &older)
        try older.flush(timeoutMilliseconds: Guarantees.patience)
        var newer = try producer()
        var isFenced = false
        do throws(KafkaError) {
            try older.commit()
        } catch {
            isFenced = error.cure == .endGeneration
        }
        guard isFenced else { return "a producer commits although a newer one has its id" }
        try newer.begin()
        try produce("of the newer", with: &newer)
        try newer.commit()
        return expect(try texts(from: start), ["of the newer"])
    }

    private func metadata() throws(KafkaError) -> String? {
        var producer = try producer()
        let member = try member("one")
        let text = "c=7 s=4, and a sign beyond ASCII: é"
        let kept = PartitionOffset(name, 0, offset: 7, metadata: Array(text.utf8))
        try producer.begin()
        try send(kept, of: member, with: producer)
        try producer.commit()
        try producer.begin()
        try send(PartitionOffset(name, 0, offset: 9), of: member, with: producer)
        try producer.abort()
        let found = try member.committed(
            [TopicPartition(name, 0)], timeoutMilliseconds: Int64(Guarantees.patience))
        _ = member.close()
        return found == [kept] ? nil : "committed is another offset, or without its metadata"
    }

    private func generation() throws(KafkaError) -> String? {
        var producer = try producer()
        var first = try member("one")
        let stale = try first.groupMetadata()
        // Another member moves the group to its next generation.
        var second = try Consumer(properties.consumer(group: name, instance: "two"))
        try second.subscribe(to: name)
        var batch = Batch(capacity: 16)
        let deadline = ContinuousClock.now + .milliseconds(Int(Guarantees.patience))
        var answered = 0
        while answered < 2, ContinuousClock.now < deadline {
            answered += try answer(&first, &batch) ? 1 : 0
            answered += try answer(&second, &batch) ? 1 : 0
        }
        guard answered == 2 else { return "the group does not settle with a second member" }
        try producer.begin()
        var isRefused = false
        do throws(KafkaError) {
            try producer.sendOffsets(
                [PartitionOffset(name, 0, offset: 11)], group: stale,
                timeoutMilliseconds: Guarantees.patience)
        } catch {
            isRefused = true
        }
        try? producer.abort()
        _ = first.close()
        _ = second.close()
        return isRefused ? nil : "offsets of a generation that is over are taken"
    }

    // MARK: How

    private func expect(_ found: [String], _ wanted: [String]) -> String? {
        found == wanted ? nil : "\(found) is read instead of \(wanted)"
    }

    private func producer() throws(KafkaError) -> TransactionalProducer {
        let producer = try TransactionalProducer(
            properties.transactionalProducer(transactionalID: name))
        try producer.learn(topics: [name])
        try producer.initializeTransactions(timeoutMilliseconds: Guarantees.patience)
        return producer
    }

    private func produce(
        _ text: String, with producer: inout TransactionalProducer
    ) throws(KafkaError) {
        let bytes = Array(text.utf8)
        try producer.produce(
            to: try producer.topic(name), partition: 0, key: bytes.span, value: bytes.span)
    }

    private func send(
        _ offset: PartitionOffset, of member: borrowing Consumer,
        with producer: borrowing TransactionalProducer
    ) throws(KafkaError) {
        try producer.sendOffsets(
            [offset], group: try member.groupMetadata(), timeoutMilliseconds: Guarantees.patience)
    }

    private func end() throws(KafkaError) -> Int64 {
        try admin.watermarks(of: TopicPartition(name, 0)).high
    }

    /// The values from `start` to the topic's end as `isolation` shows them.
    private func texts(
        from start: Int64, isolation: Isolation = .readCommitted
    ) throws(KafkaError) -> [String] {
        var reader = try PartitionReader(
            properties, group: name, topic: name, from: [0: start], to: [0: try end()],
            isolation: isolation)
        var batch = Batch(capacity: 16)
        var texts: [String] = []
        let deadline = ContinuousClock.now + .milliseconds(Int(Guarantees.patience))
        while !reader.isDone, ContinuousClock.now < deadline {
            try reader.read(into: &batch, timeoutMilliseconds: 100)
            for index in 0..<batch.count {
                var bytes: [UInt8] = []
                if let value = batch[index].value { bytes.append(copying: value) }
                texts.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        return texts
    }

    /// A member of the group that has its partitions.
    private func member(_ instance: String) throws(KafkaError) -> Consumer {
        var member = try Consumer(properties.consumer(group: name, instance: instance))
        try member.subscribe(to: name)
        var batch = Batch(capacity: 16)
        let deadline = ContinuousClock.now + .milliseconds(Int(Guarantees.patience))
        while ContinuousClock.now < deadline {
            if try answer(&member, &batch) { return member }
        }
        throw KafkaError(code: .timedOut, message: "joining a group takes too long")
    }

    /// Polls once and answers the group; true when partitions were assigned.
    private func answer(
        _ member: inout Consumer, _ batch: inout Batch
    ) throws(KafkaError) -> Bool {
        switch member.poll(into: &batch, timeoutMilliseconds: 100) {
        case nil: return false
        case .assigned(let partitions):
            try member.assign(partitions.map { PartitionOffset(name, $0, offset: 0) })
            return true
        case .revoked, .lost:
            try member.unassign()
            return false
        }
    }
}
