// What a customer's rules must remember of their alerts: the alert that an escalation would continue, and what
// has alerted for a date that is still open (5.4 of the semantics). Notes are rare; they lie packed in one blob.
//
// A note: tag (1), rule key (8), date (4), then by tag
//   1 standing alert: version (2), time (8), how it is anchored (1), account hash (8), id (1 + n)
//   2 a window alerted for the date: nothing more
//   3 an entry alerted: account (2), id (1 + n)
//   4 a rule of single entries with a cool-down: time of its latest firing (8)
internal import Banking

/// Reading and changing a customer's notes.
enum NoteList {
    static let standing: UInt8 = 1
    static let window: UInt8 = 2
    static let entry: UInt8 = 3
    static let fired: UInt8 = 4
    private static let prefix = 13

    /// One note.
    struct Note {
        var offset: Int
        var tag: UInt8
        var key: UInt64
        var date: Int32
        var size: Int
        /// The id within the blob.
        var id: Range<Int>
    }

    static func note(_ notes: borrowing Blob, _ offset: Int) -> Note {
        let tag = notes[offset]
        var body = offset + prefix
        var id = body..<body
        switch tag {
        case standing: body += 19
        case entry: body += 2
        case fired: body += 8
        default: break
        }
        if tag == standing || tag == entry {
            let count = Int(notes[body])
            id = (body + 1)..<(body + 1 + count)
            body = id.upperBound
        }
        return Note(
            offset: offset, tag: tag, key: notes.load(offset + 1, as: UInt64.self),
            date: notes.load(offset + 9, as: Int32.self), size: body - offset, id: id)
    }

    /// The first note with `tag` of the rule `key`; of `date` unless that is nil.
    static func find(_ notes: borrowing Blob, _ tag: UInt8, _ key: UInt64, date: Int32? = nil)
        -> Note?
    {
        var offset = 0
        while offset < notes.count {
            let note = note(notes, offset)
            if note.tag == tag, note.key == key, date == nil || note.date == date { return note }
            offset += note.size
        }
        return nil
    }

    /// Whether the entry `id` of `account` has alerted for the rule `key`.
    static func holds(
        _ notes: borrowing Blob, entry id: Span<UInt8>, account: UInt16, key: UInt64
    ) -> Bool {
        var offset = 0
        while offset < notes.count {
            let note = note(notes, offset)
            if note.tag == entry, note.key == key,
                notes.load(offset + prefix, as: UInt16.self) == account,
                sameBytes(notes.bytes(note.id), id)
            {
                return true
            }
            offset += note.size
        }
        return false
    }

    private static func begin(
        _ notes: inout Blob, _ tag: UInt8, _ key: UInt64, _ date: Int32, body: Int,
        arena: inout Arena
    ) -> Int {
        let offset = notes.count
        arena.reserve(&notes, offset + prefix + body)
        notes.extend(by: prefix + body)
        notes.store(tag, at: offset)
        notes.store(key, at: offset + 1)
        notes.store(date, at: offset + 9)
        return offset + prefix
    }

    /// Notes that the window `key` alerted for `date`.
    static func add(window key: UInt64, date: Int32, to notes: inout Blob, arena: inout Arena) {
        guard find(notes, window, key, date: date) == nil else { return }
        _ = begin(&notes, window, key, date, body: 0, arena: &arena)
    }

    /// Notes that the entry `id` of `account` alerted for `key`.
    static func add(
        entry id: Span<UInt8>, account: UInt16, key: UInt64, date: Int32, to notes: inout Blob,
        arena: inout Arena
    ) {
        let at = begin(&notes, entry, key, date, body: 3 + id.count, arena: &arena)
        notes.store(account, at: at)
        notes.store(UInt8(id.count), at: at + 2)
        notes.write(id, at: at + 3)
    }

    /// The latest firing of the rule of single entries `key`; `Int64.min` when there was none.
    static func lastFiring(_ notes: borrowing Blob, _ key: UInt64) -> Int64 {
        guard let note = find(notes, fired, key) else { return .min }
        return notes.load(note.offset + prefix, as: Int64.self)
    }

    /// Notes a firing of the rule of single entries `key`.
    static func setFiring(_ time: Int64, key: UInt64, in notes: inout Blob, arena: inout Arena) {
        if let note = find(notes, fired, key) {
            notes.store(
                max(time, notes.load(note.offset + prefix, as: Int64.self)),
                at: note.offset + prefix)
        } else {
            let at = begin(&notes, fired, key, 0, body: 8, arena: &arena)
            notes.store(time, at: at)
        }
    }

    /// Makes the alert of `key` the one that stands; an entry's when `accountHash` is given, else the date's.
    static func stand(
        key: UInt64, date: Int32, version: Int, time: Int64, accountHash: UInt64?,
        id: Span<UInt8>, in notes: inout Blob, arena: inout Arena
    ) {
        if let old = find(notes, standing, key) { remove(old, from: &notes) }
        let at = begin(&notes, standing, key, date, body: 20 + id.count, arena: &arena)
        notes.store(UInt16(clamping: version), at: at)
        notes.store(time, at: at + 2)
        notes.store(UInt8(accountHash == nil ? 0 : 1), at: at + 10)
        notes.store(accountHash ?? 0, at: at + 11)
        notes.store(UInt8(id.count), at: at + 19)
        notes.write(id, at: at + 20)
    }

    /// What a standing alert's note says.
    struct Standing {
        var version: Int
        var time: Int64
        var accountHash: UInt64?
    }

    static func standing(_ notes: borrowing Blob, _ note: Note) -> Standing {
        let at = note.offset + prefix
        return Standing(
            version: Int(notes.load(at, as: UInt16.self)), time: notes.load(at + 2, as: Int64.self),
            accountHash: notes[at + 10] == 0 ? nil : notes.load(at + 11, as: UInt64.self))
    }

    /// Raises the version of a standing alert.
    static func raise(_ note: Note, to version: Int, in notes: borrowing Blob) {
        notes.store(UInt16(clamping: version), at: note.offset + prefix)
    }

    private static func remove(_ note: Note, from notes: inout Blob) {
        notes.shift(from: note.offset + note.size, by: -note.size)
    }

    /// Forgets what alerted for dates up to `closed`.
    static func prune(_ notes: inout Blob, closed: Int32) {
        var offset = 0
        while offset < notes.count {
            let note = note(notes, offset)
            if note.tag == window || note.tag == entry, note.date <= closed {
                remove(note, from: &notes)
            } else {
                offset += note.size
            }
        }
    }

    /// Whether `notes` is a sequence of whole notes; for states read back.
    static func isSound(_ notes: borrowing Blob) -> Bool {
        var offset = 0
        while offset < notes.count {
            let tag = notes[offset]
            let body =
                tag == standing ? 20 : tag == entry ? 3 : tag == window ? 0 : tag == fired ? 8 : -1
            guard body >= 0, offset + prefix + body <= notes.count else { return false }
            let note = note(notes, offset)
            guard offset + note.size <= notes.count else { return false }
            offset += note.size
        }
        return true
    }
}
