public import Base

/// A task: one process or container of a group.
public struct TaskSpec: Codable, Hashable, Sendable {
    public var name = ""
    public var driver = ""
    public var user = ""
    /// The driver's own settings; nested blocks are lists of objects.
    public var config: JSON = .null
    public var env: [String: String] = [:]
    public var meta: [String: String] = [:]
    public var resources = ResourceSpec()
    public var killTimeout = TimeSpan.seconds(5)
    /// Empty: the driver's default, SIGINT.
    public var killSignal = ""
    public var shutdownDelay = TimeSpan.zero
    public var leader = false
    public var lifecycle: LifecycleSpec?
    public var logConfig = LogSpec()
    public var restartPolicy: RestartPolicy?
    public var constraints: [Constraint] = []
    public var affinities: [Affinity] = []
    public var services: [ServiceSpec] = []
    public var artifacts: [JSON] = []
    public var templates: [JSON] = []
    public var volumeMounts: [VolumeMount] = []
    public var dispatchPayload: JSON?
    public var csiPluginConfig: JSON?
    public var vault: JSON?
    public var consul: JSON?
    public var identity: JSON?
    public var identities: [JSON] = []
    public var actions: [JSON] = []
    public var secrets: [JSON] = []
    public var schedule: JSON?
    public var scalingPolicies: [ScalingSpec] = []
    public var kind = ""

    public init() {}
}

/// When a task that is not a main task runs.
public struct LifecycleSpec: Codable, Hashable, Sendable {
    /// `prestart`, `poststart` or `poststop`.
    public var hook = ""
    public var sidecar = false

    public init() {}
}

public struct LogSpec: Codable, Hashable, Sendable {
    public var maxFiles = 10
    public var maxFileSizeMB = 10
    public var disabled = false

    public init() {}
}

public struct VolumeMount: Codable, Hashable, Sendable {
    public var volume = ""
    public var destination = ""
    public var readOnly = false
    public var propagationMode = "private"
    public var seLinuxLabel = ""

    public init() {}
}

/// What a task asks of its node.
public struct ResourceSpec: Codable, Hashable, Sendable {
    /// MHz.
    public var cpu = 100
    /// Whole cores of its own; excludes `cpu`.
    public var cores = 0
    /// MB.
    public var memoryMB = 300
    /// MB that may be used when the node has them to spare; 0 is none, -1 no limit.
    public var memoryMaxMB = 0
    public var diskMB = 0
    public var iops = 0
    public var secretsMB = 0
    public var networks: [NetworkSpec] = []
    public var devices: [DeviceRequest] = []
    public var numa: JSON?

    public init() {}
}

/// A request for devices, for example `nvidia/gpu`.
public struct DeviceRequest: Codable, Hashable, Sendable {
    /// `type`, `vendor/type` or `vendor/type/model`.
    public var name = ""
    public var count = 1
    public var constraints: [Constraint] = []
    public var affinities: [Affinity] = []

    public init() {}
}

/// A network of a group, or (the 2019 form) of a task.
public struct NetworkSpec: Codable, Hashable, Sendable {
    /// Empty is the host's network; `host`, `none`, `bridge`, `cni/<name>`.
    public var mode = ""
    public var device = ""
    public var cidr = ""
    public var ip = ""
    public var hostname = ""
    public var mBits = 0
    public var dns: DNSSpec?
    public var cni: JSON?
    public var reservedPorts: [PortSpec] = []
    public var dynamicPorts: [PortSpec] = []

    public init() {}
}

public struct DNSSpec: Codable, Hashable, Sendable {
    public var servers: [String] = []
    public var searches: [String] = []
    public var options: [String] = []

    public init() {}
}

public struct PortSpec: Codable, Hashable, Sendable {
    public var label = ""
    /// The host's port: asked for (static), or 0 until the scheduler picks one.
    public var value = 0
    /// The port inside the network namespace; -1 is the same as the host's, 0 unset.
    public var to = 0
    public var hostNetwork = "default"
    public var ignoreCollision = false

    public init() {}
}

/// A service that the task or group offers.
public struct ServiceSpec: Codable, Hashable, Sendable {
    public var name = ""
    public var namespace = "default"
    /// `consul` or `nomad`; both are served by the cluster's own catalog.
    public var provider = "consul"
    public var portLabel = ""
    public var addressMode = "auto"
    public var address = ""
    public var tags: [String] = []
    public var canaryTags: [String] = []
    public var enableTagOverride = false
    public var meta: [String: String] = [:]
    public var canaryMeta: [String: String] = [:]
    public var taggedAddresses: [String: String] = [:]
    public var taskName = ""
    public var onUpdate = "require_healthy"
    public var checks: [CheckSpec] = []
    public var connect: JSON?
    public var identity: JSON?
    public var weights: JSON?
    public var cluster = "default"
    public var kind = ""

    public init() {}
}

public struct CheckSpec: Codable, Hashable, Sendable {
    public var name = ""
    /// `http`, `tcp`, `grpc` or `script`.
    public var type = ""
    public var command = ""
    public var args: [String] = []
    public var path = ""
    public var `protocol` = ""
    public var portLabel = ""
    public var expose = false
    public var addressMode = ""
    public var interval = TimeSpan.zero
    public var timeout = TimeSpan.zero
    public var initialStatus = ""
    public var notes = ""
    public var tlsServerName = ""
    public var tlsSkipVerify = false
    public var header: [String: [String]] = [:]
    public var method = ""
    public var body = ""
    public var checkRestart: CheckRestart?
    public var grpcService = ""
    public var grpcUseTLS = false
    public var taskName = ""
    public var successBeforePassing = 0
    public var failuresBeforeCritical = 0
    public var failuresBeforeWarning = 0
    public var onUpdate = "require_healthy"

    public init() {}
}

public struct CheckRestart: Codable, Hashable, Sendable {
    public var limit = 0
    public var grace = TimeSpan.seconds(1)
    public var ignoreWarnings = false

    public init() {}
}
