import Pipeline
import Testing

@Suite("Kafka's default partitioner")
struct PartitionerTests {
    @Test(
        "murmur2 gives what the Java client gives",
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
        ] as [(String, Int32)])
    func vectors(text: String, hash: Int32) {
        let bytes = Array(text.utf8)
        let found = Int32(bitPattern: Partitioner.murmur2(bytes.span))
        #expect(found == hash)
    }

    @Test("a partition is the positive hash modulo their number")
    func partition() {
        let bytes = Array("foobar".utf8)
        let positive = Int(UInt32(bitPattern: -790_332_482) & 0x7fff_ffff)
        for count in 1...13 {
            let found = Partitioner.partition(of: bytes.span, partitions: count)
            #expect(found == Int32(positive % count))
        }
    }
}
