// Ids as they lie in a customer's log.
import Banking
import Randomness
import Testing

@testable import Engine

@Suite("Ids in the log")
struct EntryIDTests {
    /// What comes back of `text`, and the bytes it took.
    private func roundTrip(_ text: [UInt8]) -> (text: [UInt8], count: Int) {
        var event = Event()
        event.id = event.append(text.span) ?? Event.Text()
        let coded = EntryID.code(&event)
        var arena = Arena()
        var blob = Blob()
        let count = Int(coded.count)
        arena.reserve(&blob, count)
        blob.extend(by: count)
        blob.write(event.bytes(coded), at: 0)
        let read = IDText(blob, 0..<count)
        var back: [UInt8] = []
        for index in 0..<read.span.count { back.append(read.span[index]) }
        return (back, count)
    }

    @Test(
        "An id comes back as it was, in no more bytes",
        arguments: [
            ("tx000000000017", 9), ("7", 1), ("12", 2), ("123", 3), ("1234", 3), ("12345", 4),
            ("a1", 2), ("2025030112345678", 9), ("20250301123456789", 10),
            ("b7d9c5e0-9a4e-4e0a-8f1b-3f2a5c6d7e8f", 36), ("fifteen-letters9876", 18),
            ("sixteen-letters!9876543210", 26), ("кредит-000000001", 19),
            ("9/:0", 4), (":12345678", 6), ("/12345678", 6), ("00000000000000000000", 11),
        ])
    func known(text: String, count: Int) {
        let (back, taken) = roundTrip(Array(text.utf8))
        #expect(String(decoding: back, as: UTF8.self) == text)
        #expect(taken == count)
    }

    @Test("Any id of up to 128 bytes comes back as it was")
    func random() {
        var dice = Dice(seed: 20)
        for _ in 0..<20_000 {
            let digits = dice.number(0...100)
            let text = (0..<dice.number(1...128)).map { _ in
                dice.chance(digits)
                    ? UInt8(dice.number(0x30...0x39)) : UInt8(dice.number(0x20...0x7E))
            }
            let (back, taken) = roundTrip(text)
            guard back == text, taken <= text.count else {
                Issue.record("\(text) came back as \(back) from \(taken) bytes")
                return
            }
        }
    }
}
