// `tidemark version`.

import Kafka
import Operations
import Pipeline

/// The command that names versions.
enum VersionCommand {
    static func run() -> ExitCode {
        print("tidemark \(Program.version)")
        print("librdkafka \(Library.versionText), compiled against \(Library.compiledVersionText)")
        return .done
    }
}
