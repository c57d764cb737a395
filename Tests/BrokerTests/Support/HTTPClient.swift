// One HTTP request on a socket, as small as the tests need it.
import BrokerSupport
import Glibc
import JSONSupport

/// An answer to a request.
struct HTTPAnswer {
    var status: Int
    var headers: String
    var body: [UInt8]
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON.
    var json: JSONValue { get throws { try JSONValue(body) } }
}

/// Asks 127.0.0.1:`port` for `path`.
func httpGet(_ path: String, port: Int, method: String = "GET") throws -> HTTPAnswer {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SystemError("socket", errno) }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    unsafe setsockopt(
        descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = loopback(port)
    let connected = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { throw SystemError("connect", errno) }
    let request = Array(
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
    let sent = unsafe request.withUnsafeBytes {
        unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == request.count else { throw SystemError("send", errno) }
    return try parse(readAll(descriptor))
}

/// What a daemon says of its readiness.
func readinessText(port: Int) -> String {
    (try? httpGet("/readyz", port: port)).map { "\($0.status) \($0.text)" } ?? "no answer"
}

/// Whether a daemon is ready; with `text`, whether it is not, for a reason that holds the text.
func isReady(port: Int, saying text: String? = nil) -> Bool {
    let answer = readinessText(port: port)
    guard let text else { return answer.hasPrefix("200") }
    return answer.hasPrefix("503") && answer.contains(text)
}

/// A listening socket on a free port; close the descriptor to give it back.
func holdPort() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SystemError("socket", errno) }
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let done = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe bind(descriptor, generic, size) == 0 && listen(descriptor, 8) == 0
                && getsockname(descriptor, generic, &size) == 0
        }
    }
    guard done else { throw SystemError("bind", errno) }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// A port that is free now.
func freePort() throws -> Int {
    let held = try holdPort()
    close(held.descriptor)
    return held.port
}

private func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

private func parse(_ bytes: [UInt8]) throws -> HTTPAnswer {
    let end = Array("\r\n\r\n".utf8)
    var split = 0
    while split + 4 <= bytes.count, Array(bytes[split..<split + 4]) != end { split += 1 }
    guard split + 4 <= bytes.count else { throw SystemError("no answer", 0) }
    let headers = String(decoding: bytes[..<split], as: UTF8.self)
    let words = headers.split(separator: " ", maxSplits: 2)
    guard words.count > 1, let status = Int(words[1]) else { throw SystemError("no status", 0) }
    var body = Array(bytes[(split + 4)...])
    if headers.lowercased().contains("transfer-encoding: chunked") { body = dechunked(body) }
    return HTTPAnswer(status: status, headers: headers, body: body)
}

private func dechunked(_ bytes: [UInt8]) -> [UInt8] {
    var body: [UInt8] = []
    var rest = bytes[...]
    while let line = rest.firstIndex(of: 0x0D),
        let count = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16), count > 0
    {
        let start = line + 2
        guard start + count <= rest.endIndex else { break }
        body.append(contentsOf: rest[start..<start + count])
        rest = rest[min(start + count + 2, rest.endIndex)...]
    }
    return body
}
