// All keys of tidemark.yaml with what each may hold: one table, from which the file's keys, the environment's
// names, `--set` and the nearest known name all follow.
import Banking

/// What a setting may hold.
enum SettingType: Sendable {
    /// Any text.
    case text
    /// The name of a topic.
    case topic
    /// The name of an application or instance.
    case name
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// `true` or `false`.
    case flag
    /// A length of time between two, in microseconds.
    case duration(ClosedRange<Int64>)
    /// One of some words; `later` are those of the contract that this version lacks.
    case choice([String], later: [String])
    /// `off` alone; the keys below it are settings of their own.
    case off
    /// What this version lacks: named in the refusal.
    case notYet(String)
    /// A list of exchange rates, which this version lacks unless it is empty.
    case rates
}

/// One setting: its path with dots, and what it may hold.
struct SettingKey: Sendable {
    let path: String
    let type: SettingType

    init(_ path: String, _ type: SettingType) {
        self.path = path
        self.type = type
    }
}

/// The table of settings.
enum SettingsSchema {
    /// The maps whose keys are librdkafka's property names, dots and all.
    static let openMaps = ["kafka.properties", "kafka.secrets"]

    /// Every setting outside the open maps.
    static let keys: [SettingKey] = [
        SettingKey("application", .name),
        SettingKey("instance", .name),
        SettingKey("workers", .integer(1...256)),
        SettingKey("kafka.bootstrap_servers", .text),
        SettingKey("input.topic", .topic),
        SettingKey("input.format", .choice(["json"], later: ["avro", "protobuf"])),
        SettingKey("input.start", .choice(["earliest", "latest"], later: [])),
        SettingKey("customers.topic", .notYet("a customers topic (profiles)")),
        SettingKey("feedback.topic", .notYet("a feedback topic")),
        SettingKey("output.alerts", .topic),
        SettingKey("output.rejected", .topic),
        SettingKey("output.balances", .topic),
        SettingKey("output.shadow", .topic),
        SettingKey("output.rejected_payload", .choice(["keep", "omit"], later: [])),
        SettingKey("output.mask_accounts", .flag),
        SettingKey("output.language", .choice(["en", "zh"], later: [])),
        SettingKey("state.topic", .topic),
        SettingKey("state.standby", .flag),
        SettingKey("state.directory", .notYet("state on disk")),
        SettingKey("bank.time_zone", .text),
        SettingKey("bank.currency", .text),
        SettingKey("bank.day_close_after", .duration(0...7 * Micros.day)),
        SettingKey("bank.internal_transfer_hold", .duration(0...7 * Micros.day)),
        SettingKey("bank.duplicate_horizon", .duration(Micros.second...3_660 * Micros.day)),
        SettingKey("bank.reversal_horizon", .duration(Micros.second...3_660 * Micros.day)),
        SettingKey("bank.future_limit", .duration(0...3_660 * Micros.day)),
        SettingKey("bank.idle_close", .off),
        SettingKey("bank.idle_close.after", .duration(Micros.second...7 * Micros.day)),
        SettingKey("bank.idle_close.within", .duration(Micros.second...3_660 * Micros.day)),
        SettingKey("bank.rates", .rates),
        SettingKey("commit.alert_latency_ms", .integer(0...60_000)),
        SettingKey("commit.interval_ms", .integer(1...60_000)),
        SettingKey("http.listen", .text),
        SettingKey("http.token_file", .text),
        SettingKey(
            "log.level", .choice(["debug", "info", "notice", "warning", "error"], later: [])),
        SettingKey("log.format", .choice(["text", "json"], later: [])),
        SettingKey("rules", .text),
    ]

    /// The setting at `path`, if there is one.
    static func key(_ path: String) -> SettingKey? { keys.first { $0.path == path } }

    /// The names that may stand in the map at `path` (`""` for the file itself), in the table's order.
    static func names(under path: String) -> [String] {
        let prefix = path.isEmpty ? "" : path + "."
        var names: [String] = []
        for candidate in keys.map(\.path) + openMaps where candidate.hasPrefix(prefix) {
            let name = String(candidate.dropFirst(prefix.count).prefix { $0 != "." })
            if !name.isEmpty && !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The open map that `path` lies in, if any.
    static func openMap(of path: String) -> String? {
        openMaps.first { path.hasPrefix($0 + ".") && path.utf8.count > $0.utf8.count + 1 }
    }

    /// The environment's name of a setting: `TIDEMARK_` and the path in capitals, `_` for dots.
    static func environmentName(_ path: String) -> String {
        "TIDEMARK_" + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// The setting that an environment variable names.
    ///
    /// What follows `TIDEMARK_KAFKA_PROPERTIES_` (or `_SECRETS_`) is a property's name in capitals
    /// with `_` for dots; librdkafka's names hold no other `_`.
    static func path(ofEnvironment name: String) -> String? {
        if let key = keys.first(where: { environmentName($0.path) == name }) { return key.path }
        for map in openMaps {
            let prefix = environmentName(map) + "_"
            guard name.hasPrefix(prefix), name.utf8.count > prefix.utf8.count else { continue }
            let rest = name.dropFirst(prefix.count).lowercased()
            return map + "." + rest.map { $0 == "_" ? "." : String($0) }.joined()
        }
        return nil
    }
}
