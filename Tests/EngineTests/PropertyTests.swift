// The engine against the naive reference on thousands of random histories.
import Oracle
import Randomness
import Testing

@Suite("Engine and reference agree")
struct PropertyTests {
    @Test("On every random history the engine raises the alerts of the naive reference, in order")
    func agreement() {
        for seed in seeds(2000) {
            var dice = Dice(seed: seed)
            guard agree(on: dice.history(), seed) else { return }
        }
    }

    @Test("So it does on long ones, with entries out of order far from the log's beginning")
    func longAgreement() {
        for seed in seeds(300) {
            var dice = Dice(seed: seed &+ 5_000_000)
            guard agree(on: dice.busyHistory(), seed) else { return }
        }
    }

    private func agree(on history: History, _ seed: UInt64) -> Bool {
        guard let found = difference(history) else { return true }
        let (small, still) = shrunken(history, found)
        Issue.record(
            "seed \(seed), at event \(still.step): \(still.text)\n\(small.description)")
        return false
    }
}
