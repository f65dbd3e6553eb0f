public import Base

public enum EvaluationStatus: String, Codable, Sendable, CaseIterable {
    case pending, blocked, complete, failed, canceled
    public var isTerminal: Bool { self == .complete || self == .failed || self == .canceled }
}

/// Why an evaluation was made.
public enum EvaluationTrigger: String, Codable, Sendable, CaseIterable {
    case jobRegister = "job-register"
    case jobDeregister = "job-deregister"
    case periodicJob = "periodic-job"
    case nodeDrain = "node-drain"
    case nodeUpdate = "node-update"
    case allocStop = "alloc-stop"
    case scheduled
    case rollingUpdate = "rolling-update"
    case deploymentWatcher = "deployment-watcher"
    case failedFollowUp = "failed-follow-up"
    case maxPlanAttempts = "max-plan-attempts"
    case allocFailure = "alloc-failure"
    case allocReschedule = "alloc-reschedule"
    case queuedAllocs = "queued-allocs"
    case preemption
    case jobScaling = "job-scaling"
    case maxDisconnectTimeout = "max-disconnect-timeout"
    case reconnect
}

/// A request to the scheduler to look at one job.
public struct Evaluation: Codable, Hashable, Sendable, OmitsZeroValues {
    public var id = EvaluationID.zero
    public var namespace = "default"
    public var priority = 50
    public var type = JobType.service
    public var triggeredBy = EvaluationTrigger.jobRegister
    public var jobID = ""
    public var jobModifyIndex: LogIndex = 0
    public var nodeID = NodeID.zero
    public var nodeModifyIndex: LogIndex = 0
    public var deploymentID = DeploymentID.zero
    public var status = EvaluationStatus.pending
    public var statusDescription = ""
    /// Not before this time; zero is at once.
    public var waitUntil: Timestamp?
    public var nextEval = EvaluationID.zero
    public var previousEval = EvaluationID.zero
    /// The blocked evaluation that waits for room for what this one could not place.
    public var blockedEval = EvaluationID.zero
    public var failedTGAllocs: [String: AllocationMetric] = [:]
    /// Whether each computed class could ever take the job, as far as is known.
    public var classEligibility: [String: Bool] = [:]
    /// Some constraint looks at unique attributes, so classes say nothing.
    public var escapedComputedClass = false
    public var quotaLimitReached = ""
    /// Placements still missing after this evaluation, by group.
    public var queuedAllocations: [String: Int] = [:]
    public var planAnnotations: PlanAnnotations?
    public var snapshotIndex: LogIndex = 0
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0
    public var createTime: Int64 = 0
    public var modifyTime: Int64 = 0

    public init() {}
    public var job: JobKey { JobKey(namespace: namespace, id: jobID) }
}

/// What the scheduler saw when it placed, or could not place, an allocation.
public struct AllocationMetric: Codable, Hashable, Sendable {
    public var nodesEvaluated = 0
    public var nodesFiltered = 0
    public var nodesInPool = 0
    public var nodePool = ""
    /// Candidates by datacenter.
    public var nodesAvailable: [String: Int] = [:]
    public var classFiltered: [String: Int] = [:]
    public var constraintFiltered: [String: Int] = [:]
    public var nodesExhausted = 0
    public var classExhausted: [String: Int] = [:]
    public var dimensionExhausted: [String: Int] = [:]
    public var quotaExhausted: [String] = []
    public var resourcesExhausted: [String: ResourceSpec] = [:]
    public var scores: [String: Double] = [:]
    /// The best few nodes with their scores, best first.
    public var scoreMetaData: [NodeScore] = []
    /// Nanoseconds; always 0 from a deterministic core unless the shell measured it.
    public var allocationTime: Int64 = 0
    /// Further allocations of the group that failed for the same reason.
    public var coalescedFailures = 0

    public init() {}
}

public struct NodeScore: Codable, Hashable, Sendable {
    public var nodeID = NodeID.zero
    /// By scorer: `binpack`, `job-anti-affinity`, `node-affinity`, `node-reschedule-penalty`, …
    public var scores: [String: Double] = [:]
    public var normScore = 0.0

    public init() {}
}

/// What a plan would do, for `job plan`.
public struct PlanAnnotations: Codable, Hashable, Sendable {
    public var desiredTGUpdates: [String: DesiredUpdates] = [:]
    public var preemptedAllocs: [AllocationStub] = []

    public init() {}
}

public struct DesiredUpdates: Codable, Hashable, Sendable {
    public var ignore = 0
    public var place = 0
    public var migrate = 0
    public var stop = 0
    public var inPlaceUpdate = 0
    public var destructiveUpdate = 0
    public var canary = 0
    public var preemptions = 0
    public var disconnect = 0
    public var reconnect = 0
    public var rescheduleNow = 0
    public var rescheduleLater = 0

    public init() {}
}

/// Enough of an allocation to name it.
public struct AllocationStub: Codable, Hashable, Sendable {
    public var id = AllocationID.zero
    public var jobID = ""
    public var namespace = ""
    public var taskGroup = ""
    public var jobType = ""

    public init() {}
}
