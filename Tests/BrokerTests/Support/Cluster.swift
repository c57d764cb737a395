// The broker of these tests, without its address at every call.
import BrokerSupport

/// Bootstrap servers of the shared broker, which the first use starts.
func testBroker() throws -> String { try Broker.bootstrap.get() }

/// Makes a topic on the shared broker.
func createTopic(
    _ name: String, partitions: Int32, settings: [(String, String)] = []
) throws {
    try createTopic(name, partitions: partitions, at: testBroker(), settings: settings)
}

/// Writes records to the shared broker.
func produce(_ records: [Outgoing], to topic: String) throws {
    try produce(records, to: topic, at: testBroker())
}

/// Writes records in one transaction to the shared broker.
func produceInTransaction(_ records: [Outgoing], to topic: String) throws {
    try produceInTransaction(records, to: topic, at: testBroker())
}

/// What read_committed consumers see of a topic of the shared broker.
func readTopic(_ topic: String) throws -> [StoredRecord] {
    try readTopic(topic, at: testBroker())
}

/// The latest value of each key.
func latestByKey(_ records: [StoredRecord]) -> [String: [UInt8]] {
    var latest: [String: [UInt8]] = [:]
    for record in records { latest[record.keyText] = record.value }
    return latest
}
