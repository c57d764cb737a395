// The library's embedded cluster, for the demo and for wire tests. It forgets transactional offsets,
// shows aborted records and fences nobody: nothing about exactly-once rests on it.
import CRdKafka

/// An embedded cluster on loopback; other processes may connect to it while it lives.
@safe public struct MockCluster: ~Copyable {
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    private let state: ClientState

    /// Starts a cluster.
    public init(brokers: Int32 = 1) throws(KafkaError) {
        let state = ClientState(hooks: .silent)
        // The client needs no broker of its own: it only carries the cluster.
        let client = try unsafe makeClient(
            RD_KAFKA_PRODUCER, ClientProperties(bootstrapServers: "127.0.0.1:9"), state)
        guard let cluster = unsafe rd_kafka_mock_cluster_new(client, brokers) else {
            unsafe rd_kafka_destroy(client)
            throw KafkaError(code: .state, message: "the embedded cluster did not start")
        }
        self.state = state
        unsafe (self.client, self.cluster) = (client, cluster)
    }

    deinit {
        unsafe rd_kafka_mock_cluster_destroy(cluster)
        unsafe rd_kafka_destroy(client)
    }

    /// Where clients connect.
    public var bootstrapServers: String {
        unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    /// Makes a topic.
    public func create(
        topic: String, partitions: Int32, replicationFactor: Int32 = 1
    ) throws(KafkaError) {
        try check(
            unsafe rd_kafka_mock_topic_create(cluster, topic, partitions, replicationFactor),
            "embedded topic \(topic)")
    }

    /// Lets the next requests of this kind fail, one for each code; 0 for one that passes.
    ///
    /// - Parameter request: The protocol's number of the request, such as 1 for Fetch.
    public func fail(request: Int16, with codes: [ErrorCode]) {
        let codes = codes.map(\.native)
        unsafe rd_kafka_mock_push_request_errors_array(cluster, request, codes.count, codes)
    }

    /// Takes a broker down, or up again; they are numbered from 1.
    public func set(broker: Int32, isUp: Bool) {
        if isUp {
            unsafe _ = rd_kafka_mock_broker_set_up(cluster, broker)
        } else {
            unsafe _ = rd_kafka_mock_broker_set_down(cluster, broker)
        }
    }

    /// Lets a broker answer later.
    public func delay(broker: Int32, milliseconds: Int32) {
        unsafe _ = rd_kafka_mock_broker_set_rtt(cluster, broker, milliseconds)
    }
}
