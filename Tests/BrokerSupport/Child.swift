// Child processes: started, signalled, waited for within a bound; their output goes to files, so that nothing is lost
// when they are killed.
package import Glibc

/// A running or finished child process.
///
/// It is killed when the value goes away while it runs.
package final class Child {
    /// The process id.
    package let id: pid_t
    private let outputPath: String
    private let errorPath: String
    private var ended: Ending?

    /// How a process ended.
    package enum Ending: Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(Int32)

        package var description: String {
            switch self {
            case .exited(let code): "exit code \(code)"
            case .killed(let signal): "killed by signal \(signal)"
            }
        }
    }

    /// Starts `program` (searched in PATH without a slash) with the test's environment and `environment` on top.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        output: String, error: String
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (descriptor, path) in [(Int32(1), output), (Int32(2), error)] {
            unsafe posix_spawn_file_actions_addopen(
                &actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        // The test runner's threads may have blocked signals; a child starts with none blocked.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var variables = currentEnvironment()
        variables.merge(environment) { $1 }
        var child = pid_t()
        let code = unsafe withCStrings([program] + arguments) { argv in
            unsafe withCStrings(variables.map { "\($0.key)=\($0.value)" }) { envp in
                unsafe posix_spawnp(&child, program, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw SystemError("start \(program)", code) }
        id = child
        outputPath = output
        errorPath = error
    }

    deinit {
        if poll() == nil {
            signal(SIGKILL)
            _ = wait(milliseconds: 5000)
        }
    }

    /// What it wrote to standard output so far.
    package var output: String {
        (try? readFile(outputPath)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// What it (and earlier processes with the same file) wrote to standard error so far.
    package var error: String {
        (try? readFile(errorPath)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        if poll() == nil { kill(id, number) }
    }

    /// How it ended, or nil while it runs.
    package func poll() -> Ending? {
        if ended != nil { return ended }
        var status: Int32 = 0
        guard unsafe waitpid(id, &status, WNOHANG) == id else { return nil }
        let signal = status & 0x7F
        ended = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
        return ended
    }

    /// Waits for its end; nil when it still runs after `milliseconds`.
    package func wait(milliseconds: Int) -> Ending? {
        _ = eventually(within: milliseconds, every: 5) { poll() != nil }
        return poll()
    }

    /// SIGKILL, and waits until it is gone.
    package func killAndWait() {
        signal(SIGKILL)
        _ = wait(milliseconds: 5000)
    }
}

/// Runs a program to its end and returns what it wrote to standard output.
///
/// Through a file: an end of a pipe could be inherited by what another test starts at the same moment, a broker
/// perhaps, and then the pipe would never end.
@discardableResult
package func run(_ program: String, _ arguments: [String]) throws -> [UInt8] {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/tidemark-output-XXXXXX".utf8CString)
    let file = unsafe template.withUnsafeMutableBufferPointer {
        unsafe mkstemp($0.baseAddress!)
    }
    guard file >= 0 else { throw SystemError("mkstemp", errno) }
    close(file)
    let path = unsafe template.withUnsafeBufferPointer {
        unsafe String(cString: $0.baseAddress!)
    }
    defer { _ = unsafe unlink(path) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_TRUNC, 0o600)
    let child = try unsafe spawn([program] + arguments, &actions)
    var status: Int32 = 0
    guard unsafe waitpid(child, &status, 0) == child, status == 0 else {
        throw SystemError("\(program) ended with \(status)", 0)
    }
    return try readFile(path)
}

/// Starts a program with this process's environment and returns its id.
@unsafe @discardableResult
func spawn(_ words: [String], _ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
    var child = pid_t()
    let code = unsafe withCStrings(words) { argv in
        unsafe posix_spawnp(&child, words[0], &actions, nil, argv, environ)
    }
    guard code == 0 else { throw SystemError("start \(words[0])", code) }
    return child
}

/// The environment of this process.
private func currentEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = unsafe environ
    while let entry = unsafe next.pointee {
        let text = unsafe String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        unsafe next += 1
    }
    // What the tests run must not depend on the settings of who runs them.
    return variables.filter { !$0.key.hasPrefix("TIDEMARK_") }
}

/// Calls `body` with a null-terminated array of C strings.
@unsafe
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return try unsafe pointers.withUnsafeBufferPointer { try unsafe body($0.baseAddress!) }
}
