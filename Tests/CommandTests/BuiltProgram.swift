// The program as it was built with these tests, run as a process.
import BrokerSupport
import Glibc

/// The built program.
enum BuiltProgram {
    /// Starts it with `arguments`; output goes to files in `scratch`.
    static func start(
        _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:]
    ) throws -> Child {
        try Child(
            BuiltPrograms.tidemark, arguments, environment: environment,
            output: scratch.file("output"),
            error: scratch.file("error"))
    }

    /// Runs it to its end, within half a minute.
    static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (ending: Child.Ending?, output: String, error: String) {
        let scratch = try Scratch("command")
        let child = try start(arguments, in: scratch, environment: environment)
        let ending = child.wait(milliseconds: 30_000)
        return (ending, child.output, child.error)
    }
}
