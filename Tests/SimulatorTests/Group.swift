// The group's coordinator, and the part of the consumer that speaks with it behind the worker's back: heartbeats,
// sessions that expire, static members that a namesake replaces, and rebalances in which all give their partitions
// back before they are spread anew.
import Kafka

@testable import Pipeline

/// What the consumer's own thread knows of the group.
final class GroupClient {
    let instance: String
    let machine: SimMachine
    /// Whether the process is there to send heartbeats.
    var isAlive = true
    var member = 0
    var generation = 0
    /// What it was told to own, or is about to be.
    var owned: [Int32] = []
    /// Rebalances that the worker has not seen.
    var events: [Rebalance] = []
    /// A rebalance that the worker has not answered by `assign` or `unassign`.
    var isAsked = false
    /// What was the answer to have been.
    var isGivingUp = false
    /// Whether a namesake has taken its place.
    var isFenced = false
    var lastPoll: Int64 = 0

    init(_ instance: String, _ machine: SimMachine) {
        self.instance = instance
        self.machine = machine
        lastPoll = machine.strands.now
    }

    var identity: MemberIdentity {
        MemberIdentity(instance: instance, member: member, generation: generation)
    }

    func ask(_ event: Rebalance) {
        events.append(event)
        isAsked = true
    }

    /// The worker has called `assign` or `unassign`.
    func answer() {
        guard events.isEmpty, isAsked else { return }
        isAsked = false
        if isGivingUp { owned = [] }
        isGivingUp = false
    }
}

/// The coordinator of the one group.
final class Group {
    private struct Member {
        var id: Int
        var client: GroupClient
        var lastHeartbeat: Int64
        var hasJoined = false
    }

    static let sessionTimeout: Int64 = 10_000_000
    static let pollInterval: Int64 = 60_000_000
    private static let heartbeat: Int64 = 250_000

    private let strands: Strands
    private let partitions: Int
    private var members: [Member] = []
    private var clients: [GroupClient] = []
    private var generation = 0
    private var ids = 0
    /// When the rebalance began that is under way.
    private var preparingSince: Int64?

    init(_ strands: Strands, partitions: Int) {
        self.strands = strands
        self.partitions = partitions
        tick()
    }

    /// A consumer subscribes.
    func add(_ client: GroupClient) {
        clients.append(client)
        join(client)
    }

    func check(_ identity: MemberIdentity) throws(Refusal) {
        guard let member = members.first(where: { $0.client.instance == identity.instance }) else {
            throw .otherGeneration
        }
        guard member.id == identity.member else { throw .fencedInstance }
        guard identity.generation == generation else { throw .otherGeneration }
    }

    /// Everybody gives back and gets anew.
    func rebalance() {
        if preparingSince == nil { preparingSince = strands.now }
        for index in members.indices { members[index].hasJoined = false }
    }

    /// A request to join is met once more that a member sent long ago: the new member has its place, and is nobody.
    ///
    /// Returns whether the member had a place.
    func shadow(_ client: GroupClient) -> Bool {
        guard let at = members.firstIndex(where: { $0.id == client.member }) else { return false }
        ids += 1
        members[at].id = ids
        return true
    }

    private func join(_ client: GroupClient) {
        ids += 1
        client.member = ids
        let member = Member(id: ids, client: client, lastHeartbeat: strands.now)
        guard let at = members.firstIndex(where: { $0.client.instance == client.instance }) else {
            members.append(member)
            rebalance()
            return
        }
        let owned = members[at].client.owned
        members[at] = member
        // A static member that comes back gets what it had, and nobody else learns of it.
        if preparingSince == nil {
            client.generation = generation
            client.owned = owned
            client.ask(.assigned(owned))
        }
    }

    private func tick() {
        for client in clients where client.isAlive && client.machine.pausedUntil <= strands.now {
            heartbeat(client)
        }
        clients.removeAll { !$0.isAlive || $0.isFenced }
        let count = members.count
        members.removeAll { strands.now - $0.lastHeartbeat > Group.sessionTimeout }
        if members.count < count { rebalance() }
        if let preparingSince { spread(preparingSince) }
        strands.after(Group.heartbeat) { [unowned self] in tick() }
    }

    private func heartbeat(_ client: GroupClient) {
        guard let at = members.firstIndex(where: { $0.client.instance == client.instance }) else {
            lose(client)
            return
        }
        guard members[at].id == client.member else {
            client.isFenced = true
            return
        }
        if strands.now - client.lastPoll > Group.pollInterval {
            members.remove(at: at)
            rebalance()
            lose(client)
            return
        }
        members[at].lastHeartbeat = strands.now
        guard preparingSince != nil, !members[at].hasJoined, !client.isAsked else { return }
        if client.owned.isEmpty {
            members[at].hasJoined = true
        } else {
            client.isGivingUp = true
            client.ask(.revoked(client.owned))
        }
    }

    /// The group has forgotten the client; it joins anew once the worker knows.
    private func lose(_ client: GroupClient) {
        if client.isAsked { return }
        if client.owned.isEmpty {
            client.lastPoll = strands.now
            join(client)
        } else {
            client.isGivingUp = true
            client.ask(.lost(client.owned))
        }
    }

    /// Ends the rebalance when all have joined, or those that have not have had their time.
    private func spread(_ since: Int64) {
        if strands.now - since > Group.pollInterval { members.removeAll { !$0.hasJoined } }
        guard !members.isEmpty, members.allSatisfy(\.hasJoined) else { return }
        preparingSince = nil
        generation += 1
        let sorted = members.map(\.client).sorted { $0.instance < $1.instance }
        for (place, client) in sorted.enumerated() {
            let from = partitions * place / sorted.count
            let to = partitions * (place + 1) / sorted.count
            client.generation = generation
            client.owned = (from..<to).map { Int32($0) }
            client.ask(.assigned(client.owned))
        }
    }
}
