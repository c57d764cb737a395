// HTTP over libmicrohttpd: its own few threads, each request answered from a closure. Only GET and HEAD; the body
// of a request is not looked at; connections, their memory and their idle time are limited.
import CMicroHTTPD
import Glibc

/// What was asked.
public struct HTTPRequest: Sendable {
    /// The path as it came, percent signs and all, without the query.
    public var path: String
    /// The text after `limit=` in the query, as it came.
    public var limit: String?

    /// A question for `path`.
    public init(path: String, limit: String? = nil) {
        self.path = path
        self.limit = limit
    }
}

/// What is answered.
public struct HTTPResponse: Sendable {
    /// 200, 404, ...
    public var status: Int
    /// Of the body.
    public var contentType: String
    /// The body.
    public var body: [UInt8]

    /// An answer with `body`.
    public init(_ status: Int, _ contentType: String, _ body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A line of plain text.
    static func text(_ status: Int, _ line: String) -> HTTPResponse {
        HTTPResponse(status, "text/plain; charset=utf-8", Array(line.utf8) + [10])
    }

    /// JSON.
    static func json(_ status: Int, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status, "application/json", body + [10])
    }

    /// `{"error":"..."}`.
    static func error(_ status: Int, _ code: String) -> HTTPResponse {
        json(status, Array("{\"error\":\"\(code)\"}".utf8))
    }
}

/// A running server; stops when it is released or told to.
@safe
public final class HTTPServer {
    /// Where it listens, with the port that was taken.
    public let address: ListenAddress
    private var daemon: OpaquePointer?
    private let answerer: HTTPAnswerer

    /// Starts to listen; ends with 69 when the address cannot be taken.
    ///
    /// `answer` is called on the server's threads.
    public init(
        _ settings: HTTPSettings, answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws(Failure) {
        let socket = try ListenSocket.open(settings.listen)
        address = socket.address
        answerer = HTTPAnswerer(token: settings.token, answer: answer)
        unsafe daemon = HTTPServer.start(socket.descriptor, answerer)
        guard unsafe daemon != nil else {
            close(socket.descriptor)
            throw Failure(.internalError, "HTTP on \(address): no thread could be started")
        }
    }

    deinit { stop() }

    /// Closes all connections and waits for the threads; closures that run are waited for.
    public func stop() {
        guard let running = unsafe daemon else { return }
        unsafe MHD_stop_daemon(running)
        unsafe daemon = nil
    }

    private static func start(_ descriptor: Int32, _ answerer: HTTPAnswerer) -> OpaquePointer? {
        let context = unsafe Unmanaged.passUnretained(answerer).toOpaque()
        // Paths are decoded by whoever reads them: an encoded slash is no slash, and NUL stays encoded.
        let keep:
            @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?)
                -> Int = { _, _, text in
                    if let text = unsafe text { unsafe strlen(text) } else { 0 }
                }
        func option(_ option: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
            unsafe MHD_OptionItem(option: option, value: value, ptr_value: nil)
        }
        var options = unsafe [
            option(.LISTEN_SOCKET, Int(descriptor)),
            option(.CONNECTION_LIMIT, 64), option(.CONNECTION_TIMEOUT, 30),
            option(.CONNECTION_MEMORY_LIMIT, 32_768),
            option(.THREAD_POOL_SIZE, 4),
            option(.UNESCAPE_CALLBACK, unsafe unsafeBitCast(keep, to: Int.self)),
            option(.END, 0),
        ]
        let flags = MHD_USE_POLL.rawValue | MHD_USE_INTERNAL_POLLING_THREAD.rawValue
        return unsafe options.withUnsafeMutableBufferPointer { items in
            let arguments: [any CVarArg] = unsafe [
                Int32(MHD_OPTION.ARRAY.rawValue), items.baseAddress!,
                Int32(MHD_OPTION.END.rawValue),
            ]
            return unsafe withVaList(arguments) { list in
                unsafe MHD_start_daemon_va(
                    flags, 0, nil, nil,
                    { context, connection, path, method, _, _, size, state in
                        guard let context = unsafe context, let connection = unsafe connection,
                            let path = unsafe path, let method = unsafe method
                        else { return .NO }
                        let answerer = unsafe Unmanaged<HTTPAnswerer>.fromOpaque(context)
                            .takeUnretainedValue()
                        // The first call only announces the request.
                        if unsafe state?.pointee == nil {
                            unsafe state?.pointee = context
                            return .YES
                        }
                        if unsafe (size?.pointee ?? 0) > 0 {
                            unsafe size?.pointee = 0
                            return .YES
                        }
                        return unsafe answerer.answer(
                            connection, path: String(cString: path),
                            method: String(cString: method))
                    }, context, list)
            }
        }
    }
}

/// Answers requests on the server's threads.
private final class HTTPAnswerer: Sendable {
    private let token: [UInt8]?
    private let respond: @Sendable (HTTPRequest) -> HTTPResponse

    init(token: [UInt8]?, answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
        self.token = token
        respond = answer
    }

    func answer(_ connection: OpaquePointer, path: String, method: String) -> MHD_Result {
        guard method == "GET" || method == "HEAD" else {
            return unsafe send(
                .text(405, "only GET and HEAD"), ("Allow", "GET, HEAD"), on: connection)
        }
        let header = unsafe value(.HEADER_KIND, "Authorization", of: connection)
        guard Bearer.admits(header.map { Array($0.utf8) }, token: token) else {
            return unsafe send(
                .text(401, "a bearer token is needed"), ("WWW-Authenticate", "Bearer"),
                on: connection)
        }
        let limit = unsafe value(.GET_ARGUMENT_KIND, "limit", of: connection)
        let response = respond(HTTPRequest(path: path, limit: limit))
        return unsafe send(response, nil, on: connection)
    }

    private func value(_ kind: MHD_ValueKind, _ name: String, of connection: OpaquePointer)
        -> String?
    {
        unsafe MHD_lookup_connection_value(connection, kind, name).map {
            unsafe String(cString: $0)
        }
    }

    private func send(
        _ response: HTTPResponse, _ extra: (name: String, value: String)?,
        on connection: OpaquePointer
    ) -> MHD_Result {
        var body = response.body
        let created = unsafe body.withUnsafeMutableBytes {
            unsafe MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
        }
        guard let created = unsafe created else { return .NO }
        defer { unsafe MHD_destroy_response(created) }
        var headers = [
            ("Content-Type", response.contentType), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ]
        if let extra { headers.append((extra.name, extra.value)) }
        for (name, value) in headers { unsafe MHD_add_response_header(created, name, value) }
        return unsafe MHD_queue_response(connection, UInt32(response.status), created)
    }
}
