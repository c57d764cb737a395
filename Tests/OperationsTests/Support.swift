// What the tables of the tests share.
import Glibc
import Operations
import Testing

/// The line of the failure that `body` ends with; nil when it succeeds.
func complaint(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let failure as Failure {
        return failure.message
    } catch {
        return "another error: \(error)"
    }
}

/// Settings from texts, as `tidemark.yaml` and `rules.yaml`.
func configuration(
    _ settings: String = "", rules: String = "version: 1", set overrides: [String] = []
) throws -> Configuration {
    try Configuration.make(
        settings: try YAMLNode.parse(settings, source: "tidemark.yaml"),
        rules: try YAMLNode.parse(rules, source: "rules.yaml"), overrides: overrides)
}

/// Rules around the text of one rule.
func rules(_ rule: String, tiers: String = "") -> String {
    "version: 1\n\(tiers)\nrules:\n  - \(rule)\n"
}

/// A directory of its own with files in it, removed at the end.
final class Scratch {
    let path: String

    init(_ files: [String: String]) {
        var template = Array("/tmp/tidemark-test-XXXXXX".utf8CString)
        let made = unsafe mkdtemp(&template)
        precondition(unsafe made != nil, "no scratch directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, text) in files {
            let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT, 0o600)
            let bytes = Array(text.utf8)
            let written = unsafe write(descriptor, bytes, bytes.count)
            precondition(written == bytes.count, "the scratch file is written")
            close(descriptor)
        }
    }

    deinit {
        if let directory = unsafe opendir(path) {
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
                        unsafe String(cString: $0)
                    }
                }
                if name != "." && name != ".." { _ = unsafe unlink("\(path)/\(name)") }
            }
            _ = unsafe closedir(directory)
        }
        _ = unsafe rmdir(path)
    }
}
