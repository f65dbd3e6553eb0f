public import Base

/// One instance of a group on a node.
///
/// A value of one word: its content lies behind a reference that copies share until one of them is changed. What
/// many allocations have in common is shared again behind references of its own (`job`, `sharedResources`,
/// `metrics`), and what few of them have takes room only where it is set.
public struct Allocation: Sendable {
    private var storage: AllocationStorage

    public init(job: SharedJob) { storage = AllocationStorage(AllocationFields(job: job)) }

    /// A new instance on its node.
    public init(
        id: AllocationID, job: SharedJob, evalID: EvaluationID, nodeID: NodeID, nodeName: String, taskGroup: String,
        index: Int, _ resources: SharedResources, _ metrics: SharedMetric?
    ) {
        var fields = AllocationFields(job: job)
        (fields.id, fields.evalID, fields.nodeID) = (id, evalID, nodeID)
        (fields.nodeName, fields.taskGroup, fields.index) = (nodeName, taskGroup, index)
        (fields.resources, fields.metrics) = (resources, metrics)
        storage = AllocationStorage(fields)
    }

    init(fields: AllocationFields) { storage = AllocationStorage(fields) }

    var fields: AllocationFields {
        get { storage.fields }
        set {
            if isKnownUniquelyReferenced(&storage) {
                storage.fields = newValue
            } else {
                storage = AllocationStorage(newValue)
            }
        }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = AllocationStorage(storage.fields) }
            yield &storage.fields
        }
    }

    /// Whether it is the very same content, not only equal; costs nothing.
    public func isIdentical(to other: Allocation) -> Bool { storage === other.storage }
}

