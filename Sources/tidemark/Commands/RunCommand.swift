// `tidemark run`: the daemon.
import Kafka
import Operations
import Pipeline

/// The command that runs the daemon.
enum RunCommand {
    static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        Signals.block()
        let configuration = try Configuration.load(
            path: arguments.text("config") ?? "", overrides: arguments.texts("set"))
        let log = Log(configuration.log)
        for line in configuration.warnings { log.warning(line) }
        for line in configuration.notices { log.notice(line) }
        let service = try Service(configuration, log, sink: log.sink)
        log.info(
            "tidemark starts",
            [
                ("version", Program.version), ("librdkafka", Library.versionText),
                ("application", configuration.settings.application),
                ("instance", configuration.settings.instance),
                ("rules", configuration.rules.digest), ("http", service.address.description),
            ])
        try service.run(untilCaughtUp: arguments.has("until-caught-up"))
        log.info("tidemark has ended")
        return .done
    }
}
