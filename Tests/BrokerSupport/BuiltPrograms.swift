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
