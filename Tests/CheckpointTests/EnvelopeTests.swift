import Banking
import Checkpoint
import Engine
import Testing

// Spans cannot be made inside the macros.
private func decode(_ value: [UInt8]) throws -> Envelope.Head { try Envelope.decode(value.span) }
private func reach(_ lsn: Int64, _ day: Int32? = 20_270) -> StateReach {
    StateReach(lsn: lsn, lastClosed: day.map { Day($0) })
}
private func idBytes(_ key: [UInt8]) -> Int { Envelope.idBytes(inKey: key.span) }
private func add(
    _ key: [UInt8], _ value: [UInt8], to assembler: inout Assembler
) throws -> Assembler.Result {
    try assembler.add(key: key.span, value: value.span)
}

@Suite("Changelog records")
struct EnvelopeTests {
    @Test("a state of one part comes back where it lies in the value")
    func single() throws {
        var value: [UInt8] = []
        Envelope.encode(state: [1, 2, 3], reach: reach(1_000_000), part: 0, of: 1, into: &value)
        let head = try decode(value)
        #expect(head.reach == reach(1_000_000))
        #expect(head.parts == 1)
        #expect(Array(value[head.bodyOffset...]) == [1, 2, 3])
        var assembler = Assembler()
        let result = try add(Array("c1".utf8), value, to: &assembler)
        #expect(result == .whole(reach: reach(1_000_000), bodyOffset: head.bodyOffset))
    }

    @Test("a record in which any bit has changed is refused")
    func bitFlips() throws {
        var value: [UInt8] = []
        let state = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        Envelope.encode(state: state, reach: reach(300), part: 0, of: 1, into: &value)
        for bit in 0..<(8 * value.count) {
            var changed = value
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: ChangelogError.self) { try decode(changed) }
        }
        for count in 0..<value.count {
            #expect(throws: ChangelogError.self) { try decode(Array(value.prefix(count))) }
        }
    }

    @Test("an lsn of -1, before any input, is kept")
    func beforeInput() throws {
        var value: [UInt8] = []
        Envelope.encode(state: [], reach: reach(-1, nil), part: 0, of: 1, into: &value)
        #expect(try decode(value).reach == reach(-1, nil))
    }

    @Test(
        "the last closed date comes back, also from before 1970", arguments: [0, 1, -1, .max, .min])
    func dates(day: Int32) throws {
        var value: [UInt8] = []
        Envelope.encode(state: [1], reach: reach(5, day), part: 0, of: 1, into: &value)
        #expect(try decode(value).reach == reach(5, day))
    }

    @Test("a state of format 2, which says nothing of dates, is read")
    func withoutDate() throws {
        let (head, body): ([UInt8], [UInt8]) = ([2, 0xC1, 0x84, 0x3D, 0, 1], [1, 2, 3])
        let sum = stableHash(body.span, seed: stableHash(head.span, seed: 0x7374_6174_6500))
        let value = head + (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64(8 * $0)) } + body
        let found = try decode(value)
        #expect(found.reach == reach(1_000_000, nil))
        #expect(Array(value[found.bodyOffset...]) == body)
    }

    static func records(
        _ state: [UInt8], lsn: Int64, day: Int32 = 20_270, partBytes: Int = Envelope.partBytes
    ) -> [(key: [UInt8], value: [UInt8])] {
        let parts = Envelope.parts(ofStateBytes: state.count, partBytes: partBytes)
        return (0..<parts).map { part in
            var key = Array("customer".utf8)
            Envelope.appendPart(part, to: &key)
            var value: [UInt8] = []
            Envelope.encode(
                state: state, reach: reach(lsn, day), part: part, of: parts, into: &value,
                partBytes: partBytes)
            return (key, value)
        }
    }

    @Test(
        "a state is put together from its parts, in any order, however small they had to be",
        arguments: [(1_300_000, Envelope.partBytes), (700, 256)])
    func parts(count: Int, partBytes: Int) throws {
        let state = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let records = Self.records(state, lsn: 7, partBytes: partBytes)
        #expect(records.count == 3)
        #expect(idBytes(records[2].key) == 8)
        for order in [[0, 1, 2], [2, 0, 1]] {
            var assembler = Assembler()
            var result = Assembler.Result.nothing
            for index in order {
                #expect(result == .nothing)
                result = try add(records[index].key, records[index].value, to: &assembler)
            }
            #expect(result == .assembled(reach: reach(7)))
            let (id, assembled) = (assembler.id, assembler.state)
            #expect(id == Array("customer".utf8))
            #expect(assembled == state)
        }
    }

    @Test("parts that an older, larger state left behind are of no use")
    func stale() throws {
        let old = Self.records([UInt8](repeating: 1, count: 1_300_000), lsn: 7)
        let new = Self.records([UInt8](repeating: 2, count: 600_000), lsn: 9)
        var assembler = Assembler()
        let first = try add(old[2].key, old[2].value, to: &assembler)
        #expect(first == .nothing)
        let second = try add(new[0].key, new[0].value, to: &assembler)
        #expect(second == .nothing)
        let third = try add(new[1].key, new[1].value, to: &assembler)
        #expect(third == .assembled(reach: reach(9)))
        let state = assembler.state
        #expect(state == [UInt8](repeating: 2, count: 600_000))
        let small = Self.records([3], lsn: 11)
        _ = try add(old[1].key, old[1].value, to: &assembler)
        let before = assembler.incompleteCount
        #expect(before == 1)
        _ = try add(small[0].key, small[0].value, to: &assembler)
        let after = assembler.incompleteCount
        #expect(after == 0)
    }

    @Test("parts written before and after a move of the clock are never mixed")
    func moves() throws {
        let old = Self.records([UInt8](repeating: 1, count: 600_000), lsn: 7, day: 100)
        let new = Self.records([UInt8](repeating: 2, count: 600_000), lsn: 7, day: 101)
        var assembler = Assembler()
        // Compaction has come as far as the first part of the later state.
        for record in [old[1], new[0]] {
            let result = try add(record.key, record.value, to: &assembler)
            #expect(result == .nothing)
        }
        let result = try add(new[1].key, new[1].value, to: &assembler)
        #expect(result == .assembled(reach: reach(7, 101)))
        let state = assembler.state
        #expect(state == [UInt8](repeating: 2, count: 600_000))
    }

    @Test("what is no record of ours is told from what a later version wrote")
    func refused() {
        #expect(throws: ChangelogError.corrupt) { try decode([UInt8]()) }
        #expect(throws: ChangelogError.corrupt) { try decode([0, 0]) }
        #expect(throws: ChangelogError.corrupt) { try decode([1, 0x80]) }
        #expect(throws: ChangelogError.corrupt) { try decode([1, 0, 1, 1]) }
        #expect(throws: ChangelogError.newerFormat(Envelope.format + 1)) {
            try decode([Envelope.format + 1, 0, 0, 1])
        }
    }
}
