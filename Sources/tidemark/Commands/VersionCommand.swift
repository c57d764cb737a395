// `tidemark version`.

import Operations

/// The command that names versions.
enum VersionCommand {
    static func run() -> ExitCode {
        print("tidemark \(Program.version)")
        print("librdkafka \(Library.runningVersion), compiled against \(Library.compiledVersion)")
        return .done
    }
}
