// FNV-1a, 64 bits (Fowler, Noll, Vo): stable over machines and releases, so it may stand in alerts and state.

/// The FNV-1a 64 hash of `bytes`.
@inlinable
public func fnv1a64(_ bytes: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    return hash
}
