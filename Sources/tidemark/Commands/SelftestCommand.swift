// `tidemark selftest`: whether this cluster and this librdkafka keep what exactly-once rests on. Each guarantee is tried
// on a topic made for it, by the calls that the daemon uses.
import Kafka
import Operations
import Pipeline

/// The command that tries a cluster's guarantees.
enum SelftestCommand {
    static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let properties = try properties(arguments)
        let servers = properties["bootstrap.servers"] ?? ""
        var failed: [String] = []
        do throws(KafkaError) {
            try Library.check()
            let guarantees = try Guarantees(properties)
            defer { guarantees.cleanUp() }
            print("cluster of \(guarantees.brokers) brokers, librdkafka \(Library.versionText)")
            for guarantee in Guarantees.all {
                let began = ContinuousClock.now
                let fault = try guarantee.check(guarantees)
                let milliseconds = (ContinuousClock.now - began) / .milliseconds(1)
                let result = fault.map { "FAILED: \($0)" } ?? "ok"
                print("\(guarantee.name.padded(to: 20)) \(result) (\(Int(milliseconds)) ms)")
                if fault != nil { failed.append(guarantee.name) }
            }
        } catch {
            throw Failure(error, at: servers)
        }
        guard !failed.isEmpty else { return .done }
        throw Failure(
            .badSettings,
            "Kafka at \(servers) does not keep \(failed.joined(separator: ", ")): exactly-once "
                + "needs brokers of 2.5 or later with transactions on; do not run Tidemark on it")
    }

    /// What the settings file says of the cluster, or the address alone.
    private static func properties(_ arguments: Arguments) throws(Failure) -> ClientProperties {
        guard let path = arguments.text("config") else {
            guard let servers = arguments.text("bootstrap-servers") else {
                throw Failure(.usage, "selftest needs --bootstrap-servers S or --config FILE")
            }
            return ClientProperties(bootstrapServers: servers)
        }
        let settings = try Configuration.load(path: path, overrides: arguments.texts("set"))
            .settings
        return ClientProperties(
            bootstrapServers: arguments.text("bootstrap-servers") ?? settings.bootstrapServers,
            user: settings.kafkaProperties)
    }
}
