// Runs one case: events become payloads, go through the reader into one shard (or one task of the reference) for each
// partition, and alerts come back as the payloads that would be written.
import Banking
import Engine
import Formats
import JSONSupport
import Operations
import Oracle
import Pipeline

/// Who judges a case.
enum Judge: String, Sendable, CaseIterable {
    case engine, reference
}

/// Why a case could not be run.
struct CaseError: Error { var text: String }

/// What came of a case.
struct CaseResult {
    var alerts: [JSONValue] = []
    var shadow: [JSONValue] = []
    var rejected: [(event: Int, reason: String)] = []
    var views: [String: CustomerView] = [:]
}

/// One partition and who judges it.
struct Partition: ~Copyable {
    private var shard: Shard
    private var task: OracleTask
    private let judge: Judge
    private var told = 0

    init(policy: Policy, judge: Judge) {
        shard = Shard(policy: policy)
        task = OracleTask(policy: policy)
        self.judge = judge
    }

    /// The reason of a refusal, nil when the record was taken.
    mutating func apply(_ event: inout Event, offset: Int64) -> RejectReason? {
        switch judge {
        case .engine:
            if case .refused(let rejection) = shard.apply(
                &event, timestampMillis: -1, offset: offset)
            {
                return rejection.reason
            }
        case .reference:
            if case .refused(let reasons) = task.apply(OracleEvent(event), offset: offset) {
                return reasons.first
            }
        }
        return nil
    }

    mutating func closeThrough(_ day: Day, offset: Int64) {
        switch judge {
        case .engine: if shard.clock.time != nil { shard.closeThrough(day, offset: offset) }
        case .reference: task.closeThrough(day, offset: offset)
        }
    }

    /// Writes the alerts since the last call.
    mutating func drain(_ writer: inout AlertWriter, _ result: inout CaseResult) throws {
        func write(_ alert: Alert) throws {
            var bytes: [UInt8] = []
            writer.write(alert, to: &bytes)
            let value = try JSONValue(bytes)
            if alert.isShadow { result.shadow.append(value) } else { result.alerts.append(value) }
        }
        switch judge {
        case .engine:
            for index in 0..<shard.alerts.count { try write(shard.alerts[index]) }
            shard.removeAlerts()
        case .reference:
            for alert in task.alerts[told...] { try write(alert.banking) }
            told = task.alerts.count
        }
    }

    mutating func view(of id: String) -> CustomerView? {
        let bytes = Array(id.utf8)
        return judge == .engine ? shard.view(of: bytes.span) : task.view(of: id)
    }
}

extension Case {
    /// The policy and settings that the case gives.
    func configuration() throws -> Configuration {
        guard let rules = node["rules"] else { throw CaseError(text: "\(name) has no rules") }
        return try Configuration.make(settings: node["settings"], rules: rules)
    }

    /// Runs the case.
    func run(_ judge: Judge) throws -> CaseResult {
        let configuration = try configuration()
        let policy = configuration.settings.policy
        let count = node["partitions"]?.text.flatMap { Int($0) } ?? 1
        var result = CaseResult()
        // Partitions are independent: each sees its own events, in their order.
        for number in 0..<count {
            var partition = Partition(policy: policy, judge: judge)
            var reader = EventReader(bankCurrency: policy.currency)
            var writer = AlertWriter(
                currency: policy.currency, calendar: policy.calendar,
                masksAccounts: configuration.settings.masksAccounts,
                language: configuration.settings.language)
            var event = Event()
            var offset: Int64 = 0
            var ids: Set<String> = []
            for (index, node) in (self.node["events"]?.items ?? []).enumerated() {
                let id = node["customer_id"]?.text ?? ""
                let key = Array(id.utf8)
                guard kafkaPartition(of: key, among: count) == number else { continue }
                ids.insert(id)
                let payload = Array(JSONValue(node).json.utf8)
                let refused =
                    reader.read(key: key.span, value: payload.span, into: &event)?.reason
                    ?? partition.apply(&event, offset: offset)
                if let refused {
                    result.rejected.append((index, refused.text.description))
                }
                offset += 1
                try partition.drain(&writer, &result)
            }
            if let text = node["close_through"]?.text, let day = Case.day(text) {
                partition.closeThrough(day, offset: offset)
                try partition.drain(&writer, &result)
            }
            for id in ids { result.views[id] = partition.view(of: id) }
        }
        return result
    }

