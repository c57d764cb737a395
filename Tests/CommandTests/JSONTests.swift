// The small JSON reader.
import Operations
import Testing

@Suite("JSON") struct JSONTests {
    @Test("values of every kind are read")
    func values() throws {
        let text =
            #" {"a":[1,-2.50e3,null,true,false],"b":{"c":"\u00e9\ud83d\ude00\n\"\\\/"},"d":[],"e":{}} "#
        let json = try #require(JSON(Array(text.utf8)))
        #expect(json["a"]?.items.map(\.text) == ["1", "-2.50e3", nil, nil, nil])
        #expect(json["a"]?.items[2].isNull == true)
        #expect(json["a"]?.items[3] == .bool(true))
        #expect(json["b"]?["c"]?.text == "é😀\n\"\\/")
        #expect(json["d"]?.items == [])
        #expect(json.members.map(\.name) == ["a", "b", "d", "e"])
    }

    @Test(
        "anything else is nil",
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "\"a", "\"\\u12\"", "\"\\ud800\"", "nul",
            "1 2",
            "\"\u{1}\"", "{a:1}", String(repeating: "[", count: 1000),
        ])
    func refused(text: String) { #expect(JSON(Array(text.utf8)) == nil) }
}
