// Black-box tests: the built `tidemark` against a real Apache Kafka. They share one broker and two cores, so they run
// one after the other.
import BrokerSupport
import Testing

/// All tests that need a broker.
@Suite("On a real broker", .serialized, .enabled(if: Broker.isAvailable, "needs a Kafka broker"))
enum BrokerTests {}
