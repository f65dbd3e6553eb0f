import AgentCore
public import Base
public import Model

/// How an agent runs on this machine: the `client` block of its configuration and what goes with it.
public struct NodeAgentConfiguration: Sendable {
    /// Directory of the agent's own file; made if missing.
    public var stateDirectory: String
    /// Parent of the allocations' directories; made if missing.
    public var allocationsDirectory: String
    /// Nil: the host name.
    public var name: String?
    public var region = "global"
    public var datacenter = "dc1"
    public var nodeClass = ""
    public var nodePool = "default"
    public var meta: [String: String] = [:]
    /// Replaces what was found out.
    public var attributes: [String: String] = [:]
    /// Where the node's own HTTP API is reached: `ip:port`.
    public var httpAddress = ""
    public var tlsEnabled = false
    /// Version that the node tells.
    public var version = "0.1.0"
    /// Interface whose address tasks get; nil: the one of the default route.
    public var networkInterface: String?
    /// Mbit/s; nil: found out, else 1000.
    public var networkSpeed: Int?
    /// MHz of the whole machine; nil: found out.
    public var cpuTotalCompute: Int?
    public var memoryTotalMB: Int?
    public var diskTotalMB: Int?
    public var diskFreeMB: Int?
    public var reserved = NodeReservedResources()
    public var minDynamicPort = 20000
    public var maxDynamicPort = 32000
    public var hostVolumes: [String: HostVolume] = [:]
    public var hostNetworks: [HostNetwork] = []
    public var cgroupParent = "caravan"
    public var maxKillTimeout = TimeSpan.seconds(30)
    public var gcMaxAllocations = 50
    /// How often the disk under the allocations is looked at.
    public var gcInterval = TimeSpan.minutes(1)
    /// Percent; above, allocations that have ended are removed, the oldest first.
    public var gcDiskUsageThreshold = 80.0
    public var gcInodeUsageThreshold = 70.0
    /// Names that tasks don't get from the agent's environment; `env.denylist`.
    public var environmentDenylist = TaskEnvironment.hostDenylist
    /// Directories with CNI plugins, looked through in order.
    public var cniPath = ["/opt/cni/bin", "/usr/libexec/cni", "/usr/lib/cni"]
    public var bridgeName = "caravan"
    public var bridgeSubnet = "172.26.64.0/20"
    /// Whether a group reaches its own mapped ports through the host's address.
    public var bridgeHairpin = false
    /// Directory with the configurations of networks for mode "cni/<name>".
    public var cniConfigDirectory = "/opt/cni/config"
    public var disableRemoteExec = false
    /// Tasks end with the agent: for agents that are thrown away, as with `-dev`.
    public var stopsTasksAtExit = false

    /// A named set of the node's addresses.
    public struct HostNetwork: Hashable, Sendable {
        public var name: String
        public var cidr: String
        public var interface: String
        public var reservedPorts: String

        public init(name: String, cidr: String = "", interface: String = "", reservedPorts: String = "") {
            self.name = name
            self.cidr = cidr
            self.interface = interface
            self.reservedPorts = reservedPorts
        }
    }

    public init(stateDirectory: String, allocationsDirectory: String) {
        self.stateDirectory = stateDirectory
        self.allocationsDirectory = allocationsDirectory
    }
}
