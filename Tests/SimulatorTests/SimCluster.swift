// The worker's protocols over the simulated broker: the clients of one process.
import Kafka

@testable import Pipeline

/// The cluster as one process sees it.
struct SimCluster: Cluster {
    let process: Process

    var machine: SimMachine { process.machine }
    private var broker: Broker { process.world.broker }

    func member(worker: Int) throws(KafkaError) -> SimMember { SimMember(process) }

    func log(worker: Int) throws(KafkaError) -> SimLog { try SimLog(process) }

    func reader(follows _: Bool) throws(KafkaError) -> SimReader {
        try process.call("makes a reader") { () throws(KafkaError) in SimReader(process) }
    }

    func watermarks(_ topic: String, _ partition: Int32) throws(KafkaError) -> Watermarks {
        try process.call("asks for the ends of \(topic)/\(partition)") { () throws(KafkaError) in
            Watermarks(
                low: topic == process.world.settings.inputTopic
                    ? broker.inputLow[Int(partition)] : 0,
                high: broker.log(topic, Int(partition)).end)
        }
    }

    func inputEnd(_ partition: Int32) throws(KafkaError) -> Int64 {
        let topic = process.world.settings.inputTopic
        return try process.call("asks for the end of the input \(partition)") {
            () throws(KafkaError) in broker.log(topic, Int(partition)).end
        }
    }
}
