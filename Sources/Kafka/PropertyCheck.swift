// Whether librdkafka takes a property, before any client is made.
import CRdKafka

extension ClientProperties {
    /// Why librdkafka does not take this property, or nil when it does; never repeats the value.
    public static func problem(_ name: String, _ value: String) -> String? {
        guard let configuration = unsafe rd_kafka_conf_new() else { return "is not checked" }
        defer { unsafe rd_kafka_conf_destroy(configuration) }
        switch unsafe rd_kafka_conf_set(configuration, name, value, nil, 0) {
        case RD_KAFKA_CONF_OK: return nil
        case RD_KAFKA_CONF_UNKNOWN: return "is not known to librdkafka \(Library.versionText)"
        default: return "has a value that librdkafka \(Library.versionText) does not take"
        }
    }
}
