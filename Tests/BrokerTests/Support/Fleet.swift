// Processes of one application as a service manager keeps them: who ends is started again after a moment, unless the
// end says that only a person can help.
import BrokerSupport
import Glibc
import JSONSupport
import Testing

/// The processes of an application and what is done to them.
struct Fleet {
    /// One process, under a name that it keeps.
    struct Member {
        let instance: String
        let port: Int
        let workers: Int
        var child: Child?
        /// How much was written under its name before it was started last.
        var writtenBefore = 0
        /// When the service manager starts it again, in milliseconds.
        var startsAt = 0
        /// When it goes on after SIGSTOP; nil while it runs.
        var resumesAt: Int?
    }

    let deployment: Deployment
    var members: [Member]
    /// Ends that nobody has asked for, by exit code.
    private(set) var ends: [Int32: Int] = [:]
    private(set) var starts = 0

    /// Processes that have not been started.
    init(_ deployment: Deployment, _ processes: [(instance: String, workers: Int)]) throws {
        self.deployment = deployment
        members = try processes.map {
            Member(instance: $0.instance, port: try freePort(), workers: $0.workers)
        }
    }

    /// The service manager's turn: starts what should run, and lets go on what was stopped for long enough.
    mutating func turn() throws {
        let now = nowMilliseconds()
        for index in members.indices {
            if let resumesAt = members[index].resumesAt, now >= resumesAt { resume(index) }
            if let ending = members[index].child?.poll() {
                guard case .exited(let code) = ending, [69, 75].contains(code) else {
                    throw Breakdown(
                        "\(members[index].instance) ended with \(ending): "
                            + log(of: index).suffix(4000))
                }
                ends[code, default: 0] += 1
                members[index].child = nil
                members[index].startsAt = now + 1000
            }
            if members[index].child == nil, now >= members[index].startsAt { try start(index) }
        }
    }

    /// Starts a process that does not run.
    mutating func start(_ index: Int) throws {
        let member = members[index]
        members[index].writtenBefore = log(of: index).utf8.count
        members[index].child = try deployment.start(
            instance: member.instance, workers: member.workers, httpPort: member.port)
        members[index].resumesAt = nil
        starts += 1
    }

    /// SIGKILL; it is started again after `milliseconds`.
    mutating func kill(_ index: Int, startsIn milliseconds: Int = 0) {
        members[index].child?.killAndWait()
        members[index].child = nil
        members[index].resumesAt = nil
        members[index].startsAt = nowMilliseconds() + milliseconds
    }

    /// SIGSTOP for so long.
    mutating func pause(_ index: Int, milliseconds: Int) {
        members[index].child?.signal(SIGSTOP)
        members[index].resumesAt = nowMilliseconds() + milliseconds
    }

    /// SIGCONT.
    mutating func resume(_ index: Int) {
        members[index].child?.signal(SIGCONT)
        members[index].resumesAt = nil
    }

    /// SIGTERM; it must end with 0 in time.
    ///
    /// A process that has just been started may not have blocked the signal yet, and dies of it without a word: it writes
    /// its first only after that.
    mutating func stop(_ index: Int) throws {
        guard let child = members[index].child else { return }
        resume(index)
        child.signal(SIGTERM)
        let ending = child.wait(milliseconds: 11_000)
        let isSilent = log(of: index).utf8.count == members[index].writtenBefore
        guard ending == .exited(0) || isSilent && ending == .killed(SIGTERM) else {
            throw Breakdown(
                "\(members[index].instance) stopped with "
                    + "\(ending.map(\.description) ?? "nothing"): \(log(of: index).suffix(4000))")
        }
        members[index].child = nil
        members[index].startsAt = .max
    }

    /// Whether every process is ready and no record waits.
    func isCalm() -> Bool {
        let lags = members.map { lag(of: $0) }
        return lags.allSatisfy { $0 == 0 }
    }

    /// Records behind the ends of the partitions that a process has; nil while it is not ready.
    private func lag(of member: Member) -> Int? {
        guard member.child != nil, member.resumesAt == nil,
            (try? httpGet("/readyz", port: member.port).status) == 200,
            let tasks = try? httpGet("/api/tasks", port: member.port).json.array
        else { return nil }
        return tasks.reduce(0) { $0 + Int($1["lag_records"].integer ?? 1) }
    }

    /// Keeps turning until all is calm; returns the milliseconds it took, nil when they were over.
    mutating func settle(within milliseconds: Int) throws -> Int? {
        let began = nowMilliseconds()
        let topic = deployment.topics.input
        let gauge = try Gauge(at: deployment.bootstrap)
        while nowMilliseconds() - began < milliseconds {
            try turn()
            if isCalm() {
                let ends = try gauge.partitionEnds(of: topic)
                let committed = try committedOffsets(
                    of: deployment.name, topic, partitions: ends.count, at: deployment.bootstrap)
                let isDone = zip(ends, committed).allSatisfy { $0 == $1 || $0 == 0 }
                if isDone { return nowMilliseconds() - began }
            }
            usleep(100_000)
        }
        return nil
    }

    /// Stops everything.
    mutating func stopAll() throws { for index in members.indices { try stop(index) } }

    /// What /readyz says of a process, nil when it does not answer.
    func readiness(_ index: Int) -> (status: Int, text: String)? {
        guard let answer = try? httpGet("/readyz", port: members[index].port) else { return nil }
        return (answer.status, answer.text)
    }

    /// Waits until the first process says that it is not ready, with `text` in the reason.
    func expectNotReady(saying text: String = "") {
        let port = members[0].port
        let isTold = eventually(within: 30_000, every: 200) { isReady(port: port, saying: text) }
        #expect(isTold, "\(readinessText(port: port))")
    }

    /// What there is to say of processes that do not come to rest: what each tells, and the end of what it has written.
    func plight() -> String {
        members.indices.map { index in
            let ready = readinessText(port: members[index].port)
            let lines = log(of: index).split(separator: "\n").filter {
                !$0.contains("facility=FAIL")
            }
            return "\(members[index].instance): \(ready)\n"
                + lines.suffix(60).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// What a process has written.
    func log(of index: Int) -> String {
        let path = deployment.scratch.file("\(members[index].instance).err")
        return (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
