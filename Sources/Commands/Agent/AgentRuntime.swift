import AgentCore
import Base
import ControlPlane
import Drivers
import Foundation
import HTTPAPI
import Journal
import Logging
import Model
import NodeAgent
import NodeLink
import Server
import ServiceLifecycle
import State
import Synchronization

/// The parts of one agent process, wired together: what runs, in the order in which it starts.
struct AgentRuntime {
    let addresses: AgentAddresses
    private(set) var services: [any Service] = []
    let reload: ConfigurationReload

    /// - Parameter read: reads the configuration again, from where this one came.
    init(
        configuration: AgentConfiguration, log: AgentLog, read: @escaping @Sendable () throws -> AgentConfiguration
    ) async throws {
        addresses = try AgentAddresses(configuration)
        var context = HTTPAPIContext()
        context.log = log.ring
        context.agent = AgentSelf.description(configuration, addresses)
        context.statistics = { ["runtime": RuntimeFacts.current] }
        context.serverAddresses = { [addresses] in
            configuration.server.enabled ? [addresses.advertisedRPC] : configuration.client.servers
        }

        var server: ClusterServer?
        if configuration.server.enabled {
            let timeZones = ZoneFile.database()
            context.timeZone = { timeZones.rules($0) }
            let started = try await Self.server(configuration, timeZones, log)
            server = started
            services.append(started)
            context.server = started
            context.snapshot = { try started.committed.snapshot() }
            let member = AgentSelf.member(configuration, addresses)
            context.members = { [member] }
        }
        context.accessControl = Self.accessControl(configuration)
        context.tls = configuration.tls.http ? try CurrentTLS(ServerTLS(configuration.tls)) : nil
        let security = Self.security(configuration)
        let gateway = server.map { [addresses] in NodeGateway(server: $0, httpAddresses: [addresses.advertisedHTTP]) }
        if let gateway {
            services.append(
                LinkService(
                    gateway: gateway, host: addresses.rpc.host, port: addresses.rpc.port,
                    security: security, logger: log.logger("agent.link")))
        }
        if configuration.client.enabled {
            let link: any ServerLink
            if let gateway {
                link = LocalLink(gateway: gateway)
            } else {
                let servers = try configuration.client.servers.map { try Self.endpoint($0) }
                let remote = try RemoteLink(
                    servers: servers.map { ($0.host, $0.port) }, security: security, logger: log.logger("agent.link"))
                services.append(remote)
                link = remote
            }
            let agent = try await Self.client(configuration, addresses, link, log)
            services.append(agent)
            context.node = LocalNode(id: agent.node.id, api: agent.local)
            if server == nil { context.serverHTTPAddresses = { agent.serverHTTPAddresses } }
        }
        let forwarding = try ForwardingClient(context.tls?.files)
        context.forwarder = forwarding.forwarder
        let reload = ConfigurationReload(
            read: read, log: log, logger: log.logger("agent"), started: configuration.tls, web: context.tls,
            forwarding: forwarding, link: security?.certificates)
        self.reload = reload
        context.reload = { try reload.perform() }
        services.append(forwarding)
        services.append(
            HTTPServer(
                addresses: addresses.http.map { .tcp(host: $0.host, port: $0.port) }, context: context,
                tls: context.tls, logger: log.logger("agent.http")))
    }

    private static func accessControl(_ configuration: AgentConfiguration) -> AccessSettings {
        var settings = AccessSettings()
        settings.isEnabled = configuration.acl.enabled
        settings.tokenLifetimeMin = configuration.acl.tokenMinExpirationTTL
        settings.tokenLifetimeMax = configuration.acl.tokenMaxExpirationTTL
        let file = configuration.dataDir + "/server/acl-bootstrap-reset"
        settings.bootstrapReset = {
            let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        }
        return settings
    }

    private static func endpoint(_ text: String) throws -> Endpoint {
        guard let endpoint = Endpoint(text, defaultPort: 4647) else {
            throw CommandFailure("client.servers: \"\(text)\" is not an address such as 10.0.0.1:4647")
        }
        return endpoint
    }

