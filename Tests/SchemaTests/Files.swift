// Where the schemas and examples lie.
import FoundationEssentials

/// Files under `schemas`.
enum Files {
    /// The folder `schemas`, found from this file's own place.
    private static let root: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/schemas"
    }()

    /// The bytes of the file at `path` under `schemas`.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else {
            throw SchemaMistake("schemas/\(path) is not there")
        }
        return Array(data)
    }

    /// The names of the files in the folder `path` under `schemas`, sorted; empty when there is none.
    static func names(in path: String) -> [String] {
        let found = try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)")
        return (found ?? []).sorted()
    }

    /// The schema `name.schema.json`.
    static func schema(_ name: String) throws -> Schema {
        Schema(try JSONValue(parsing: bytes("\(name).schema.json")))
    }
}
