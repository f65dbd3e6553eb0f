import Base
import HTTPAPI

/// What the agent tells of itself over HTTP.
enum AgentSelf {
    static func description(_ configuration: AgentConfiguration, _ addresses: AgentAddresses) -> AgentDescription {
        var agent = AgentDescription()
        agent.name = name(configuration)
        agent.hostName = HostName.read()
        (agent.region, agent.datacenter) = (configuration.region, configuration.datacenter)
        agent.version = Program.version
        agent.advertisedAddress = addresses.advertisedRPC
        agent.prometheusMetrics = configuration.telemetry.prometheusMetrics
        agent.debug = configuration.enableDebug
        agent.responseHeaders = configuration.httpHeaders
        agent.configuration = tree(configuration, addresses)
        return agent
    }

    static func name(_ configuration: AgentConfiguration) -> String {
        configuration.name.isEmpty ? HostName.read() : configuration.name
    }

    static func member(_ configuration: AgentConfiguration, _ addresses: AgentAddresses) -> ClusterMember {
        let rpc = Endpoint(addresses.advertisedRPC, defaultPort: configuration.ports.rpc)
        let host = rpc?.host ?? "127.0.0.1"
        return ClusterMember(
            name: "\(name(configuration)).\(configuration.region)", address: host, port: configuration.ports.serf,
            tags: [
                "role": "nomad", "region": configuration.region, "dc": configuration.datacenter, "vsn": "1", "mvn": "1",
                "raft_vsn": "2", "build": Program.compatibleVersion,
                "id": "\(host):\(rpc?.port ?? configuration.ports.rpc)",
                "port": "\(rpc?.port ?? configuration.ports.rpc)", "rpc_addr": host, "bootstrap": "1",
                "expect": "\(max(1, configuration.server.bootstrapExpect))",
            ], isLeader: true)
    }

    /// Field names of the API; nothing secret.
    private static func tree(_ configuration: AgentConfiguration, _ addresses: AgentAddresses) -> JSON {
        let client = configuration.client
        return [
            "Region": .string(configuration.region), "Datacenter": .string(configuration.datacenter),
            "NodeName": .string(name(configuration)), "DataDir": .string(configuration.dataDir),
            "PluginDir": .string(configuration.pluginDir), "LogLevel": .string(configuration.logLevel),
            "LogJson": .bool(configuration.logJSON), "LogFile": .string(configuration.logFile),
            "BindAddr": .string(configuration.bindAddr), "EnableDebug": .bool(configuration.enableDebug),
            "DevMode": .bool(configuration.devMode), "Files": .array(configuration.files.map { .string($0) }),
            "LeaveOnInt": .bool(configuration.leaveOnInterrupt), "LeaveOnTerm": .bool(configuration.leaveOnTerminate),
            "DisableUpdateCheck": .bool(configuration.disableUpdateCheck),
            "Ports": [
                "HTTP": .int(Int64(configuration.ports.http)), "RPC": .int(Int64(configuration.ports.rpc)),
                "Serf": .int(Int64(configuration.ports.serf)),
            ],
            "Addresses": [
                "HTTP": .string(addresses.http.map(\.text).joined(separator: " ")), "RPC": .string(addresses.rpc.text),
                "Serf": .string(addresses.rpc.host),
            ],
            "AdvertiseAddrs": [
                "HTTP": .string(addresses.advertisedHTTP), "RPC": .string(addresses.advertisedRPC),
                "Serf": .string(addresses.advertisedRPC),
            ],
            "ACL": ["Enabled": .bool(configuration.acl.enabled), "ReplicationToken": ""],
            "Server": [
                "Enabled": .bool(configuration.server.enabled),
                "BootstrapExpect": .int(Int64(configuration.server.bootstrapExpect)),
                "HeartbeatGrace": .int(configuration.server.heartbeatGrace.nanoseconds),
            ],
            "Client": [
                "Enabled": .bool(client.enabled), "NodeClass": .string(client.nodeClass),
                "NodePool": .string(client.nodePool), "Servers": .array(client.servers.map { .string($0) }),
                "Meta": .object(JSONObject(client.meta.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
                "Options": .object(
                    JSONObject(client.options.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
                "NetworkInterface": .string(client.networkInterface),
                "CpuCompute": .int(Int64(client.cpuTotalCompute)), "MemoryMB": .int(Int64(client.memoryTotalMB)),
                "MaxKillTimeout": .string(client.maxKillTimeout.text),
            ],
            "TLSConfig": [
                "EnableHTTP": .bool(configuration.tls.http), "EnableRPC": .bool(configuration.tls.rpc),
                "VerifyServerHostname": .bool(configuration.tls.verifyServerHostname),
                "CAFile": .string(configuration.tls.caFile), "CertFile": .string(configuration.tls.certFile),
            ],
            "Telemetry": [
                "PrometheusMetrics": .bool(configuration.telemetry.prometheusMetrics),
                "PublishAllocationMetrics": .bool(configuration.telemetry.publishAllocationMetrics),
                "PublishNodeMetrics": .bool(configuration.telemetry.publishNodeMetrics),
                "CollectionInterval": .string(configuration.telemetry.collectionInterval.text),
            ],
            "Version": ["Version": .string(Program.compatibleVersion), "VersionPrerelease": "", "VersionMetadata": ""],
        ]
    }
}
