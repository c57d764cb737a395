// Generated events as a file: one payload a line.
import Generator
import Glibc
import Operations

/// Writes generated events to a file.
enum EventFile {
    /// Writes all of `generator` to `path`, which is made or replaced.
    static func write(
        _ generator: consuming EventGenerator, to path: String, pace: consuming Pace
    ) throws(Failure) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(path, errno) }
        defer { close(file) }
        var generator = generator
        var pace = pace
        var buffer: [UInt8] = []
        buffer.reserveCapacity(flushAt + 1024)
        var count: Int64 = 0
        while generator.append(to: &buffer) != nil {
            buffer.append(10)
            count += 1
            let delay = pace.delay()
            if delay > 0 { usleep(UInt32(min(delay, 1_000_000))) }
            if buffer.count >= flushAt || delay > 0 { try flush(&buffer, to: file, path) }
        }
        try flush(&buffer, to: file, path)
        Terminal.note(pace.summary(count, to: path))
    }

    private static let flushAt = 1 << 18

    private static func flush(
        _ buffer: inout [UInt8], to file: Int32, _ path: String
    ) throws(Failure) {
        let error = Terminal.writeAll(buffer, to: file)
        guard error == 0 else { throw failure(path, error) }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String, _ error: Int32) -> Failure {
        let reason = unsafe String(cString: strerror(error))
        return Failure(.unavailable, "\(path): \(reason); name a file that can be written")
    }
}
