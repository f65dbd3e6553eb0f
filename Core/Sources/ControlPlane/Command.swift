public import Base
public import Model
public import State

/// A wish of an API client (or of the shell on its behalf) that changes the cluster.
///
/// Jobs come in canonical and validated as far as a single job can be; what depends on the cluster
/// (namespace exists, index enforced, type change…) is checked here.
public enum Command: Sendable {
    case registerJob(RegisterJob)
    case deregisterJob(JobKey, purge: Bool, evalPriority: Int?, noShutdownDelay: Bool)
    case evaluateJob(JobKey, forceReschedule: Bool)
    case revertJob(JobKey, version: UInt64, enforcePriorVersion: UInt64?)
    /// Names a version of a job; without a version the newest.
    case tagJobVersion(JobKey, tag: String, version: UInt64?, description: String)
    case untagJobVersion(JobKey, tag: String)
    case setJobStability(JobKey, version: UInt64, stable: Bool)
    case scaleJob(
        JobKey, group: String, count: Int?, message: String, error: Bool, meta: JSON?, enforceIndex: LogIndex? = nil)
    /// Launches a child of a periodic job now.
    case forcePeriodic(JobKey)
    /// Launches a child of a parameterized job. The payload is base64; a priority of 0 is the parent's.
    case dispatchJob(
        JobKey, payload: String?, meta: [String: String], idPrefix: String, idempotencyToken: String,
        priority: Int = 0)

    case stopAllocation(AllocationID, noShutdownDelay: Bool)
    case promoteDeployment(DeploymentID, groups: [String]?)
    case failDeployment(DeploymentID)
    case pauseDeployment(DeploymentID, paused: Bool)
    case setAllocationHealth(DeploymentID, healthy: [AllocationID], unhealthy: [AllocationID])

    case setEligibility(NodeID, eligible: Bool)
    /// Starts draining (a strategy) or stops it (nil).
    case drainNode(NodeID, DrainStrategy?, markEligible: Bool, meta: JSON?)
    case evaluateNode(NodeID)
    case purgeNode(NodeID)

    case putNamespace(Namespace)
    case deleteNamespace(String)
    case setSchedulerConfiguration(SchedulerConfiguration, checkIndex: LogIndex?)
    /// Makes volumes of storage plugins known, or changes them: all or none.
    case registerVolumes([CSIVolume])
    case deregisterVolume(VolumeKey, force: Bool)
    /// Makes sure that nothing on a node uses a volume.
    case detachVolume(VolumeKey, from: NodeID)
    case putRecord(table: String, key: String, JSON?)
    case access(AccessCommand)
    case variables(VariableCommand)
    case putNodePool(NodePool)
    case deleteNodePool(String)
    case deleteEvaluations([EvaluationID])
    case collectGarbage

    // From nodes, over the node link.
    case registerNode(Node)
    /// The node lives; answers with the time until the next beat is due.
    case heartbeat(NodeID)
    case updateAllocations(NodeID, [AllocationUpdate])
}

/// A job to register and the conditions of doing it.
public struct RegisterJob: Sendable {
    public var job: Job
    /// Only if the stored job's `jobModifyIndex` is this; 0 is "must not exist". Nil: unconditionally.
    public var enforceIndex: LogIndex?
    public var preserveCounts = false
    /// Keep the resources of tasks that the stored job has too.
    public var preserveResources = false
    public var evalPriority: Int?
    /// The text the job came from, kept for `job inspect -hcl`.
    public var submission: JSON?

    public init(job: Job) { self.job = job }
}

/// What a command answers when its entry is durable.
public struct Reply: Hashable, Sendable {
    /// The log index at which it became true.
    public var index: LogIndex = 0
    public var evaluation: EvaluationID = .zero
    public var evaluations: [EvaluationID] = []
    /// The index at which the evaluation was made.
    public var evaluationIndex: LogIndex = 0
    public var jobModifyIndex: LogIndex = 0
    public var jobCreateIndex: LogIndex = 0
    public var nodeModifyIndex: LogIndex = 0
    public var deploymentModifyIndex: LogIndex = 0
    public var dispatchedJobID = ""
    public var revertedJobVersion: UInt64?
    public var heartbeatTTL = TimeSpan.zero
    /// For check-and-set commands: whether it was done.
    public var updated = true
    public var warnings = ""
    /// The name that a job version was given, as the API shows it.
    public var versionTag: JSON?

    public init() {}
}

/// Why a command was refused.
public struct CommandError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The HTTP status that fits: 400 bad request, 403, 404 unknown, 409 conflict, 429 overload, 500 refused.
    public var status: Int
    /// What is wrong and what to do; keeps the words that clients look for.
    public var message: String

    public init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    public var description: String { message }
}

/// Names a command while it is under way.
public typealias RequestID = UInt64

/// What the machine is told.
public enum Input: Sendable {
    case command(RequestID, Command)
    /// Time has passed; timers that are due act.
    case tick
    /// This server has just become the leader: read timers, queues and heartbeats from the state.
    case lead
}

/// What the shell has to do after a step, in this order.
public struct Effects: Sendable {
    /// To append to the journal, in order. They are applied to the machine's own state already.
    public var entries: [Entry] = []
    /// What each of the entries touched, in their order.
    public var touched: [[Touched]] = []
    /// To be given once the entry with `after` is durable (0: at once).
    public var replies: [PendingReply] = []
    /// When `tick` is due at the latest; nil if nothing waits.
    public var wakeAt: Instant?
    /// Evaluations are left to be scheduled: call `step(.tick)` again without waiting.
    public var hasMoreWork = false

    public init() {}
}

public struct PendingReply: Sendable {
    public var request: RequestID
    public var result: Result<Reply, CommandError>
    public var after: LogIndex

    public init(request: RequestID, result: Result<Reply, CommandError>, after: LogIndex) {
        self.request = request
        self.result = result
        self.after = after
    }
}
