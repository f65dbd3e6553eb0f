import Base
import Model

/// The network of a group in mode "bridge": a namespace of its own, a bridge on the host, ports mapped into it.
struct BridgeNetwork: Sendable {
    var bridge: String
    var subnet: String
    var plugin: CNIPlugin
    /// Ports to map: host port, port inside, address on the host (empty for all).
    var ports: [(host: Int, inside: Int, ip: String)]

    static let interface = "eth0"
    static let plugins = ["loopback", "bridge", "firewall", "portmap", "host-local"]
    /// Chain where operators put their own rules.
    static let adminChain = "CARAVAN-ADMIN"

    /// The plugins' configurations in the order of ADD, without what comes from the plugin before.
    var chain: [JSON] {
        let mappings = ports.flatMap { port in
            ["tcp", "udp"].map { protocolName -> JSON in
                var mapping: JSONObject = [
                    "hostPort": .int(Int64(port.host)), "containerPort": .int(Int64(port.inside)),
                    "protocol": .string(protocolName),
                ]
                if !port.ip.isEmpty { mapping["hostIP"] = .string(port.ip) }
                return .object(mapping)
            }
        }
        return [
            ["type": "loopback"],
            [
                "type": "bridge", "bridge": .string(bridge), "ipMasq": true, "isGateway": true, "forceAddress": true,
                "hairpinMode": false,
                "ipam": [
                    "type": "host-local", "ranges": [[["subnet": .string(subnet)]]], "routes": [["dst": "0.0.0.0/0"]],
                ],
            ],
            ["type": "firewall", "backend": "iptables", "iptablesAdminChainName": .string(Self.adminChain)],
            [
                "type": "portmap", "capabilities": ["portMappings": true], "snat": true,
                "runtimeConfig": ["portMappings": .array(mappings)],
            ],
        ]
    }

    private func complete(_ configuration: JSON, after previous: JSON) -> JSON {
        var configuration = configuration
        configuration["cniVersion"] = .string(CNIPlugin.version)
        configuration["name"] = .string(bridge)
        if !previous.isNull { configuration["prevResult"] = previous }
        return configuration
    }

    /// Makes namespace, interface and mappings. Takes back what it made if something fails.
    func add() throws -> NetworkStatus {
        let missing = plugin.missing(Self.plugins)
        if !missing.isEmpty {
            throw CNIError(
                message:
                    "network mode \"bridge\" needs the CNI plugins \(missing.joined(separator: ", ")), which are not "
                    + "in \(plugin.path.joined(separator: ", ")); install them (Debian: containernetworking-plugins) or "
                    + "set client.cni_path")
        }
        try plugin.namespace.create()
        do {
            var result = JSON.null
            for configuration in chain {
                let isLoopback = configuration["type"] == "loopback"
                let said = try plugin.run(
                    "ADD", complete(configuration, after: result), interface: isLoopback ? "lo" : Self.interface)
                if !isLoopback, !said.isNull { result = said }
            }
            return try Self.status(result)
        } catch {
            remove()
            throw error
        }
    }

    /// The group's address in the plugins' result.
    static func status(_ result: JSON) throws -> NetworkStatus {
        var status = NetworkStatus()
        status.interfaceName = interface
        for entry in result["ips"]?.arrayValue ?? [] {
            let address = String((entry["address"]?.stringValue ?? "").prefix { $0 != "/" })
            if address.contains(":") {
                if status.addressIPv6.isEmpty { status.addressIPv6 = address }
            } else if status.address.isEmpty {
                status.address = address
            }
        }
        if status.address.isEmpty, status.addressIPv6.isEmpty {
            throw CNIError(message: "the CNI plugins gave no address: \(result.text)")
        }
        return status
    }

    /// Takes everything down; goes on over failures and returns them.
    @discardableResult func remove() -> [String] {
        var failures: [String] = []
        for configuration in chain.reversed() {
            let isLoopback = configuration["type"] == "loopback"
            do {
                _ = try plugin.run(
                    "DEL", complete(configuration, after: .null), interface: isLoopback ? "lo" : Self.interface)
            } catch { failures.append("\(error)") }
        }
        do { try plugin.namespace.remove() } catch { failures.append("\(error)") }
        return failures
    }
}
