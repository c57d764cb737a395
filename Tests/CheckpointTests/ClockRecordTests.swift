import Banking
import Checkpoint
import Engine
import Testing

// Spans cannot be made inside the macros.
private func read(_ value: [UInt8]) throws -> ClockRecord { try ClockRecord(value.span) }
private func offset(_ key: [UInt8]) -> Int64? { ClockRecord.offset(inKey: key.span) }
private func isReserved(_ key: [UInt8]) -> Bool { StateHeader.isReserved(key: key.span) }

extension OwnRecords {
    fileprivate mutating func take(_ key: [UInt8], _ value: [UInt8]?) throws {
        if let value {
            try install(key: key.span, value: value.span)
        } else {
            try install(key: key.span, value: nil)
        }
    }

    fileprivate mutating func take(_ record: ClockRecord) throws {
        try take(record.key, record.encoded(writer: "0.1.0"))
    }
}

@Suite("Clock records")
struct ClockRecordTests {
    private func record(_ offset: Int64, _ time: Int64) -> ClockRecord {
        ClockRecord(offset: offset, time: Instant(microseconds: time))
    }

    @Test("what is written is read back; the key names the offset and is no customer's")
    func roundTrip() throws {
        let moved = record(1200, 1_751_328_910_000_000)
        #expect(try read(moved.encoded(writer: "0.1.0")) == moved)
        #expect(moved.key == Array("\0clock/1200".utf8))
        #expect(offset(moved.key) == 1200)
        #expect(isReserved(moved.key))
        #expect(offset(StateHeader.key) == nil)
        #expect(offset(Array("\0clock/".utf8)) == nil)
        #expect(offset(Array("\0clock/x".utf8)) == nil)
    }

    @Test("a later format is refused with the version that wrote it, nonsense as such")
    func refused() throws {
        #expect(throws: HeaderError.newerFormat(2, writer: "8.0.0")) {
            try read(Array("tidemark-clock/2 8.0.0 anything\n".utf8))
        }
        for text in [
            "", "tidemark-clock/1", "tidemark-clock/1 0.1.0 offset=1", "tidemark-state/1 0",
        ] {
            #expect(throws: HeaderError.unreadable) { try read(Array(text.utf8)) }
        }
        var own = OwnRecords()
        #expect(throws: HeaderError.unreadable) {
            try own.take(record(7, 1).key, record(8, 1).encoded(writer: "0.1.0"))
        }
    }

    private func progress(_ position: Int64, _ microseconds: Int64?) -> Progress {
        let clock = TaskClock(
            time: microseconds.map { Instant(microseconds: $0) },
            lastClosed: microseconds.map { _ in Day(0) })
        return Progress(
            position: position, lowWater: 0, clockAtLowWater: TaskClock(), clock: clock,
            rulesDigest: "")
    }

    @Test("moves come back in order, the last one of each offset, up to position and clock")
    func order() throws {
        var own = OwnRecords()
        for moved in [record(10, 100), record(20, 200), record(9, 90), record(20, 250)] {
            try own.take(moved)
        }
        let header = StateHeaderTests.header()
        try own.take(StateHeader.key, header.encoded(writer: "0.1.0"))
        #expect(own.header == header)
        let all = own.advances(upTo: progress(30, 300))
        #expect(all == [record(9, 90), record(10, 100), record(20, 250)])
        let earlier = own.advances(upTo: progress(19, 300))
        #expect(earlier == [record(9, 90), record(10, 100)])
        // Somebody has moved on at the same offset since.
        let then = own.advances(upTo: progress(20, 220))
        #expect(then.last == record(20, 220))
        #expect(own.advances(upTo: progress(30, nil)) == [])
        // The open close says what has happened at the position.
        var cut = progress(20, 300)
        cut.openClose = OpenClose(date: Day(1))
        #expect(own.advances(upTo: cut) == [record(9, 90), record(10, 100)])
    }

    @Test(
        "what lies before the input is outdated; what was deleted is gone; other keys are passed over"
    )
    func outdated() throws {
        var own = OwnRecords()
        for moved in [record(10, 100), record(20, 200), record(30, 300)] { try own.take(moved) }
        #expect(own.outdated(below: 20) == [10])
        try own.take(record(10, 100).key, nil)
        #expect(own.outdated(below: 20) == [])
        try own.take(Array("\0later".utf8), Array("something".utf8))
        try own.take(Array("\0headex".utf8), Array("something".utf8))
        #expect(own.header == nil)
        let left = own.advances(upTo: progress(30, 300))
        #expect(left == [record(20, 200), record(30, 300)])
    }
}
