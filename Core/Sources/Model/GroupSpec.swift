public import Base

/// A group of a job: what is placed together on one node.
public struct GroupSpec: Codable, Hashable, Sendable {
    public var name = ""
    public var count = 1
    public var constraints: [Constraint] = []
    public var affinities: [Affinity] = []
    public var spreads: [Spread] = []
    public var tasks: [TaskSpec] = []
    public var restartPolicy = RestartPolicy()
    /// Nil for system and sysbatch jobs.
    public var reschedulePolicy: ReschedulePolicy?
    /// Nil for batch jobs: no deployments.
    public var update: UpdatePolicy?
    /// Nil but for service jobs.
    public var migrate: MigratePolicy?
    public var disconnect: DisconnectPolicy?
    public var ephemeralDisk = EphemeralDisk()
    public var networks: [NetworkSpec] = []
    public var services: [ServiceSpec] = []
    public var volumes: [String: VolumeRequest] = [:]
    public var meta: [String: String] = [:]
    public var scaling: ScalingSpec?
    public var consul: JSON?
    public var shutdownDelay: TimeSpan?
    public var stopAfterClientDisconnect: TimeSpan?
    public var maxClientDisconnect: TimeSpan?
    public var maxRunDuration: TimeSpan?
    public var preventRescheduleOnLost: Bool?

    public init() {}

    public func task(_ name: String) -> TaskSpec? { tasks.first { $0.name == name } }
}

/// What happens on the node when a task ends.
public struct RestartPolicy: Codable, Hashable, Sendable {
    public var attempts = 2
    public var interval = TimeSpan.minutes(30)
    public var delay = TimeSpan.seconds(15)
    /// `fail` or `delay`.
    public var mode = "fail"
    public var renderTemplates: Bool?

    public init() {}
}

/// What the cluster does when an allocation failed for good on its node.
public struct ReschedulePolicy: Codable, Hashable, Sendable {
    public var attempts = 0
    public var interval = TimeSpan.zero
    public var delay = TimeSpan.seconds(30)
    /// `constant`, `exponential` or `fibonacci`.
    public var delayFunction = "exponential"
    public var maxDelay = TimeSpan.hours(1)
    public var unlimited = true

    public init() {}
    public var isEnabled: Bool { unlimited || attempts > 0 }
}

/// How a changed group is rolled out.
public struct UpdatePolicy: Codable, Hashable, Sendable {
    /// 0 turns deployments off.
    public var maxParallel = 0
    /// `checks`, `task_states` or `manual`.
    public var healthCheck = ""
    public var minHealthyTime = TimeSpan.zero
    public var healthyDeadline = TimeSpan.zero
    /// Zero: the first unhealthy allocation fails the deployment.
    public var progressDeadline = TimeSpan.zero
    public var autoRevert = false
    public var autoPromote = false
    public var canary = 0
    public var stagger = TimeSpan.zero

    public init() {}
}

/// How allocations leave a draining node.
public struct MigratePolicy: Codable, Hashable, Sendable {
    public var maxParallel = 1
    public var healthCheck = "checks"
    public var minHealthyTime = TimeSpan.seconds(10)
    public var healthyDeadline = TimeSpan.minutes(5)

    public init() {}
}

/// What happens to allocations of a node that is out of reach.
public struct DisconnectPolicy: Codable, Hashable, Sendable {
    public var lostAfter = TimeSpan.zero
    public var stopOnClientAfter: TimeSpan?
    public var replace: Bool?
    public var reconcile = "best_score"

    public init() {}
}

public struct EphemeralDisk: Codable, Hashable, Sendable {
    /// MB that the allocation's directory may take.
    public var sizeMB = 300
    public var sticky = false
    public var migrate = false

    public init() {}
}

/// A group volume: what the tasks of the group may mount.
public struct VolumeRequest: Codable, Hashable, Sendable {
    public var name = ""
    /// `host` or `csi`.
    public var type = ""
    public var source = ""
    public var readOnly = false
    public var sticky: Bool?
    public var perAlloc = false
    public var accessMode = ""
    public var attachmentMode = ""
    public var mountOptions: JSON?

    public init() {}
}

/// Bounds and policy for `job scale` and autoscalers.
public struct ScalingSpec: Codable, Hashable, Sendable {
    public var id = ""
    public var type = "horizontal"
    public var target: [String: String] = [:]
    public var policy: JSON?
    public var min = 0
    public var max = 0
    public var enabled = true
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}
}
