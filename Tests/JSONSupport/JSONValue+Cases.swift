// What a case of events and alerts in YAML says, as JSON, and how an alert is held against it.
package import Operations

extension JSONValue {
    /// The value that a node of a case stands for: text in quotes is a string, a number without quotes a number with
    /// the same digits.
    package init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let items): self = .array(items.map(JSONValue.init))
        case .mapping(let entries):
            self = .object(entries.map { Member($0.key, JSONValue($0.value)) })
        case .scalar(let text, let isQuoted):
            if isQuoted {
                self = .string(text)
            } else if node.isNull {
                self = .null
            } else if let flag = node.flag {
                self = .bool(flag)
            } else {
                self = JSONValue.isNumber(text) ? .number(text) : .string(text)
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

    /// Where `self`, what was found, does not hold what `expected` asks for; nil when it does.
    ///
    /// Of a map the keys given count, lists are compared whole and in order, those called `accounts` in any order.
    package func mismatch(_ expected: JSONValue, at path: String = "") -> String? {
        switch (self, expected) {
        case (.object, .object(let members)):
            for member in members {
                let inner = path.isEmpty ? member.name : "\(path).\(member.name)"
                guard names.contains(member.name) else { return "\(inner) is missing" }
                let found = self[member.name]
                if member.name == "accounts" {
                    if let text = found.mismatchInAnyOrder(member.value, at: inner) { return text }
                } else if let text = found.mismatch(member.value, at: inner) {
                    return text
                }
            }
            return nil
        case (.array(let items), .array(let wanted)):
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

    private func mismatchInAnyOrder(_ expected: JSONValue, at path: String) -> String? {
        guard case .array(var items) = self, case .array(let wanted) = expected,
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
