import Base
import Model

/// A chain of network plugins that gives a namespace its interface and maps ports into it: the built-in one of
/// mode "bridge", or one that the operator wrote down for mode "cni/<name>".
struct GroupNetwork: Sendable {
    /// A port to map.
    struct Port: Hashable, Sendable {
        var host: Int
        var inside: Int
        /// Address on the host; empty for all.
        var ip: String
    }

    var name: String
    /// Version of the Container Network Interface that the configurations are written for.
    var version: String
    /// The plugins' configurations in the order of ADD, without what comes from the plugin before.
    var chain: [JSON]
    var plugin: CNIPlugin
    var ports: [Port]
    /// File that keeps the plugins' result while the network is there: what takes it down needs it, also after a
    /// restart of the agent.
    var record: String
    /// The bridge that groups share; nil where the operator's own configuration says what there is.
    var host: HostBridge?

    static let interface = "eth0"

    private var portMappings: JSON {
        .array(
            ports.flatMap { port in
                ["tcp", "udp"].map { protocolName -> JSON in
                    var mapping: JSONObject = [
                        "hostPort": .int(Int64(port.host)), "containerPort": .int(Int64(port.inside)),
                        "protocol": .string(protocolName),
                    ]
                    if !port.ip.isEmpty { mapping["hostIP"] = .string(port.ip) }
                    return .object(mapping)
                }
            })
    }

    func complete(_ configuration: JSON, after previous: JSON) -> JSON {
        var configuration = configuration
        configuration["cniVersion"] = .string(version)
        configuration["name"] = .string(name)
        if configuration["capabilities"]?["portMappings"]?.boolValue == true {
            configuration["runtimeConfig"] = ["portMappings": portMappings]
        }
        if !previous.isNull { configuration["prevResult"] = previous }
        return configuration
    }

    /// Gives the namespace its interface and mappings. Takes back what it made if something fails.
    func add() throws -> NetworkStatus {
        guard let host else { return try addAlone() }
        return try host.using { try addAlone() }
    }

    private func addAlone() throws -> NetworkStatus {
        let missing = plugin.missing(chain.compactMap { $0["type"]?.stringValue })
        if !missing.isEmpty {
            throw CNIError(
                message:
                    "network \"\(name)\" needs the CNI plugins \(missing.joined(separator: ", ")), which are not in "
                    + "\(plugin.path.joined(separator: ", ")); install them (Debian: containernetworking-plugins) or "
                    + "set client.cni_path")
        }
        var result = JSON.null
        do {
            for configuration in chain {
                let isLoopback = configuration["type"] == "loopback"
                let said = try plugin.run(
                    "ADD", complete(configuration, after: isLoopback ? .null : result),
                    interface: isLoopback ? "lo" : Self.interface)
                if !isLoopback, !said.isNull { result = said }
            }
            let status = try Self.status(result)
            try keep(result)
            return status
        } catch {
            // The plugins take back what they know of.
            try? keep(result)
            removeAlone()
            throw error
        }
    }

    private func keep(_ result: JSON) throws {
        if result.isNull { return }
        try HostPath.makeDirectories(String(record.prefix(upTo: record.lastIndex(of: "/") ?? record.endIndex)))
        try HostPath.write(result.bytes(), to: record, mode: 0o600)
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
            throw CNIError(message: "failed to configure network: no interface with an address")
        }
        if let dns = result["dns"] {
            var found = DNSSpec()
            func texts(_ name: String) -> [String] { (dns[name]?.arrayValue ?? []).compactMap(\.stringValue) }
            (found.servers, found.searches, found.options) = (texts("nameservers"), texts("search"), texts("options"))
            if found != DNSSpec() { status.dns = found }
        }
        return status
    }

    /// Takes everything down but the namespace; goes on over failures and returns them.
    func remove() -> [String] {
        guard let host else { return removeAlone() }
        var failures: [String] = []
        do {
            failures = try host.using { removeAlone() }
            try host.tidy()
        } catch { failures.append("\(error)") }
        return failures
    }

    @discardableResult private func removeAlone() -> [String] {
        var failures: [String] = []
        // The packet filter's rules of a group are found by its addresses.
        let result = (try? JSON(parsing: HostPath.read(record))) ?? .null
        for configuration in chain.reversed() {
            let isLoopback = configuration["type"] == "loopback"
            do {
                _ = try plugin.run(
                    "DEL", complete(configuration, after: isLoopback ? .null : result),
                    interface: isLoopback ? "lo" : Self.interface)
            } catch { failures.append("\(error)") }
        }
        try? HostPath.remove(record)
        return failures
    }
}

