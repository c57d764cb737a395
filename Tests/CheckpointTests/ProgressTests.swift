import Banking
import Checkpoint
import Engine
import Testing

@Suite("Offset metadata")
struct ProgressTests {
    static let clock = TaskClock(
        time: Instant(microseconds: 1_751_328_000_000_000), lastClosed: Day(20_269))

    @Test("what is written is read back", arguments: [TaskClock(), clock])
    func roundTrip(clock: TaskClock) throws {
        let progress = Progress(
            position: 1200, lowWater: 1100, clockAtLowWater: clock, clock: Self.clock,
            rulesDigest: "9f86d081884c7d65")
        let text = progress.text(writer: "0.1.0")
        #expect(text.utf8.count < 1024)
        #expect(try Progress(text: text) == progress)
    }

    @Test("of two commits the later one is known, whatever it has moved")
    func order() {
        var progress = Progress(
            position: 1200, lowWater: 1100, clockAtLowWater: Self.clock, clock: Self.clock,
            rulesDigest: "9f86")
        var steps = [progress]
        func step(_ change: (inout Progress) -> Void) {
            change(&progress)
            steps.append(progress)
        }
        step { $0.lowWater = 1150 }
        step { $0.clock.time = Instant(microseconds: 1_751_328_000_000_001) }
        step { $0.openClose = OpenClose(date: Day(20_270)) }
        step { $0.openClose?.customer = Array("c2".utf8) }
        step { $0.openClose?.customer = Array("c21".utf8) }
        step { ($0.openClose, $0.clock.lastClosed) = (nil, Day(20_270)) }
        step { $0.position = 1201 }
        for (index, one) in steps.enumerated() {
            for (other, two) in steps.enumerated() {
                #expect(one.isLater(than: two) == (index > other), "\(index), \(other)")
            }
        }
    }

    @Test("in the changelog it says whose it is; the latest of the application counts")
    func inTheChangelog() throws {
        func progress(_ position: Int64, _ application: String?) -> Progress {
            var progress = Progress(
                position: position, lowWater: 100, clockAtLowWater: Self.clock, clock: Self.clock,
                rulesDigest: "9f86")
            progress.application = application
            return progress
        }
        var own = OwnRecords()
        func install(_ text: String) throws {
            let (key, value) = (Progress.key, Array(text.utf8))
            try own.install(key: key.span, value: value.span)
        }
        for position: Int64 in [1100, 1200] {
            try install(progress(position, "bank-a").text(writer: "0.1.0"))
        }
        #expect(own.progress(of: "bank-a", after: progress(1199, nil)) == progress(1200, "bank-a"))
        #expect(own.progress(of: "bank-a", after: progress(1200, nil)) == nil)
        #expect(own.progress(of: "bank-b", after: progress(1100, nil)) == nil)
        #expect(throws: HeaderError.unreadable) { try install("tidemark/1") }
        #expect(throws: HeaderError.newerFormat(9, writer: "7.0")) {
            try install("tidemark/9 7.0 c=1")
        }
    }

    @Test(
        "a close in parts is told in a format that earlier versions refuse",
        arguments: [nil, [UInt8]("c 1=,".utf8), [0x01, 0xff]])
    func openClose(customer: [UInt8]?) throws {
        var progress = Progress(
            position: 1200, lowWater: 1100, clockAtLowWater: Self.clock, clock: Self.clock,
            rulesDigest: "9f86d081884c7d65")
        #expect(progress.text(writer: "0.1.0").hasPrefix("tidemark/1 "))
        progress.openClose = OpenClose(date: Day(20_270), customer: customer)
        let text = progress.text(writer: "0.1.0")
        #expect(text.hasPrefix("tidemark/2 0.1.0 "))
        #expect(try Progress(text: text) == progress)
        for bad in ["p=20270", "p=x,-", "p=20270,6", "p=20270,6g", "p=20270,"] {
            let broken = text.split(separator: " ").dropLast().joined(separator: " ") + " \(bad)"
            #expect(throws: ProgressError.unreadable) { try Progress(text: broken) }
        }
    }

    @Test("a state is covered by the metadata when its close was committed with it")
    func covers() {
        var progress = Progress(
            position: 1200, lowWater: 1100, clockAtLowWater: Self.clock, clock: Self.clock,
            rulesDigest: "")
        func covers(_ lsn: Int64, _ day: Int32, _ id: String) -> Bool {
            let id = Array(id.utf8)
            return progress.covers(StateReach(lsn: lsn, lastClosed: Day(day)), of: id.span)
        }
        #expect(covers(1199, 20_269, "c5"))
        #expect(!covers(1200, 20_269, "c5"))
        #expect(!covers(1199, 20_270, "c5"))
        progress.openClose = OpenClose(date: Day(20_270))
        #expect(!covers(1199, 20_270, "c5"))
        progress.openClose?.customer = Array("c5".utf8)
        #expect(covers(1199, 20_270, "c5"))
        #expect(covers(1199, 20_270, "c40"))
        #expect(!covers(1199, 20_270, "c50"))
        #expect(!covers(1199, 20_271, "c5"))
    }

    @Test("a later format is refused with the version that wrote it")
    func later() {
        #expect(throws: ProgressError.newerFormat(3, writer: "3.4.0")) {
            try Progress(text: "tidemark/3 3.4.0 x=1")
        }
    }

    @Test(
        "other text is unreadable",
        arguments: [
            "", "hello", "tidemark/1", "tidemark/x 1 c=1",
            "tidemark/1 0.1.0 c=1 s=2 st=-,- ct=-,- r=",
            "tidemark/1 0.1.0 c=2 s=1 st=- ct=-,- r=a",
        ])
    func unreadable(text: String) {
        #expect(throws: ProgressError.unreadable) { try Progress(text: text) }
    }
}
