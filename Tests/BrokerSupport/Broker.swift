// The Kafka that tests use: a cluster that is there already, or one started for this process and stopped at its end.
import Glibc

/// The shared broker of a test process.
package enum Broker {
    /// The helper that starts brokers, beside the checkout.
    package static let helper = packageRoot + "/../shared/kafka/kafka"

    /// Whether the helper is there.
    package static let helperExists = unsafe access(helper, X_OK) == 0

    /// Whether there is a broker to use.
    package static let isAvailable = given != nil || helperExists

    private static let given: String? = unsafe getenv("TIDEMARK_KAFKA").flatMap {
        unsafe String(cString: $0)
    }.flatMap { $0.isEmpty ? nil : $0 }

    /// Bootstrap servers; the first use starts the broker.
    package static let bootstrap = Result { try given ?? local.get().bootstrap }
    private static let local = Result { try LocalBroker() }
}

/// A broker with TLS, mutual TLS and access rules.
package enum SecureBroker {
    /// Whether one can be started.
    package static let isAvailable = Broker.helperExists
    /// The first use starts it.
    package static let shared = Result { try LocalBroker(secure: true) }
}

/// Three brokers that hold every partition, and may be killed.
package enum ThreeBrokers {
    /// Whether they can be started.
    package static let isAvailable = Broker.helperExists
    /// The first use starts them.
    package static let shared = Result { try LocalBroker("three", nodes: 3) }
}

/// A cluster that was started by this process; it ends with the value, or with the process.
///
/// Its folder is removed then, unless TIDEMARK_KEEP is set.
package final class LocalBroker: Sendable {
    /// Its data, logs and certificates.
    package let directory: String
    /// The plaintext listeners.
    package let bootstrap: String
    /// The numbers of its brokers.
    package let nodes: ClosedRange<Int>
    /// The shell that ends the brokers waits for the end of this pipe.
    private let leash: Int32

    /// Starts brokers on free ports and waits until they serve.
    ///
    /// - Parameters:
    ///   - diskMegabytes: Puts the data of each node on a disk of its own of this size.
    ///   - settings: Lines for the brokers' own settings.
    package init(
        _ name: String = "", nodes count: Int = 1, secure: Bool = false, diskMegabytes: Int? = nil,
        settings: [String] = []
    ) throws {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        let suffix = secure ? "-secure" : name.isEmpty ? "" : "-\(name)"
        directory = "\(parent)/tidemark-broker-\(getpid())\(suffix)"
        nodes = 1...count
        leash = try LocalBroker.endWithThisProcess(directory)
        if let diskMegabytes {
            for node in nodes {
                let folder = LocalBroker.dataFolder(directory, node)
                try SmallDisk.mount(at: folder, megabytes: diskMegabytes)
            }
        }
        let output = try run(
            Broker.helper,
            ["start", directory, "--nodes", "\(count)"] + (secure ? ["--secure"] : [])
                + settings.flatMap { ["--set", $0] })
        bootstrap =
            String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).last
            .map(String.init) ?? ""
        guard !bootstrap.isEmpty else { throw SystemError("start of a broker", 0) }
        if secure { try allowTidemark() }
    }

    deinit { close(leash) }

    /// What is done to a broker.
    package enum Fault: String, Sendable {
        /// SIGKILL.
        case kill
        /// SIGSTOP, until `resume`.
        case pause
        case resume
        /// Starts one that was killed, and waits until it serves.
        case restart
    }

    /// Does something to one broker.
    package func inflict(_ fault: Fault, on node: Int = 1) throws {
        try run(Broker.helper, [fault.rawValue, directory, "\(node)"])
    }

    /// Leaves not a byte free on a node's disk of its own.
    package func fillDisk(of node: Int = 1) throws {
        try SmallDisk.fill(dataFolder(of: node) + "/ballast")
    }

    /// Gives back what `fillDisk` has taken.
    package func freeDisk(of node: Int = 1) throws {
        try run("rm", ["-f", dataFolder(of: node) + "/ballast"])
    }

    /// What a node has written since it was started last.
    package func log(of node: Int = 1) -> String {
        let bytes = try? readFile("\(directory)/node\(node)/server.log")
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    private func dataFolder(of node: Int) -> String {
        LocalBroker.dataFolder(directory, node)
    }

    private static func dataFolder(_ directory: String, _ node: Int) -> String {
        "\(directory)/node\(node)/data"
    }

    /// Runs one of Kafka's own tools against these brokers.
    @discardableResult
    package func tool(_ name: String, _ arguments: [String]) throws -> String {
        let output = try run(Broker.helper, [name, "--bootstrap-server", bootstrap] + arguments)
        return String(decoding: output, as: UTF8.self)
    }

    /// Lets the user `tidemark`, by password or certificate, do everything.
    private func allowTidemark() throws {
        try run(
            Broker.helper,
            [
                "acls", "--bootstrap-server", bootstrap, "--add",
                "--allow-principal", "User:tidemark", "--allow-principal", "User:CN=tidemark",
                "--operation", "All", "--topic", "*", "--group", "*", "--transactional-id", "*",
                "--cluster",
            ])
    }

    /// Has a shell wait for the end of this process, however it comes, and then end the broker: the shell reads a pipe
    /// whose other end only this process holds.
    private static func endWithThisProcess(_ directory: String) throws -> Int32 {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("pipe", errno) }
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        for descriptor: Int32 in [1, 2] {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        // What is not mounted is no loss.
        let script =
            "read -r _; \"$0\" kill \"$1\"; umount \"$1\"/node*/data; "
            + "[ -n \"$TIDEMARK_KEEP\" ] || rm -rf \"$1\""
        try unsafe spawn(["setsid", "sh", "-c", script, Broker.helper, directory], &actions)
        close(ends[0])
        return ends[1]
    }
}

/// The folder that holds Package.swift.
package let packageRoot: String = {
    // Tests/BrokerSupport/<this file>
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}()
