// Day-end balances as steps: only days with a change, in the order of days. A step is the distance from the
// last step's day, the account where steps are kept by account, and the change, all varints (LEB128; signed ones
// zigzag). The latest step stays open in the customer until a later one comes.
internal import Banking

/// The day-ends of one customer: `balances[i]` holds from `days[i]` until the day before `days[i +
/// 1]`.
///
/// Used again for each customer.
struct Timeline {
    var days: [Int32] = []
    var balances: [Int128] = []
    /// The day-end before the first day.
    var base: Int128 = 0

    /// The index of the last step not after `day`, or -1.
    func index(of day: Int32) -> Int { days.partitioningIndex { $0 > day } - 1 }

    /// The day-end balance of `day`.
    func dayEnd(_ day: Int32) -> Int128 {
        let index = index(of: day)
        return index < 0 ? base : balances[index]
    }

    /// The sum of the day-ends of `from`...`to`; 0 when `to` lies before `from`.
    ///
    /// Costs the steps between.
    func sum(from: Int32, to: Int32) -> Int128 {
        guard from <= to else { return 0 }
        var index = index(of: from)
        var day = from
        var total: Int128 = 0
        while day <= to {
            let balance = index < 0 ? base : balances[index]
            let next = index + 1 < days.count ? min(days[index + 1] - 1, to) : to
            total += balance * Int128(next - day + 1)
            day = next + 1
            index += 1
        }
        return total
    }
}

/// One step while steps are rewritten.
struct DayStep {
    var day: Int32
    var account: UInt16
    var delta: Int128
}

/// Reading and changing a customer's steps.
enum StepList {
    /// Adds `delta` from `day` on.
    ///
    /// O(1) for the latest day; an older one rewrites the steps.
    @inline(__always)
    static func add(
        _ customer: inout Customer, day: Int32, account: UInt16, delta: Int128, byAccount: Bool,
        arena: inout Arena, scratch: inout [DayStep]
    ) {
        if day == customer.openDay, !byAccount || account == customer.openAccount {
            customer.openDelta += delta
        } else if day >= customer.openDay {
            close(&customer, byAccount: byAccount, arena: &arena)
            customer.openDay = day
            customer.openAccount = account
            customer.openDelta = delta
        } else {
            insert(
                &customer, DayStep(day: day, account: account, delta: delta),
                byAccount: byAccount, arena: &arena, scratch: &scratch)
        }
    }

    /// Moves the open step into the list.
    private static func close(_ customer: inout Customer, byAccount: Bool, arena: inout Arena) {
        guard customer.openDay != .min else { return }
        let step = DayStep(
            day: customer.openDay, account: customer.openAccount, delta: customer.openDelta)
        append(&customer, step, byAccount: byAccount, arena: &arena)
        customer.openDay = .min
        customer.openDelta = 0
    }

    private static func append(
        _ customer: inout Customer, _ step: DayStep, byAccount: Bool, arena: inout Arena
    ) {
        guard step.delta != 0 else { return }
        var at = customer.steps.count
        let start = at
        let distance =
            customer.lastStepDay == .min
            ? zigzag(Int128(step.day)) : UInt128(step.day - customer.lastStepDay)
        let size = varintBytes(step, last: customer.lastStepDay, byAccount: byAccount)
        // The class of a block is what it grows by: most of these lists are short.
        arena.reserve(&customer.steps, at + size)
        customer.steps.extend(by: size)
        put(customer.steps, distance, &at)
        if byAccount { put(customer.steps, UInt128(step.account), &at) }
        put(customer.steps, zigzag(step.delta), &at)
        precondition(at - start == size)
        if customer.lastStepDay == .min { customer.firstStepDay = step.day }
        customer.lastStepDay = step.day
    }

    private static func varintBytes(_ step: DayStep, last: Int32, byAccount: Bool) -> Int {
        let distance = last == .min ? zigzag(Int128(step.day)) : UInt128(step.day - last)
        return length(distance) + (byAccount ? length(UInt128(step.account)) : 0)
            + length(zigzag(step.delta))
    }

    private static func insert(
        _ customer: inout Customer, _ step: DayStep, byAccount: Bool, arena: inout Arena,
        scratch: inout [DayStep]
    ) {
        decode(customer, byAccount: byAccount, into: &scratch)
        var position = scratch.count
        while position > 0, scratch[position - 1].day > step.day { position -= 1 }
        var same = position - 1
        while same >= 0, scratch[same].day == step.day,
            byAccount, scratch[same].account != step.account
        { same -= 1 }
        if same >= 0, scratch[same].day == step.day {
            scratch[same].delta += step.delta
        } else {
            scratch.insert(step, at: position)
        }
        rewrite(&customer, byAccount: byAccount, arena: &arena, scratch: scratch)
    }

    /// Writes `scratch` as the whole list; its last step becomes the open one.
    static func rewrite(
        _ customer: inout Customer, byAccount: Bool, arena: inout Arena, scratch: [DayStep]
    ) {
        customer.steps.truncate(to: 0)
        customer.firstStepDay = .max
        customer.lastStepDay = .min
        customer.openDay = .min
        customer.openDelta = 0
        for step in scratch.dropLast() {
            append(&customer, step, byAccount: byAccount, arena: &arena)
        }
        if let last = scratch.last {
            customer.openDay = last.day
            customer.openAccount = last.account
            customer.openDelta = last.delta
        }
    }

