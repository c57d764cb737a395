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
            let history = dice.history()
            guard let found = difference(history) else { continue }
            let (small, still) = shrunken(history, found)
            Issue.record(
                "seed \(seed), at event \(still.step): \(still.text)\n\(small.description)")
            return
        }
    }
}
