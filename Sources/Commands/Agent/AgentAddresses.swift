import Glibc

/// An address to listen on or to be reached at.
struct Endpoint: Hashable, Sendable {
    var host: String
    var port: Int

    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Reads `host`, `host:port`, `[v6]:port`.
    init?(_ text: String, defaultPort: Int) {
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<close])
            let rest = text[text.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            guard let port = rest.isEmpty ? defaultPort : Int(rest.dropFirst()) else { return nil }
            self.port = port
        } else if text.filter({ $0 == ":" }).count == 1, let colon = text.firstIndex(of: ":") {
            guard let port = Int(text[text.index(after: colon)...]) else { return nil }
            host = String(text[..<colon])
            self.port = port
        } else {
            host = text
            port = defaultPort
        }
        guard !host.isEmpty, (1...65535).contains(port) else { return nil }
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Where the agent listens, and where it says that it can be reached.
struct AgentAddresses: Sendable {
    var http: [Endpoint]
    var rpc: Endpoint
    var advertisedHTTP: String
    var advertisedRPC: String

    init(_ configuration: AgentConfiguration) throws {
        func bound(_ specific: String) -> [String] {
            (specific.isEmpty ? configuration.bindAddr : specific).split(separator: " ").map(String.init)
        }
        let httpHosts = bound(configuration.addresses.http)
        http = httpHosts.map { Endpoint(host: $0, port: configuration.ports.http) }
        let rpcHost = bound(configuration.addresses.rpc).first ?? "0.0.0.0"
        rpc = Endpoint(host: rpcHost, port: configuration.ports.rpc)
        advertisedHTTP = try Self.advertised(
            configuration.advertise.http, bound: httpHosts.first ?? "0.0.0.0", port: configuration.ports.http, "http")
        advertisedRPC = try Self.advertised(
            configuration.advertise.rpc, bound: rpcHost, port: configuration.ports.rpc, "rpc")
    }

    /// What was configured; else the bound address; else, when bound to all of them, the machine's first one.
    private static func advertised(_ configured: String, bound: String, port: Int, _ name: String) throws -> String {
        if !configured.isEmpty {
            guard let endpoint = Endpoint(configured, defaultPort: port) else {
                throw CommandFailure(
                    "advertise.\(name) = \"\(configured)\" is not an address such as 10.0.0.1 or 10.0.0.1:\(port)")
            }
            return endpoint.text
        }
        let host = bound == "0.0.0.0" || bound == "::" ? firstAddress() : bound
        return Endpoint(host: host, port: port).text
    }

    /// The first IPv4 address of an interface that is up and not the loopback; the loopback's if there is none.
    private static func firstAddress() -> String {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return "127.0.0.1" }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
                entry.ifa_flags & UInt32(IFF_UP) != 0, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
            else { continue }
            var raw = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr
            var buffer = [CChar](repeating: 0, count: 64)
            guard inet_ntop(AF_INET, &raw, &buffer, socklen_t(buffer.count)) != nil else { continue }
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return "127.0.0.1"
    }
}
