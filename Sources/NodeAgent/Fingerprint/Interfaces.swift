import Glibc

/// Addresses as the kernel has them.
enum AddressBytes {
    /// 4 or 16 bytes; nil if the text is no address.
    static func parse(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}

extension NetworkFacts {
    /// Asks the kernel. Blocks for a moment.
    static func read() -> NetworkFacts {
        var byName: [String: Interface] = [:]
        var names: [String] = []
        var head: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&head) == 0 else { return NetworkFacts(interfaces: []) }
        defer { freeifaddrs(head) }
        var next = head
        while let entry = next {
            let name = String(cString: entry.pointee.ifa_name)
            if byName[name] == nil {
                names.append(name)
                var hardware = (HostPath.text("/sys/class/net/\(name)/address") ?? "").filter { !$0.isWhitespace }
                if hardware == "00:00:00:00:00:00" { hardware = "" }
                let isUp = entry.pointee.ifa_flags & UInt32(IFF_UP) != 0
                byName[name] = Interface(name: name, hardwareAddress: hardware, isUp: isUp)
            }
            if let text = address(entry.pointee.ifa_addr) { byName[name]?.addresses.append(Address(text: text)) }
            next = entry.pointee.ifa_next
        }
        return NetworkFacts(interfaces: names.compactMap { byName[$0] })
    }

    private static func address(_ pointer: UnsafeMutablePointer<sockaddr>?) -> String? {
        guard let pointer else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = Int32(pointer.pointee.sa_family)
        let found: Bool
        switch family {
        case AF_INET:
            found = pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                inet_ntop(AF_INET, &$0.pointee.sin_addr, &text, socklen_t(text.count)) != nil
            }
        case AF_INET6:
            found = pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                inet_ntop(AF_INET6, &$0.pointee.sin6_addr, &text, socklen_t(text.count)) != nil
            }
        default: return nil
        }
        return found ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// Mbit/s that the interface says it has, nil if it doesn't.
    static func speed(of name: String) -> Int? {
        guard let text = HostPath.text("/sys/class/net/\(name)/speed"),
            let speed = Int(text.filter { !$0.isWhitespace }),
            speed > 0
        else { return nil }
        return speed
    }
}