extension Allocation: Hashable {
    public static func == (a: Allocation, b: Allocation) -> Bool {
        a.storage === b.storage || a.storage.fields == b.storage.fields
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// What an allocation holds, behind its reference.
///
/// Unchecked: the fields change only through an `Allocation` that holds the only reference.
final class AllocationStorage: @unchecked Sendable {
    // Whoever reaches the fields to change them holds the only reference: no two accesses can overlap.
    @exclusivity(unchecked) var fields: AllocationFields
    init(_ fields: AllocationFields) { self.fields = fields }
}

struct AllocationFields: Hashable, Sendable {
    var id = AllocationID.zero
    var evalID = EvaluationID.zero
    var nodeID = NodeID.zero
    var deploymentID = DeploymentID.zero
    var nodeName = ""
    var taskGroup = ""
    var clientDescription = ""
    var job: SharedJob
    var resources = SharedResources.none
    var metrics: SharedMetric?
    var states = PackedTaskStates.none
    var rest: AllocationRest?
    var index = 0
    var createIndex: LogIndex = 0
    var modifyIndex: LogIndex = 0
    var allocModifyIndex: LogIndex = 0
    var createTime: Int64 = 0
    var modifyTime: Int64 = 0
    // An `AllocationHealth?` in its parts, which lie closer together.
    var healthTime = Timestamp.zero
    var healthIndex: LogIndex = 0
    var hasHealth = false
    var healthy: Bool?
    var isCanary = false
    var desiredStatus = DesiredStatus.run
    var clientStatus = ClientStatus.pending
    var desiredTransition = DesiredTransition()

    init(job: SharedJob) { self.job = job }
}

/// What few allocations have.
final class AllocationRest: Hashable, Sendable {
    struct Fields: Hashable, Sendable {
        var desiredDescription = ""
        var previousAllocation = AllocationID.zero
        var nextAllocation = AllocationID.zero
        var rescheduleTracker: RescheduleTracker?
        var followupEvalID = EvaluationID.zero
        var preemptedAllocations: [AllocationID] = []
        var preemptedByAllocation = AllocationID.zero
        var networkStatus: NetworkStatus?
        var allocStates: [AllocationStateChange] = []
    }

    static let empty = Fields()
    let fields: Fields

    /// Nil when there is nothing to keep.
    init?(_ fields: Fields) {
        if fields == Self.empty { return nil }
        self.fields = fields
    }

    static func == (a: AllocationRest, b: AllocationRest) -> Bool { a === b || a.fields == b.fields }
    func hash(into hasher: inout Hasher) { hasher.combine(fields.previousAllocation) }
}

extension Allocation {
    public var id: AllocationID {
        get { fields.id }
        set { fields.id = newValue }
    }
    public var evalID: EvaluationID {
        get { fields.evalID }
        set { fields.evalID = newValue }
    }
    public var nodeID: NodeID {
        get { fields.nodeID }
        set { fields.nodeID = newValue }
    }
    public var nodeName: String {
        get { fields.nodeName }
        set { fields.nodeName = newValue }
    }
    /// The job version it runs.
    public var job: SharedJob {
        get { fields.job }
        set { fields.job = newValue }
    }
    public var taskGroup: String {
        get { fields.taskGroup }
        set { fields.taskGroup = newValue }
    }
    /// Position in the group: unique, dense and stable among the live allocations of a job version's group.
    public var index: Int {
        get { fields.index }
        set { fields.index = newValue }
    }
    /// What it got on its node. Setting it gives it a copy of its own; `sharedResources` doesn't.
    public var resources: AllocatedResources {
        get { fields.resources.resources }
        set { fields.resources = SharedResources(newValue) }
    }
    public var sharedResources: SharedResources {
        get { fields.resources }
        set { fields.resources = newValue }
    }
    public var metrics: SharedMetric? {
        get { fields.metrics }
        set { fields.metrics = newValue }
    }
    public var desiredStatus: DesiredStatus {
        get { fields.desiredStatus }
        set { fields.desiredStatus = newValue }
    }
    public var desiredTransition: DesiredTransition {
        get { fields.desiredTransition }
        set { fields.desiredTransition = newValue }
    }
    public var clientStatus: ClientStatus {
        get { fields.clientStatus }
        set { fields.clientStatus = newValue }
    }
    public var clientDescription: String {
        get { fields.clientDescription }
        set { fields.clientDescription = newValue }
    }
    /// The states of its tasks, unpacked at every use: take them once where several are looked at.
    public var taskStates: [String: TaskState] {
        get { fields.states.states }
        set { fields.states = PackedTaskStates(newValue) }
    }
    /// The states of its tasks as the node reported them.
    public var packedTaskStates: PackedTaskStates {
        get { fields.states }
        set { fields.states = newValue }
    }
    public var deploymentID: DeploymentID {
        get { fields.deploymentID }
        set { fields.deploymentID = newValue }
    }
    public var deploymentStatus: AllocationHealth? {
        get {
            guard fields.hasHealth else { return nil }
            var health = AllocationHealth()
            (health.healthy, health.timestamp) = (fields.healthy, fields.healthTime)
            (health.canary, health.modifyIndex) = (fields.isCanary, fields.healthIndex)
            return health
        }
        set {
            let health = newValue ?? AllocationHealth()
            fields.hasHealth = newValue != nil
            (fields.healthy, fields.healthTime) = (health.healthy, health.timestamp)
            (fields.isCanary, fields.healthIndex) = (health.canary, health.modifyIndex)
        }
    }
    public var createIndex: LogIndex {
        get { fields.createIndex }
        set { fields.createIndex = newValue }
    }
    public var modifyIndex: LogIndex {
        get { fields.modifyIndex }
        set { fields.modifyIndex = newValue }
    }
    /// Changes when the servers changed what the node must do, not when the node reports.
    public var allocModifyIndex: LogIndex {
        get { fields.allocModifyIndex }
        set { fields.allocModifyIndex = newValue }
    }
    /// Nanoseconds since the epoch.
    public var createTime: Int64 {
        get { fields.createTime }
        set { fields.createTime = newValue }
    }
    public var modifyTime: Int64 {
        get { fields.modifyTime }
        set { fields.modifyTime = newValue }
    }
}

// MARK: - What few allocations have

extension Allocation {
    private var rest: AllocationRest.Fields {
        get { fields.rest?.fields ?? AllocationRest.empty }
        set { fields.rest = AllocationRest(newValue) }
    }

    public var desiredDescription: String {
        get { rest.desiredDescription }
        set { rest.desiredDescription = newValue }
    }
    public var previousAllocation: AllocationID {
        get { rest.previousAllocation }
        set { rest.previousAllocation = newValue }
    }
    public var nextAllocation: AllocationID {
        get { rest.nextAllocation }
        set { rest.nextAllocation = newValue }
    }
    public var rescheduleTracker: RescheduleTracker? {
        get { rest.rescheduleTracker }
        set { rest.rescheduleTracker = newValue }
    }
    public var followupEvalID: EvaluationID {
        get { rest.followupEvalID }
        set { rest.followupEvalID = newValue }
    }
    public var preemptedAllocations: [AllocationID] {
        get { rest.preemptedAllocations }
        set { rest.preemptedAllocations = newValue }
    }
    public var preemptedByAllocation: AllocationID {
        get { rest.preemptedByAllocation }
        set { rest.preemptedByAllocation = newValue }
    }
    public var networkStatus: NetworkStatus? {
        get { rest.networkStatus }
        set { rest.networkStatus = newValue }
    }
    /// When the node became unreachable and reachable again; for disconnect handling.
    public var allocStates: [AllocationStateChange] {
        get { rest.allocStates }
        set { rest.allocStates = newValue }
    }
}

// MARK: - What follows from it

extension Allocation {
    public var namespace: String { fields.job.job.namespace }
    public var jobID: String { fields.job.job.id }
    public var jobKey: JobKey { fields.job.job.key }
    public var jobVersion: UInt64 { fields.job.job.version }
    public var group: GroupSpec? { fields.job.job.group(taskGroup) }
    /// `web.front[2]`.
    public var name: String { "\(jobID).\(taskGroup)[\(index)]" }

    /// Nothing runs any more as far as the node reported (or it is known lost).
    public var isClientTerminal: Bool { clientStatus.isTerminal }
    /// The servers want it stopped, or it has ended by itself.
    public var isTerminal: Bool { desiredStatus != .run || isClientTerminal }
    /// Whether it still takes room on its node.
    public var occupiesNode: Bool { !isClientTerminal }
}
