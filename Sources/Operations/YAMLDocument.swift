// Builds the tree from events: one document a file, every key once, bounded in size, depth and nodes. No anchors,
// aliases, merge keys or tags: a setting stands where it is read, and a small file cannot grow large.

/// How large a document may be.
public struct YAMLLimits: Sendable {
    /// Bytes of the text.
    public var bytes: Int
    /// Lists and maps within each other.
    public var depth: Int
    /// Scalars, lists and maps in all.
    public var nodes: Int
    /// Limits that no file written by people meets.
    public init(bytes: Int = 16 << 20, depth: Int = 32, nodes: Int = 1_000_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }
}

extension YAMLNode {
    /// Reads one document; an empty one is null.
    ///
    /// `source` is what errors name.
    public static func parse(
        _ text: String, source: String, limits: YAMLLimits = YAMLLimits()
    ) throws(Failure) -> YAMLNode {
        try parse(bytes: Array(text.utf8), source: source, limits: limits)
    }

    /// Reads one document in UTF-8; an empty one is null.
    ///
    /// `source` is what errors name.
    public static func parse(
        bytes: [UInt8], source: String, limits: YAMLLimits = YAMLLimits()
    ) throws(Failure) -> YAMLNode {
        guard bytes.count <= limits.bytes else {
            throw .settings(
                YAMLPlace(source: source),
                "\(bytes.count) bytes are too many; at most \(limits.bytes) are read")
        }
        var builder = YAMLBuilder(events: YAMLEvents(bytes, source: source), limits: limits)
        return try builder.document()
    }

    /// Reads the file at `path`; errors name it as it was given.
    public static func load(
        path: String, limits: YAMLLimits = YAMLLimits()
    ) throws(Failure) -> YAMLNode {
        let bytes = try FileText.read(path, atMost: limits.bytes)
        return try parse(bytes: bytes, source: path, limits: limits)
    }
}

/// Puts events together.
private struct YAMLBuilder: ~Copyable {
    var events: YAMLEvents
    let limits: YAMLLimits
    var nodes = 0

    init(events: consuming YAMLEvents, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    mutating func document() throws(Failure) -> YAMLNode {
        _ = try events.next()
        guard case .documentStart = try events.next() else {
            return YAMLNode(.scalar("", isQuoted: false), at: events.place)
        }
        let root = try node(try events.next(), depth: 0)
        _ = try events.next()
        guard case .streamEnd = try events.next() else {
            throw .settings(events.place, "a second document is not read; keep one in a file")
        }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(Failure) -> YAMLNode {
        let place = events.place
        nodes += 1
        guard nodes <= limits.nodes else {
            throw .settings(place, "more than \(limits.nodes) values are not read")
        }
        if case .scalar(let text, let isQuoted) = event {
            return YAMLNode(.scalar(text, isQuoted: isQuoted), at: place)
        }
        guard depth < limits.depth else {
            throw .settings(place, "nested deeper than \(limits.depth)")
        }
        if case .sequenceStart = event {
            return YAMLNode(.sequence(try items(depth: depth)), at: place)
        }
        return YAMLNode(.mapping(try entries(depth: depth)), at: place)
    }

    private mutating func items(depth: Int) throws(Failure) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func entries(depth: Int) throws(Failure) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var seen: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event { return entries }
            let place = events.place
            guard case .scalar(let key, let isQuoted) = event else {
                throw .settings(place, "a key must be a text")
            }
            if key == "<<" && !isQuoted {
                throw .settings(place, "merge keys are not read here; write the values again")
            }
            if let line = seen.updateValue(place.line, forKey: key) {
                throw .settings(place, "key \"\(key)\" was given already in line \(line)")
            }
            let value = try node(try events.next(), depth: depth + 1)
            entries.append(YAMLNode.Entry(key: key, place: place, value: value))
        }
    }
}
