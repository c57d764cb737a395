// A JSON value as text: numbers keep their digits, maps their order. Made from a payload or from a node of YAML.
import Operations

/// A value of JSON.
indirect enum Value: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case list([Value])
    case map([Member])

    struct Member: Equatable {
        var key: String
        var value: Value
    }

    /// The value of `key` in a map.
    subscript(key: String) -> Value? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The value that a node of a case stands for: text in quotes is a string, a number without quotes a number with
    /// the same digits.
    init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let items): self = .list(items.map(Value.init))
        case .mapping(let entries):
            self = .map(entries.map { Member(key: $0.key, value: Value($0.value)) })
        case .scalar(let text, let isQuoted):
            if isQuoted {
                self = .string(text)
            } else if node.isNull {
                self = .null
            } else if let flag = node.flag {
                self = .bool(flag)
            } else {
                self = Value.isNumber(text) ? .number(text) : .string(text)
            }
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        var digits = Substring(text)
        if digits.first == "-" { digits = digits.dropFirst() }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    /// The value as JSON without blanks.
    var json: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): Value.quoted(text)
        case .list(let items): "[\(items.map(\.json).joined(separator: ","))]"
        case .map(let members):
            "{\(members.map { "\(Value.quoted($0.key)):\($0.value.json)" }.joined(separator: ","))}"
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

    /// Where `self`, what was found, does not hold what `expected` asks for; nil when it does.
    ///
    /// Of a map the keys given count, lists are compared whole and in order, those called `accounts` in any order.
    func mismatch(_ expected: Value, at path: String = "") -> String? {
        switch (self, expected) {
        case (.map, .map(let members)):
            for member in members {
                let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
                guard let found = self[member.key] else { return "\(inner) is missing" }
                if member.key == "accounts" {
                    if let text = found.mismatchInAnyOrder(member.value, at: inner) { return text }
                } else if let text = found.mismatch(member.value, at: inner) {
                    return text
                }
            }
            return nil
        case (.list(let items), .list(let wanted)):
            guard items.count == wanted.count else {
                return "\(path) has \(items.count) elements, expected \(wanted.count)"
            }
            for (index, item) in items.enumerated() {
                if let text = item.mismatch(wanted[index], at: "\(path)[\(index)]") { return text }
            }
            return nil
        default:
            return self == expected ? nil : "\(path) is \(json), expected \(expected.json)"
        }
    }

    private func mismatchInAnyOrder(_ expected: Value, at path: String) -> String? {
        guard case .list(var items) = self, case .list(let wanted) = expected,
            items.count == wanted.count
        else { return "\(path) is \(json), expected \(expected.json)" }
        for want in wanted {
            guard let index = items.firstIndex(where: { $0.mismatch(want) == nil }) else {
                return "\(path) has no \(want.json)"
            }
            items.remove(at: index)
        }
        return nil
    }
}
