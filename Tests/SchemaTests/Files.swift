// Where the schemas, the examples and the documentation lie.
import FoundationEssentials

/// Files of the package.
enum Files {
    /// The package's folder, found from this file's own place.
    static let package: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    private static let root = "\(package)/schemas"

    /// The text of the file at `path` in the package.
    static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: "\(package)/\(path)") else {
            throw SchemaMistake("\(path) is not there")
        }
        return String(decoding: data, as: UTF8.self)
    }

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
