// `tidemark rules check FILE`: reads a rules file as the daemon would and says what it asks for.
import Banking
import Engine
import Glibc
import Operations
import Pipeline

/// The commands about rules.
enum RulesCommand {
    static func check(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let path = arguments.operands[0]
        let (rules, currency) = try read(path, config: arguments.text("config"))
        for level in rules.tiers.levels {
            let from = DecimalText.string(Int128(level.fromMinor), exponent: currency.exponent)
            print("tier \(level.name) from an average of \(from)")
        }
        for description in rules.descriptions {
            let rule = description.rule
            let state = description.state == .active ? "" : " (\(description.state.rawValue))"
            print("\(rule.id)@\(rule.version)\(state): \(description.sentence)")
        }
        for warning in rules.warnings { Terminal.complain("warning: \(warning)") }
        print("\(path): \(rules.descriptions.count) rules, digest \(rules.digest)")
        return .done
    }

    /// The rules as the daemon with these settings reads them.
    private static func read(
        _ path: String, config: String?
    ) throws(Failure) -> (RuleSet, Currency) {
        guard let config else { return (try RuleFile.load(path: path), .cny) }
        // A path in an override is looked for beside the settings.
        let absolute = unsafe realpath(path, nil)
        defer { unsafe free(absolute) }
        let place = unsafe absolute.map { unsafe String(cString: $0) } ?? path
        let configuration = try Configuration.load(path: config, overrides: ["rules=\(place)"])
        return (configuration.rules, configuration.settings.policy.currency)
    }
}
