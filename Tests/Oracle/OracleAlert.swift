// An alert as a plain value: what the reference gives, and what an alert of the engine is turned into so that the
// two can be compared field by field.
package import Banking

/// One entry of evidence.
package struct OracleEvidence: Sendable, Equatable {
    package var id: String
    package var account: String
    package var direction: Direction
    package var amountMinor: Int64
    package var kind: EntryKind
    package var channel: Channel
    package var destination: CounterpartyClass
    package var time: Instant?
    package var date: Day
}

/// One version of an alert.
package struct OracleAlert: Sendable, Equatable {
    /// What names an alert after its rule and customer.
    package enum Anchor: Sendable, Equatable {
        case entry(accountHash: UInt64, id: String)
        case date(Day)
        case late(Day, Int)
    }

    package var customerID = ""
    package var rule = 0
    package var ruleID = ""
    package var ruleVersion = 1
    package var isShadow = false
    package var kind = RuleKind.singleOutflow
    package var severity = Severity.notice
    package var anchor = Anchor.date(Day(0))
    package var version = 1
    package var status = AlertStatus.open
    package var reasons: AlertReasons = []
    package var isTierChange = false
    package var tierFrom: String?
    package var tierTo: String?
    package var tierNow: String?
    package var occurredAt = Instant(microseconds: 0)
    package var businessDate = Day(0)
    package var valueMinor: Int128?
    package var thresholdMinor: Int128?
    package var windowFrom: Instant?
    package var windowTo: Instant?
    package var windowMicroseconds: Int64 = 0
    package var isNet = false
    package var balanceBefore: Int128 = 0
    package var balanceAfter: Int128 = 0
    package var averageSum: Int128?
    package var averageDays = 0
    package var evidence: [OracleEvidence] = []
    package var evidenceMore = 0
    /// By the class's raw value.
    package var destinations = [Int128](repeating: 0, count: 10)
    package var sourceOffset: Int64 = -1
    package var sourceTimestamp: Int64 = -1

    /// An alert of nothing.
    package init() {}
}

extension OracleAlert {
    /// The engine's alert as a plain value.
    package init(_ alert: Alert) {
        func text(_ range: Range<Int>) -> String {
            String(decoding: alert.texts[range], as: UTF8.self)
        }
        customerID = text(alert.customerID)
        rule = alert.rule
        ruleID = alert.ruleID
        ruleVersion = alert.ruleVersion
        isShadow = alert.isShadow
        kind = alert.kind
        severity = alert.severity
        anchor =
            switch alert.anchor {
            case .entry(let hash, let id): .entry(accountHash: hash, id: text(id))
            case .date(let day): .date(day)
            case .late(let day, let count): .late(day, count)
            }
        version = alert.version
        status = alert.status
        reasons = alert.reasons
        isTierChange = alert.isTierChange
        tierFrom = alert.tierFrom
        tierTo = alert.tierTo
        tierNow = alert.tierNow
        occurredAt = alert.occurredAt
        businessDate = alert.businessDate
        valueMinor = alert.valueMinor
        thresholdMinor = alert.thresholdMinor
        windowFrom = alert.windowFrom
        windowTo = alert.windowTo
        windowMicroseconds = alert.windowMicroseconds
        isNet = alert.isNet
        balanceBefore = alert.balanceBefore
        balanceAfter = alert.balanceAfter
        averageSum = alert.averageSum
        averageDays = alert.averageDays
        evidence = alert.evidence.map { entry in
            OracleEvidence(
                id: text(entry.id), account: text(entry.account), direction: entry.direction,
                amountMinor: entry.amountMinor, kind: entry.kind, channel: entry.channel,
                destination: entry.destination, time: entry.time, date: entry.date)
        }
        evidenceMore = alert.evidenceMore
        destinations = alert.destinations.indices.map { alert.destinations[$0] }
        sourceOffset = alert.sourceOffset
        sourceTimestamp = alert.sourceTimestamp
    }

    /// This alert as the engine would hold it, so that it can be written as a payload.
    package var banking: Alert {
        var alert = Alert()
        func append(_ text: String) -> Range<Int> {
            let bytes = Array(text.utf8)
            return alert.append(bytes.span)
        }
        alert.customerID = append(customerID)
        alert.rule = rule
        alert.ruleID = ruleID
        alert.ruleVersion = ruleVersion
        alert.isShadow = isShadow
        alert.kind = kind
        alert.severity = severity
        switch anchor {
        case .entry(let hash, let id): alert.anchor = .entry(accountHash: hash, id: append(id))
        case .date(let day): alert.anchor = .date(day)
        case .late(let day, let count): alert.anchor = .late(day, count)
        }
        alert.version = version
        alert.status = status
        alert.reasons = reasons
        alert.isTierChange = isTierChange
        alert.tierFrom = tierFrom
        alert.tierTo = tierTo
        alert.tierNow = tierNow
        alert.occurredAt = occurredAt
        alert.businessDate = businessDate
        alert.valueMinor = valueMinor
        alert.thresholdMinor = thresholdMinor
        alert.windowFrom = windowFrom
        alert.windowTo = windowTo
        alert.windowMicroseconds = windowMicroseconds
        alert.isNet = isNet
        alert.balanceBefore = balanceBefore
        alert.balanceAfter = balanceAfter
        alert.averageSum = averageSum
        alert.averageDays = averageDays
        for entry in evidence {
            let id = append(entry.id)
            let account = append(entry.account)
            alert.evidence.append(
                EvidenceEntry(
                    id: id, account: account, direction: entry.direction,
                    amountMinor: entry.amountMinor, kind: entry.kind, channel: entry.channel,
                    destination: entry.destination, time: entry.time, date: entry.date))
        }
        alert.evidenceMore = evidenceMore
        for index in destinations.indices { alert.destinations[index] = destinations[index] }
        alert.sourceOffset = sourceOffset
        alert.sourceTimestamp = sourceTimestamp
        return alert
    }
}

/// FNV-1a 64 of a text's bytes.
package func fnv1a64(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return hash
}
