// The example settings and rules, and the page that lists the settings, against the code.
import Engine
import Testing

@testable import Operations

@Suite("Example settings and rules")
struct DeployTests {
    @Test("the examples load, without a word of warning, and say what the defaults say")
    func load() throws {
        let loaded = try Configuration.load(
            path: "\(Files.package)/deploy/tidemark.yaml", environment: [:])
        #expect(loaded.warnings == [])
        let rules = try YAMLNode.load(path: "\(Files.package)/deploy/rules.yaml")
        let defaults = try Configuration.make(settings: nil, rules: rules)
        #expect(loaded.notices == defaults.notices)
        #expect("\(loaded.settings)" == "\(defaults.settings)")
    }

    @Test("the example rules are what they look like")
    func rules() throws {
        let loaded = try Configuration.load(
            path: "\(Files.package)/deploy/tidemark.yaml", environment: [:])
        let rules = loaded.rules.rules
        #expect(
            rules.map(\.id) == [
                "large-outflow", "most-of-it", "outflow-24h", "large-inflow", "tier", "cash-out",
            ])
        #expect(rules.map(\.isShadow) == [false, false, false, false, false, true])
        #expect(
            loaded.rules.tiers.levels.map(\.name) == ["ordinary", "gold", "platinum", "diamond"])
    }

    @Test("every setting stands in the example and in the documentation")
    func complete() throws {
        let example = try Files.text("deploy/tidemark.yaml")
        let page = try Files.text("Sources/tidemark/Tidemark.docc/Settings.md")
        for key in SettingsSchema.keys.map(\.path) + SettingsSchema.openMaps {
            let name = key.split(separator: ".").last ?? ""
            #expect(example.contains("\(name):"), "\(key) in the example")
            let parts = key.split(separator: ".")
            let paths = parts.indices.map { parts[...$0].joined(separator: ".") }
            #expect(paths.contains { page.contains("`\($0)`") }, "\(key) in the documentation")
        }
    }

    @Test("every metric stands in the documentation")
    func metrics() throws {
        let code = try Files.text("Sources/Operations/Metrics.swift")
        let page = try Files.text("Sources/tidemark/Tidemark.docc/Metrics.md")
        let names = Set(code.matches(of: /"(tidemark_[a-z_]+[a-z])"/).map { String($0.1) })
        #expect(names.count > 20)
        for name in names {
            #expect(page.contains("`\(name)`") || page.contains("`\(name){"), "\(name)")
        }
    }
}
