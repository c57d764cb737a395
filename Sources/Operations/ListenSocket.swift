// The socket on which HTTP listens. It is made here and not by the library, for the system's own words when the
// address cannot be taken, and for the port when a free one was asked for.
import Glibc

/// A listening socket.
struct ListenSocket {
    let descriptor: Int32
    /// With the port that was taken.
    let address: ListenAddress

    /// Listens on `wanted`; ends with 69 when that is not possible.
    static func open(_ wanted: ListenAddress) throws(Failure) -> ListenSocket {
        let family = wanted.isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(
            family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0)
        guard descriptor >= 0 else { throw failure(wanted, errno) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if wanted.isIPv6 {
            unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size)
        }
        let port = wanted.isIPv6 ? bindIPv6(descriptor, wanted) : bindIPv4(descriptor, wanted)
        guard let port, listen(descriptor, 64) == 0 else {
            let number = errno
            close(descriptor)
            throw failure(wanted, number)
        }
        return ListenSocket(
            descriptor: descriptor, address: ListenAddress(host: wanted.host, port: port))
    }

    /// Binds; the port taken, or nil with `errno`.
    private static func bindIPv4(_ descriptor: Int32, _ wanted: ListenAddress) -> UInt16? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.port.bigEndian
        _ = unsafe inet_pton(AF_INET, wanted.host, &address.sin_addr)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe bind(descriptor, UnsafeMutableRawPointer($0), MemoryLayout<sockaddr_in>.size)
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : nil
    }

    /// Binds; the port taken, or nil with `errno`.
    private static func bindIPv6(_ descriptor: Int32, _ wanted: ListenAddress) -> UInt16? {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = wanted.port.bigEndian
        _ = unsafe inet_pton(AF_INET6, wanted.host, &address.sin6_addr)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe bind(descriptor, UnsafeMutableRawPointer($0), MemoryLayout<sockaddr_in6>.size)
        }
        return isBound ? UInt16(bigEndian: address.sin6_port) : nil
    }

    /// Binds to the address at `raw` and writes back what was taken.
    private static func bind(
        _ descriptor: Int32, _ raw: UnsafeMutableRawPointer, _ size: Int
    ) -> Bool {
        let address = unsafe raw.assumingMemoryBound(to: sockaddr.self)
        var length = socklen_t(size)
        guard unsafe Glibc.bind(descriptor, address, length) == 0 else { return false }
        return unsafe getsockname(descriptor, address, &length) == 0
    }

    private static func failure(_ wanted: ListenAddress, _ number: Int32) -> Failure {
        let advice =
            number == EADDRINUSE
            ? "another program listens there; set http.listen, with port 0 for a free one"
            : "set http.listen to an address of this machine"
        return Failure(.unavailable, "http.listen \(wanted): \(errorText(number)): \(advice)")
    }
}
