// The YAML tree: places, refusals, limits.
import Operations
import Testing

@Suite("YAML")
struct YAMLTests {
    @Test("a node knows its line and column")
    func places() throws {
        let root = try YAMLNode.parse(
            "a: 1\nb:\n  - x\n  - {c: 'y'}\n", source: "f.yaml")
        let list = try #require(root["b"]?.items)
        #expect(root["a"]?.place == YAMLPlace(source: "f.yaml", line: 1, column: 4))
        #expect(list[1]["c"]?.place.description == "f.yaml:4")
        #expect(list[1]["c"]?.isQuoted == true)
        #expect(list[0].text == "x")
    }

    @Test(
        "null, flags and texts are told apart",
        arguments: [
            ("a:", true, nil), ("a: ~", true, nil), ("a: null", true, nil),
            ("a: 'null'", false, nil), ("a: true", false, true), ("a: \"true\"", false, nil),
            ("a: off", false, nil),
        ] as [(String, Bool, Bool?)])
    func scalars(_ text: String, _ isNull: Bool, _ flag: Bool?) throws {
        let node = try #require(try YAMLNode.parse(text, source: "f")["a"])
        #expect(node.isNull == isNull)
        #expect(node.flag == flag)
    }

    @Test("an empty document is null", arguments: ["", "# only a comment\n", "---\n"])
    func empty(_ text: String) throws {
        #expect(try YAMLNode.parse(text, source: "f").isNull)
    }

    @Test(
        "what could surprise is refused, with its line",
        arguments: [
            ("a: &x 1", "f:1: anchors are not read here; write the value again"),
            ("a: 1\nb: *x", "f:2: aliases are not read here; write the value itself"),
            ("a:\n  <<: {b: 1}", "f:2: merge keys are not read here; write the values again"),
            ("a: !!int 1", "f:1: tags are not read here; leave it out"),
            ("a: 1\nb: 2\na: 3", "f:3: key \"a\" was given already in line 1"),
            ("[a]: 1", "f:1: a key must be a text"),
            ("a: 1\n---\nb: 2", "f:2: a second document is not read; keep one in a file"),
            ("a: [1", "f:2: this is not YAML: did not find expected ',' or ']'"),
            (
                "a: 1\n\tb: 2",
                "f:2: this is not YAML: found a tab character that violates indentation"
            ),
        ])
    func refusals(_ text: String, _ expected: String) {
        #expect(complaint { _ = try YAMLNode.parse(text, source: "f") } == expected)
    }

    @Test("bytes that are no UTF-8 are refused with their line")
    func encoding() {
        let bytes: [UInt8] = Array("a: 1\nb: ".utf8) + [0xff, 0x0a]
        let line = complaint { _ = try YAMLNode.parse(bytes: bytes, source: "f") }
        #expect(line == "f:2: this is not YAML: invalid leading UTF-8 octet")
    }

    @Test("size, depth and number of values are limited")
    func limits() {
        let limits = YAMLLimits(bytes: 100, depth: 3, nodes: 10)
        func line(_ text: String) -> String? {
            complaint { _ = try YAMLNode.parse(text, source: "f", limits: limits) }
        }
        #expect(
            line(String(repeating: "#", count: 101))
                == "f: 101 bytes are too many; at most 100 are read")
        #expect(line("[[[1]]]") == nil)
        #expect(line("[[[[1]]]]") == "f:1: nested deeper than 3")
        #expect(line("[1,2,3,4,5,6,7,8,9]") == nil)
        #expect(line("[1,2,3,4,5,6,7,8,9,0]") == "f:1: more than 10 values are not read")
    }

    @Test("a hundred thousand brackets are refused and do not overflow the stack")
    func deep() {
        let text = String(repeating: "[", count: 100_000)
        #expect(complaint { _ = try YAMLNode.parse(text, source: "f") } != nil)
    }
}
