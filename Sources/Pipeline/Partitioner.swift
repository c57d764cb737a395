// Where Kafka's default partitioner puts a key: murmur2 of its bytes, as the Java client computes it.

/// Kafka's default partitioner.
public enum Partitioner {
    /// The partition of `key` among `partitions`.
    public static func partition(of key: Span<UInt8>, partitions: Int) -> Int32 {
        precondition(partitions > 0)
        return Int32(Int(murmur2(key) & 0x7fff_ffff) % partitions)
    }

    /// The 32-bit murmur2 hash with Kafka's seed.
    public static func murmur2(_ data: Span<UInt8>) -> UInt32 {
        let m: UInt32 = 0x5bd1_e995
        var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: data.count)
        var index = 0
        while index + 4 <= data.count {
            var k =
                UInt32(data[index]) | UInt32(data[index + 1]) << 8 | UInt32(data[index + 2]) << 16
                | UInt32(data[index + 3]) << 24
            k = k &* m
            k ^= k >> 24
            h = (h &* m) ^ (k &* m)
            index += 4
        }
        let rest = data.count - index
        if rest == 3 { h ^= UInt32(data[index + 2]) << 16 }
        if rest >= 2 { h ^= UInt32(data[index + 1]) << 8 }
        if rest >= 1 { h = (h ^ UInt32(data[index])) &* m }
        h = (h ^ (h >> 13)) &* m
        return h ^ (h >> 15)
    }
}
