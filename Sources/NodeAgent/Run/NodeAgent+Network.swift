import AgentCore
import Base
import Drivers
import Logging
import Model
import Synchronization

/// How a group is connected.
enum NetworkMode: Hashable, Sendable {
    /// The host's own network: there is nothing to make.
    case host
    /// A namespace with nothing in it.
    case none
    case bridge
    /// A network that the operator wrote down.
    case named(String)

    init(_ allocation: Allocation) throws {
        switch allocation.group?.networks.first?.mode ?? "" {
        case "", "host": self = .host
        case "none": self = .none
        case "bridge": self = .bridge
        case let mode where mode.hasPrefix("cni/"): self = .named(String(mode.dropFirst(4)))
        case let mode:
            throw SetupFailure(
                "network mode \"\(mode)\" is not known; use \"bridge\", \"cni/<name>\", \"host\" or \"none\"")
        }
    }
}

extension NodeAgent {
    /// Tries of a network that can't be made, and the pause between them.
    private static let networkTries = 3
    private static let networkPause = TimeSpan.seconds(1)

    /// Makes the group's network. Groups on the host's network have nothing to make.
    func setUpNetwork(_ allocation: Allocation) async throws -> NetworkStatus? {
        let mode = try NetworkMode(allocation)
        if mode == .host { return nil }
        try await makeNamespace(allocation)
        guard let network = try await network(allocation, mode) else { return nil }
        var first: (any Error)?
        for attempt in 1...Self.networkTries {
            do {
                return try await blocking { try network.add() }
            } catch {
                first = first ?? error
                if attempt < Self.networkTries { await Wall.sleep(Self.networkPause) }
            }
        }
        await removeNamespace(allocation)
        throw SetupFailure("failed to configure network: \(first.map { "\($0)" } ?? "")")
    }

    /// Makes the network again where it got lost: the machine was restarted, or the driver's part of it ended.
    func ensureNetwork(_ allocation: Allocation) async throws {
        guard try NetworkMode(allocation) != .host else { return }
        let namespace = namespace(allocation)
        let isThere = try await blocking { namespace.isThere }
        let made = try await networkDriver(allocation)?.createNetwork(networkRequest(allocation))
        if isThere, made?.isNew != true { return }
        logger.info("the network of an allocation is made again", metadata: ["allocation": "\(allocation.id.short)"])
        if let network = try await network(allocation, NetworkMode(allocation)) {
            _ = try await blocking { network.remove() }
        }
        try await blocking { try namespace.remove() }
        let status = try await setUpNetwork(allocation)
        mailbox.post(.built(allocation.id, .success(AllocationSetup(network: status))))
    }

    func tearDownNetwork(_ allocation: Allocation) async {
        guard let mode = try? NetworkMode(allocation), mode != .host else { return }
        var failures: [String] = []
        do {
            if let network = try await network(allocation, mode) {
                failures += try await blocking { network.remove() }
            }
        } catch { failures.append("\(error)") }
        for failure in failures { warn(allocation, failure) }
        await removeNamespace(allocation)
    }

    private func warn(_ allocation: Allocation, _ failure: String) {
        logger.warning(
            "a network can't be taken down", metadata: ["allocation": "\(allocation.id.short)", "error": "\(failure)"])
    }

    // MARK: - Namespace

    private func namespace(_ allocation: Allocation) -> NetworkNamespace {
        NetworkNamespace(name: allocation.id.text)
    }

    /// The driver that has to make the namespace, if one of the group's tasks has such a driver.
    private func networkDriver(_ allocation: Allocation) -> (any Driver)? {
        (allocation.group?.tasks ?? []).lazy.compactMap { try? self.drivers.driver($0.driver) }
            .first { $0.capabilities.createsNetworks }
    }

    private func networkRequest(_ allocation: Allocation) -> NetworkRequest {
        NetworkRequest(
            allocationID: allocation.id.text, hostname: allocation.group?.networks.first?.hostname ?? "")
    }

