// The one secret of HTTP: a bearer token, compared in a time that says nothing about where it differs.

/// Checks `Authorization` headers.
enum Bearer {
    /// Whether `header` is `Bearer <token>`; any header, or none, will do without a token.
    static func admits(_ header: [UInt8]?, token: [UInt8]?) -> Bool {
        guard let token else { return true }
        let scheme = Array("bearer ".utf8)
        guard let header, header.count > scheme.count,
            zip(header, scheme).allSatisfy({ $0 | 0x20 == $1 })
        else { return false }
        return isEqual(Array(header[scheme.count...]), token)
    }

    /// Whether both are equal; takes as long as `given` is, whatever differs.
    private static func isEqual(_ given: [UInt8], _ token: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == token.count ? 0 : 1
        for index in given.indices { difference |= given[index] ^ token[index % token.count] }
        return difference == 0
    }
}