    private static func day(_ text: String) -> Day? {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return nil }
        return Day(year: parts[0], month: parts[1], day: parts[2])
    }
}

extension Case {
    /// Everything in which `result` is not what the case expects.
    func complaints(_ result: CaseResult) throws -> [String] {
        var complaints = Case.complaints("alert", result.alerts, node["expect"])
        complaints += Case.complaints("shadow alert", result.shadow, node["shadow"])
        let rejected = (node["rejected"]?.items ?? []).map {
            "\($0["event"]?.text ?? "?") \($0["reason"]?.text ?? "?")"
        }
        let found = result.rejected.sorted { $0.event < $1.event }.map {
            "\($0.event) \($0.reason)"
        }
        if rejected != found { complaints.append("rejected \(found), expected \(rejected)") }
        let currency = try configuration().settings.policy.currency
        for node in node["state"]?.items ?? [] {
            let id = node["customer_id"]?.text ?? ""
            guard let view = result.views[id] else {
                complaints.append("customer \(id) is not known")
                continue
            }
            if let text = view.value(currency).mismatch(JSONValue(node)) {
                complaints.append("state of \(id): \(text)")
            }
        }
        return complaints
    }

    private static func complaints(
        _ what: String, _ found: [JSONValue], _ expected: YAMLNode?
    ) -> [String] {
        var complaints: [String] = []
        var rest = found
        for node in expected?.items ?? [] {
            let want = JSONValue(node)
            let index = rest.firstIndex {
                $0["alert_id"] == want["alert_id"] && $0["version"] == want["version"]
            }
            guard let index else {
                complaints.append("\(what) missing: \(want.json)")
                continue
            }
            if let text = rest[index].mismatch(want) {
                complaints.append("\(what) \(want["alert_id"].json): \(text)")
            }
            rest.remove(at: index)
        }
        return complaints + rest.map { "\(what) not expected: \($0.json)" }
    }
}

extension CustomerView {
    /// The view as `/api/customers/{id}` shows it, as far as cases look.
    func value(_ currency: Currency) -> JSONValue {
        func money(_ minor: Int128, _ currency: Currency) -> JSONValue {
            .string(DecimalText.string(minor, exponent: currency.exponent))
        }
        func member(_ name: String, _ value: JSONValue) -> JSONValue.Member { .init(name, value) }
        let accounts = accounts.map { account -> JSONValue in
            let id = String(decoding: account.accountID.suffix(4), as: UTF8.self)
            return .object([
                member("account_id", .string("****" + id)),
                member("kind", .string(account.kind.text.description)),
                member("currency", .string(account.balance.currency.code)),
                member("balance", money(account.balance.minor, account.balance.currency)),
            ])
        }
        let average: JSONValue =
            averageSum.map { sum in
                .object([
                    member("sum", money(sum, currency)),
                    member("days", .number("\(averageDays)")),
                    member(
                        "amount",
                        money(roundedHalfEven(sum, by: Int128(averageDays)), currency)),
                ])
            } ?? .null
        return .object([
            member("customer_id", .string(String(decoding: customerID, as: UTF8.self))),
            member("accounts", .array(accounts)),
            member(
                "measure",
                .object([
                    member("amount", money(measure.minor, measure.currency)),
                    member("currency", .string(measure.currency.code)),
                ])),
            member("last_closed", lastClosed.map { .string(OracleEvent.date($0)) } ?? .null),
            member("day_end", dayEndMinor.map { money($0, currency) } ?? .null),
            member("average", average),
            member("tier", tier.map { .string($0) } ?? .null),
        ])
    }
}