    private static func security(_ configuration: AgentConfiguration) -> LinkSecurity? {
        guard configuration.tls.rpc else { return nil }
        return LinkSecurity(
            caFile: configuration.tls.caFile, certificateFile: configuration.tls.certFile,
            keyFile: configuration.tls.keyFile,
            serverName: configuration.tls.verifyServerHostname ? "server.\(configuration.region).nomad" : nil)
    }

    // MARK: - Server

    private static func server(
        _ configuration: AgentConfiguration, _ timeZones: TimeZoneDatabase, _ log: AgentLog
    ) async throws -> ClusterServer {
        let directory =
            configuration.server.dataDir.isEmpty ? configuration.dataDir + "/server" : configuration.server.dataDir
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let journal = try SQLiteJournal(path: directory + "/journal.sqlite", logger: log.logger("agent.journal"))
        var random = SystemRandomNumberGenerator()
        var server = ClusterServer.Configuration(seed: random.next(), now: AgentClock.now)
        server.controlPlane = controlPlane(
            configuration.server, timeZones, isDevelopment: configuration.devMode)
        ProcessMemory.returnWhatIsFree()
        return try await ClusterServer(configuration: server, journal: journal, logger: log.logger("agent.server"))
    }

    private static func controlPlane(
        _ server: AgentConfiguration.Server, _ timeZones: TimeZoneDatabase, isDevelopment: Bool
    ) -> ControlPlaneConfiguration {
        var configuration = ControlPlaneConfiguration()
        configuration.heartbeatGrace = server.heartbeatGrace
        configuration.heartbeatTTLMin = server.minHeartbeatTTL
        configuration.heartbeatsPerSecondMax = max(1, Int(server.maxHeartbeatsPerSecond))
        configuration.nodeThreshold = server.nodeGCThreshold
        configuration.jobThreshold = server.jobGCThreshold
        configuration.collectionInterval = server.jobGCInterval
        configuration.evaluationThreshold = server.evalGCThreshold
        configuration.batchEvaluationThreshold = server.batchEvalGCThreshold
        configuration.deploymentThreshold = server.deploymentGCThreshold
        configuration.jobPriorityMax = server.jobMaxPriority
        configuration.jobDefaultPriority = min(server.jobDefaultPriority, server.jobMaxPriority)
        configuration.jobCountMax = server.jobMaxCount
        configuration.schedulerConfiguration = server.scheduler
        configuration.timeZones = timeZones
        return configuration
    }

    // MARK: - Client

    private static func client(
        _ configuration: AgentConfiguration, _ addresses: AgentAddresses, _ link: any ServerLink, _ log: AgentLog
    ) async throws -> NodeAgent {
        let client = configuration.client
        let state = client.stateDir.isEmpty ? configuration.dataDir + "/client" : client.stateDir
        let relay = DriverEventRelay()
        let environment = DriverEnvironment(
            stateDirectory: state + "/drivers", shim: try shimPath(), coreMHz: NodeAgent.coreMHz(),
            cgroupParent: client.cgroupParent.isEmpty ? "caravan" : client.cgroupParent, chroot: client.chrootEnv,
            logger: log.logger("agent.driver")
        ) { relay.send($0) }
        let plugins = configuration.plugins.mapValues { $0["config"] ?? [:] }
        var options = client.options
        // The endpoint that other Docker clients on this machine use, unless the configuration names one.
        if let host = ProcessInfo.processInfo.environment["DOCKER_HOST"], !host.isEmpty,
            options["docker.endpoint"] == nil, plugins["docker"]?["endpoint"] == nil
        {
            options["docker.endpoint"] = host
        }
        let drivers = DriverSet(
            settings: try DriverSettings(plugins: plugins, options: options), environment: environment)
        let agent = try await NodeAgent(
            configuration: nodeAgent(configuration, addresses, state: state), drivers: drivers, link: link,
            logger: log.logger("agent.client"))
        relay.connect { [weak agent] in agent?.report($0) }
        return agent
    }

