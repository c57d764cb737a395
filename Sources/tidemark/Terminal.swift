// What commands write besides their output.
import Glibc

/// The two outputs of a command.
enum Terminal {
    /// Writes `tidemark: message` to standard error as one line.
    static func complain(_ message: String) {
        fflush(nil)
        writeAll(Array("tidemark: \(message)\n".utf8), to: 2)
    }

    /// Writes `text` to standard error as it is, for progress.
    static func note(_ text: String) { writeAll(Array(text.utf8), to: 2) }

    /// Whether standard output shows colours: it is a terminal and NO_COLOR is not set.
    static var hasColours: Bool {
        guard isatty(1) == 1, unsafe getenv("NO_COLOR") == nil else { return false }
        guard let term = unsafe getenv("TERM") else { return false }
        return unsafe String(cString: term) != "dumb"
    }

    /// Writes all of `bytes` to `descriptor`; the error's number when that fails, else 0.
    @discardableResult
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var start = 0
        while start < bytes.count {
            let written = unsafe bytes[start...].withUnsafeBytes { rest in
                unsafe write(descriptor, rest.baseAddress, rest.count)
            }
            if written < 0 {
                if errno == EINTR { continue }
                return errno
            }
            start += written
        }
        return 0
    }
}
