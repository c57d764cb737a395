import BrokerSupport
import Testing

@testable import Kafka

@Suite(
    "Transactions on a real broker", .timeLimit(.minutes(5)),
    .enabled(if: Broker.isAvailable, "no broker: TIDEMARK_KAFKA, ../shared/kafka/kafka"))
struct TransactionTests {
    let bootstrap: String
    let base: ClientProperties
    let name: String

    init() throws {
        bootstrap = try Broker.bootstrap.get()
        base = ClientProperties(bootstrapServers: bootstrap)
        name = "kafka-tests-\(UInt64.random(in: 0...UInt64.max))"
    }

    /// A producer that is ready to begin.
    private func producer(_ id: String) throws -> TransactionalProducer {
        let producer = try TransactionalProducer(base.transactionalProducer(transactionalID: id))
        try producer.learn(topics: [name])
        try producer.initializeTransactions(timeoutMilliseconds: 30_000)
        return producer
    }

    /// A member of the group with its partitions assigned from the start.
    private func member(_ instance: String, _ topic: String) throws -> Consumer {
        var consumer = try Consumer(base.consumer(group: "g-\(name)", instance: instance))
        try consumer.subscribe(to: topic)
        var batch = Batch(capacity: 16)
        while true {
            guard
                case .assigned(let partitions) = consumer.poll(
                    into: &batch, timeoutMilliseconds: 100)
            else { continue }
            try consumer.assign(
                partitions.map { PartitionOffset(topic, $0, offset: 0) })
            return consumer
        }
    }

    @Test("What is committed is seen, what is aborted is not, and the end lies behind the markers")
    func commitAndAbort() throws {
        try createTopic(name, partitions: 1, at: bootstrap)
        var producer = try producer("id-\(name)")
        let topic = try producer.topic(name)
        let admin = try Admin(base.admin())
        let place = TopicPartition(name, 0)
        for (number, commits) in [true, false, true].enumerated() {
            try producer.begin()
            let value = Array("\(number)".utf8)
            try producer.produce(to: topic, partition: 0, key: value.span, value: value.span)
            if commits {
                try producer.commit()
            } else {
                // What has not left when the abort comes never leaves: wait for it.
                while try admin.watermarks(of: place).high < 3 {}
                try producer.abort()
            }
        }
        #expect(try readTopic(name, at: bootstrap).map(\.valueText) == ["0", "2"])

        let high = try admin.watermarks(of: place).high
        #expect(high == 6)
        var reader = try PartitionReader(
            base, group: name, topic: name, from: [0: Offset.beginning], to: [0: high])
        var batch = Batch(capacity: 8)
        var values: [[UInt8]?] = []
        while !reader.isDone {
            try reader.read(into: &batch, timeoutMilliseconds: 100)
            for index in 0..<batch.count { values.append(bytes(batch[index].value)) }
        }
        #expect(values == [Array("0".utf8), Array("2".utf8)])
        #expect(reader.position(of: 0) == 6)
    }

    @Test("Offsets and their metadata are committed with the transaction and come back")
    func offsets() throws {
        try createTopic(name, partitions: 2, at: bootstrap)
        let consumer = try member("i", name)
        var producer = try producer("id-\(name)")
        let metadata: [UInt8] = Array("S=4 €".utf8)
        try producer.begin()
        let group = try consumer.groupMetadata()
        try producer.sendOffsets(
            [PartitionOffset(name, 1, offset: 7, metadata: metadata)], group: group,
            timeoutMilliseconds: 10_000)
        try producer.commit()
        let found = try consumer.committed(
            [TopicPartition(name, 0), TopicPartition(name, 1)], timeoutMilliseconds: 10_000)
        #expect(found == [nil, PartitionOffset(name, 1, offset: 7, metadata: metadata)])

        // Aborted offsets leave what was there.
        try producer.begin()
        try producer.sendOffsets(
            [PartitionOffset(name, 1, offset: 99)], group: consumer.groupMetadata(),
            timeoutMilliseconds: 10_000)
        try producer.abort()
        let again = try consumer.committed([TopicPartition(name, 1)], timeoutMilliseconds: 10_000)
        #expect(again.first??.offset == 7)
        let isClosed = consumer.close()
        #expect(isClosed)
    }

