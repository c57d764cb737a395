// A running daemon with its HTTP server: the daemon on a thread of its own, signals on the main one.
import Kafka
import Operations
import Pipeline
import Synchronization

/// A daemon, what it serves, and how it is stopped.
final class Service: Sendable {
    let daemon: Daemon
    /// Where HTTP is served.
    let address: ListenAddress
    private let server: Mutex<HTTPServer?>
    private let log: Log
    /// Nil while the daemon runs.
    private let end = Mutex<Result<Void, ExitError>?>(nil)

    /// Takes the HTTP address; the daemon does not run yet.
    ///
    /// The daemon's lines go to `sink`, those of the service to `log`.
    init(_ configuration: Configuration, _ log: Log, sink: LogSink) throws(Failure) {
        daemon = Daemon(settings: configuration.settings, log: sink)
        self.log = log
        let server = try Site.serve(
            Facts(daemon: daemon, rules: configuration.rules), configuration.http)
        address = server.address
        self.server = Mutex(server)
    }

    /// Starts the daemon on its thread.
    func start(untilCaughtUp: Bool = false) {
        Thread(name: "daemon") {
            let result: Result<Void, ExitError>
            do throws(ExitError) {
                try self.daemon.run(untilCaughtUp: untilCaughtUp)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            self.end.withLock { $0 = result }
        }.detach()
    }

    /// Whether the daemon has ended.
    var hasEnded: Bool { end.withLock { $0 != nil } }

    /// Runs the daemon to its end: a signal, all caught up, or an error, which is thrown.
    func run(untilCaughtUp: Bool) throws(Failure) {
        start(untilCaughtUp: untilCaughtUp)
        var wasReady = false
        Signals.supervise(
            isDone: {
                if !wasReady, case .ready = daemon.readiness {
                    wasReady = true
                    ServiceManager.ready()
                    log.info("ready")
                }
                return hasEnded
            },
            isAlive: { daemon.isAlive },
            onHangup: {
                log.notice("rules are read at start in this version; restart to read them")
            },
            stop: { signal in
                log.info("stopping", [("signal", "\(signal)")])
                daemon.stop()
            })
        try finish()
    }

    /// Stops serving, and throws what the daemon ended with.
    func finish() throws(Failure) {
        server.withLock { $0?.stop() }
        guard case .failure(let error) = end.withLock({ $0 }) else { return }
        throw Failure(error)
    }
}
