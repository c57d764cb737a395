// The address on which HTTP is served: an IP address and a port.
import Glibc

/// An IP address and a port.
public struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// `127.0.0.1`, or an IPv6 address without brackets.
    public var host: String
    /// 0 takes a free one.
    public var port: UInt16

    /// The address `host:port`, with brackets round an IPv6 address; `localhost` is 127.0.0.1.
    ///
    /// Nil for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        var host = String(text[..<colon])
        if host == "localhost" { host = "127.0.0.1" }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        self.init(host: host, port: port)
        guard isIPv6 == isBracketed, isIPv6 || isIPv4 else { return nil }
    }

    /// The address `host`, which is not checked, and `port`.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Whether only this machine can connect.
    public var isLoopback: Bool { host.hasPrefix("127.") && isIPv4 || host == "::1" }

    /// `127.0.0.1:8089` or `[::1]:8089`.
    public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    var isIPv6: Bool {
        var address = in6_addr()
        return unsafe inet_pton(AF_INET6, host, &address) == 1
    }

    private var isIPv4: Bool {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, host, &address) == 1
    }
}
