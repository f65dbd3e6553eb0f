public import Base

/// Everything a driver is told about a task that it shall start. References such as `${NOMAD_PORT_http}` are
/// replaced already, directories exist, the environment is complete.
public struct TaskStart: Hashable, Sendable {
    /// Unique for every start: `<allocation id>/<task name>/<8 hex digits>`.
    public var id: String
    public var allocationID: String
    public var taskName: String
    public var groupName: String
    public var jobID: String
    public var jobName: String
    public var namespace: String
    public var nodeID: String
    public var nodeName: String
    /// The task's `config` block.
    public var config: JSON
    public var environment: [String: String]
    public var resources: TaskResources
    /// User name or id, optionally `:group`; empty for the driver's default.
    public var user: String
    public var directories: TaskDirectories
    public var logs: LogLimits
    /// Ports of the group's network, and of the task's own network in the legacy form.
    public var groupPorts: [PortMapping]
    public var taskPorts: [PortMapping]
    /// The network namespace that the task shall join (`/var/run/netns/…`); nil for the host's.
    public var networkNamespace: String?
    /// Host name inside a private network namespace; nil if there is none.
    public var hostname: String?
    public var dns: TaskDNS?
    public var mounts: [TaskMount]
    public var devices: [TaskDevice]
    /// The `kill_signal` of the task, nil if it sets none: what a container is made with.
    public var killSignal: String?
    public var killTimeout: TimeSpan

    public init(
        id: String, allocationID: String, taskName: String, groupName: String, jobID: String, jobName: String,
        namespace: String = "default", nodeID: String = "", nodeName: String = "", config: JSON,
        environment: [String: String], resources: TaskResources, user: String = "", directories: TaskDirectories,
        logs: LogLimits = LogLimits(), groupPorts: [PortMapping] = [], taskPorts: [PortMapping] = [],
        networkNamespace: String? = nil, hostname: String? = nil, dns: TaskDNS? = nil, mounts: [TaskMount] = [],
        devices: [TaskDevice] = [], killSignal: String? = nil, killTimeout: TimeSpan = .seconds(5)
    ) {
        self.id = id
        self.allocationID = allocationID
        self.taskName = taskName
        self.groupName = groupName
        self.jobID = jobID
        self.jobName = jobName
        self.namespace = namespace
        self.nodeID = nodeID
        self.nodeName = nodeName
        self.config = config
        self.environment = environment
        self.resources = resources
        self.user = user
        self.directories = directories
        self.logs = logs
        self.groupPorts = groupPorts
        self.taskPorts = taskPorts
        self.networkNamespace = networkNamespace
        self.hostname = hostname
        self.dns = dns
        self.mounts = mounts
        self.devices = devices
        self.killSignal = killSignal
        self.killTimeout = killTimeout
    }
}

/// What the scheduler gave to the task.
public struct TaskResources: Hashable, Sendable {
    /// MHz; becomes CPU shares one to one.
    public var cpuMHz: Int
    /// Cores that are the task's alone; empty for none.
    public var cores: [Int]
    /// MB, in units of 1024 × 1024 bytes.
    public var memoryMB: Int
    /// The hard limit when the task may use more than `memoryMB`; 0 for none, -1 for no limit at all.
    public var memoryMaxMB: Int

    public init(cpuMHz: Int, cores: [Int] = [], memoryMB: Int, memoryMaxMB: Int = 0) {
        self.cpuMHz = cpuMHz
        self.cores = cores
        self.memoryMB = memoryMB
        self.memoryMaxMB = memoryMaxMB
    }
}

/// Host paths of the directories that the agent made for the task; absolute.
public struct TaskDirectories: Hashable, Sendable {
    /// `<alloc dir>/<allocation>`
    public var allocation: String
    /// `<allocation>/alloc`, shared between the group's tasks.
    public var shared: String
    /// `<allocation>/<task>`
    public var task: String
    /// `<task>/local`
    public var local: String
    /// `<task>/secrets`
    public var secrets: String
    /// `<shared>/logs`
    public var logs: String

    public init(allocation: String, shared: String, task: String, local: String, secrets: String, logs: String) {
        self.allocation = allocation
        self.shared = shared
        self.task = task
        self.local = local
        self.secrets = secrets
        self.logs = logs
    }

    /// The usual layout under an allocation's directory.
    public init(allocation: String, taskName: String) {
        let task = allocation + "/" + taskName
        self.init(
            allocation: allocation, shared: allocation + "/alloc", task: task, local: task + "/local",
            secrets: task + "/secrets", logs: allocation + "/alloc/logs")
    }
}

/// How much log a task keeps, for each of its two streams.
public struct LogLimits: Hashable, Sendable {
    public var maxFiles: Int
    public var maxFileSizeMB: Int
    /// The output goes nowhere.
    public var disabled: Bool

    public init(maxFiles: Int = 10, maxFileSizeMB: Int = 10, disabled: Bool = false) {
        self.maxFiles = maxFiles
        self.maxFileSizeMB = maxFileSizeMB
        self.disabled = disabled
    }
}

/// One port of a network.
public struct PortMapping: Hashable, Sendable {
    public var label: String
    public var hostIP: String
    /// The port on the host.
    public var value: Int
    /// The port inside; 0 if it is the same as `value`.
    public var to: Int

    public init(label: String, hostIP: String, value: Int, to: Int = 0) {
        self.label = label
        self.hostIP = hostIP
        self.value = value
        self.to = to
    }
}

/// The group network's `dns` block.
public struct TaskDNS: Hashable, Sendable {
    public var servers: [String]
    public var searches: [String]
    public var options: [String]

    public init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.servers = servers
        self.searches = searches
        self.options = options
    }
}

/// A directory or file of the host that the task sees.
public struct TaskMount: Hashable, Sendable {
    public var hostPath: String
    public var taskPath: String
    public var readOnly: Bool
    /// "private" (also if empty), "host-to-task" or "bidirectional".
    public var propagation: String

    public init(hostPath: String, taskPath: String, readOnly: Bool = false, propagation: String = "") {
        self.hostPath = hostPath
        self.taskPath = taskPath
        self.readOnly = readOnly
        self.propagation = propagation
    }
}

/// A device node of the host that the task may use.
public struct TaskDevice: Hashable, Sendable {
    public var hostPath: String
    public var taskPath: String
    /// Letters of `rwm`.
    public var permissions: String

    public init(hostPath: String, taskPath: String, permissions: String = "rwm") {
        self.hostPath = hostPath
        self.taskPath = taskPath
        self.permissions = permissions
    }
}