    @Test("Offsets held by an open transaction time out and are never read as none")
    func heldOffsets() throws {
        try createTopic(name, partitions: 1, at: bootstrap)
        let consumer = try member("i", name)
        var producer = try producer("id-\(name)")
        try producer.begin()
        try producer.sendOffsets(
            [PartitionOffset(name, 0, offset: 3)], group: consumer.groupMetadata(),
            timeoutMilliseconds: 10_000)
        let error = #expect(throws: KafkaError.self) {
            try consumer.committed([TopicPartition(name, 0)], timeoutMilliseconds: 1500)
        }
        #expect(error?.isRetriable == true || error?.code == .unstableOffsets)
        try producer.commit()
        let found = try consumer.committed([TopicPartition(name, 0)], timeoutMilliseconds: 10_000)
        #expect(found.first??.offset == 3)
        let isClosed = consumer.close()
        #expect(isClosed)
    }

    @Test("A second producer with the same transactional id fences the first")
    func fencing() throws {
        try createTopic(name, partitions: 1, at: bootstrap)
        var first = try producer("id-\(name)")
        let topic = try first.topic(name)
        try first.begin()
        try first.produce(to: topic, partition: 0, key: nil, value: [1].span)
        var second = try producer("id-\(name)")
        let error = #expect(throws: KafkaError.self) { try first.commit() }
        #expect(error?.cure == .endGeneration, "\(String(describing: error))")
        try second.begin()
        try second.produce(to: second.topic(name), partition: 0, key: nil, value: [2].span)
        try second.commit()
        #expect(try readTopic(name, at: bootstrap).map(\.value) == [[2]])
    }

    @Test("A member that joins takes partitions over; the owner is told and answers")
    func handOver() throws {
        try createTopic(name, partitions: 2, at: bootstrap)
        var first = try member("a", name)
        var second = try Consumer(base.consumer(group: "g-\(name)", instance: "b"))
        try second.subscribe(to: name)
        var batch = Batch(capacity: 16)
        var told: [Rebalance] = []
        var other: Rebalance?
        while told.count < 2 || other == nil {
            if let event = first.poll(into: &batch, timeoutMilliseconds: 20) {
                told.append(event)
                if case .assigned = event { try first.assign([]) } else { try first.unassign() }
            }
            if let event = second.poll(into: &batch, timeoutMilliseconds: 20) {
                other = event
                try second.assign([])
            }
        }
        #expect(told.first == .revoked([0, 1]))
        guard case .assigned(let mine) = told[1], case .assigned(let its) = other else {
            Issue.record("both members are assigned partitions")
            return
        }
        #expect(Set(mine + its) == [0, 1])
        #expect(mine.count == 1 && its.count == 1)
        let areClosed = (first.close(), second.close())
        #expect(areClosed == (true, true))
    }

    @Test("Topics are made with settings, described, and refused when they exist")
    func admin() throws {
        let admin = try Admin(base.admin())
        let topic = NewTopic(
            name, partitions: 3, configuration: [("cleanup.policy", "compact")])
        try admin.create([topic])
        let settings = try admin.configuration(ofTopic: name)
        #expect(settings["cleanup.policy"] == "compact")
        #expect(settings["max.message.bytes"] == "1048588")
        #expect(settings["min.insync.replicas"] == "1")
        let error = #expect(throws: KafkaError.self) { try admin.create([topic]) }
        #expect(error?.code == .topicExists)
        #expect(try admin.describe(topic: "none-\(name)") == nil)
        try admin.delete(topics: [name])
    }
}