    private static func nodeAgent(
        _ configuration: AgentConfiguration, _ addresses: AgentAddresses, state: String
    ) -> NodeAgentConfiguration {
        let client = configuration.client
        var agent = NodeAgentConfiguration(
            stateDirectory: state,
            allocationsDirectory: client.allocDir.isEmpty ? configuration.dataDir + "/alloc" : client.allocDir)
        agent.name = configuration.name.isEmpty ? nil : configuration.name
        (agent.region, agent.datacenter) = (configuration.region, configuration.datacenter)
        (agent.nodeClass, agent.nodePool, agent.meta) = (client.nodeClass, client.nodePool, client.meta)
        (agent.httpAddress, agent.tlsEnabled) = (addresses.advertisedHTTP, configuration.tls.http)
        agent.version = Program.compatibleVersion
        agent.networkInterface = client.networkInterface.isEmpty ? nil : client.networkInterface
        func given(_ number: Int) -> Int? { number > 0 ? number : nil }
        agent.networkSpeed = given(client.networkSpeed)
        agent.cpuTotalCompute = given(client.cpuTotalCompute)
        agent.memoryTotalMB = given(client.memoryTotalMB)
        agent.diskTotalMB = given(client.diskTotalMB)
        agent.diskFreeMB = given(client.diskFreeMB)
        agent.reserved.cpu.cpuShares = client.reserved.cpu
        agent.reserved.memory.memoryMB = client.reserved.memory
        agent.reserved.disk.diskMB = client.reserved.disk
        agent.reserved.networks.reservedHostPorts = client.reserved.reservedPorts
        (agent.minDynamicPort, agent.maxDynamicPort) = (client.minDynamicPort, client.maxDynamicPort)
        agent.hostVolumes = client.hostVolumes
        agent.hostNetworks = client.hostNetworks.sorted { $0.key < $1.key }.map { name, tree in
            NodeAgentConfiguration.HostNetwork(
                name: name, cidr: tree["cidr"]?.stringValue ?? "", interface: tree["interface"]?.stringValue ?? "",
                reservedPorts: tree["reserved_ports"]?.stringValue ?? "")
        }
        if !client.cgroupParent.isEmpty { agent.cgroupParent = client.cgroupParent }
        agent.maxKillTimeout = client.maxKillTimeout
        (agent.gcMaxAllocations, agent.gcInterval) = (client.gcMaxAllocs, client.gcInterval)
        (agent.gcDiskUsageThreshold, agent.gcInodeUsageThreshold) = (
            client.gcDiskUsageThreshold, client.gcInodeUsageThreshold
        )
        agent.cniPath = client.cniPath.split(separator: ":").map(String.init)
        (agent.bridgeName, agent.bridgeSubnet) = (client.bridgeNetworkName, client.bridgeNetworkSubnet)
        (agent.bridgeHairpin, agent.cniConfigDirectory) = (client.bridgeNetworkHairpinMode, client.cniConfigDir)
        agent.disableRemoteExec = client.disableRemoteExec
        agent.stopsTasksAtExit = configuration.devMode
        return agent
    }

    /// The shim lies beside the program; `CARAVAN_SHIM` says otherwise.
    private static func shimPath() throws -> String {
        if let path = ProcessInfo.processInfo.environment["CARAVAN_SHIM"], !path.isEmpty { return path }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let path = URL(filePath: own).deletingLastPathComponent().appending(path: "caravan-shim").path()
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandFailure("caravan-shim is not at \(path); install it beside caravan, or set CARAVAN_SHIM")
        }
        return path
    }
}

/// Drivers exist before the agent that they report to.
private final class DriverEventRelay: Sendable {
    private let receiver = Mutex<(@Sendable (DriverEvent) -> Void)?>(nil)

    func connect(_ receive: @escaping @Sendable (DriverEvent) -> Void) { receiver.withLock { $0 = receive } }
    func send(_ event: DriverEvent) { receiver.withLock { $0 }?(event) }
}
