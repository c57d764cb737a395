// What an error of Kafka means for a command.
import Kafka
import Operations

extension Failure {
    /// The end of a command that `error` means, at brokers `servers`.
    init(_ error: KafkaError, at servers: String) {
        if error.cure == .notAuthorized {
            self.init(
                .unavailable,
                "Kafka at \(servers) does not allow it: \(error); grant the rights, or mend the "
                    + "credentials")
        } else if ["_INVALID_ARG", "_UNSUPPORTED_FEATURE"].contains(error.name) {
            self.init(.badSettings, "\(error)")
        } else if ["_TRANSPORT", "_TIMED_OUT", "_ALL_BROKERS_DOWN", "_RESOLVE"].contains(error.name)
        {
            self.init(
                .unavailable,
                "Kafka at \(servers) is not reachable: \(error); check the address and that the "
                    + "brokers run")
        } else {
            self.init(.unavailable, "Kafka at \(servers) refuses: \(error)")
        }
    }
}
