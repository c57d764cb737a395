// Kafka's default partitioner, written from its description: murmur2 of the key, sign bit cleared, modulo.

/// The partition of `key` among `count`.
package func kafkaPartition(of key: [UInt8], among count: Int) -> Int {
    Int(murmur2(key) & 0x7fff_ffff) % count
}

/// MurmurHash 2 with Kafka's seed.
func murmur2(_ bytes: [UInt8]) -> UInt32 {
    let multiplier: UInt32 = 0x5bd1_e995
    var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
    var index = 0
    while index + 4 <= bytes.count {
        var word = UInt32(bytes[index])
        word |= UInt32(bytes[index + 1]) << 8
        word |= UInt32(bytes[index + 2]) << 16
        word |= UInt32(bytes[index + 3]) << 24
        word = word &* multiplier
        word ^= word >> 24
        word = word &* multiplier
        hash = hash &* multiplier ^ word
        index += 4
    }
    let rest = bytes.count - index
    if rest >= 3 { hash ^= UInt32(bytes[index + 2]) << 16 }
    if rest >= 2 { hash ^= UInt32(bytes[index + 1]) << 8 }
    if rest >= 1 {
        hash ^= UInt32(bytes[index])
        hash = hash &* multiplier
    }
    hash ^= hash >> 13
    hash = hash &* multiplier
    return hash ^ hash >> 15
}
