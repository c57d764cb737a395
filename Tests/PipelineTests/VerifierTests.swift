// What a check of an application finds before it looks at any record.
import Checkpoint
import Engine
import Kafka
import Testing

@testable import Pipeline

@Suite("Verifier")
struct VerifierTests {
    @Test("offset, metadata and input that do not belong together are named")
    func positions() {
        let progress = Progress(
            position: 100, lowWater: 40, clockAtLowWater: .init(), clock: .init(), rulesDigest: "")
        func faults(_ committed: Int64, _ low: Int64, _ high: Int64) -> [String] {
            Verifier.faults(
                of: progress, committed: committed, input: Watermarks(low: low, high: high))
        }
        #expect(faults(100, 0, 100).isEmpty)
        #expect(faults(100, 40, 200).isEmpty)
        #expect(faults(101, 0, 200).first?.contains("metadata is of offset 100") == true)
        #expect(faults(100, 41, 200).first?.contains("needs it from 40") == true)
        #expect(faults(100, 0, 99).first?.contains("beyond the end 99") == true)
    }
}