    /// All steps in order, the open one last.
    static func decode(_ customer: borrowing Customer, byAccount: Bool, into steps: inout [DayStep])
    {
        steps.removeAll(keepingCapacity: true)
        var at = 0
        var day: Int32 = 0
        var isFirst = true
        while at < customer.steps.count {
            let distance = get(customer.steps, &at)
            day =
                isFirst
                ? Int32(truncatingIfNeeded: unzigzag(distance))
                : day &+ Int32(truncatingIfNeeded: distance)
            isFirst = false
            let account = byAccount ? UInt16(truncatingIfNeeded: get(customer.steps, &at)) : 0
            steps.append(
                DayStep(day: day, account: account, delta: unzigzag(get(customer.steps, &at))))
        }
        if customer.openDay != .min {
            steps.append(
                DayStep(
                    day: customer.openDay, account: customer.openAccount,
                    delta: customer.openDelta))
        }
    }

    /// The sum of the day-ends of `from`...`to`, where the measure is the sum of all steps; 0 when `to` lies before `from`.
    ///
    /// Costs the steps up to `to`.
    static func sum(_ customer: borrowing Customer, from: Int32, to: Int32) -> Int128 {
        guard from <= to else { return 0 }
        var walk = StepWalk(customer)
        var balance = customer.settled
        while walk.day <= from, walk.take(customer) { balance += walk.delta }
        var total: Int128 = 0
        var day = from
        while day <= to {
            let next = walk.day <= to ? walk.day : to + 1
            total += balance * Int128(next - day)
            day = next
            while walk.day <= day, walk.take(customer) { balance += walk.delta }
        }
        return total
    }

    /// The day of the first step in `steps`; `Int32.max` when there is none.
    static func firstDay(_ steps: borrowing Blob) -> Int32 {
        guard steps.count > 0 else { return .max }
        var at = 0
        return Int32(truncatingIfNeeded: unzigzag(get(steps, &at)))
    }

    /// Folds steps before `day` into `settled`; those kept by account go without a trace, since what lies before the first
    /// one left follows from the accounts' balances.
    ///
    /// Costs the steps when it has some to fold, which it puts off until the first lies more than 16 days before.
    static func fold(
        _ customer: inout Customer, before day: Int32, byAccount: Bool, arena: inout Arena,
        scratch: inout [DayStep]
    ) {
        guard customer.firstStepDay < day - 16 else { return }
        decode(customer, byAccount: byAccount, into: &scratch)
        // The open step stays, so that an entry of its day finds it.
        var kept = 0
        while kept < scratch.count - 1, scratch[kept].day < day {
            if !byAccount { customer.settled += scratch[kept].delta }
            kept += 1
        }
        scratch.removeFirst(kept)
        rewrite(&customer, byAccount: byAccount, arena: &arena, scratch: scratch)
        arena.shrink(&customer.steps)
    }

    /// Whether `steps` is a sequence of whole steps; for states read back.
    static func isSound(_ steps: borrowing Blob, byAccount: Bool) -> Bool {
        var ends = 0
        var isWhole = true
        for offset in 0..<steps.count {
            isWhole = steps[offset] < 128
            if isWhole { ends += 1 }
        }
        return isWhole && ends % (byAccount ? 3 : 2) == 0
    }

    // MARK: varints

    @inline(__always)
    static func zigzag(_ value: Int128) -> UInt128 {
        UInt128(truncatingIfNeeded: (value << 1) ^ (value >> 127))
    }

    @inline(__always)
    static func unzigzag(_ value: UInt128) -> Int128 {
        Int128(truncatingIfNeeded: value >> 1) ^ -Int128(truncatingIfNeeded: value & 1)
    }

    @inline(__always)
    static func length(_ value: UInt128) -> Int {
        max(1, (128 - value.leadingZeroBitCount + 6) / 7)
    }

    @inline(__always)
    private static func put(_ blob: borrowing Blob, _ value: UInt128, _ at: inout Int) {
        var rest = value
        while rest >= 128 {
            blob.store(UInt8(truncatingIfNeeded: rest) | 128, at: at)
            at += 1
            rest >>= 7
        }
        blob.store(UInt8(truncatingIfNeeded: rest), at: at)
        at += 1
    }

    @inline(__always)
    static func get(_ blob: borrowing Blob, _ at: inout Int) -> UInt128 {
        // Nearly all values fit 63 bits, where 64-bit arithmetic is enough.
        var small: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 63 {
            let byte = blob[at]
            at += 1
            small |= UInt64(byte & 127) << shift
            if byte < 128 { return UInt128(small) }
            shift += 7
        }
        var value = UInt128(small)
        var wide: UInt128 = 63
        while wide < 128 {
            let byte = blob[at]
            at += 1
            value |= UInt128(byte & 127) << wide
            if byte < 128 { break }
            wide += 7
        }
        return value
    }
}
