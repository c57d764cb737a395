// The programs of the package, as processes.
import Glibc

/// Where the programs under test lie.
package enum BuiltPrograms {
    /// The daemon: what TIDEMARK_BINARY names, else what was built with these tests.
    package static let tidemark: String =
        unsafe getenv("TIDEMARK_BINARY").map { unsafe String(cString: $0) } ?? beside("tidemark")

    /// A program that was built with these tests.
    package static func beside(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let folder = String(decoding: bytes, as: UTF8.self).split(separator: "/").dropLast()
        return "/\(folder.joined(separator: "/"))/\(name)"
    }
}

/// The program under test.
package enum Tidemark {
    /// Starts a command; standard output and error are appended to files of `log` in the scratch folder.
    package static func start(
        _ arguments: [String], in scratch: Scratch, log: String,
        environment: [String: String] = [:]
    ) throws -> Child {
        try Child(
            BuiltPrograms.tidemark, arguments, environment: environment,
            output: scratch.file("\(log).out"), error: scratch.file("\(log).err"))
    }

    /// Runs a command and waits for its end; kills what runs longer than `seconds`, and has no ending to tell then.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], seconds: Int = 30
    ) throws -> (ending: Child.Ending?, output: String, error: String) {
        let scratch = try Scratch("command")
        let child = try start(arguments, in: scratch, log: "run", environment: environment)
        let ending = child.wait(milliseconds: seconds * 1000)
        child.killAndWait()
        return (ending, child.output, child.error)
    }
}