    private func makeNamespace(_ allocation: Allocation) async throws {
        let namespace = namespace(allocation)
        guard let driver = networkDriver(allocation) else { return try await blocking { try namespace.create() } }
        let made = try await driver.createNetwork(networkRequest(allocation))
        try await blocking {
            // A name of an earlier namespace, where this one is new.
            if made.isNew { try namespace.remove() }
            try namespace.create(naming: made.path)
        }
    }

    private func removeNamespace(_ allocation: Allocation) async {
        let namespace = namespace(allocation)
        do {
            try await blocking { try namespace.remove() }
            try await networkDriver(allocation)?.destroyNetwork(allocationID: allocation.id.text)
        } catch { warn(allocation, "\(error)") }
    }

    // MARK: - Plugins

    private func network(_ allocation: Allocation, _ mode: NetworkMode) async throws -> GroupNetwork? {
        let own = node.attributes["unique.network.ip-address"] ?? ""
        let ports = allocation.resources.ports.map { port in
            // The node's usual address stands for all of them.
            GroupNetwork.Port(
                host: port.value, inside: port.to > 0 ? port.to : port.value, ip: port.hostIP == own ? "" : port.hostIP)
        }
        let plugin = CNIPlugin(
            path: configuration.cniPath, namespace: namespace(allocation), containerID: allocation.id.text,
            arguments: arguments(allocation))
        let record = configuration.stateDirectory + "/networks/" + allocation.id.text
        switch mode {
        case .host, .none: return nil
        case .bridge:
            return .bridge(
                configuration.bridgeName, subnet: configuration.bridgeSubnet, hairpin: configuration.bridgeHairpin,
                plugin: plugin, ports: ports, record: record)
        case .named(let name):
            let configurations = NetworkConfigurations(directory: configuration.cniConfigDirectory)
            let entry = try await blocking { try configurations.entry(named: name) }
            return GroupNetwork(
                name: entry.name, version: entry.version, chain: entry.chain, plugin: plugin, ports: ports,
                record: record)
        }
    }

    /// `CNI_ARGS`: the job's own, then what it is; a `;` would end an argument, so values with one are left out.
    private func arguments(_ allocation: Allocation) -> String {
        let job = allocation.job.job
        let given = allocation.group?.networks.first?.cni?["Args"]?.objectValue?.sorted ?? []
        let facts = [
            ("NOMAD_REGION", configuration.region), ("NOMAD_NAMESPACE", job.namespace), ("NOMAD_JOB_ID", job.id),
            ("NOMAD_GROUP_NAME", allocation.taskGroup), ("NOMAD_ALLOC_ID", allocation.id.text),
        ]
        let own = given.map { ($0.name, $0.value.stringValue ?? "") }.filter { given in
            !facts.contains { $0.0 == given.0 }
        }
        return
            (["IgnoreUnknown=true"]
            + (own + facts).filter { !$0.1.contains(";") }.map { "\($0.0)=\($0.1)" }).joined(separator: ";")
    }

    // MARK: - Tasks

    /// What the start of a task says about networks.
    func addNetwork(
        _ allocation: Allocation, _ isolation: DriverCapabilities.FilesystemIsolation, to start: inout TaskStart,
        _ interpolate: Interpolation
    ) async throws {
        guard let network = allocation.group?.networks.first else { return }
        if let dns = network.dns {
            start.dns = TaskDNS(
                servers: dns.servers.map { interpolate($0) }, searches: dns.searches.map { interpolate($0) },
                options: dns.options.map { interpolate($0) })
        }
        guard try NetworkMode(allocation) != .host else { return }
        start.networkNamespace = namespace(allocation).path
        let name = interpolate(network.hostname)
        start.hostname = name.isEmpty ? nil : name
        // A task that sees the host's own files can't have others in their place.
        if isolation == .none { return }
        let status = machine.withLock { $0.allocations[allocation.id]?.networkStatus }
        let files = NameFiles(address: status?.address ?? "", hostname: name, dns: start.dns ?? TaskDNS(status?.dns))
        let directory = start.directories.task
        start.mounts += try await blocking { try files.write(in: directory) }
    }
}

extension TaskDNS {
    init?(_ spec: DNSSpec?) {
        guard let spec else { return nil }
        self.init(servers: spec.servers, searches: spec.searches, options: spec.options)
    }
}
