// From a command line to an exit code.
import Glibc
import Operations
import Pipeline

/// The program.
enum Program {
    /// The version of this program.
    static let version = Version.text

    /// Runs the command that `words` ask for; errors go to standard error, one line each.
    static func run(_ words: [String]) -> ExitCode {
        defer { fflush(nil) }
        do throws(Failure) {
            switch try Arguments.parse(words) {
            case .help(let command):
                print(Help.text(command), terminator: "")
                return .done
            case .run(let arguments): return try run(arguments)
            }
        } catch {
            Terminal.complain(error.message)
            return error.exitCode
        }
    }

    private static func run(_ arguments: Arguments) throws(Failure) -> ExitCode {
        switch arguments.command.name {
        case "demo": try DemoCommand.run(arguments)
        case "run": try RunCommand.run(arguments)
        case "topics check": try TopicsCommand.check(arguments)
        case "topics create": try TopicsCommand.create(arguments)
        case "rules check": try RulesCommand.check(arguments)
        case "customer": try CustomerCommand.run(arguments)
        case "generate": try GenerateCommand.run(arguments)
        case "selftest": try SelftestCommand.run(arguments)
        case "verify": try VerifyCommand.run(arguments)
        case "version": VersionCommand.run()
        default: preconditionFailure("every command of the table is here")
        }
    }
}
