// A small JSON reader for what the product writes: alerts and answers of the HTTP interface. Numbers keep their digits
// and objects their order, so that tests can ask for both; it accepts nothing that is not JSON.

/// A JSON value as written.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One member of an object.
    package struct Member: Equatable, Sendable {
        package var name: String
        package var value: JSONValue

        /// The member `name`.
        package init(_ name: String, _ value: JSONValue) { (self.name, self.value) = (name, value) }
    }

    /// What was wrong with a text, and at which byte.
    package struct Fault: Error, Equatable {
        package var at: Int
    }

    /// Reads one JSON text.
    package init(_ bytes: [UInt8]) throws {
        self = try JSONReader.read(bytes)
    }

    /// Reads one JSON text.
    package init(_ text: String) throws { try self.init(Array(text.utf8)) }

    /// The member of an object; null when there is none.
    package subscript(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return .null }
        return members.first { $0.name == name }?.value ?? .null
    }

    /// The element of an array; null when there is none.
    package subscript(_ index: Int) -> JSONValue {
        let elements = array
        return elements.indices.contains(index) ? elements[index] : .null
    }

    /// The elements of an array, nothing for other values.
    package var array: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// The names of an object's members in their order.
    package var names: [String] {
        if case .object(let members) = self { return members.map(\.name) }
        return []
    }

    /// The text of a string.
    package var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The value of a whole number.
    package var integer: Int? {
        if case .number(let digits) = self { return Int(digits) }
        return nil
    }

    /// The value as JSON without blanks.
    package var json: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): JSONValue.quoted(text)
        case .array(let items): "[\(items.map(\.json).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\(JSONValue.quoted($0.name)):\($0.value.json)" }.joined(separator: ","))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 32:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
