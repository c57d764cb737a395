// Example alerts: exactly the bytes that are written, and valid by the schema.
import Banking
import Formats
import Testing

@Suite("Example alerts")
struct AlertExamplesTests {
    private func written(_ alert: Alert, _ language: Language = .en) -> [UInt8] {
        var writer = AlertWriter(
            currency: .cny,
            calendar: BusinessCalendar(name: "Asia/Shanghai", fixedOffsetSeconds: 8 * 3600),
            masksAccounts: true, language: language)
        var bytes: [UInt8] = []
        writer.write(alert, to: &bytes)
        return bytes
    }

    @Test("an example holds the bytes that are written", arguments: AlertSample.all)
    func bytes(sample: AlertSample) throws {
        let example = try Files.bytes("examples/alerts/\(sample.file)")
        let text = String(decoding: written(sample.alert), as: UTF8.self)
        #expect(text + "\n" == String(decoding: example, as: UTF8.self))
    }

    @Test(
        "what is written fits the schema, in every language", arguments: AlertSample.all,
        Language.allCases)
    func fits(sample: AlertSample, language: Language) throws {
        let value = try JSONValue(parsing: written(sample.alert, language))
        #expect(try Files.schema("alert").faults(of: value) == [])
    }

    @Test("an alert without one of its fields, or with another one, does not fit the schema")
    func changed() throws {
        let schema = try Files.schema("alert")
        let value = try JSONValue(parsing: written(AlertSample.all[0].alert))
        guard case .object(let members) = value else {
            Issue.record("an alert is an object")
            return
        }
        #expect(Set(members.keys) == schema.propertyNames)
        for name in members.keys {
            var less = members
            less[name] = nil
            #expect(try schema.faults(of: .object(less)) == ["$: \(name) is missing"])
        }
        var more = members
        more["host"] = .string("h")
        #expect(try schema.faults(of: .object(more)) == ["$: host is not known"])
    }

    @Test("there is an example file for each sample, and no other")
    func files() {
        #expect(Files.names(in: "examples/alerts") == AlertSample.all.map(\.file).sorted())
    }
}
