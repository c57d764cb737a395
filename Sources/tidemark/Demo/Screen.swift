// What the demo shows: lines of the teller and of alerts, from several threads, never mixed.
import Glibc
import Operations
import Synchronization

/// The demo's output.
final class Screen: Sendable {
    private let hasColours: Bool
    private let lock = Mutex(0)

    init(hasColours: Bool) { self.hasColours = hasColours }

    /// Alerts shown so far.
    var alertCount: Int { lock.withLock { $0 } }

    /// Writes lines as they are.
    func text(_ text: String) { lock.withLock { _ in write(text + "\n") } }

    /// A line of what happens, in the background.
    func remark(_ text: String) { self.text(coloured(text, .dim)) }

    /// `text` in a colour, where the terminal can.
    func coloured(_ text: String, _ colour: Colour) -> String {
        hasColours ? colour.rawValue + text + Colour.plain : text
    }

    /// The alerts of one commit.
    func alerts(_ payloads: [[UInt8]]) {
        let lines = payloads.compactMap { JSON($0) }.map {
            AlertLine.text($0, colours: hasColours) + "\n"
        }
        lock.withLock { count in
            count += lines.count
            write(lines.joined())
        }
    }

    private func write(_ text: String) { Terminal.writeAll(Array(text.utf8), to: 1) }
}
