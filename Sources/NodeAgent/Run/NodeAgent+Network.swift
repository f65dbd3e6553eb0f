import AgentCore
import Base
import Drivers
import Logging
import Model

extension NodeAgent {
    /// Makes the group's network. Groups on the host's network have nothing to make.
    func setUpNetwork(_ allocation: Allocation) async throws -> NetworkStatus? {
        switch allocation.group?.networks.first?.mode ?? "" {
        case "", "host": return nil
        case "none":
            let namespace = namespace(allocation)
            try await blocking { try namespace.create() }
            return nil
        case "bridge":
            let network = bridge(allocation)
            return try await blocking { try network.add() }
        case let mode:
            throw SetupFailure("network mode \"\(mode)\" is not supported yet; use \"bridge\", \"host\" or \"none\"")
        }
    }

    func tearDownNetwork(_ allocation: Allocation) async {
        let failures: [String]
        switch allocation.group?.networks.first?.mode ?? "" {
        case "none":
            let namespace = namespace(allocation)
            failures =
                await
                (try? blocking {
                    do { try namespace.remove() } catch { return ["\(error)"] }
                    return []
                }) ?? []
        case "bridge":
            let network = bridge(allocation)
            failures = await (try? blocking { network.remove() }) ?? []
        default: return
        }
        for failure in failures {
            logger.warning(
                "a network can't be taken down",
                metadata: ["allocation": "\(allocation.id.short)", "error": "\(failure)"])
        }
    }

    private func namespace(_ allocation: Allocation) -> NetworkNamespace {
        NetworkNamespace(name: allocation.id.text)
    }

    private func bridge(_ allocation: Allocation) -> BridgeNetwork {
        let job = allocation.job.job
        let facts = [
            ("REGION", configuration.region), ("NAMESPACE", job.namespace), ("JOB_ID", job.id),
            ("GROUP_NAME", allocation.taskGroup), ("ALLOC_ID", allocation.id.text),
        ]
        let arguments = facts.filter { !$0.1.contains(";") }.map { "NOMAD_\($0.0)=\($0.1)" }
        let own = node.attributes["unique.network.ip-address"] ?? ""
        let ports = allocation.resources.ports.map { port in
            // The node's usual address stands for all of them.
            (host: port.value, inside: port.to > 0 ? port.to : port.value, ip: port.hostIP == own ? "" : port.hostIP)
        }
        return BridgeNetwork(
            bridge: configuration.bridgeName, subnet: configuration.bridgeSubnet,
            plugin: CNIPlugin(
                path: configuration.cniPath, namespace: namespace(allocation), containerID: allocation.id.text,
                arguments: (["IgnoreUnknown=true"] + arguments).joined(separator: ";")),
            ports: ports)
    }

    /// What the start of a task says about networks.
    func addNetwork(_ allocation: Allocation, to start: inout TaskStart, _ interpolate: Interpolation) {
        guard let network = allocation.group?.networks.first else { return }
        if network.mode == "bridge" || network.mode == "none" {
            start.networkNamespace = namespace(allocation).path
            let name = interpolate(network.hostname)
            start.hostname = name.isEmpty ? nil : name
        }
        if let dns = network.dns {
            start.dns = TaskDNS(
                servers: dns.servers.map { interpolate($0) }, searches: dns.searches.map { interpolate($0) },
                options: dns.options.map { interpolate($0) })
        }
    }
}
