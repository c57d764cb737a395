import Banking
import Engine
import Pipeline
import Testing

@Suite("Topics")
struct TopicsTests {
    @Test("the AsyncAPI document names the topics by their defaults")
    func names() throws {
        let document = String(decoding: try Files.bytes("asyncapi.yaml"), as: UTF8.self)
        let calendar = BusinessCalendar(name: "UTC", fixedOffsetSeconds: 0)
        let policy = Policy(
            calendar: calendar, currency: .cny, dayCloseAfter: 0, duplicateHorizon: 0,
            reversalHorizon: 0, futureLimit: 0, tiers: TierPolicy(), rules: [])
        let settings = Settings(policy: policy)
        for topic in [
            settings.inputTopic, settings.alertsTopic, settings.rejectedTopic, settings.stateTopic,
        ] {
            #expect(document.contains("address: \(topic)\n"))
        }
    }

    @Test("every schema that the AsyncAPI document refers to is there")
    func references() throws {
        let document = String(decoding: try Files.bytes("asyncapi.yaml"), as: UTF8.self)
        let references = document.matches(of: /\$ref: \.\/([a-z]+)\.schema\.json/)
        #expect(references.count == 4)
        for reference in references {
            #expect(try !Files.schema(String(reference.1)).propertyNames.isEmpty)
        }
    }
}
