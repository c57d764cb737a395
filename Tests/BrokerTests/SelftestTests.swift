// `tidemark selftest` on a real broker.
import BrokerSupport
import Testing

extension BrokerTests {
    @Suite("selftest")
    struct SelftestTests {
        @Test("a real broker keeps every guarantee")
        func keeps() throws {
            let bootstrap = try testBroker()
            let scratch = try Scratch("selftest")
            let child = try Child(
                BuiltPrograms.tidemark, ["selftest", "--bootstrap-servers", bootstrap],
                environment: [:],
                output: scratch.file("out"), error: scratch.file("err"))
            #expect(child.wait(milliseconds: 60_000) == .exited(0), "\(child.error)")
            let lines = child.output.split(separator: "\n").dropFirst()
            #expect(lines.count == 6)
            #expect(lines.allSatisfy { $0.contains(" ok (") }, "\(child.output)")
        }
    }
}
