// What brokers say of a topic: partitions, leaders, replicas.
import CRdKafka

/// A topic as the brokers have it.
public struct TopicDescription: Sendable, Equatable {
    /// The topic's name.
    public var name: String
    /// For each partition by number: the leader's broker id, -1 when there is none.
    public var leaders: [Int32]
    /// Copies of each partition, of the first partition.
    public var replicationFactor: Int
    /// How many partitions there are.
    public var partitionCount: Int { leaders.count }
}

/// Asks the brokers for a topic; throws `.unknownTopic` when it is not there.
@unsafe func describe(
    _ topic: OpaquePointer, _ name: String, of client: OpaquePointer, _ timeoutMilliseconds: Int32
) throws(KafkaError) -> TopicDescription {
    var answer: UnsafePointer<rd_kafka_metadata_t>?
    let code = unsafe rd_kafka_metadata(client, 0, topic, &answer, timeoutMilliseconds)
    try check(code, "metadata of topic \(name)")
    guard let answer = unsafe answer else {
        throw KafkaError(.unknownTopic, doing: "topic \(name)")
    }
    defer { unsafe rd_kafka_metadata_destroy(answer) }
    guard unsafe answer.pointee.topic_cnt == 1 else {
        throw KafkaError(.unknownTopic, doing: "topic \(name)")
    }
    let found = unsafe answer.pointee.topics[0]
    try check(unsafe found.err, "topic \(name)")
    var leaders = [Int32](repeating: -1, count: Int(unsafe found.partition_cnt))
    var replicas = 0
    for index in 0..<leaders.count {
        let partition = unsafe found.partitions[index]
        if leaders.indices.contains(Int(unsafe partition.id)) {
            leaders[Int(unsafe partition.id)] = unsafe partition.leader
        }
        if unsafe partition.id == 0 { replicas = Int(unsafe partition.replica_cnt) }
    }
    return TopicDescription(name: name, leaders: leaders, replicationFactor: replicas)
}
