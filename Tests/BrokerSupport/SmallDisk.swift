// Disks so small that a test can fill them: file systems in memory, mounted where a broker keeps its data.
import Glibc

/// File systems of the tests' own.
package enum SmallDisk {
    /// Whether this process may mount file systems; tried once.
    package static let isAvailable: Bool = {
        guard let scratch = try? Scratch("mount"),
            (try? mount(at: scratch.path, megabytes: 1)) != nil
        else { return false }
        return (try? run("umount", [scratch.path])) != nil
    }()

    /// Mounts one at `path`, which is made if it is not there.
    static func mount(at path: String, megabytes: Int) throws {
        try run("mkdir", ["-p", path])
        try run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tidemark-test", path])
    }

    /// Writes to the file at `path` until the disk takes no more.
    static func fill(_ path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(path)", errno) }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0, count: 65_536)
        var size = block.count
        while size > 0 {
            let count = unsafe block.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress, size)
            }
            if count < 0 && errno == EINTR { continue }
            // Down to the last byte.
            if count <= 0 { size /= 2 }
            guard count > 0 || errno == ENOSPC else { throw SystemError("write \(path)", errno) }
        }
    }
}
