// Real time of a world in which days pass: it runs with the world's own clock, jumps over nights in which nothing comes,
// and is set back now and then. What decides of it comes from dice of its own, so that worlds without stay as they are.
import Banking
import Randomness

@testable import Pipeline

/// Real time, and how it moves.
struct Wall {
    /// 1 January 2026, in the morning in Shanghai.
    private static let begin: Int64 = 1_767_225_600 * Micros.second

    /// Whether days pass, and close without input.
    let hasNights: Bool
    var dice: Dice
    /// How far real time has run ahead of the world's clock.
    private var ahead: Int64 = 0
    /// The latest that it has been.
    private var latest = Int64.min

    init(seed: UInt64) {
        // A third of the worlds has no nights.
        hasNights = seed % 3 != 0
        dice = Dice(seed: seed ^ 0x6E69_6768_7473)
    }

    /// Real time at `now` of the world's clock.
    func time(_ now: Int64) -> Instant { Instant(microseconds: Wall.begin + ahead + now) }

    /// The latest that real time has been until then.
    func latest(_ now: Int64) -> Instant {
        Instant(microseconds: max(latest, time(now).microseconds))
    }

    /// Lets `microseconds` more pass than the world's clock shows; a clock that is set back goes below 0.
    mutating func pass(_ microseconds: Int64, now: Int64) {
        latest = latest(now).microseconds
        ahead += microseconds
    }
}
