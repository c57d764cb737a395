// A client of a few lines over a real socket.
import Glibc
import Operations

/// What a server answered.
struct Answer {
    var status: Int
    /// Lines of the head, the status line first.
    var head: [String]
    var body: String
}

/// Sends `method path` to `address` and reads until the server closes.
func ask(
    _ address: ListenAddress, _ path: String, method: String = "GET", headers: [String] = [],
    body: String = ""
) -> Answer? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = address.port.bigEndian
    _ = unsafe inet_pton(AF_INET, address.host, &target.sin_addr)
    let isConnected = unsafe withUnsafePointer(to: &target) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    guard isConnected else { return nil }
    let lines = ["\(method) \(path) HTTP/1.1", "Host: x", "Connection: close"] + headers
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    guard unsafe write(descriptor, request, request.count) == request.count else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe read(descriptor, &chunk, chunk.count)
        guard count > 0 else { break }
        bytes += chunk[..<count]
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let head = parts[0].split(separator: "\r\n").map(String.init)
    let words = head.first?.split(separator: " ") ?? []
    guard words.count > 1, let status = Int(words[1]) else { return nil }
    return Answer(status: status, head: head, body: parts.count > 1 ? String(parts[1]) : "")
}
