// A validator for the part of JSON Schema 2020-12 that our schemas use. A keyword that it does not know is a
// mistake in the schema, so that nothing in a schema goes unchecked.

/// One schema file.
struct Schema {
    private let root: JSONValue

    /// A schema from its parsed file.
    init(_ root: JSONValue) { self.root = root }

    /// The values of the enumeration that `$defs` holds under `name`, in the file's order.
    func enumeration(_ name: String) -> [String] {
        root["$defs"]?[name]?["enum"]?.strings ?? []
    }

    /// The names of the properties of the schema at its top.
    var propertyNames: Set<String> {
        guard case .object(let properties)? = root["properties"] else { return [] }
        return Set(properties.keys)
    }

    /// What is wrong with `value`, each with its path; empty when it is valid.
    func faults(of value: JSONValue) throws -> [String] {
        try faults(of: value, under: root, at: "$")
    }

    private func faults(
        of value: JSONValue, under schema: JSONValue, at path: String
    ) throws -> [String] {
        guard case .object(let keywords) = schema else {
            throw SchemaMistake("\(path): a schema is an object")
        }
        var found: [String] = []
        for (keyword, argument) in keywords {
            switch keyword {
            case "$schema", "$id", "$defs", "title", "description": continue
            case "$ref":
                found += try faults(of: value, under: try resolve(argument), at: path)
            case "anyOf", "oneOf":
                found += try choiceFaults(of: value, keyword, argument, at: path)
            case "properties", "required", "additionalProperties":
                found += try objectFaults(of: value, keyword, argument, keywords, at: path)
            case "items":
                guard case .array(let elements) = value else { continue }
                for (index, element) in elements.enumerated() {
                    found += try faults(of: element, under: argument, at: "\(path)[\(index)]")
                }
            default:
                if try !holds(keyword, argument, for: value) {
                    found.append("\(path): \(keyword)")
                }
            }
        }
        return found
    }

    private func resolve(_ reference: JSONValue) throws -> JSONValue {
        let prefix = "#/$defs/"
        guard let text = reference.string, text.hasPrefix(prefix),
            let definition = root["$defs"]?[String(text.dropFirst(prefix.count))]
        else { throw SchemaMistake("\(reference) leads nowhere") }
        return definition
    }

    private func choiceFaults(
        of value: JSONValue, _ keyword: String, _ argument: JSONValue, at path: String
    ) throws -> [String] {
        guard case .array(let choices) = argument else {
            throw SchemaMistake("\(path): \(keyword) takes a list")
        }
        let fitting = try choices.count { try faults(of: value, under: $0, at: path).isEmpty }
        let isEnough = keyword == "oneOf" ? fitting == 1 : fitting > 0
        return isEnough ? [] : ["\(path): \(keyword) fits \(fitting)"]
    }

    private func objectFaults(
        of value: JSONValue, _ keyword: String, _ argument: JSONValue,
        _ keywords: [String: JSONValue], at path: String
    ) throws -> [String] {
        guard case .object(let members) = value else { return [] }
        var found: [String] = []
        switch keyword {
        case "required":
            for name in argument.strings where members[name] == nil {
                found.append("\(path): \(name) is missing")
            }
        case "properties":
            guard case .object(let properties) = argument else {
                throw SchemaMistake("\(path): properties takes an object")
            }
            for (name, schema) in properties {
                guard let member = members[name] else { continue }
                found += try faults(of: member, under: schema, at: "\(path).\(name)")
            }
        default:
            guard argument == .bool(false) else {
                throw SchemaMistake("\(path): additionalProperties is false or absent")
            }
            for name in members.keys where keywords["properties"]?[name] == nil {
                found.append("\(path): \(name) is not known")
            }
        }
        return found
    }

    /// Keywords that look at the value alone; those of another type than theirs hold for it.
    private func holds(
        _ keyword: String, _ argument: JSONValue, for value: JSONValue
    ) throws -> Bool {
        switch (keyword, argument, value) {
        case ("type", .string(let name), _): return isOfType(name, value)
        case ("type", .array, _): return argument.strings.contains { isOfType($0, value) }
        case ("enum", .array(let values), _): return values.contains(value)
        case ("const", _, _): return argument == value
        case ("pattern", .string(let pattern), .string(let text)):
            return try Regex(pattern).matchingSemantics(.unicodeScalar).firstMatch(in: text) != nil
        case ("maxLength", .integer(let limit), .string(let text)):
            return text.unicodeScalars.count <= limit
        case ("maxItems", .integer(let limit), .array(let elements)):
            return elements.count <= limit
        case ("minimum", .integer(let limit), .integer(let number)): return number >= limit
        case ("minimum", .integer(let limit), .number(let number)): return number >= Double(limit)
        case ("maximum", .integer(let limit), .integer(let number)): return number <= limit
        case ("maximum", .integer(let limit), .number(let number)): return number <= Double(limit)
        case ("pattern", .string, _), ("maxLength", .integer, _), ("maxItems", .integer, _),
            ("minimum", .integer, _), ("maximum", .integer, _):
            return true
        default: throw SchemaMistake("the keyword \(keyword) is not known, or not with \(argument)")
        }
    }

    private func isOfType(_ name: String, _ value: JSONValue) -> Bool {
        switch (name, value) {
        case ("null", .null), ("boolean", .bool), ("integer", .integer), ("number", .integer),
            ("number", .number), ("string", .string), ("array", .array), ("object", .object):
            true
        default: false
        }
    }
}

/// Something wrong with a schema itself.
struct SchemaMistake: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
