public import Base

/// A room for jobs with names of their own.
public struct Namespace: Codable, Hashable, Sendable {
    public var name = ""
    public var description = ""
    public var quota = ""
    public var capabilities: JSON?
    public var meta: [String: String] = [:]
    public var hash = ""
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}
    public static let defaultName = "default"
}

/// How the scheduler behaves, changeable at run time.
public struct SchedulerConfiguration: Codable, Hashable, Sendable {
    /// `binpack` or `spread`.
    public var schedulerAlgorithm = "binpack"
    public var memoryOversubscriptionEnabled = false
    public var rejectJobRegistration = false
    public var pauseEvalBroker = false
    public var preemptionConfig = PreemptionConfiguration()
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}
}

public struct PreemptionConfiguration: Codable, Hashable, Sendable {
    public var systemSchedulerEnabled = true
    public var sysBatchSchedulerEnabled = false
    public var batchSchedulerEnabled = false
    public var serviceSchedulerEnabled = false

    public init() {}
}

/// One entry of a group's scaling history.
public struct ScalingEvent: Codable, Hashable, Sendable {
    /// Nanoseconds since the epoch.
    public var time: Int64 = 0
    public var count: Int?
    public var previousCount = 0
    public var message = ""
    public var error = false
    public var meta: JSON?
    public var evalID: EvaluationID?
    public var createIndex: LogIndex = 0

    public init() {}
}

/// Counts of a job's allocations by state, per group, and of its children.
public struct JobSummary: Codable, Hashable, Sendable {
    public var jobID = ""
    public var namespace = "default"
    public var summary: [String: GroupSummary] = [:]
    public var children: ChildSummary?
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}
}

public struct GroupSummary: Codable, Hashable, Sendable {
    public var queued = 0
    public var complete = 0
    public var failed = 0
    public var running = 0
    public var starting = 0
    public var lost = 0
    public var unknown = 0

    public init() {}
}

public struct ChildSummary: Codable, Hashable, Sendable {
    public var pending = 0
    public var running = 0
    public var dead = 0

    public init() {}
}
