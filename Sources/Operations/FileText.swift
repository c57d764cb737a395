// Whole small files: settings, rules, secrets, time zones.
import Glibc

/// Reads files as a whole.
enum FileText {
    /// The bytes of the file at `path`; refused when it cannot be read or is larger than `limit`.
    static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw Failure(.badSettings, "\(path): more than \(limit) bytes are not read")
            }
        }
    }

    /// `path` as seen from the directory of the file `base`; absolute paths stay.
    static func resolve(_ path: String, besides base: String) -> String {
        guard !path.hasPrefix("/"), let slash = base.lastIndex(of: "/") else { return path }
        return base[...slash] + path
    }

    private static func failure(_ path: String) -> Failure {
        Failure(.badSettings, "\(path): cannot be read: \(errorText(errno))")
    }
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
    unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
}
