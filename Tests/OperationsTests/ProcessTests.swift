// Addresses, names of variables, signals and the service manager.
import Glibc
import Operations
import Testing

@Suite("Process", .serialized)
struct ProcessTests {
    @Test(
        "addresses are read exactly",
        arguments: [
            ("127.0.0.1:8089", "127.0.0.1:8089", true), ("localhost:0", "127.0.0.1:0", true),
            ("[::1]:80", "[::1]:80", true), ("127.9.9.9:1", "127.9.9.9:1", true),
            ("0.0.0.0:65535", "0.0.0.0:65535", false), ("[::]:1", "[::]:1", false),
            ("10.0.0.1:1", "10.0.0.1:1", false), ("127.0.0.1", nil, false),
            ("127.0.0.1:65536", nil, false), ("127.0.0.1:+1", nil, false), (":80", nil, false),
            ("::1:80", nil, false), ("[127.0.0.1]:80", nil, false), ("example.com:80", nil, false),
            ("127.1:80", nil, false),
        ] as [(String, String?, Bool)])
    func addresses(_ text: String, _ expected: String?, _ isLoopback: Bool) {
        let address = ListenAddress(text)
        #expect(address?.description == expected)
        #expect(address?.isLoopback ?? false == isLoopback)
    }

    @Test("each environment variable names one setting, and none looks like a property's")
    func variables() {
        let names = Configuration.names.map(\.variable)
        #expect(Set(names).count == names.count)
        #expect(!names.contains { $0.hasPrefix("TIDEMARK_KAFKA_PROPERTIES") })
        #expect(!names.contains { $0.hasPrefix("TIDEMARK_KAFKA_SECRETS") })
        #expect(names.contains("TIDEMARK_BANK_IDLE_CLOSE_AFTER"))
    }

    @Test("a blocked signal waits until it is asked for")
    func signals() {
        var old = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, nil, &old)
        Signals.block()
        #expect(Signals.wait(milliseconds: 1) == nil)
        pthread_kill(pthread_self(), SIGHUP)
        #expect(Signals.wait(milliseconds: 1_000) == .hangup)
        pthread_kill(pthread_self(), SIGTERM)
        #expect(Signals.wait(milliseconds: 1_000) == .terminate)
        unsafe pthread_sigmask(SIG_SETMASK, &old, nil)
    }

    @Test("the service manager hears what is said to it")
    func serviceManager() throws {
        let scratch = Scratch([:])
        let path = scratch.path + "/notify"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            for (index, byte) in path.utf8.enumerated() { unsafe bytes[index] = byte }
        }
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
        unsafe setenv("NOTIFY_SOCKET", path, 1)
        unsafe setenv("WATCHDOG_USEC", "30000000", 1)
        defer {
            unsafe unsetenv("NOTIFY_SOCKET")
            unsafe unsetenv("WATCHDOG_USEC")
        }
        ServiceManager.ready()
        ServiceManager.stopping()
        var buffer = [UInt8](repeating: 0, count: 100)
        var heard: [String] = []
        for _ in 0..<2 {
            let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            heard.append(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
        }
        #expect(heard == ["READY=1", "STOPPING=1"])
        #expect(ServiceManager.watchdogMilliseconds == 15_000)
    }
}
