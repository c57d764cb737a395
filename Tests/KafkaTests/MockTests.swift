import CRdKafka
import Glibc
import Synchronization
import Testing

@testable import Kafka

/// Produces the numbers below `count` to one partition and waits for their delivery.
private func fill(
    _ topic: String, _ count: Int, at properties: ClientProperties, partition: Int32 = 0
) throws {
    var producer = try Producer(properties.producer())
    try producer.learn(topics: [topic])
    let place = try producer.topic(topic)
    for number in 0..<count {
        let text = Array(String(number).utf8)
        try producer.produce(to: place, partition: partition, key: text.span, value: text.span)
    }
    try producer.flush()
}

@Suite("The client on the embedded cluster", .timeLimit(.minutes(5)))
struct MockTests {
    @Test("Records come back with key, value, time and headers, and the end with its offset")
    func roundTrip() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 2)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        var producer = try Producer(base.producer())
        try producer.learn(topics: ["t"])
        let topic = try producer.topic("t")
        var headers = Headers()
        headers.add("a", "1")
        headers.add("b", "")
        headers.addNull("c")
        let (key, value): ([UInt8], [UInt8]) = ([1, 0, 2], [9])
        try producer.produce(
            to: topic, partition: 1, key: key.span, value: value.span, headers: headers)
        try producer.produce(to: topic, partition: 1, key: key.span, value: nil)
        let nothing: [UInt8] = []
        try producer.produce(to: topic, partition: 1, key: nil, value: nothing.span)
        try producer.flush()

        var reader = try PartitionReader(base, group: "g", topic: "t", from: [1: 0], to: [1: 3])
        var batch = Batch(capacity: 16)
        var seen: [(key: [UInt8]?, value: [UInt8]?, headers: [[UInt8]?])] = []
        while !reader.isDone {
            try reader.read(into: &batch, timeoutMilliseconds: 100)
            for index in 0..<batch.count {
                var headers: [[UInt8]?] = []
                batch[index].forEachHeader { _, value in headers.append(bytes(value)) }
                #expect(batch[index].timestampMillis > 1_600_000_000_000)
                #expect(batch[index].topic == "t")
                seen.append((bytes(batch[index].key), bytes(batch[index].value), headers))
            }
        }
        try #require(seen.count == 3)
        #expect(seen[0].key == key && seen[0].value == value)
        #expect(seen[0].headers == [Array("1".utf8), [], nil])
        #expect(seen[1].key == key && seen[1].value == nil && seen[1].headers.isEmpty)
        #expect(seen[2].key == nil && seen[2].value == [])
        while batch.ends.isEmpty { try reader.read(into: &batch, timeoutMilliseconds: 100) }
        #expect(batch.ends == [PartitionEnd(topic: "t", partition: 1, offset: 3)])
    }

    @Test("After an assign the first record is the one asked for, however often it is asked")
    func assignAgain() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 1)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        try fill("t", 20_000, at: base)
        var consumer = try Consumer(
            base.reader(group: "g", isolation: .readCommitted, follows: false))
        var batch = Batch(capacity: 512)
        for _ in 0..<60 {
            let start = Int64.random(in: 0..<19_000)
            try consumer.assign([PartitionOffset("t", 0, offset: start)])
            var next = start
            while next < min(start + 700, 20_000) {
                _ = consumer.poll(into: &batch, timeoutMilliseconds: 1000)
                for index in 0..<batch.count {
                    try #require(batch[index].offset == next)
                    next += 1
                }
            }
        }
    }

    @Test("Statistics come to whoever polls, and no record is lost between them")
    func statistics() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 1)
        let base = ClientProperties(
            bootstrapServers: cluster.bootstrapServers, user: [("statistics.interval.ms", "5")])
        try fill("t", 20_000, at: base)
        let told = Mutex((consumer: 0, producer: 0))
        var consumer = try Consumer(
            base.consumer(group: "g", instance: "i"),
            hooks: Hooks(statistics: { json in
                told.withLock { $0.consumer += json.first == UInt8(ascii: "{") ? 1 : 0 }
            }))
        let producer = try TransactionalProducer(
            base.transactionalProducer(transactionalID: "x"),
            hooks: Hooks(statistics: { _ in told.withLock { $0.producer += 1 } }))
        var batch = Batch(capacity: 64)
        try consumer.assign([PartitionOffset("t", 0, offset: 0)])
        let deadline = ContinuousClock.now + .seconds(30)
        var next: Int64 = 0
        while next < 20_000 || told.withLock({ min($0.consumer, $0.producer) }) < 20 {
            try #require(ContinuousClock.now < deadline)
            _ = consumer.poll(into: &batch, timeoutMilliseconds: 10)
            for index in 0..<batch.count {
                try #require(batch[index].offset == next)
                next += 1
            }
            // Between transactions nothing else would take them.
            producer.poll()
        }
    }

    @Test("A fetch waker tells the ends, and stops")
    func waker() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 3)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        try fill("t", 50, at: base, partition: 2)
        var consumer = try Consumer(
            base.reader(group: "g", isolation: .readCommitted, follows: false))
        try consumer.assign([
            PartitionOffset("t", 2, offset: 0), PartitionOffset("t", 0, offset: 0),
        ])
        let waker = consumer.fetchWaker(topic: "t", partitionCount: 3)
        var batch = Batch(capacity: 64)
        let deadline = ContinuousClock.now + .seconds(20)
        while waker.highWatermark(of: 2) != 50 || waker.highWatermark(of: 0) != 0 {
            try #require(ContinuousClock.now < deadline)
            _ = consumer.poll(into: &batch, timeoutMilliseconds: 20)
        }
        #expect(waker.highWatermark(of: 1) == nil)
        waker.stop()
    }

    @Test("A fatal error that is queued behind a rebalance is not lost")
    func fatalAfterRebalance() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 2)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        var consumer = try Consumer(base.consumer(group: "g", instance: "i"))
        try consumer.subscribe(to: "t")
        // Nobody polls while the group assigns, and then the member is fenced.
        let deadline = ContinuousClock.now + .seconds(20)
        while unsafe rd_kafka_queue_length(consumer.handle.queue) == 0 {
            try #require(ContinuousClock.now < deadline)
            usleep(10_000)
        }
        let code = RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID
        #expect(unsafe rd_kafka_test_fatal_error(consumer.handle.raw, code, "test").rawValue == 0)
        var batch = Batch(capacity: 16)
        var rebalances: [Rebalance] = []
        var problems: [Problem] = []
        for _ in 0..<5 {
            if let event = consumer.poll(into: &batch, timeoutMilliseconds: 20) {
                rebalances.append(event)
                try consumer.unassign()
            }
            problems += batch.problems
        }
        #expect(rebalances.count == 1)
        #expect(problems.map(\.error.code) == [.fencedInstanceID])
    }

    @Test("A member is told its partitions and gets records only after it has assigned them")
    func rebalance() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 2)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        try fill("t", 10, at: base)
        var consumer = try Consumer(base.consumer(group: "g", instance: "i"))
        try consumer.subscribe(to: "t")
        var batch = Batch(capacity: 64)
        var told: Rebalance?
        while told == nil {
            told = consumer.poll(into: &batch, timeoutMilliseconds: 100)
            #expect(batch.count == 0)
        }
        #expect(told == .assigned([0, 1]))
        #expect(
            try consumer.committed([TopicPartition("t", 0)], timeoutMilliseconds: 5000) == [nil])
        try consumer.assign([PartitionOffset("t", 0, offset: 4)])
        var count = 0
        while count < 6 {
            #expect(consumer.poll(into: &batch, timeoutMilliseconds: 100) == nil)
            count += batch.count
        }
        // The other partition is added later, from the position reached.
        try consumer.assign([
            PartitionOffset("t", 0, offset: 10), PartitionOffset("t", 1, offset: 0),
        ])
        var ends: Set<PartitionEnd> = []
        while ends.count < 2 {
            _ = consumer.poll(into: &batch, timeoutMilliseconds: 100)
            #expect(batch.count == 0)
            ends.formUnion(batch.ends)
        }
        let isClosed = consumer.close()
        #expect(isClosed)
    }

    @Test("Positions are given again and again without a pause")
    func assignAtOnce() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 60)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        try fill("t", 60, at: base)
        var consumer = try Consumer(
            base.reader(group: "g", isolation: .readCommitted, follows: false))
        var batch = Batch(capacity: 64)
        for turn in 0..<300 {
            let count = 1 + turn % 60
            try consumer.assign(
                (0..<Int32(count)).map { PartitionOffset("t", $0, offset: 0) })
            if turn % 7 == 0 { _ = consumer.poll(into: &batch, timeoutMilliseconds: 1) }
        }
        let isClosed = consumer.close()
        #expect(isClosed)
    }

    @Test("A position that is gone is a problem, and nothing is guessed")
    func outOfRange() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 1)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        try fill("t", 3, at: base)
        var reader = try PartitionReader(base, group: "g", topic: "t", from: [0: 500], to: [0: 600])
        var batch = Batch(capacity: 8)
        let error = #expect(throws: KafkaError.self) {
            while true { try reader.read(into: &batch, timeoutMilliseconds: 100) }
        }
        #expect(error?.code == .noOffset || error?.code == .offsetOutOfRange)
    }

    @Test("A transaction whose record was refused cannot be committed")
    func refusedRecord() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 1)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        var producer = try TransactionalProducer(
            base.transactionalProducer(transactionalID: "x", maxRecordBytes: 2000))
        try producer.learn(topics: ["t"])
        let topic = try producer.topic("t")
        try producer.initializeTransactions(timeoutMilliseconds: 10_000)
        try producer.begin()
        let large = [UInt8](repeating: 7, count: 10_000)
        let refused = #expect(throws: KafkaError.self) {
            try producer.produce(to: topic, partition: 0, key: nil, value: large.span)
        }
        #expect(refused?.cure == .replaceRecord)
        let unfinished = #expect(throws: KafkaError.self) { try producer.commit() }
        #expect(unfinished?.requiresAbort == true && unfinished?.cure == .replaceRecord)
        try producer.abort()
        try producer.begin()
        try producer.produce(to: topic, partition: 0, key: nil, value: [1].span)
        try producer.commit()
        let isTainted = producer.isTainted
        #expect(!isTainted)
    }

    @Test(
        "Errors of the coordinator come back with what to do",
        arguments: [
            (53 as Int32, Cure.notAuthorized), (47, .endGeneration), (90, .endGeneration),
        ])
    func injected(_ code: Int32, _ cure: Cure) throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 1)
        let base = ClientProperties(bootstrapServers: cluster.bootstrapServers)
        var producer = try TransactionalProducer(base.transactionalProducer(transactionalID: "x"))
        try producer.learn(topics: ["t"])
        let topic = try producer.topic("t")
        try producer.initializeTransactions(timeoutMilliseconds: 10_000)
        try producer.begin()
        try producer.produce(to: topic, partition: 0, key: nil, value: [1].span)
        cluster.fail(request: 26, with: [ErrorCode(rawValue: code)])
        let error = #expect(throws: KafkaError.self) { try producer.commit() }
        #expect(error?.cure == cure, "\(String(describing: error))")
    }

    @Test("A topic has its partitions, and the brokers are counted")
    func topics() throws {
        let cluster = try MockCluster()
        try cluster.create(topic: "t", partitions: 5)
        let admin = try Admin(ClientProperties(bootstrapServers: cluster.bootstrapServers).admin())
        #expect(try admin.describe(topic: "t")?.partitionCount == 5)
        #expect(try admin.brokerCount() == 1)
    }
}
