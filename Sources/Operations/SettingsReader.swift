// From checked layers to the values of the code: defaults, units, secrets, and combinations that cannot be.
import Banking
import Engine
import Formats
import Glibc
import Kafka
import Pipeline

/// Reads settings whose types have been checked.
struct SettingsReader {
    let layers: SettingsLayers
    /// The settings file, beside which other files are looked for.
    let base: String

    func text(_ path: String) -> String? { layers.values[path]?.text }

    func configuration(rules root: YAMLNode) throws(Failure) -> Configuration {
        let calendar = try calendar()
        let currency = try currency()
        let rules = try RuleFile.read(root, currency: currency, calendar: calendar)
        let policy = Policy(
            calendar: calendar, currency: currency,
            dayCloseAfter: duration("bank.day_close_after") ?? 30 * Micros.minute,
            duplicateHorizon: duration("bank.duplicate_horizon") ?? 7 * Micros.day,
            reversalHorizon: duration("bank.reversal_horizon") ?? 90 * Micros.day,
            futureLimit: duration("bank.future_limit") ?? Micros.hour, tiers: rules.tiers,
            rules: rules.rules)
        var settings = Settings(policy: policy)
        settings.idleClose = try idleClose()
        settings.rulesDigest = rules.digest
        try readProcess(into: &settings)
        try readTopics(into: &settings)
        var configuration = Configuration(settings: settings, rules: rules)
        configuration.http = try http()
        configuration.log = log()
        configuration.notices = notices()
        configuration.warnings = rules.warnings
        if !layers.unknownVariables.isEmpty {
            configuration.warnings.append(
                "environment: these name no setting: "
                    + layers.unknownVariables.joined(separator: ", "))
        }
        return configuration
    }

    private func readProcess(into settings: inout Settings) throws(Failure) {
        settings.application = text("application") ?? settings.application
        settings.instance = try instance()
        settings.workers = integer("workers") ?? settings.workers
        settings.bootstrapServers = text("kafka.bootstrap_servers") ?? settings.bootstrapServers
        settings.kafkaProperties = try kafkaProperties()
        settings.alertLatencyMilliseconds =
            integer("commit.alert_latency_ms") ?? settings.alertLatencyMilliseconds
        settings.intervalMilliseconds =
            integer("commit.interval_ms") ?? settings.intervalMilliseconds
    }

    private func readTopics(into settings: inout Settings) throws(Failure) {
        settings.inputTopic = text("input.topic") ?? settings.inputTopic
        settings.inputStart = text("input.start") == "latest" ? .latest : .earliest
        settings.alertsTopic = text("output.alerts") ?? settings.alertsTopic
        settings.rejectedTopic = text("output.rejected") ?? settings.rejectedTopic
        settings.balancesTopic = text("output.balances")
        settings.shadowTopic = text("output.shadow")
        settings.stateTopic = text("state.topic") ?? settings.stateTopic
        settings.followsOthers = layers.values["state.standby"]?.flag ?? false
        settings.rejectedPayload = text("output.rejected_payload") == "omit" ? .omit : .keep
        settings.masksAccounts = layers.values["output.mask_accounts"]?.flag ?? true
        settings.language = text("output.language").flatMap(Language.init) ?? .en
        let uses = [
            ("input.topic", settings.inputTopic), ("output.alerts", settings.alertsTopic),
            ("output.rejected", settings.rejectedTopic), ("state.topic", settings.stateTopic),
            ("output.balances", settings.balancesTopic), ("output.shadow", settings.shadowTopic),
        ]
        for (index, (path, topic)) in uses.enumerated() where topic != nil {
            for (earlier, other) in uses[..<index] where other == topic {
                throw .settings(
                    place(path, or: earlier),
                    "\(earlier) and \(path) are both \"\(topic ?? "")\"; give each a topic of its own"
                )
            }
        }
    }

    private func instance() throws(Failure) -> String {
        if let given = text("instance") { return given }
        let host = ProcessEnvironment.hostName ?? ""
        let node = YAMLNode(.scalar(host, isQuoted: true), at: YAMLPlace(source: base))
        do {
            try SettingsSchema.key("instance")?.check(node)
        } catch {
            throw Failure(
                .badSettings, "the host's name \"\(host)\" cannot name an instance; set instance")
        }
        return host
    }

