// `tidemark rules check FILE`: reads a rules file as the daemon would and says what it asks for.
import Banking
import Engine
import Operations

/// The commands about rules.
enum RulesCommand {
    static func check(_ arguments: Arguments) throws(Failure) -> ExitCode {
        let path = arguments.operands[0]
        let rules = try RuleFile.load(path: path)
        for level in rules.tiers.levels {
            let from = DecimalText.string(Int128(level.fromMinor), exponent: Currency.cny.exponent)
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
}
