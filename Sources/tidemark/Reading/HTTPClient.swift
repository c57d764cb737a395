// A client of HTTP/1.1 that sends one GET for a connection and reads the whole answer, within time and size limits.
import Glibc
import Operations

/// Asks a daemon.
struct HTTPClient: Sendable {
    /// Status and body of an answer.
    struct Answer: Sendable, Equatable {
        var status: Int
        var body: [UInt8]
    }

    let address: HTTPAddress
    /// Sent as `Authorization: Bearer`, if there is one.
    var token: String?
    /// For connecting, and for each wait for more.
    var timeoutSeconds = 10

    private static let largestAnswer = 64 << 20

    /// The answer to a GET of `path`, which begins with a slash.
    func get(_ path: String) throws(Failure) -> Answer {
        let socket = try connect()
        defer { close(socket) }
        var request = "GET \(address.prefix)\(path) HTTP/1.1\r\nHost: \(address.authority)\r\n"
        if let token { request += "Authorization: Bearer \(token)\r\n" }
        request += "Accept: application/json\r\nConnection: close\r\n\r\n"
        let error = Terminal.writeAll(Array(request.utf8), to: socket)
        guard error == 0 else { throw unavailable(HTTPClient.reason(error)) }
        guard let answer = HTTPClient.answer(in: try readAll(socket)) else {
            throw unavailable("the answer is not HTTP")
        }
        return answer
    }

    // MARK: The connection

    private func connect() throws(Failure) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(address.host, String(address.port), &hints, &list)
        guard code == 0 else { throw unavailable(unsafe String(cString: gai_strerror(code))) }
        defer { unsafe freeaddrinfo(list) }
        var error: Int32 = 0
        var next = unsafe list
        while let info = unsafe next?.pointee {
            let descriptor = unsafe socket(
                info.ai_family, info.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), info.ai_protocol)
            limit(descriptor)
            if descriptor >= 0,
                unsafe Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0
            {
                return descriptor
            }
            error = errno
            if descriptor >= 0 { close(descriptor) }
            unsafe next = info.ai_next
        }
        throw unavailable(HTTPClient.reason(error))
    }

    private func limit(_ descriptor: Int32) {
        var time = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(
                descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    private func readAll(_ socket: Int32) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { buffer in
                unsafe recv(socket, buffer.baseAddress, buffer.count, 0)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unavailable(HTTPClient.reason(errno)) }
            guard count > 0 else { return bytes }
            bytes += block[..<count]
            guard bytes.count <= HTTPClient.largestAnswer else {
                throw unavailable("the answer is too long")
            }
        }
    }

    private func unavailable(_ reason: String) -> Failure {
        Failure(
            .unavailable,
            "http://\(address.authority): \(reason); start the daemon or name its address with --url"
        )
    }

    private static func reason(_ error: Int32) -> String {
        error == EAGAIN || error == EINPROGRESS
            ? "no answer in time" : unsafe String(cString: strerror(error))
    }

    // MARK: The answer

    /// Status and body of a whole answer; nil when it is not HTTP/1 or was cut off.
    static func answer(in bytes: [UInt8]) -> Answer? {
        let blank: [UInt8] = [13, 10, 13, 10]
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: blank) }) else {
            return nil
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let rest = Array(bytes[(end + 4)...])
        if headers["transfer-encoding"]?.lowercased() == "chunked" {
            return chunks(rest).map { Answer(status: status, body: $0) }
        }
        guard let text = headers["content-length"] else {
            return Answer(status: status, body: rest)
        }
        guard let length = Int(text), length >= 0, rest.count >= length else { return nil }
        return Answer(status: status, body: Array(rest[..<length]))
    }

    private static func chunks(_ bytes: [UInt8]) -> [UInt8]? {
        var body: [UInt8] = []
        var position = 0
        while let lineEnd = bytes[position...].firstIndex(of: 10) {
            let line = String(decoding: bytes[position..<lineEnd], as: UTF8.self)
            let digits = line.prefix { $0.isHexDigit }
            guard let size = Int(digits, radix: 16) else { return nil }
            if size == 0 { return body }
            let start = lineEnd + 1
            guard size <= bytes.count, start + size + 2 <= bytes.count else { return nil }
            body += bytes[start..<start + size]
            position = start + size + 2
        }
        return nil
    }
}
