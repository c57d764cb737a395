// A directory of one test's own, and whole files in and out.
import Glibc

/// A directory that is removed when the value goes away, unless TIDEMARK_KEEP is set.
package final class Scratch: Sendable {
    /// Its absolute path.
    package let path: String

    /// Makes an empty directory for temporary files.
    package init(_ purpose: String) throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/tidemark-\(purpose)-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe mkdtemp(buffer.baseAddress!).map { unsafe String(cString: $0) }
        }
        guard let made else { throw SystemError("mkdtemp", errno) }
        path = made
    }

    deinit {
        if unsafe getenv("TIDEMARK_KEEP") == nil {
            _ = try? run("rm", ["-rf", path])
        }
    }

    /// The absolute path of the file `name` in here.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        let descriptor = unsafe open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + done, bytes.count - done)
            }
            guard count > 0 else { throw SystemError("write", errno) }
            done += count
        }
        return file(name)
    }
}

/// A failed system call.
package struct SystemError: Error, CustomStringConvertible {
    package let description: String
    package init(_ call: String, _ code: Int32) {
        description = "\(call): \(unsafe String(cString: strerror(code)))"
    }
}

/// All bytes of a file.
package func readFile(_ path: String) throws -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY)
    guard descriptor >= 0 else { throw SystemError("open \(path)", errno) }
    defer { close(descriptor) }
    return readAll(descriptor)
}

/// All bytes until the end of what `descriptor` reads.
package func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe block.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: block[..<count])
    }
}

/// Milliseconds of a clock that never goes back.
package func nowMilliseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// Asks `condition` every `every` milliseconds until it holds; false when it never did within `milliseconds`.
package func eventually(
    within milliseconds: Int = 20_000, every: UInt32 = 20, _ condition: () throws -> Bool
) rethrows -> Bool {
    let end = nowMilliseconds() + milliseconds
    repeat {
        if try condition() { return true }
        usleep(every * 1000)
    } while nowMilliseconds() < end
    return try condition()
}
