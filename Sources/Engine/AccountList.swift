// A customer's accounts, packed behind the id in `head`. A row: length of the id, kind, number of balances, offset of
// the record that opened it (8 bytes), id, then the balances: currency (2 bytes), minor units (16 bytes).
internal import Banking

/// Where an account lies in a customer's head.
struct AccountRow {
    /// Place among the customer's accounts, by first entry.
    var index: Int
    var offset: Int
    var kind: AccountKind
    var balances: Int
    var idCount: Int
    /// The id's bytes within the head.
    var id: Range<Int> { (offset + AccountList.fixedBytes)..<balancesOffset }
    /// Where the balances begin.
    var balancesOffset: Int { offset + AccountList.fixedBytes + idCount }
    /// Where the next row begins.
    var end: Int { balancesOffset + balances * AccountList.balanceBytes }
}

/// Reading and changing a customer's accounts; costs a scan over the rows.
enum AccountList {
    /// Of a row, what stands before the id.
    static let fixedBytes = 11
    static let balanceBytes = 18
    /// The most accounts of a customer: what numbers of 16 bits count, but for the one that pending entries have.
    static let most = UInt16.max - 1

    /// The row at `offset`.
    @inline(__always)
    static func row(_ head: borrowing Blob, at offset: Int, index: Int) -> AccountRow {
        AccountRow(
            index: index, offset: offset, kind: AccountKind(rawValue: head[offset + 1]) ?? .loan,
            balances: Int(head[offset + 2]), idCount: Int(head[offset]))
    }

    /// Where the first row begins.
    @inline(__always)
    static func first(_ head: borrowing Blob) -> Int { 1 + Int(head[0]) }

    /// The row of the account `id`, if the customer has it.
    @inline(__always)
    static func find(_ head: borrowing Blob, _ id: Span<UInt8>) -> AccountRow? {
        var offset = first(head)
        var index = 0
        while offset < head.count {
            let row = row(head, at: offset, index: index)
            if row.idCount == id.count, sameBytes(head.bytes(row.id), id) { return row }
            offset = row.end
            index += 1
        }
        return nil
    }

    /// The row of the account at `place`.
    static func row(_ head: borrowing Blob, place: Int) -> AccountRow? {
        var offset = first(head)
        var index = 0
        while offset < head.count {
            let row = row(head, at: offset, index: index)
            if index == place { return row }
            offset = row.end
            index += 1
        }
        return nil
    }

    /// The offset of the record that opened the account.
    static func opening(_ head: borrowing Blob, _ row: AccountRow) -> Int64 {
        head.load(row.offset + 3, as: Int64.self)
    }

    /// Adds an account without balances, opened by the record at `opening`.
    static func add(
        _ customer: inout Customer, _ id: Span<UInt8>, kind: AccountKind, opening: Int64,
        arena: inout Arena
    ) -> AccountRow {
        let offset = customer.head.count
        arena.reserve(&customer.head, offset + fixedBytes + id.count + balanceBytes)
        customer.head.extend(by: fixedBytes + id.count)
        customer.head.store(UInt8(id.count), at: offset)
        customer.head.store(kind.rawValue, at: offset + 1)
        customer.head.store(UInt8(0), at: offset + 2)
        customer.head.store(opening, at: offset + 3)
        customer.head.write(id, at: offset + fixedBytes)
        customer.accountCount += 1
        return AccountRow(
            index: Int(customer.accountCount) - 1, offset: offset, kind: kind, balances: 0,
            idCount: id.count)
    }

    /// The offset of the balance in `currency` of `row`, or -1.
    @inline(__always)
    static func balanceOffset(_ head: borrowing Blob, _ row: AccountRow, _ currency: UInt16) -> Int
    {
        var offset = row.balancesOffset
        for _ in 0..<row.balances {
            if head.load(offset, as: UInt16.self) == currency { return offset }
            offset += balanceBytes
        }
        return -1
    }

    /// The balance in `currency`, 0 when there is none.
    static func balance(_ head: borrowing Blob, _ row: AccountRow, _ currency: UInt16) -> Int128 {
        let offset = balanceOffset(head, row, currency)
        return offset < 0 ? 0 : load(head, offset)
    }

    /// Whether `head` is the id `id` and `accounts` whole rows; for states read back.
    static func isSound(_ head: borrowing Blob, id: Span<UInt8>, accounts: Int) -> Bool {
        guard head.count > id.count, Int(head[0]) == id.count,
            sameBytes(head.bytes(1..<(1 + id.count)), id)
        else { return false }
        var offset = first(head)
        var count = 0
        while offset < head.count {
            guard head.count - offset >= fixedBytes, AccountKind(rawValue: head[offset + 1]) != nil
            else {
                return false
            }
            offset = row(head, at: offset, index: count).end
            count += 1
        }
        return offset == head.count && count == accounts
    }

    @inline(__always)
    static func load(_ head: borrowing Blob, _ offset: Int) -> Int128 {
        let low = head.load(offset + 2, as: UInt64.self)
        let high = head.load(offset + 10, as: Int64.self)
        return Int128(high) << 64 | Int128(low)
    }

    /// Adds `delta` to the balance in `currency` and returns the balances before and after.
    static func move(
        _ customer: inout Customer, _ row: inout AccountRow, currency: UInt16, by delta: Int128,
        arena: inout Arena
    ) -> (before: Int128, after: Int128) {
        var offset = balanceOffset(customer.head, row, currency)
        if offset < 0 {
            precondition(row.balances < 255, "fewer than 255 currencies on an account")
            offset = row.end
            arena.reserve(&customer.head, customer.head.count + balanceBytes)
            customer.head.shift(from: offset, by: balanceBytes)
            row.balances += 1
            customer.head.store(UInt8(row.balances), at: row.offset + 2)
            customer.head.store(currency, at: offset)
            customer.head.store(UInt64(0), at: offset + 2)
            customer.head.store(Int64(0), at: offset + 10)
        }
        let before = load(customer.head, offset)
        let after = before + delta
        customer.head.store(UInt64(truncatingIfNeeded: after), at: offset + 2)
        customer.head.store(Int64(truncatingIfNeeded: after >> 64), at: offset + 10)
        return (before, after)
    }
}
