// libyaml's events as Swift values. The parser keeps pointers into itself, so it lives in memory of its own.
import CYAML

/// One event of a document.
enum YAMLEvent {
    case streamStart, streamEnd, documentStart, documentEnd
    case scalar(String, isQuoted: Bool)
    case sequenceStart, sequenceEnd, mappingStart, mappingEnd
}

/// A parser over a text of its own.
@safe
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let source: String
    /// Where the event last given begins.
    private(set) var place: YAMLPlace

    init(_ bytes: [UInt8], source: String) {
        unsafe parser = .allocate(capacity: 1)
        unsafe text = .allocate(capacity: bytes.count)
        _ = unsafe text.initialize(from: bytes)
        self.source = source
        place = YAMLPlace(source: source, line: 1, column: 1)
        let started = unsafe yaml_parser_initialize(parser)
        precondition(started == 1, "out of memory")
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event; anchors, aliases and tags are refused here.
    mutating func next() throws(Failure) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        place = unsafe position(event.start_mark)
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_SEQUENCE_START_EVENT:
            try refuse(
                anchor: unsafe event.data.sequence_start.anchor != nil,
                tag: unsafe event.data.sequence_start.tag != nil)
            return .sequenceStart
        case YAML_MAPPING_START_EVENT:
            try refuse(
                anchor: unsafe event.data.mapping_start.anchor != nil,
                tag: unsafe event.data.mapping_start.tag != nil)
            return .mappingStart
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            try refuse(anchor: unsafe scalar.anchor != nil, tag: unsafe scalar.tag != nil)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let string = unsafe String(decoding: bytes, as: UTF8.self)
            return unsafe .scalar(string, isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE)
        default:
            throw .settings(place, "aliases are not read here; write the value itself")
        }
    }

    private func refuse(anchor: Bool, tag: Bool) throws(Failure) {
        if anchor { throw .settings(place, "anchors are not read here; write the value again") }
        if tag { throw .settings(place, "tags are not read here; leave it out") }
    }

    private func position(_ mark: yaml_mark_t) -> YAMLPlace {
        YAMLPlace(source: source, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func problem() -> Failure {
        let mark = unsafe parser.pointee.problem_mark
        let words =
            unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        // The reader (not UTF-8, control characters) knows an offset only.
        let isReader = unsafe parser.pointee.error == YAML_READER_ERROR
        let at = isReader ? line(ofByte: unsafe parser.pointee.problem_offset) : position(mark)
        return .settings(at, "this is not YAML: \(words)")
    }

    private func line(ofByte offset: Int) -> YAMLPlace {
        let before = unsafe text[..<min(offset, text.count)]
        let breaks = unsafe before.reduce(0) { $0 + ($1 == 10 ? 1 : 0) }
        return YAMLPlace(source: source, line: breaks + 1, column: 1)
    }
}
