public import Base
public import Model

/// One position of the cluster's log: changes that become true together.
///
/// Everything that varies (time, ids, random choices) is inside, so that applying is pure.
public struct Entry: Hashable, Sendable {
    public var index: LogIndex
    /// When the leader decided it.
    public var time: Instant
    /// What happened, in the words of the event stream: `JobRegistered`, `PlanResult`, `NodeDrain`, …
    public var cause: String
    public var changes: [Change]

    public init(index: LogIndex, time: Instant, cause: String, changes: [Change]) {
        self.index = index
        self.time = time
        self.cause = cause
        self.changes = changes
    }
}

/// A change of one kind of thing. Values carry their full new content; create and modify indexes and
/// modification times are stamped by `apply`, so callers need not set them.
public enum Change: Hashable, Sendable {
    /// A job's current version. A version number not seen before joins the job's history.
    case job(Job)
    /// Marks a kept version of a job as stable (a target of auto-revert) or not; nothing else of it changes.
    case jobStability(JobKey, version: UInt64, stable: Bool)
    /// Names a kept version of a job (the tag as the API shows it) or takes its name away.
    case jobVersionTag(JobKey, version: UInt64, JSON?)
    /// Deletes a job with its versions, scaling events and launch times. Its allocations stay until collected.
    case deleteJob(JobKey)
    case node(Node)
    case deleteNode(NodeID)
    /// Allocations as the servers want them: new ones, stopped ones, ones moved to a new job version.
    case allocations([Allocation])
    /// What nodes report of allocations.
    case allocationUpdates([AllocationUpdate])
    case deleteAllocations([AllocationID])
    case evaluations([Evaluation])
    case deleteEvaluations([EvaluationID])
    /// Deployments as the servers want them. Their counts (placed, healthy, unhealthy, canaries, progress
    /// deadline) follow the allocations by themselves; see `State.count`.
    case deployments([Deployment])
    case deleteDeployments([DeploymentID])
    case namespace(Namespace)
    case deleteNamespace(String)
    case schedulerConfiguration(SchedulerConfiguration)
    case scalingEvent(JobKey, group: String, ScalingEvent)
    /// A volume of a storage plugin; who uses it follows from the allocations.
    case volume(CSIVolume)
    case deleteVolume(VolumeKey)
    /// The last launch of a periodic job.
    case periodicLaunch(JobKey, Instant)
    /// A rare record that only the HTTP layer interprets (policies, tokens, variables…), by table and key.
    case record(table: String, key: String, JSON?)
}
