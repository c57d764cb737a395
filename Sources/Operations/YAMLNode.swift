// A YAML document as a small tree in which every node knows where it stands, so that an error can point at it.

/// Where a text stands: a line of a file, or a name such as `--set bank.currency`.
public struct YAMLPlace: Sendable, Equatable, CustomStringConvertible {
    /// The file's name, or whatever else the text came from.
    public var source: String
    /// From 1; 0 where there are no lines.
    public var line: Int
    /// From 1; 0 where there are no lines.
    public var column: Int

    /// A place in `source`.
    public init(source: String, line: Int = 0, column: Int = 0) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// `tidemark.yaml:7`, or the source alone where there are no lines.
    public var description: String { line > 0 ? "\(source):\(line)" : source }
}

/// A node of a YAML document.
public struct YAMLNode: Sendable {
    /// What a node holds.
    public enum Content: Sendable {
        /// A text; whether it was in quotes (or a block) decides if it may be a number, a flag or null.
        case scalar(String, isQuoted: Bool)
        /// A list.
        case sequence([YAMLNode])
        /// A map, in the document's order; no key occurs twice.
        case mapping([Entry])
    }

    /// One key of a map and its value.
    public struct Entry: Sendable {
        /// The key.
        public var key: String
        /// Where the key stands.
        public var place: YAMLPlace
        /// What it names.
        public var value: YAMLNode
        /// A key with its value.
        public init(key: String, place: YAMLPlace, value: YAMLNode) {
            self.key = key
            self.place = place
            self.value = value
        }
    }

    /// What the node holds.
    public var content: Content
    /// Where it begins.
    public var place: YAMLPlace

    /// A node with `content` that begins at `place`.
    public init(_ content: Content, at place: YAMLPlace) {
        self.content = content
        self.place = place
    }

    /// The line on which the node begins, from 1.
    public var line: Int { place.line }

    /// The text of a scalar; nil for lists and maps.
    public var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether this is a scalar in quotes.
    public var isQuoted: Bool {
        if case .scalar(_, true) = content { true } else { false }
    }

    /// Whether this is `null`, `~` or nothing at all.
    public var isNull: Bool {
        guard case .scalar(let text, false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value of `true` or `false`; nil for anything else.
    public var flag: Bool? {
        guard case .scalar(let text, false) = content else { return nil }
        return text == "true" ? true : text == "false" ? false : nil
    }

    /// The elements of a list; nil for anything else.
    public var items: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    /// The entries of a map; nil for anything else.
    public var entries: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of `key` in a map; nil when it is absent or this is no map.
    ///
    /// O(keys).
    public subscript(key: String) -> YAMLNode? { entries?.first { $0.key == key }?.value }

    /// What kind of node this is, in words for an error.
    public var kindInWords: String {
        switch content {
        case .scalar(_, true): "a text"
        case .scalar(let text, false):
            if isNull {
                "nothing"
            } else if flag != nil {
                text
            } else if !text.isEmpty && text.utf8.allSatisfy({ (48...57).contains($0) }) {
                "a number"
            } else {
                "a text"
            }
        case .sequence: "a list"
        case .mapping: "a map"
        }
    }
}
