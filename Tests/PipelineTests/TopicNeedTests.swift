import SamplePolicy
import Testing

@testable import Pipeline

@Suite("What topics must be")
struct TopicNeedTests {
    private static func settings() -> Settings {
        var settings = Settings(policy: SamplePolicy(trailingDays: 30).policy)
        settings.balancesTopic = "balances"
        settings.shadowTopic = "alerts_shadow"
        return settings
    }

    @Test("every topic of the settings has one need, the input first")
    func all() {
        let needs = TopicNeed.all(of: Self.settings())
        #expect(needs.first?.role == .input)
        #expect(
            Set(needs.map(\.name)) == [
                "transactions", "alerts", "alerts_shadow", "transactions_rejected", "balances",
                "tidemark_state",
            ])
        #expect(needs.count == 6)
    }

    @Test("each topic that is written to takes a record of 2,048 bytes, and none needs more")
    func records() {
        for need in TopicNeed.all(of: Self.settings()) {
            var settings = ["max.message.bytes": "2048"]
            settings["cleanup.policy"] = need.isCompacted ? "compact" : "delete"
            #expect(need.fault(settings) == nil)
            settings["max.message.bytes"] = "2047"
            let fault = need.fault(settings)
            #expect((fault == nil) == (need.role == .input))
            #expect(fault?.isGrave != false)
            #expect(fault.map { $0.text.contains("max.message.bytes=2047") } != false)
        }
    }

    @Test(
        "an input that is compacted loses entries, a changelog that is not loses states; balances are read by others",
        arguments: [
            (TopicNeed.Role.input, "compact", true), (.input, "compact,delete", true),
            (.state, "delete", true), (.state, "compact,delete", true),
            (.balances, "delete", false),
        ])
    func policies(role: TopicNeed.Role, policy: String, isGrave: Bool) {
        let fault = TopicNeed(role: role, name: "t").fault(["cleanup.policy": policy])
        #expect(fault?.text.contains("cleanup.policy=\(policy)") == true)
        #expect(fault?.cure == "cleanup.policy=\(role == .input ? "delete" : "compact")")
        #expect(fault?.isGrave == isGrave)
    }

    @Test("of two faults the one that keeps the daemon from its work is told")
    func gravest() {
        let fault = TopicNeed(role: .balances, name: "t").fault([
            "cleanup.policy": "delete", "max.message.bytes": "1000",
        ])
        #expect(fault?.cure == "max.message.bytes=1048588")
    }

    @Test("what the cluster does not tell is no fault")
    func silent() {
        for need in TopicNeed.all(of: Self.settings()) { #expect(need.fault([:]) == nil) }
    }
}
