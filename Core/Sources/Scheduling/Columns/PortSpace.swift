import Model
import State

/// The addresses of a node and which of their ports are taken.
struct PortSpace: Sendable {
    struct Address: Sendable {
        var ip: String
        var device: String
        /// The host network's name, `default` unless the operator gave one.
        var network: String
        var isIPv6: Bool
        /// Kept from allocations by the operator, ascending.
        var reserved: [UInt16]
        /// Taken by allocations, ascending.
        var used: [UInt16] = []
    }

    private(set) var addresses: [Address] = []
    /// Taken on all addresses: ports of allocations that name none, or one the node no longer has.
    private(set) var usedEverywhere: [UInt16] = []
    /// Something is taken, or was since it was loaded.
    private var isUsed = false
    let dynamicMin: Int
    let dynamicMax: Int

    init(_ node: Node) {
        let resources = node.nodeResources
        dynamicMin = max(1, resources.minDynamicPort)
        dynamicMax = min(65535, resources.maxDynamicPort)
        let reserved = Self.ports(node.reservedResources.networks.reservedHostPorts)
        for network in resources.nodeNetworks {
            for address in network.addresses {
                add(address.address, network.device, address.alias, reserved, Self.ports(address.reservedPorts))
            }
        }
        guard addresses.isEmpty else { return }
        for network in resources.networks where !network.ip.isEmpty {
            add(network.ip, network.device, "default", reserved, [])
        }
    }

    private mutating func add(
        _ ip: String, _ device: String, _ network: String, _ reserved: [UInt16], _ own: [UInt16]
    ) {
        let all = own.isEmpty ? reserved : (reserved + own).sorted()
        addresses.append(
            Address(
                ip: ip, device: device, network: network.isEmpty ? "default" : network, isIPv6: ip.contains(":"),
                reserved: all))
    }

    /// The ports of `22,80,8000-9000`, ascending; parts that are no ports are left out.
    static func ports(_ text: String) -> [UInt16] {
        var ports: [UInt16] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { end in UInt16(end.filter { $0 != " " }) }
            guard let low = ends.first, let high = ends.last, low <= high else { continue }
            ports += low...high
        }
        return ports.sorted()
    }

    /// Takes over what allocations hold. Returns whether that is anything.
    mutating func load(_ use: NodeUse) -> Bool {
        if use.ports.isEmpty, !isUsed { return false }
        isUsed = !use.ports.isEmpty
        for at in addresses.indices { addresses[at].used = [] }
        usedEverywhere = []
        for held in use.ports {
            if let at = addresses.firstIndex(where: { $0.ip == held.address }) {
                addresses[at].used = held.ports
            } else {
                usedEverywhere = usedEverywhere.isEmpty ? held.ports : (usedEverywhere + held.ports).sorted()
            }
        }
        return isUsed
    }

    /// The addresses of a host network that ports may be given on: those of the first one's family.
    ///
    /// A network's IPv6 address is no second chance for a static port that is taken on its IPv4 address:
    /// who asked for port 80 would be surprised to be found on the other family only.
    func choices(_ network: String) -> [Int] {
        let name = network.isEmpty ? "default" : network
        guard let first = addresses.firstIndex(where: { $0.network == name }) else { return [] }
        return addresses.indices.filter {
            addresses[$0].network == name && addresses[$0].isIPv6 == addresses[first].isIPv6
        }
    }

    func isFree(_ port: UInt16, at: Int) -> Bool {
        !addresses[at].used.holds(port) && !addresses[at].reserved.holds(port) && !usedEverywhere.holds(port)
    }

    /// How many dynamic ports of an address are certainly free.
    func freeDynamic(at: Int) -> Int {
        let range = UInt16(clamping: dynamicMin)...UInt16(clamping: max(dynamicMin, dynamicMax))
        let taken =
            addresses[at].used.count(in: range) + addresses[at].reserved.count(in: range)
            + usedEverywhere.count(in: range)
        return dynamicMax - dynamicMin + 1 - taken
    }

    /// The addresses' index of an IP; nil when the node has none of that name.
    func address(_ ip: String) -> Int? { addresses.firstIndex { $0.ip == ip } }

    mutating func take(_ port: UInt16, on ip: String) {
        isUsed = true
        if let at = address(ip) { addresses[at].used.insertSorted(port) } else { usedEverywhere.insertSorted(port) }
    }

    mutating func give(_ port: UInt16, on ip: String) {
        if let at = address(ip) { addresses[at].used.removeSorted(port) } else { usedEverywhere.removeSorted(port) }
    }
}

extension [UInt16] {
    /// Where the element is or belongs in the ascending list.
    private func position(_ port: UInt16) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < port { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func holds(_ port: UInt16) -> Bool {
        let at = position(port)
        return at < count && self[at] == port
    }

    func count(in range: ClosedRange<UInt16>) -> Int {
        let end = range.upperBound == .max ? count : position(range.upperBound + 1)
        return end - position(range.lowerBound)
    }

    mutating func insertSorted(_ port: UInt16) { insert(port, at: position(port)) }

    mutating func removeSorted(_ port: UInt16) {
        let at = position(port)
        if at < count, self[at] == port { remove(at: at) }
    }
}
