import Base
public import Model

/// Everything that a task's environment is made of.
public struct TaskEnvironment: Hashable, Sendable {
    /// Directories as the task itself sees them.
    public struct Directories: Hashable, Sendable {
        public var shared: String
        public var local: String
        public var secrets: String

        public init(shared: String, local: String, secrets: String) {
            self.shared = shared
            self.local = local
            self.secrets = secrets
        }

        /// What tasks with a root of their own see.
        public static let isolated = Directories(shared: "/alloc", local: "/local", secrets: "/secrets")
    }

    public var allocation: Allocation
    public var task: TaskSpec
    public var node: Node
    public var region: String
    public var directories: Directories
    /// The agent's own environment without what must not get out; empty for tasks that run an image.
    public var host: [String: String]
    /// The driver's port map for the task's own networks.
    public var portMap: [String: Int]
    public var networkStatus: NetworkStatus?
    /// MHz of a core, for tasks that have cores of their own.
    public var coreMHz: Int
    /// `cgroup_parent` of the node, empty if there is none.
    public var cgroupParent = ""

    public init(
        allocation: Allocation, task: TaskSpec, node: Node, region: String, directories: Directories,
        host: [String: String] = [:], portMap: [String: Int] = [:], networkStatus: NetworkStatus? = nil,
        coreMHz: Int = 0
    ) {
        self.allocation = allocation
        self.task = task
        self.node = node
        self.region = region
        self.directories = directories
        self.host = host
        self.portMap = portMap
        self.networkStatus = networkStatus
        self.coreMHz = coreMHz
    }

    /// Names that are never taken over from the agent's environment, unless the operator says otherwise.
    public static let hostDenylist = [
        "CONSUL_TOKEN", "CONSUL_HTTP_TOKEN", "CONSUL_HTTP_TOKEN_FILE", "NOMAD_TOKEN", "VAULT_TOKEN",
        "CONSUL_LICENSE", "NOMAD_LICENSE", "VAULT_LICENSE", "CONSUL_LICENSE_PATH", "NOMAD_LICENSE_PATH",
        "VAULT_LICENSE_PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_METADATA_URL",
        "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN",
    ]

    public var references: [String: String] { NodeReferences.all(of: node, region: region) }

    /// The environment that the task gets. Later ones win: the host's, `NOMAD_*`, the task's own `env`.
    public func variables() -> [String: String] {
        var variables: [String: String] = [:]
        addIdentity(&variables)
        addResources(&variables)
        addMeta(&variables)
        addGroupPorts(&variables)
        addTaskPorts(&variables)
        addOtherTasks(&variables)
        for (name, value) in host where variables[name] == nil { variables[name] = value }
        let interpolate = Interpolation(environment: variables, references: references)
        for (name, value) in task.env { variables[interpolate(name)] = interpolate(value) }
        return variables
    }

    // MARK: - Names and places

    private func addIdentity(_ variables: inout [String: String]) {
        let job = allocation.job.job
        let values = [
            ("ALLOC_DIR", directories.shared), ("TASK_DIR", directories.local), ("SECRETS_DIR", directories.secrets),
            ("ALLOC_ID", allocation.id.text), ("SHORT_ALLOC_ID", allocation.id.short),
            ("ALLOC_NAME", allocation.name), ("ALLOC_INDEX", "\(allocation.index)"), ("TASK_NAME", task.name),
            ("GROUP_NAME", allocation.taskGroup), ("JOB_ID", job.id), ("JOB_NAME", job.name),
            ("JOB_PARENT_ID", job.parentID), ("DC", node.datacenter), ("REGION", region), ("NAMESPACE", job.namespace),
            ("PARENT_CGROUP", cgroupParent),
        ]
        for (name, value) in values where !value.isEmpty { variables["NOMAD_" + name] = value }
    }

    private func addResources(_ variables: inout [String: String]) {
        guard let given = allocation.resources.tasks[task.name] else { return }
        if given.memoryMB > 0 { variables["NOMAD_MEMORY_LIMIT"] = "\(given.memoryMB)" }
        if given.memoryMaxMB != 0 { variables["NOMAD_MEMORY_MAX_LIMIT"] = "\(given.memoryMaxMB)" }
        if !given.reservedCores.isEmpty {
            variables["NOMAD_CPU_CORES"] = Self.ranges(given.reservedCores)
            variables["NOMAD_CPU_LIMIT"] = "\(given.reservedCores.count * coreMHz)"
        } else if given.cpuShares > 0 {
            variables["NOMAD_CPU_LIMIT"] = "\(given.cpuShares)"
        }
    }

    /// `0-2,7`.
    static func ranges(_ numbers: [Int]) -> String {
        var parts: [String] = []
        var first: Int?
        var last = Int.min
        func close() {
            if let first { parts.append(first == last ? "\(first)" : "\(first)-\(last)") }
        }
        for number in Set(numbers).sorted() {
            if number != last + 1 {
                close()
                first = number
            }
            last = number
        }
        close()
        return parts.joined(separator: ",")
    }

    /// Task over group over job, and what a dispatched job left out, as empty text.
    private func addMeta(_ variables: inout [String: String]) {
        let job = allocation.job.job
        var meta: [String: String] = [:]
        if job.dispatched { for name in job.parameterizedJob?.metaOptional ?? [] { meta[name] = "" } }
        for level in [job.meta, allocation.group?.meta ?? [:], task.meta] { meta.merge(level) { $1 } }
        let interpolate = Interpolation(environment: variables, references: references)
        // In order, so that of two names that only differ in case the same one wins everywhere.
        for (name, value) in meta.sorted(by: { $0.key < $1.key }) {
            let name = interpolate(name)
            variables["NOMAD_META_" + Self.cleaned(name.uppercased())] = interpolate(value)
            variables["NOMAD_META_" + Self.cleaned(name)] = interpolate(value)
        }
    }

    /// Characters that environment names may not have become `_`; dots stay.
    static func cleaned(_ name: String) -> String {
        let bytes = name.utf8.map { Interpolation.isNamePart($0) && $0 != UInt8(ascii: "-") ? $0 : UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
