// Where cases are and how they are read: our own beside this target, and the conformance cases that may lie beside the
// checkout.
import Glibc
import Operations

/// One case of a file.
struct Case: Sendable, CustomStringConvertible {
    var file: String
    var name: String
    var node: YAMLNode

    var description: String { name }
}

/// The folders of cases.
enum CaseFiles {
    /// The root of the package.
    static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    /// Our own cases.
    static let own = cases(in: root + "/Tests/Cases")

    /// The conformance cases, none when they are not there.
    static let shared = cases(in: root + "/../shared/cases")

    private static func cases(in folder: String) -> [Case] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name.hasSuffix(".yaml") { names.append(name) }
        }
        return names.sorted().flatMap { name -> [Case] in
            let path = folder + "/" + name
            do {
                let document = try YAMLNode.load(path: path)
                return (document["cases"]?.items ?? []).map {
                    Case(file: path, name: $0["name"]?.text ?? name, node: $0)
                }
            } catch {
                return [Case(file: path, name: "\(name): \(error)", node: empty)]
            }
        }
    }

    private static let empty = YAMLNode(
        .scalar("", isQuoted: false), at: YAMLPlace(source: "none"))
}
