import Banking
import Testing

@Suite("FNV-1a 64")
struct FNV1aTests {
    @Test(
        "hashes the published vectors",
        arguments: [
            ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8), ("ana-01", 0x9d5f_6094_681b_f8eb),
        ] as [(String, UInt64)])
    func vectors(text: String, hash: UInt64) {
        #expect(fnv1a64(Array(text.utf8).span) == hash)
    }
}
