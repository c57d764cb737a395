// The program as it was built with these tests, run as a process.
import BrokerSupport
import Glibc

/// The built program.
enum BuiltProgram {
    /// Where it lies: what TIDEMARK_BINARY says, else beside the tests.
    static let path: String = {
        if let given = unsafe getenv("TIDEMARK_BINARY") { return unsafe String(cString: given) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe readlink(
                "/proc/self/exe", bytes.baseAddress!.assumingMemoryBound(to: CChar.self),
                bytes.count)
        }
        let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/tidemark"
    }()

    /// Starts it with `arguments`; output goes to files in `scratch`.
    static func start(
        _ arguments: [String], in scratch: Scratch, environment: [String: String] = [:]
    ) throws -> Child {
        try Child(
            path, arguments, environment: environment, output: scratch.file("output"),
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