extension GroupNetwork {
    // MARK: - Mode "bridge"

    static let bridgePlugins = ["loopback", "bridge", "firewall", "portmap", "host-local"]
    /// Chain where operators put their own rules.
    static let adminChain = "CARAVAN-ADMIN"
    /// Where the plugins write down which addresses they gave out.
    static let dataDirectory = "/var/run/cni"

    /// A bridge on the host, an address of a subnet, ports mapped by the packet filter.
    static func bridge(
        _ bridge: String, subnet: String, hairpin: Bool, plugin: CNIPlugin, ports: [Port], record: String
    ) -> GroupNetwork {
        GroupNetwork(
            name: bridge, version: CNIPlugin.version,
            chain: [
                ["type": "loopback"],
                [
                    "type": "bridge", "bridge": .string(bridge), "ipMasq": true, "isGateway": true,
                    "forceAddress": true, "hairpinMode": .bool(hairpin),
                    "ipam": [
                        "type": "host-local", "ranges": [[["subnet": .string(subnet)]]],
                        "routes": [["dst": "0.0.0.0/0"]], "dataDir": .string(dataDirectory),
                    ],
                ],
                ["type": "firewall", "backend": "iptables", "iptablesAdminChainName": .string(adminChain)],
                ["type": "portmap", "capabilities": ["portMappings": true], "snat": true],
            ], plugin: plugin, ports: ports, record: record, host: HostBridge(name: bridge))
    }
}

/// The networks that an operator wrote down: files of a directory, in the form of the Container Network Interface.
struct NetworkConfigurations: Sendable {
    let directory: String

    private static let endings = [".conf", ".conflist", ".json"]

    /// A name and the chain of its plugins.
    struct Entry: Hashable, Sendable {
        var name: String
        var version: String
        var chain: [JSON]
    }

    /// All that can be read, in order of the files; of two with one name the first counts. What can't be read is
    /// in `faults`, with its place.
    func read() -> (entries: [Entry], faults: [String]) {
        var entries: [Entry] = []
        var faults: [String] = []
        for name in (try? HostPath.names(directory)) ?? [] where Self.endings.contains(where: name.hasSuffix) {
            let path = directory + "/" + name
            do {
                let entry = try Self.parse(JSON(parsing: HostPath.read(path)))
                if entries.contains(where: { $0.name == entry.name }) {
                    faults.append("\(path): there is a network \"\(entry.name)\" already; this one is left out")
                } else {
                    entries.append(entry)
                }
            } catch {
                faults.append("\(path): \(error)")
            }
        }
        return (entries, faults)
    }

    /// A list of plugins, or a single one.
    static func parse(_ tree: JSON) throws -> Entry {
        guard let name = tree["name"]?.stringValue, !name.isEmpty else {
            throw CNIError(message: "a network configuration needs a \"name\"")
        }
        let chain = tree["plugins"]?.arrayValue ?? [tree]
        guard !chain.isEmpty, chain.allSatisfy({ $0["type"]?.stringValue?.isEmpty == false }) else {
            throw CNIError(message: "each plugin of network \"\(name)\" needs a \"type\"")
        }
        return Entry(name: name, version: tree["cniVersion"]?.stringValue ?? CNIPlugin.version, chain: chain)
    }

    func entry(named name: String) throws -> Entry {
        let (entries, faults) = read()
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        throw CNIError(
            message: "there is no network \"\(name)\" in \(directory)"
                + (faults.isEmpty ? "" : "; not read: \(faults.joined(separator: "; "))"))
    }
}
