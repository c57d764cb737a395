// `tidemark customer` against a server that answers as the daemon does.
import BrokerSupport
import Operations
import Synchronization
import Testing

@testable import tidemark

@Suite("Customer") struct CustomerTests {
    private static let customer = """
        {"customer_id":"c é/1","accounts":[{"account_id":"****0001","kind":"deposit","currency":"CNY",\
        "balance":"1267000.00"},{"account_id":"****0002","kind":"loan","currency":"CNY",\
        "balance":"-5.50"}],"measure":{"amount":"1267000.00","currency":"CNY"},\
        "last_closed":"2025-03-13","day_end":"1400000.00",\
        "average":{"sum":"18200000.00","days":13,"amount":"1400000.00"},"tier":"platinum",\
        "next":{"level":"diamond","missing":"3600000.00","date":null},\
        "flows":[{"rule":"outflow-24h","version":1,"sum":"133000.00","armed":false}],"profile":null}
        """

    private static let alerts = """
        [{"customer_id":"other","severity":"notice","summary":"Not this one."},\
        {"customer_id":"c é/1","severity":"critical","kind":"cumulative_outflow",\
        "occurred_at":"2025-03-14T17:45:00.000000+08:00","summary":"Much left."}]
        """

    /// The paths that a server was asked for.
    private final class Paths: Sendable {
        let asked = Mutex<[String]>([])
    }

    /// A server of two answers.
    private final class Server {
        let paths = Paths()
        let url: String
        private let server: HTTPServer

        init(status: Int, body: String) throws {
            var settings = HTTPSettings()
            settings.listen = ListenAddress(host: "127.0.0.1", port: 0)
            let paths = paths
            server = try HTTPServer(settings) { request in
                paths.asked.withLock { $0.append(request.path) }
                let isAlerts = request.path == "/api/alerts"
                let text = isAlerts ? CustomerTests.alerts : body
                return HTTPResponse(isAlerts ? 200 : status, "application/json", Array(text.utf8))
            }
            url = "http://\(server.address)"
        }
    }

    @Test(
        "a customer is shown with accounts, average, tier, sums and the alerts of this customer alone"
    )
    func readable() throws {
        let server = try Server(status: 200, body: CustomerTests.customer)
        let result = try Tidemark.run(["customer", "c é/1", "--url", server.url])
        #expect(result.ending == .exited(0), "\(result.error)")
        #expect(server.paths.asked.withLock { $0 }.first == "/api/customers/c%20%C3%A9%2F1")
        for line in [
            "Customer c é/1", "****0001  1,267,000.00 CNY  deposit",
            "****0002         -5.50 CNY  loan", "Balance       1,267,000.00 CNY",
            "Day-end       1,400,000.00 CNY on 2025-03-13",
            "Average       1,400,000.00 CNY over 13 days", "Tier          platinum",
            "diamond: the average misses 3,600,000.00 CNY, not reached if nothing moves",
            "outflow-24h  133,000.00 CNY, has fired", "critical  Much left.",
        ] {
            #expect(result.output.contains(line), "\(line) in\n\(result.output)")
        }
        #expect(!result.output.contains("Not this one"))
        #expect(!result.output.contains("\u{1B}"))
    }

    @Test("--json prints the daemon's answer as it is")
    func json() throws {
        let server = try Server(status: 200, body: CustomerTests.customer)
        let result = try Tidemark.run(["customer", "c1", "--json", "--url", server.url + "/"])
        #expect(result.ending == .exited(0), "\(result.error)")
        #expect(result.output == CustomerTests.customer + "\n")
    }

    @Test(
        "refusals say what to do",
        arguments: [
            (404, #"{"error":"unknown_customer"}"#, 65, "is not known"),
            (404, #"{"error":"not_here","partition":3}"#, 69, "partition 3"),
            (401, "", 69, "TIDEMARK_TOKEN"), (503, "", 69, "not ready"),
            (200, "[]", 69, "not with a customer"),
        ] as [(Int, String, Int32, String)])
    func refusals(status: Int, body: String, code: Int32, expected: String) throws {
        let server = try Server(status: status, body: body)
        let result = try Tidemark.run(["customer", "c1", "--url", server.url])
        #expect(result.ending == .exited(code))
        #expect(result.error.contains(expected), "\(result.error)")
    }

    @Test(
        "an answer of HTTP is read whole, by length, in chunks or to the end, and nothing else",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore", 200, "ok"),
            ("HTTP/1.1 404 Not Found\r\n\r\nrest", 404, "rest"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\n\r\n",
                200, "ok!"
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", nil, ""),
            ("SSH-2.0-OpenSSH\r\n\r\n", nil, ""), ("", nil, ""),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok\r\n", nil, ""),
        ] as [(String, Int?, String)])
    func answers(text: String, status: Int?, body: String) {
        let answer = HTTPClient.answer(in: Array(text.utf8))
        #expect(answer?.status == status)
        #expect(String(decoding: answer?.body ?? [], as: UTF8.self) == body)
    }

    @Test(
        "addresses",
        arguments: [
            ("http://127.0.0.1:8089", "127.0.0.1:8089", ""), ("http://bank", "bank:80", ""),
            ("http://[::1]:9/x/", "[::1]:9", "/x"),
        ])
    func addresses(text: String, authority: String, prefix: String) throws {
        let address = try HTTPAddress(text)
        #expect(address.authority == authority)
        #expect(address.prefix == prefix)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "localhost:1", "https://x", "http://", "http://x:0x1", "http://a b", "http://::1",
        ])
    func wrongAddresses(text: String) {
        #expect(throws: Failure.self) { try HTTPAddress(text) }
    }

    @Test(
        "amounts get their thousands",
        arguments: [
            ("0.00", "0.00"), ("999", "999"), ("1000.5", "1,000.5"),
            ("-1234567.89", "-1,234,567.89"),
            ("?", "?"),
        ])
    func grouped(text: String, expected: String) { #expect(MoneyText.grouped(text) == expected) }
}
