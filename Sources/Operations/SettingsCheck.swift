// Whether one value is of its setting's type; the line says what it must be and what to write.
import Banking

extension SettingKey {
    /// Refuses `node` when it is not what this setting holds.
    ///
    /// Null never comes here: it is the same as absent.
    func check(_ node: YAMLNode) throws(Failure) {
        switch type {
        case .rates:
            guard let items = node.items else { throw wrong(node, "a list") }
            if !items.isEmpty {
                throw .settings(node.place, "exchange rates (\(path)) are not in this version")
            }
        case .notYet(let what):
            throw .settings(node.place, "\(what) (\(path)) is not in this version; leave it out")
        case .flag:
            guard node.flag != nil else { throw wrong(node, "true or false") }
        case .integer(let range):
            guard try number(node, range) != nil else {
                throw wrong(node, "a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
        default:
            guard let text = node.text else { throw wrong(node, "a text") }
            try check(text: text, at: node.place)
        }
    }

    private func check(text: String, at place: YAMLPlace) throws(Failure) {
        switch type {
        case .name:
            guard SettingKey.isName(text, atMost: 100) else {
                throw .settings(
                    place, "\(path) must be 1 to 100 of A-Z a-z 0-9 . _ -, not \"\(text)\"")
            }
        case .topic:
            guard SettingKey.isName(text, atMost: 249), text != ".", text != ".." else {
                throw .settings(
                    place, "\(path) must name a topic: 1 to 249 of A-Z a-z 0-9 . _ -")
            }
        case .duration(let range):
            guard let micros = Duration.microseconds(text) else {
                throw .settings(
                    place, "\(path): \"\(text)\" is no length of time; \(Duration.hint)")
            }
            guard range.contains(micros) else {
                throw .settings(
                    place,
                    "\(path) must be from \(Duration.text(range.lowerBound)) "
                        + "to \(Duration.text(range.upperBound)), not \(text)")
            }
        case .off:
            guard text == "off" else {
                throw .settings(place, "\(path) must be off, or a map of after and within")
            }
        case .choice(let words, let later):
            if later.contains(text) {
                throw .settings(
                    place, "\(path) \"\(text)\" is not in this version; use \(words[0])")
            }
            if !words.contains(text) {
                throw .settings(
                    place,
                    "\(path) must be \(words.joined(separator: ", ")), not \"\(text)\"")
            }
        default:
            if text.isEmpty { throw .settings(place, "\(path) is empty") }
        }
    }

    private func number(_ node: YAMLNode, _ range: ClosedRange<Int>) throws(Failure) -> Int? {
        guard case .scalar(let text, false) = node.content, !text.isEmpty,
            text.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw .settings(
                node.place,
                "\(path) must be from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return value
    }

    private func wrong(_ node: YAMLNode, _ wanted: String) -> Failure {
        .settings(node.place, "\(path) must be \(wanted), not \(node.kindInWords)")
    }

    private static func isName(_ text: String, atMost limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
