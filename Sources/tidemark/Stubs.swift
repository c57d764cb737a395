import Generator
import Operations
enum DemoCommand { static func run(_ a: Arguments) throws(Failure) -> ExitCode { .done } }
enum RunCommand { static func run(_ a: Arguments) throws(Failure) -> ExitCode { .done } }
enum CustomerCommand { static func run(_ a: Arguments) throws(Failure) -> ExitCode { .done } }
enum TopicsCommand {
    static func check(_ a: Arguments) throws(Failure) -> ExitCode { .done }
    static func create(_ a: Arguments) throws(Failure) -> ExitCode { .done }
}
enum EventTopic {
    static func write(
        _ generator: consuming EventGenerator, to topic: String, servers: String, pace: consuming Pace
    ) throws(Failure) {}
}
enum Library {
    static let runningVersion = ""
    static let compiledVersion = ""
}
