import Base
import Model

/// Everything the agent's configuration files and flags can say, with its defaults.
///
/// Sources are read in order: built-in (or `-dev`) defaults, each `-config` in turn, flags. A later source
/// changes what it mentions and nothing else, so a later `enabled = false` counts. Lists are appended.
struct AgentConfiguration: Sendable {
    var region = "global"
    var datacenter = "dc1"
    /// Empty: the host's name.
    var name = ""
    var dataDir = ""
    var pluginDir = ""
    var bindAddr = "0.0.0.0"
    var enableDebug = false
    var logLevel = "INFO"
    var logJSON = false
    var logFile = ""
    var ports = Ports()
    /// Bind address per listener; empty is `bindAddr`.
    var addresses = Addresses()
    var advertise = Addresses()
    var leaveOnInterrupt = false
    var leaveOnTerminate = false
    var disableUpdateCheck = false
    var httpHeaders: [String: String] = [:]
    var server = Server()
    var client = Client()
    var tls = TLS()
    var acl = ACL()
    var telemetry = Telemetry()
    var limits = Limits()
    /// `plugin "name" { config { … } }`, as trees.
    var plugins: [String: JSON] = [:]
    /// Blocks that are read and kept, and not acted on yet, by name; the agent says so when it starts.
    var keptBlocks: [String: JSON] = [:]
    /// Files that were read, in order.
    var files: [String] = []
    /// Server and client in one process on the loopback interface, state in a temporary directory.
    var devMode = false

    struct Ports: Sendable {
        var http = 4646
        var rpc = 4647
        var serf = 4648
    }

    struct Addresses: Sendable {
        var http = ""
        var rpc = ""
        var serf = ""
    }

    struct Server: Sendable {
        var enabled = false
        var bootstrapExpect = 0
        var dataDir = ""
        var heartbeatGrace = TimeSpan.seconds(10)
        var minHeartbeatTTL = TimeSpan.seconds(10)
        var maxHeartbeatsPerSecond = 50.0
        var nodeGCThreshold = TimeSpan.hours(24)
        var jobGCThreshold = TimeSpan.hours(4)
        var jobGCInterval = TimeSpan.minutes(5)
        var evalGCThreshold = TimeSpan.hours(1)
        var batchEvalGCThreshold = TimeSpan.hours(24)
        var deploymentGCThreshold = TimeSpan.hours(1)
        var eventBufferSize = 100
        var enabledSchedulers: [String] = []
        var numSchedulers = 0
        /// What a new cluster starts with.
        var scheduler = SchedulerConfiguration()
        var jobMaxPriority = 100
        var jobDefaultPriority = 50
        var jobMaxCount = 50000
        var search: JSON = .null
        var kept: JSON = .null
    }

    struct Client: Sendable {
        var enabled = false
        var stateDir = ""
        var allocDir = ""
        var servers: [String] = []
        var nodeClass = ""
        var nodePool = "default"
        var meta: [String: String] = [:]
        var options: [String: String] = [:]
        var chrootEnv: [String: String] = [:]
        var networkInterface = ""
        /// Mbit/s; 0 is detected.
        var networkSpeed = 0
        /// MHz; 0 is detected.
        var cpuTotalCompute = 0
        /// MB; 0 is detected.
        var memoryTotalMB = 0
        var diskTotalMB = 0
        var diskFreeMB = 0
        var minDynamicPort = 20000
        var maxDynamicPort = 32000
        var maxKillTimeout = TimeSpan.seconds(30)
        var reserved = Reserved()
        var gcInterval = TimeSpan.minutes(1)
        var gcMaxAllocs = 50
        var gcDiskUsageThreshold = 80.0
        var gcInodeUsageThreshold = 70.0
        var disableRemoteExec = false
        var bridgeNetworkName = "nomad"
        var bridgeNetworkSubnet = "172.26.64.0/20"
        var bridgeNetworkHairpinMode = false
        var cniPath = "/opt/cni/bin:/usr/libexec/cni:/usr/lib/cni"
        var cniConfigDir = "/opt/cni/config"
        var cgroupParent = ""
        /// Name → (path, readOnly).
        var hostVolumes: [String: HostVolume] = [:]
        var hostNetworks: [String: JSON] = [:]
        var kept: JSON = .null
    }

    struct Reserved: Sendable {
        var cpu = 0
        var cores = ""
        var memory = 0
        var disk = 0
        var reservedPorts = ""
    }

    struct TLS: Sendable {
        var http = false
        var rpc = false
        var caFile = ""
        var certFile = ""
        var keyFile = ""
        var verifyServerHostname = false
        var verifyHTTPSClient = false
    }

    struct ACL: Sendable {
        var enabled = false
        var tokenTTL = TimeSpan.seconds(30)
        var policyTTL = TimeSpan.seconds(30)
        var tokenMinExpirationTTL = TimeSpan.minutes(1)
        var tokenMaxExpirationTTL = TimeSpan.hours(24)
        var replicationToken = ""
    }

    struct Telemetry: Sendable {
        var collectionInterval = TimeSpan.seconds(1)
        var prometheusMetrics = false
        var publishAllocationMetrics = false
        var publishNodeMetrics = false
        var disableHostname = false
        var kept: JSON = .null
    }

    struct Limits: Sendable {
        var httpsHandshakeTimeout = TimeSpan.seconds(5)
        var httpMaxConnsPerClient = 100
        var rpcHandshakeTimeout = TimeSpan.seconds(5)
        var rpcMaxConnsPerClient = 100
    }

    /// What `-dev` starts from.
    static var development: AgentConfiguration {
        var configuration = AgentConfiguration()
        configuration.devMode = true
        configuration.bindAddr = "127.0.0.1"
        configuration.enableDebug = true
        configuration.logLevel = "DEBUG"
        configuration.server.enabled = true
        configuration.server.bootstrapExpect = 1
        configuration.client.enabled = true
        configuration.client.networkInterface = "lo"
        configuration.client.options = ["driver.raw_exec.enable": "true", "driver.docker.volumes": "true"]
        configuration.client.gcInterval = .minutes(10)
        configuration.client.gcDiskUsageThreshold = 99
        configuration.client.gcInodeUsageThreshold = 99
        configuration.telemetry.prometheusMetrics = true
        configuration.telemetry.publishAllocationMetrics = true
        configuration.telemetry.publishNodeMetrics = true
        return configuration
    }
}
