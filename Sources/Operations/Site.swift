// Which path gives what.
import Banking
import Engine
import Pipeline

/// The pages and answers of the daemon.
public struct Site: Sendable {
    private let facts: Facts

    /// A site over `facts`.
    public init(_ facts: Facts) { self.facts = facts }

    /// Serves the site on the address of `settings`.
    public static func serve(
        _ facts: Facts, _ settings: HTTPSettings
    ) throws(Failure) -> HTTPServer {
        let site = Site(facts)
        return try HTTPServer(settings) { site.answer($0) }
    }

    /// The answer to one request.
    public func answer(_ request: HTTPRequest) -> HTTPResponse {
        switch request.path {
        case "/": return HTTPResponse(200, "text/html; charset=utf-8", Array(Site.index.utf8))
        case "/healthz": return .text(200, "ok")
        case "/readyz": return readiness()
        case "/metrics":
            return HTTPResponse(
                200, "text/plain; version=0.0.4; charset=utf-8", Metrics.page(facts))
        case "/api/tasks": return .json(200, TaskJSON.list(facts.tasks(), facts.calendar))
        case "/api/rules": return .json(200, rules())
        case "/api/alerts": return alerts(limit: request.limit)
        default:
            let prefix = "/api/customers/"
            guard request.path.hasPrefix(prefix) else { return .error(404, "not_found") }
            return customer(request.path.dropFirst(prefix.count))
        }
    }

    private func readiness() -> HTTPResponse {
        switch facts.readiness() {
        case .ready: .text(200, "ready")
        case .notReady(let reason): .text(503, reason)
        }
    }

    private func alerts(limit text: String?) -> HTTPResponse {
        var limit = 100
        if let text {
            guard text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }),
                let number = Int(text)
            else { return .error(400, "bad_limit") }
            limit = min(number, 1_000)
        }
        var json = JSONOut()
        json.beginArray()
        for payload in facts.recentAlerts(limit) { json.raw(payload) }
        json.endArray()
        return .json(200, json.bytes)
    }

    private func customer(_ encoded: Substring) -> HTTPResponse {
        guard let id = PercentText.decode(encoded), (1...64).contains(id.count),
            id.allSatisfy({ $0 >= 32 && $0 != 127 }), String(validating: id, as: UTF8.self) != nil
        else { return .error(400, "bad_customer_id") }
        switch facts.customer(id) {
        case .found(let json): return .json(200, json)
        case .unknown: return .error(404, "unknown_customer")
        case .notHere(let partition):
            return .json(404, Array("{\"error\":\"not_here\",\"partition\":\(partition)}".utf8))
        case .timeout: return .error(503, "no_answer")
        }
    }

    private func rules() -> [UInt8] {
        let counts = facts.counters().alerts
        var json = JSONOut()
        json.beginArray()
        for description in facts.rules.descriptions {
            let rule = description.rule
            json.beginObject()
            json.field("id", rule.id)
            json.field("version", Int64(rule.version))
            json.field("kind", rule.kind.text.description)
            json.field("state", description.state.rawValue)
            json.field("severity", rule.severity.text.description)
            json.field(
                "effective_from",
                rule.effectiveFrom.map { Moment.text($0, in: facts.calendar, decimals: 6) })
            json.field("digest", RuleDigest.hex(rule.digest))
            json.field("sentence", description.sentence)
            json.key("counts")
            json.beginObject()
            for status in AlertStatus.allCases {
                let count = counts.first {
                    $0.key.rule == rule.id && $0.key.kind == rule.kind && $0.key.status == status
                }
                json.field(status.text.description, count?.value ?? 0)
            }
            json.endObject()
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }

    private static let index = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Tidemark</title>
        <style>body{font:16px/1.5 sans-serif;margin:2em auto;max-width:40em}</style></head>
        <body><h1>Tidemark</h1>
        <ul>
        <li><a href="/healthz">/healthz</a>: the process answers</li>
        <li><a href="/readyz">/readyz</a>: it does its work, or why not</li>
        <li><a href="/metrics">/metrics</a>: for Prometheus</li>
        <li><a href="/api/tasks">/api/tasks</a>: input partitions of this process</li>
        <li><a href="/api/alerts">/api/alerts?limit=</a>: the latest alerts</li>
        <li><a href="/api/rules">/api/rules</a>: rules with what they say and how often they fired</li>
        <li>/api/customers/{id}: balances, average and tier of one customer</li>
        </ul></body></html>

        """
}
