// Everything that settings and rules say, checked together: what `run`, the commands and the cases start from.
import Glibc
public import Pipeline

/// How HTTP is served.
public struct HTTPSettings: Sendable {
    /// Where to listen.
    public var listen = ListenAddress(host: "127.0.0.1", port: 8089)
    /// What `Authorization: Bearer` must hold; nil lets everybody in who can connect.
    public var token: [UInt8]?
    /// The defaults: loopback, no token.
    public init() {}
}

/// How the log is written.
public struct LogSettings: Sendable {
    /// The least level that is written.
    public var level = Log.Level.info
    /// Text or JSON.
    public var format = LogFormat.text
    /// The defaults: info, text.
    public init() {}
}

/// The settings, the rules and what is to be said about them at start.
public struct Configuration: Sendable {
    /// What the pipeline is told, the policy included.
    public var settings: Settings
    /// How HTTP is served.
    public var http = HTTPSettings()
    /// How the log is written.
    public var log = LogSettings()
    /// The rules with their sentences.
    public var rules: RuleSet
    /// The rules file; empty for rules that came from memory.
    public var rulesPath = ""
    /// Lines for the log at level notice: what is read but has no effect in this version.
    public var notices: [String] = []
    /// Lines for the log at level warning: variables that name no setting, odd rules.
    public var warnings: [String] = []

    /// Every setting outside of `kafka.properties` and `kafka.secrets`, with the environment variable that overrides it.
    public static var names: [(setting: String, variable: String)] {
        SettingsSchema.keys.map { ($0.path, SettingsSchema.environmentName($0.path)) }
    }

    /// Reads the settings file at `path`, under `environment` and `--set` arguments (`path=value`), and its rules.
    public static func load(
        path: String, environment: [String: String] = ProcessEnvironment.current,
        overrides: [String] = []
    ) throws(Failure) -> Configuration {
        var layers = SettingsLayers()
        try layers.add(file: try YAMLNode.load(path: path))
        try layers.add(environment: environment)
        try layers.add(arguments: overrides)
        let reader = SettingsReader(layers: layers, base: path)
        let rulesPath = FileText.resolve(reader.text("rules") ?? "rules.yaml", besides: path)
        var configuration = try reader.configuration(rules: try YAMLNode.load(path: rulesPath))
        configuration.rulesPath = rulesPath
        return configuration
    }

    /// Reads settings from any part of tidemark.yaml and rules from what rules.yaml holds; neither
    /// the environment nor a file is looked at, but for the secrets that the settings name.
    ///
    /// A `rules` path in the settings gives way.
    public static func make(
        settings: YAMLNode?, rules: YAMLNode, overrides: [String] = []
    ) throws(Failure) -> Configuration {
        var layers = SettingsLayers()
        if let settings { try layers.add(file: settings) }
        try layers.add(arguments: overrides)
        let reader = SettingsReader(layers: layers, base: "")
        return try reader.configuration(rules: rules)
    }
}

/// The variables of this process.
public enum ProcessEnvironment {
    /// All variables by name.
    public static var current: [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let pointer = unsafe entry.pointee {
            let text = unsafe String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return variables
    }

    /// The host's name; nil when the system does not say.
    static var hostName: String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let result = unsafe buffer.withUnsafeMutableBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return unsafe gethostname(base.assumingMemoryBound(to: CChar.self), 255)
        }
        guard result == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
    }
}
