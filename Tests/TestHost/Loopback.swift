import Glibc
import Synchronization

/// Ports of the loopback interface, for tests of whatever listens on one.
///
/// They lie below those that agents give to tasks and the kernel to connections: one of these could be taken between
/// the moment a test chooses it and the moment somebody listens on it.
public enum Loopback {
    private static let ports = 10_000..<20_000
    /// Test programs that run side by side begin in different places.
    private static let last = Mutex(ports.lowerBound + Int(getpid()) % 1000 * 9)

    /// A port that nobody listens on now, another one at each call.
    public static func freePort() -> Int {
        while true {
            let port = last.withLock { last in
                last = last + 1 < ports.upperBound ? last + 1 : ports.lowerBound
                return last
            }
            if succeeds(port, bind) { return port }
        }
    }

    /// Whether somebody listens on a port.
    public static func answers(_ port: Int) -> Bool { succeeds(port, connect) }

    private static func succeeds(
        _ port: Int, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
