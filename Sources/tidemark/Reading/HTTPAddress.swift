// The address of a running daemon: http://HOST[:PORT][/PATH].
import Operations

/// Where a daemon is asked.
struct HTTPAddress: Sendable, Equatable {
    let host: String
    let port: UInt16
    /// Before the daemon's own paths; empty, or begins with a slash and ends without one.
    let prefix: String

    /// Reads `text`, which is a URL of HTTP.
    init(_ text: String) throws(Failure) {
        guard text.hasPrefix("http://") else {
            let reason = text.hasPrefix("https://") ? "HTTPS is not spoken" : "it is not a URL"
            throw Failure(
                .usage, "--url \(text): \(reason); write one such as http://127.0.0.1:8089")
        }
        let rest = text.dropFirst("http://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = String(rest[..<slash])
        var path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }
        prefix = path
        guard let (host, port) = HTTPAddress.split(authority), !path.contains(" ") else {
            throw Failure(
                .usage, "--url \(text): no host and port; write one such as http://127.0.0.1:8089")
        }
        self.host = host
        self.port = port
    }

    /// `host`, `host:port`, `[v6]` or `[v6]:port`; without a port 80.
    private static func split(_ authority: String) -> (host: String, port: UInt16)? {
        var host = authority
        var port: UInt16 = 80
        let isBracketed = authority.hasSuffix("]")
        if !isBracketed, let colon = authority.lastIndex(of: ":") {
            guard let number = UInt16(authority[authority.index(after: colon)...]) else {
                return nil
            }
            port = number
            host = String(authority[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ (33...126).contains($0) }) else { return nil }
        return (host, port)
    }

    /// As it stands in a `Host` header and in messages.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// `text` as one segment of a path.
    static func escaped(_ text: String) -> String {
        let hexadecimal = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [
                    UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)],
                ]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
