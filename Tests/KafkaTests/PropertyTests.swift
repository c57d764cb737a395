import Testing

@testable import Kafka

@Suite("Properties of clients")
struct PropertyTests {
    @Test(
        "Properties that the daemon owns are refused with a hint",
        arguments: Preset.both.map(\.0) + Preset.consumer.map(\.0) + Preset.producer.map(\.0) + [
            "bootstrap.servers", "metadata.broker.list", "group.id", "group.instance.id",
            "transactional.id", "transaction.timeout.ms", "message.max.bytes",
            "queue.buffering.max.kbytes", "compression.codec", "topic.partitioner", "acks",
        ])
    func owned(_ name: String) {
        #expect(ClientProperties.refusal(of: name)?.isEmpty == false)
    }

    @Test(
        "All others pass",
        arguments: [
            "security.protocol", "sasl.mechanism", "sasl.password", "ssl.ca.location",
            "client.rack", "fetch.min.bytes", "statistics.interval.ms", "linger.ms", "debug",
        ])
    func passing(_ name: String) {
        #expect(ClientProperties.refusal(of: name) == nil)
    }

    @Test("A preset wins over what a user gave, and keeps the rest")
    func presetsWin() {
        let properties = ClientProperties(
            bootstrapServers: "a:1",
            user: [("isolation.level", "read_uncommitted"), ("client.rack", "r")])
        let consumer = properties.consumer(group: "g", instance: "i-0")
        #expect(consumer["isolation.level"] == "read_committed")
        #expect(consumer["auto.offset.reset"] == "error")
        #expect(consumer["client.rack"] == "r")
        #expect(consumer.pairs.filter { $0.name == "isolation.level" }.count == 1)
    }

    @Test("Whoever has more patience keeps its place and its transaction for longer")
    func patience() {
        let base = ClientProperties(bootstrapServers: "a:1")
        for (patience, silence, poll, transaction) in [
            (nil, "10000", "60000", "10000"), (90_000, "90000", "90000", "90000"),
        ] as [(Int?, String, String, String)] {
            let consumer = base.consumer(
                group: "g", instance: "i-0", patienceMilliseconds: patience)
            #expect(consumer["session.timeout.ms"] == silence)
            #expect(consumer["max.poll.interval.ms"] == poll)
            let producer = base.transactionalProducer(
                transactionalID: "x", patienceMilliseconds: patience)
            #expect(producer["transaction.timeout.ms"] == transaction)
        }
    }

    @Test("Members of the group and their producers tell statistics, as often as the user wants")
    func statistics() {
        let plain = ClientProperties(bootstrapServers: "a:1")
        let given = ClientProperties(
            bootstrapServers: "a:1", user: [("statistics.interval.ms", "700")])
        for (base, interval) in [(plain, "10000"), (given, "700")] {
            let consumer = base.consumer(group: "g", instance: "i-0")
            #expect(consumer["statistics.interval.ms"] == interval)
            let producer = base.transactionalProducer(transactionalID: "x")
            #expect(producer["statistics.interval.ms"] == interval)
            // Nobody takes what these would tell: it would pile up.
            #expect(base.admin()["statistics.interval.ms"] == "0")
            #expect(base.producer()["statistics.interval.ms"] == "0")
            let reader = base.reader(group: "g", isolation: .readCommitted, follows: false)
            #expect(reader["statistics.interval.ms"] == "0")
        }
    }

    @Test("A property that the library does not take is named, its value is not")
    func secrets() {
        let properties = ClientProperties(
            bootstrapServers: "a:1", user: [("security.protocol", "hush-hush")])
        let error = #expect(throws: KafkaError.self) { _ = try Admin(properties.admin()) }
        #expect(error?.message.contains("security.protocol") == true)
        #expect(error?.message.contains("hush") == false)
    }
}

@Suite("Batches from memory")
struct PlainBatchTests {
    @Test("A batch filled from memory gives its records back, and again after a refill")
    func plain() {
        var batch = Batch(capacity: 2)
        var headers = Headers()
        headers.add("reason", "late")
        headers.add("empty", "")
        for round in 0..<3 {
            batch.append(
                partition: 3, offset: Int64(round), timestampMillis: 17, key: [1], value: [2, 3],
                headers: headers)
            batch.append(partition: 4, offset: 9, key: nil, value: nil)
            #expect(batch.count == 2)
            #expect(batch[0].partition == 3 && batch[0].offset == Int64(round))
            #expect(batch[0].timestampMillis == 17 && batch[1].timestampMillis == -1)
            #expect(bytes(batch[0].key) == [1] && bytes(batch[0].value) == [2, 3])
            #expect(batch[1].key == nil && batch[1].value == nil)
            var seen: [String] = []
            batch[0].forEachHeader { name, value in
                seen.append("\(name)=\(String(decoding: bytes(value) ?? [], as: UTF8.self))")
            }
            #expect(seen == ["reason=late", "empty="])
            batch.removeAll()
            #expect(batch.count == 0)
        }
    }

    @Test("Positions admit records of assigned partitions from their offsets on")
    func positions() {
        var guardian = PositionGuard()
        guardian.assign([PartitionOffset("t", 1, offset: 5)])
        #expect(!guardian.admits(0, offset: 7, next: 8))
        #expect(!guardian.admits(1, offset: 4, next: 5))
        #expect(guardian.admits(1, offset: 6, next: 7))
        #expect(!guardian.admits(1, offset: 6, next: 7))
        guardian.assign([PartitionOffset("t", 0, offset: Offset.beginning)])
        #expect(!guardian.admits(1, offset: 7, next: 8))
        #expect(guardian.admits(0, offset: 0, next: 1))
    }
}

/// A copy of a borrowed span.
func bytes(_ span: Span<UInt8>?) -> [UInt8]? {
    guard let span else { return nil }
    return span.indices.map { span[$0] }
}
