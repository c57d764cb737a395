// librdkafka's statistics as metrics: client, brokers, group and transaction state. What it says of topics stays
// out: partitions times clients would be more lines than anybody reads, and lag has metrics of its own.

/// Turns statistics into metrics.
enum KafkaMetrics {
    /// Parts of a broker's windows that are published.
    private static let windows = ["int_latency", "outbuf_latency", "rtt", "throttle"]
    private static let quantities = ["avg", "max", "p99", "cnt"]

    /// Appends `tidemark_kafka_*` of all clients; `statistics` is JSON by client.
    static func append(_ statistics: [String: [UInt8]], to text: inout PrometheusText) {
        typealias Sample = (labels: [PrometheusText.Label], value: String)
        var families: [String: [Sample]] = [:]
        for (client, json) in statistics.sorted(by: { $0.key < $1.key }) {
            JSON(json)?.forEachNumber { path, digits in
                guard let (name, labels) = metric(path) else { return }
                let all = [("client", client)] + labels
                families["tidemark_kafka_" + name, default: []].append((all, digits))
            }
        }
        for (name, samples) in families.sorted(by: { $0.key < $1.key }) {
            text.family(name, .untyped, "See STATISTICS.md of librdkafka.")
            for sample in samples { text.sample(name, sample.labels, text: sample.value) }
        }
    }

    private static func metric(_ path: [String]) -> (String, [PrometheusText.Label])? {
        switch path.count {
        case 1: return plain(path[0]).map { ($0, []) }
        case 2 where path[0] == "cgrp" || path[0] == "eos":
            return plain(path[1]).map { ("\(path[0])_\($0)", []) }
        case 3 where path[0] == "brokers":
            return plain(path[2]).map { ("broker_\($0)", [("broker", path[1])]) }
        case 4
        where path[0] == "brokers" && windows.contains(path[2])
            && quantities.contains(path[3]):
            return ("broker_\(path[2])_\(path[3])", [("broker", path[1])])
        default: return nil
        }
    }

    /// A name that Prometheus takes.
    private static func plain(_ name: String) -> String? {
        let fits = name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_")
        }
        return fits && !name.isEmpty ? name : nil
    }
}
