// HTTP over loopback with real sockets.
import Banking
import Engine
import Glibc
import Operations
import Pipeline
import Synchronization
import Testing

@Suite("HTTP")
struct HTTPTests {
    private func facts() throws -> Facts {
        let configuration = try configuration(
            rules: rules("{id: big, version: 1, kind: single_outflow, at_least: 5}"))
        let daemon = Daemon(settings: configuration.settings)
        var facts = Facts(daemon: daemon, rules: configuration.rules)
        facts.readiness = { .ready }
        facts.recentAlerts = { limit in Array([[123, 125], [123, 125]].prefix(limit)) }
        facts.customer = { id in
            switch String(decoding: id, as: UTF8.self) {
            case "a/b": .found(Array("{\"customer_id\":\"a/b\"}".utf8))
            case "away": .notHere(partition: 7)
            case "slow": .timeout
            default: .unknown
            }
        }
        facts.tasks = {
            var task = TaskSnapshot(topic: "t", partition: 3)
            task.reason = "waiting"
            task.lagRecords = 12
            task.lagSeconds = 1.5
            task.end = 40
            task.customers = 5
            task.clock = Instant(microseconds: 1_769_788_800_123_456)
            return [task]
        }
        return facts
    }

    private func server(_ facts: Facts, token: String? = nil) throws -> HTTPServer {
        var settings = HTTPSettings()
        settings.listen = ListenAddress(host: "127.0.0.1", port: 0)
        settings.token = token.map { Array($0.utf8) }
        return try Site.serve(facts, settings)
    }

    @Test("each path answers")
    func paths() throws {
        let server = try server(try facts())
        let answers: [(String, Int, String)] = [
            ("/healthz", 200, "ok\n"), ("/readyz", 200, "ready\n"),
            ("/api/alerts", 200, "[{},{}]\n"), ("/api/alerts?limit=1", 200, "[{}]\n"),
            ("/api/alerts?limit=-1", 400, "{\"error\":\"bad_limit\"}\n"),
            ("/api/customers/a%2Fb", 200, "{\"customer_id\":\"a/b\"}\n"),
            ("/api/customers/away", 404, "{\"error\":\"not_here\",\"partition\":7}\n"),
            ("/api/customers/slow", 503, "{\"error\":\"no_answer\"}\n"),
            ("/api/customers/nobody", 404, "{\"error\":\"unknown_customer\"}\n"),
            ("/api/customers/a%2", 400, "{\"error\":\"bad_customer_id\"}\n"),
            ("/api/customers/a%00", 400, "{\"error\":\"bad_customer_id\"}\n"),
            ("/api/customers/%ff", 400, "{\"error\":\"bad_customer_id\"}\n"),
            ("/api/customers/", 400, "{\"error\":\"bad_customer_id\"}\n"),
            ("/nothing", 404, "{\"error\":\"not_found\"}\n"),
            (
                "/api/tasks", 200,
                "[{\"topic\":\"t\",\"partition\":3,\"state\":\"restoring\",\"reason\":\"waiting\","
                    + "\"position\":0,\"end\":40,\"lag_records\":12,\"lag_seconds\":1.5,\"restore\":null,"
                    + "\"clock\":\"2026-01-31T00:00:00.123456+08:00\",\"last_commit\":null,"
                    + "\"last_closed\":null,\"customers\":5,\"state_bytes\":0,\"dirty\":0,"
                    + "\"replay_records\":0}]\n"
            ),
            (
                "/api/rules", 200,
                "[{\"id\":\"big\",\"version\":1,\"kind\":\"single_outflow\",\"state\":\"active\","
                    + "\"severity\":\"notice\",\"effective_from\":null,\"digest\":\"996e6abf0866ca8c\","
                    + "\"sentence\":\"Alerts (notice) when one outflow reaches 5.00 CNY.\","
                    + "\"counts\":{\"open\":0,\"updated\":0,\"retracted\":0}}]\n"
            ),
        ]
        for (path, status, body) in answers {
            let answer = try #require(ask(server.address, path))
            #expect(answer.status == status, "\(path)")
            #expect(answer.body == body, "\(path)")
        }
        #expect(ask(server.address, "/")?.body.contains("<h1>Tidemark</h1>") == true)
    }

    @Test("not ready is 503 with the reason")
    func notReady() throws {
        var facts = try facts()
        facts.readiness = { .notReady("partition 3 is restoring") }
        let server = try server(facts)
        let answer = try #require(ask(server.address, "/readyz"))
        #expect(answer.status == 503)
        #expect(answer.body == "partition 3 is restoring\n")
    }

    @Test("only GET and HEAD; a HEAD has no body")
    func methods() throws {
        let server = try server(try facts())
        let head = try #require(ask(server.address, "/healthz", method: "HEAD"))
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        let post = try #require(
            ask(
                server.address, "/healthz", method: "POST", headers: ["Content-Length: 3"],
                body: "abc"))
        #expect(post.status == 405)
        #expect(post.head.contains("Allow: GET, HEAD"))
    }

    @Test(
        "with a token, nothing is told without it",
        arguments: [
            ([], 401), (["Authorization: Bearer"], 401), (["Authorization: Bearer x"], 401),
            (["Authorization: Bearer secre"], 401), (["Authorization: Bearer secrets"], 401),
            (["Authorization: Bearer secretsecret"], 401), (["Authorization: Basic secret"], 401),
            (["Authorization: Bearer secret"], 200), (["authorization: bearer secret"], 200),
        ] as [([String], Int)])
    func tokens(_ headers: [String], _ status: Int) throws {
        let server = try server(try facts(), token: "secret")
        #expect(ask(server.address, "/healthz", headers: headers)?.status == status)
    }

    @Test("an address that is taken ends with 69 and says so")
    func taken() throws {
        let first = try server(try facts())
        var settings = HTTPSettings()
        settings.listen = first.address
        #expect(
            throws: Failure(
                .unavailable,
                "http.listen \(first.address): Address already in use: another program listens "
                    + "there; set http.listen, with port 0 for a free one")
        ) { try Site.serve(try facts(), settings) }
    }

    @Test("a slow answer about a customer holds up nobody else")
    func slow() async throws {
        var facts = try facts()
        let answered = Flag()
        facts.customer = { _ in
            for _ in 0..<5_000 where !answered.isSet { usleep(1_000) }
            return answered.isSet ? .unknown : .timeout
        }
        let server = try server(facts)
        let address = server.address
        async let slow = Task.detached { ask(address, "/api/customers/x")?.status }.value
        #expect(ask(address, "/healthz")?.status == 200)
        answered.set()
        #expect(await slow == 404)
        server.stop()
    }

    @Test("a server that stopped gives its port back")
    func stop() throws {
        let server = try server(try facts())
        let address = server.address
        server.stop()
        #expect(ask(address, "/healthz") == nil)
        var settings = HTTPSettings()
        settings.listen = address
        let next = try Site.serve(try facts(), settings)
        #expect(ask(next.address, "/healthz")?.status == 200)
    }
}

/// Something that happened.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
