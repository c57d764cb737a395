// One decoded transaction event. The reader fills the same value again for each record: its texts lie in one
// buffer of its own, so that a decoded event does not depend on the record's memory and nothing is allocated.

/// A transaction event as decoded (the contract's section 2).
///
/// One instance is reused for all records of a worker; it owns a buffer of 128 KiB for its texts.
@safe
public struct Event: ~Copyable {
    /// Where a text lies in the event's buffer; absent when `offset` is negative.
    public struct Text: Sendable {
        /// First byte in the buffer, or -1.
        public var offset: Int32 = -1
        /// Bytes, 0 to 65,536.
        public var count: Int32 = 0
        /// Whether the field was given.
        @inlinable public var isPresent: Bool { offset >= 0 }
        /// An absent text.
        @inlinable public init() {}
        /// A text at `offset` of `count` bytes.
        @inlinable public init(offset: Int, count: Int) {
            self.offset = Int32(truncatingIfNeeded: offset)
            self.count = Int32(truncatingIfNeeded: count)
        }
    }

    /// The bank's entry reference, 1 to 128 bytes.
    public var id = Text()
    /// The customer, 1 to 64 bytes.
    public var customerID = Text()
    /// The account, 1 to 64 bytes.
    public var accountID = Text()
    /// The pending entry that this one replaces.
    public var replaces = Text()
    /// The entry that this one takes back.
    public var reverses = Text()
    /// Shared by both legs of a transfer.
    public var transferID = Text()
    /// The branch code.
    public var branch = Text()
    /// The counterparty's account.
    public var counterpartyAccountID = Text()
    /// The counterparty's customer id.
    public var counterpartyCustomerID = Text()
    /// The counterparty's bank.
    public var counterpartyBank = Text()

    /// Minor units, 0 to 2^63-1.
    public var amountMinor: Int64 = 0
    /// The account's balance after the entry as the bank says, in minor units of `currency`.
    public var balanceAfterMinor: Int64?
    /// The time of booking; nil for an entry with only a date.
    public var bookedAt: Instant?
    /// The bank's business date, when given.
    public var bookingDate: Day?
    /// The date from which the money counts, when given.
    public var valueDate: Day?
    /// ISO 4217.
    public var currency = Currency.cny
    /// Which way the money moves.
    public var direction = Direction.debit
    /// The booking state.
    public var status = EntryStatus.booked
    /// The account's kind, when given.
    public var accountKind: AccountKind?
    /// What the entry is for.
    public var kind = EntryKind.other
    /// How it was ordered.
    public var channel = Channel.other
    /// The counterparty's class, when given and known.
    public var counterpartyClass: CounterpartyClass?
    /// Whether the counterparty has the customer's name, when given.
    public var sameName: Bool?
    /// Whether `kind`, `channel` or `class` held a code that is not known (each counted).
    public var unknownKind = false
    /// Whether `channel` held a code that is not known.
    public var unknownChannel = false
    /// Whether the counterparty's class held a code that is not known.
    public var unknownClass = false

    /// The size of the buffer for texts.
    public static let capacity = 131_072
    /// How many bytes beyond those in use may be loaded from the buffer; what they hold means nothing.
    public static let slack = 64
    @usableFromInline let storage: UnsafeMutablePointer<UInt8>
    /// The buffer's first byte, for a reader that looks at texts while it fills this event; good as long as the event
    /// lives.
    @inlinable public var buffer: UnsafePointer<UInt8> { unsafe UnsafePointer(storage) }
    /// Bytes of the buffer in use.
    @inlinable public var used: Int { end }
    @usableFromInline var end = 0

    /// An empty event; allocates its buffer.
    public init() {
        let size = Event.capacity + Event.slack
        unsafe storage = .allocate(capacity: size)
        unsafe storage.initialize(repeating: 0, count: size)
    }

    deinit { unsafe storage.deallocate() }

    /// Forgets everything: all fields absent or at their defaults.
    @inlinable @inline(__always)
    public mutating func reset() {
        id = Text()
        customerID = Text()
        accountID = Text()
        replaces = Text()
        reverses = Text()
        transferID = Text()
        branch = Text()
        counterpartyAccountID = Text()
        counterpartyCustomerID = Text()
        counterpartyBank = Text()
        amountMinor = 0
        balanceAfterMinor = nil
        bookedAt = nil
        bookingDate = nil
        valueDate = nil
        direction = .debit
        status = .booked
        accountKind = nil
        kind = .other
        channel = .other
        counterpartyClass = nil
        sameName = nil
        unknownKind = false
        unknownChannel = false
        unknownClass = false
        end = 0
    }

    /// The bytes of one of this event's texts; empty when it is absent.
    @_lifetime(borrow self)
    @inlinable @inline(__always)
    public func bytes(_ text: Text) -> Span<UInt8> {
        let count = text.isPresent ? Int(text.count) : 0
        let start = text.isPresent ? Int(text.offset) : 0
        precondition(start + count <= end, "a text lies within the event's buffer")
        let span = unsafe Span(_unsafeStart: UnsafePointer(storage + start), count: count)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Copies `bytes` into the buffer and says where they lie; nil when the buffer is full (it never is for values up
    /// to 65,536 bytes).
    @inlinable @inline(__always)
    public mutating func append(_ bytes: Span<UInt8>) -> Text? {
        guard bytes.count <= Event.capacity - end else { return nil }
        let text = Text(offset: end, count: bytes.count)
        let target = unsafe storage + end
        unsafe bytes.withUnsafeBufferPointer { source in
            if let base = source.baseAddress {
                unsafe target.update(from: base, count: source.count)
            }
        }
        end += bytes.count
        return text
    }

    /// Appends the low `count` bytes of `word`, at most 8, to the text that was begun at `used`; false when the buffer is
    /// full.
    @inlinable @inline(__always)
    public mutating func append(word: UInt64, count: Int) -> Bool {
        guard count <= 8, count <= Event.capacity - end else { return false }
        unsafe UnsafeMutableRawPointer(storage + end).storeBytes(
            of: word.littleEndian, as: UInt64.self)
        end += count
        return true
    }

    /// Appends one byte to the text that was begun at `used`; false when the buffer is full.
    @inlinable @inline(__always)
    public mutating func append(byte: UInt8) -> Bool {
        guard end < Event.capacity else { return false }
        unsafe storage[end] = byte
        end += 1
        return true
    }
}