    private func calendar() throws(Failure) -> BusinessCalendar {
        let name = text("bank.time_zone") ?? "Asia/Shanghai"
        return try ZoneFile.calendar(name, at: place("bank.time_zone"))
    }

    /// Nil for `off`.
    private func idleClose() throws(Failure) -> IdleClose? {
        if text("bank.idle_close") == "off" { return nil }
        var idle = IdleClose()
        idle.after = duration("bank.idle_close.after") ?? idle.after
        idle.within = duration("bank.idle_close.within") ?? idle.within
        guard idle.after < idle.within else {
            throw .settings(
                place("bank.idle_close.after", or: "bank.idle_close.within"),
                "bank.idle_close.after must be less than within, or nothing ever closes; "
                    + "write bank.idle_close: off to mean that")
        }
        return idle
    }

    private func currency() throws(Failure) -> Currency {
        guard let code = text("bank.currency") else { return .cny }
        guard let currency = Currency(code) else {
            throw .settings(
                place("bank.currency"),
                "bank.currency \"\(code)\" is no currency of ISO 4217; write three capitals such as CNY"
            )
        }
        return currency
    }

    /// Properties and secrets, sorted by name so that clients are made the same way each time.
    private func kafkaProperties() throws(Failure) -> [(name: String, value: String)] {
        var properties: [(name: String, value: String)] = []
        for (path, node) in layers.values.sorted(by: { $0.key < $1.key }) {
            guard let map = SettingsSchema.openMap(of: path), let text = node.text else { continue }
            let name = String(path.dropFirst(map.count + 1))
            if properties.contains(where: { $0.name == name }) {
                throw .settings(
                    node.place,
                    "kafka property \"\(name)\" is in properties and in secrets; keep one")
            }
            let isSecret = map == "kafka.secrets"
            let value = isSecret ? try secret(text, path, node.place) : text
            if let problem = ClientProperties.problem(name, value) {
                throw .settings(node.place, "kafka property \"\(name)\" \(problem)")
            }
            properties.append((name, value))
        }
        return properties
    }

    /// The content of a secret's file without the line break at its end.
    private func secret(_ file: String, _ path: String, _ place: YAMLPlace) throws(Failure)
        -> String
    {
        let resolved = FileText.resolve(file, besides: base)
        var bytes: [UInt8]
        do {
            bytes = try FileText.read(resolved, atMost: 65_536)
        } catch {
            throw .settings(place, "\(path): \(error.message)")
        }
        if bytes.last == 10 { bytes.removeLast() }
        if bytes.last == 13 { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else {
            throw .settings(place, "\(path): the file \(resolved) holds no text")
        }
        return text
    }

    private func http() throws(Failure) -> HTTPSettings {
        var http = HTTPSettings()
        if let text = text("http.listen") {
            guard let address = ListenAddress(text) else {
                throw .settings(
                    place("http.listen"),
                    "http.listen \"\(text)\" is no address and port; write one such as 127.0.0.1:8089"
                )
            }
            http.listen = address
        }
        if let file = text("http.token_file") {
            let place = place("http.token_file")
            let token = Array(try secret(file, "http.token_file", place).utf8)
            guard token.allSatisfy({ $0 > 32 && $0 < 127 }) else {
                throw .settings(
                    place, "http.token_file: the token must be one line of ASCII without blanks")
            }
            http.token = token
        }
        if !http.listen.isLoopback && http.token == nil {
            throw .settings(
                place("http.listen"),
                "http.listen \(http.listen) is open to other machines; set http.token_file, or listen on 127.0.0.1"
            )
        }
        return http
    }

    private func log() -> LogSettings {
        var log = LogSettings()
        log.level = text("log.level").flatMap(Log.Level.init(name:)) ?? .info
        log.format = text("log.format") == "json" ? .json : .text
        return log
    }

    private func notices() -> [String] {
        var notices: [String] = []
        if duration("bank.internal_transfer_hold") != 0 {
            notices.append(
                "bank.internal_transfer_hold has no effect in this version: "
                    + "legs of one transfer are not paired")
        }
        return notices
    }

    private func place(_ path: String, or other: String = "") -> YAMLPlace {
        (layers.values[path] ?? layers.values[other])?.place ?? YAMLPlace(source: path)
    }

    private func duration(_ path: String) -> Int64? {
        text(path).flatMap(Duration.microseconds)
    }

    private func integer(_ path: String) -> Int? { text(path).flatMap { Int($0) } }
}
