public import Base

/// A job version that many allocations share; a reference so that an allocation costs 8 bytes for it.
public final class SharedJob: Hashable, Sendable {
    public let job: Job
    public init(_ job: Job) { self.job = job }
    public static func == (a: SharedJob, b: SharedJob) -> Bool { a === b || a.job == b.job }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(job.key)
        hasher.combine(job.version)
    }
}

/// The metrics that the allocations of one evaluation and group share.
public final class SharedMetric: Hashable, Sendable {
    public let metric: AllocationMetric
    public init(_ metric: AllocationMetric) { self.metric = metric }
    public static func == (a: SharedMetric, b: SharedMetric) -> Bool { a === b || a.metric == b.metric }
    public func hash(into hasher: inout Hasher) { hasher.combine(metric.nodesEvaluated) }
}

public enum DesiredStatus: String, Codable, Sendable {
    case run, stop, evict
}

public enum ClientStatus: String, Codable, Sendable {
    case pending, running, complete, failed, lost, unknown
    /// The node will do nothing more for it.
    public var isTerminal: Bool { self == .complete || self == .failed || self == .lost }
}

/// One instance of a group on a node.
public struct Allocation: Hashable, Sendable {
    public var id = AllocationID.zero
    public var evalID = EvaluationID.zero
    public var nodeID = NodeID.zero
    public var nodeName = ""
    /// The job version it runs.
    public var job: SharedJob
    public var taskGroup = ""
    /// Position in the group: unique, dense and stable among the live allocations of a job version's group.
    public var index = 0
    public var resources = AllocatedResources()
    public var metrics: SharedMetric?
    public var desiredStatus = DesiredStatus.run
    public var desiredDescription = ""
    public var desiredTransition = DesiredTransition()
    public var clientStatus = ClientStatus.pending
    public var clientDescription = ""
    public var taskStates: [String: TaskState] = [:]
    public var deploymentID = DeploymentID.zero
    public var deploymentStatus: AllocationHealth?
    public var previousAllocation = AllocationID.zero
    public var nextAllocation = AllocationID.zero
    public var rescheduleTracker: RescheduleTracker?
    public var followupEvalID = EvaluationID.zero
    public var preemptedAllocations: [AllocationID] = []
    public var preemptedByAllocation = AllocationID.zero
    public var networkStatus: NetworkStatus?
    /// When the node became unreachable and reachable again; for disconnect handling.
    public var allocStates: [AllocationStateChange] = []
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0
    /// Changes when the servers changed what the node must do, not when the node reports.
    public var allocModifyIndex: LogIndex = 0
    /// Nanoseconds since the epoch.
    public var createTime: Int64 = 0
    public var modifyTime: Int64 = 0

    public init(job: SharedJob) { self.job = job }

    public var namespace: String { job.job.namespace }
    public var jobID: String { job.job.id }
    public var jobKey: JobKey { job.job.key }
    public var jobVersion: UInt64 { job.job.version }
    public var group: GroupSpec? { job.job.group(taskGroup) }
    /// `web.front[2]`.
    public var name: String { "\(job.job.id).\(taskGroup)[\(index)]" }

    /// Nothing runs any more as far as the node reported (or it is known lost).
    public var isClientTerminal: Bool { clientStatus.isTerminal }
    /// The servers want it stopped, or it has ended by itself.
    public var isTerminal: Bool { desiredStatus != .run || isClientTerminal }
    /// Whether it still takes room on its node.
    public var occupiesNode: Bool { !isClientTerminal }
}

/// Wishes of operators and of the drainer, acted on by the next evaluation.
public struct DesiredTransition: Codable, Hashable, Sendable {
    public var migrate: Bool?
    public var reschedule: Bool?
    public var forceReschedule: Bool?
    public var noShutdownDelay: Bool?

    public init() {}
}

/// What an allocation got on its node.
public struct AllocatedResources: Codable, Hashable, Sendable {
    public var tasks: [String: AllocatedTask] = [:]
    public var diskMB = 0
    /// Group networks with their ports filled in.
    public var networks: [NetworkSpec] = []
    /// The group's ports, flat.
    public var ports: [AllocatedPort] = []

    public init() {}

    /// MHz of all tasks.
    public var cpu: Int { tasks.values.reduce(0) { $0 + $1.cpuShares } }
    public var memoryMB: Int { tasks.values.reduce(0) { $0 + $1.memoryMB } }
}

public struct AllocatedTask: Codable, Hashable, Sendable {
    public var cpuShares = 0
    public var reservedCores: [Int] = []
    public var memoryMB = 0
    public var memoryMaxMB = 0
    /// The task's own networks (2019 form) with their ports filled in.
    public var networks: [NetworkSpec] = []
    public var devices: [AllocatedDevice] = []

    public init() {}
}

public struct AllocatedDevice: Codable, Hashable, Sendable {
    public var vendor = ""
    public var type = ""
    public var name = ""
    public var deviceIDs: [String] = []

    public init() {}
}

public struct AllocatedPort: Codable, Hashable, Sendable {
    public var label = ""
    public var value = 0
    public var to = 0
    public var hostIP = ""

    public init() {}
}

/// What the deployment (or migration) thinks of the allocation.
public struct AllocationHealth: Codable, Hashable, Sendable {
    /// Nil until decided.
    public var healthy: Bool?
    public var timestamp = Timestamp.zero
    public var canary = false
    public var modifyIndex: LogIndex = 0

    public init() {}
}

public struct RescheduleTracker: Codable, Hashable, Sendable {
    public var events: [RescheduleEvent] = []
    public var lastReschedule = ""

    public init() {}
}

public struct RescheduleEvent: Codable, Hashable, Sendable {
    /// Nanoseconds since the epoch.
    public var rescheduleTime: Int64 = 0
    public var prevAllocID = AllocationID.zero
    public var prevNodeID = NodeID.zero
    public var delay = TimeSpan.zero

    public init() {}
}

public struct NetworkStatus: Codable, Hashable, Sendable {
    public var interfaceName = ""
    public var address = ""
    public var addressIPv6 = ""
    public var dns: DNSSpec?

    public init() {}
}

public struct AllocationStateChange: Codable, Hashable, Sendable {
    public var field = ""
    public var value = ""
    public var time = Timestamp.zero

    public init() {}
}
