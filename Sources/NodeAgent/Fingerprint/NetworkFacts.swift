import Model

/// The machine's network interfaces, and which of them tasks use.
struct NetworkFacts: Hashable, Sendable {
    struct Interface: Hashable, Sendable {
        var name: String
        var hardwareAddress = ""
        var addresses: [Address] = []
        var isUp = true
    }

    struct Address: Hashable, Sendable {
        var text: String
        var isIPv6: Bool { text.contains(":") }
        /// Only good on the wire that it is on.
        var isLinkLocal: Bool {
            let lower = text.lowercased()
            return lower.hasPrefix("169.254.")
                || ["fe8", "fe9", "fea", "feb"].contains { lower.hasPrefix($0) }
        }
    }

    var interfaces: [Interface]

    /// The interface of the default route with the lowest metric, from `/proc/net/route`.
    static func defaultInterface(routes: String) -> String? {
        var best: (metric: Int, name: String)?
        for line in routes.split(separator: "\n").dropFirst() {
            let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            guard fields.count > 7, fields[1] == "00000000", fields[7] == "00000000", let metric = Int(fields[6])
            else { continue }
            if best == nil || metric < (best?.metric ?? 0) { best = (metric, String(fields[0])) }
        }
        return best?.name
    }

    /// The interface to use: the wished one, else the default route's, else the first that is up and no
    /// loopback, else the loopback.
    func choose(wished: String?, routed: String?) -> Interface? {
        if let wished { return interfaces.first { $0.name == wished } }
        if let routed, let found = interfaces.first(where: { $0.name == routed && !$0.addresses.isEmpty }) {
            return found
        }
        return interfaces.first { $0.isUp && $0.name != "lo" && !$0.addresses.isEmpty }
            ?? interfaces.first { $0.name == "lo" }
    }
}

extension NetworkFacts.Interface {
    /// Addresses that others can reach; link-local ones only if there are no others.
    var usable: [NetworkFacts.Address] {
        let good = addresses.filter { !$0.isLinkLocal }
        return good.isEmpty ? addresses : good
    }

    /// The address that tasks get: the first of version 4, else the first.
    var primary: String? { (usable.first { !$0.isIPv6 } ?? usable.first)?.text }

    /// The form of old: a network per address.
    func specifications(speed: Int) -> [NetworkSpec] {
        let ordered = usable.filter { !$0.isIPv6 } + usable.filter(\.isIPv6)
        return ordered.map { address in
            var network = NetworkSpec()
            network.mode = "host"
            network.device = name
            network.ip = address.text
            network.cidr = address.text + (address.isIPv6 ? "/128" : "/32")
            network.mBits = speed
            return network
        }
    }

    /// The interface with those addresses that have a name: `default` ones if it is the chosen interface, and
    /// those of host networks.
    func nodeNetwork(
        speed: Int, isDefault: Bool, hostNetworks: [NodeAgentConfiguration.HostNetwork], reservedPorts: String
    ) -> NodeNetwork? {
        var network = NodeNetwork()
        network.device = name
        network.macAddress = hardwareAddress
        network.speed = speed
        func add(_ address: NetworkFacts.Address, _ alias: String, _ reserved: String) {
            var entry = NodeAddress()
            entry.family = address.isIPv6 ? "ipv6" : "ipv4"
            entry.alias = alias
            entry.address = address.text
            entry.reservedPorts = reserved
            network.addresses.append(entry)
        }
        if isDefault { for address in usable { add(address, "default", reservedPorts) } }
        for hostNetwork in hostNetworks {
            for address in usable {
                let byName = hostNetwork.interface.isEmpty || hostNetwork.interface == name
                let byRange = hostNetwork.cidr.isEmpty || AddressRange(hostNetwork.cidr)?.contains(address.text) == true
                let isMeant = !(hostNetwork.interface.isEmpty && hostNetwork.cidr.isEmpty)
                if byName, byRange, isMeant { add(address, hostNetwork.name, hostNetwork.reservedPorts) }
            }
        }
        return network.addresses.isEmpty ? nil : network
    }
}

/// A range of addresses such as `10.0.0.0/8` or `fd00::/8`.
struct AddressRange: Hashable, Sendable {
    private let bytes: [UInt8]
    private let bits: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let bytes = AddressBytes.parse(String(parts[0])), let bits = Int(parts[1]),
            (0...(bytes.count * 8)).contains(bits)
        else { return nil }
        self.bytes = bytes
        self.bits = bits
    }

    func contains(_ address: String) -> Bool {
        guard let other = AddressBytes.parse(address), other.count == bytes.count else { return false }
        for at in 0..<bits where bytes[at / 8] >> (7 - UInt8(at % 8)) & 1 != other[at / 8] >> (7 - UInt8(at % 8)) & 1 {
            return false
        }
        return true
    }
}
