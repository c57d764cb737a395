// Generated events as records of a topic: key = customer id, partition as Kafka's own clients choose it.
import Generator
import Glibc
import Kafka
import Operations

/// Writes generated events to a topic.
enum EventTopic {
    /// Writes all of `generator` to `topic`, which must exist.
    static func write(
        _ generator: consuming EventGenerator, to topic: String, servers: String,
        pace: consuming Pace
    ) throws(Failure) {
        var generator = generator
        var pace = pace
        var count: Int64 = 0
        do throws(KafkaError) {
            try Library.check()
            let properties = ClientProperties(bootstrapServers: servers)
            guard try Admin(properties.admin()).describe(topic: topic) != nil else {
                throw KafkaError(code: .unknownTopic, message: topic)
            }
            var producer = try Producer(properties.producer())
            try producer.learn(topics: [topic])
            let target = try producer.topic(topic)
            var bytes: [UInt8] = []
            while let record = generator.append(to: &bytes) {
                wait(pace.delay(), producer)
                try producer.produce(
                    to: target, key: bytes.span.extracting(record.key),
                    value: bytes.span.extracting(record.value))
                bytes.removeAll(keepingCapacity: true)
                count += 1
                if count & 0xFFF == 0 { try check(producer) }
            }
            try producer.flush()
        } catch {
            guard error.code != .unknownTopic else {
                throw Failure(
                    .unavailable,
                    "topic \(topic) does not exist at \(servers); make it with tidemark topics create "
                        + "--config FILE --partitions N, or write to a file: --output ./\(topic)")
            }
            throw Failure(error, at: servers)
        }
        Terminal.note(pace.summary(count, to: topic))
    }

    /// Sleeps, while what is on its way is delivered.
    private static func wait(_ microseconds: Int64, _ producer: borrowing Producer) {
        guard microseconds > 0 else { return }
        producer.poll()
        usleep(UInt32(min(microseconds, 1_000_000)))
    }

    private static func check(_ producer: borrowing Producer) throws(KafkaError) {
        producer.poll()
        if let first = producer.failures.first { throw first }
    }
}
