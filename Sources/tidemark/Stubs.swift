import Generator
import Operations

enum DemoCommand {
    static func run(_ a: Arguments) throws(Failure) -> ExitCode { try unfinished(a) }
}
enum RunCommand {
    static func run(_ a: Arguments) throws(Failure) -> ExitCode { try unfinished(a) }
}
enum CustomerCommand {
    static func run(_ a: Arguments) throws(Failure) -> ExitCode { try unfinished(a) }
}
enum TopicsCommand {
    static func check(_ a: Arguments) throws(Failure) -> ExitCode { try unfinished(a) }
    static func create(_ a: Arguments) throws(Failure) -> ExitCode { try unfinished(a) }
}
enum EventTopic {
    static func write(
        _ generator: consuming EventGenerator, to topic: String, servers: String,
        pace: consuming Pace
    ) throws(Failure) { throw Failure(.internalError, "topics are not part of this build") }
}
enum Library {
    static let runningVersion = ""
    static let compiledVersion = ""
}
private func unfinished(_ arguments: Arguments) throws(Failure) -> ExitCode {
    throw Failure(.internalError, "\(arguments.command.name) is not part of this build")
}
