public import Base
public import Model

/// What an agent writes down about an allocation, so that it finds everything again after a restart.
public struct AllocationSnapshot: Codable, Hashable, Sendable {
    public var specification: StoredAllocation
    public var state: AllocationRecord

    public init(specification: StoredAllocation, state: AllocationRecord) {
        self.specification = specification
        self.state = state
    }
}

/// The part that changes often.
public struct AllocationRecord: Codable, Hashable, Sendable {
    public var isBuilt = false
    public var isExpired = false
    /// Nothing runs any more, and its network is down.
    public var isDone = false
    public var networkStatus: NetworkStatus?
    public var healthy: Bool?
    public var healthTime = Timestamp.zero
    public var tasks: [String: TaskRecord] = [:]

    public init() {}
}

public struct TaskRecord: Codable, Hashable, Sendable {
    public var state = TaskState()
    public var restarts = RestartTracker()
    public var isPrepared = false
    /// Set while a process may exist.
    public var attempt = ""
    public var started: StartedInfo?

    public init() {}
}

/// An allocation in a form that can be written down: its job is a value here, not shared.
public struct StoredAllocation: Codable, Hashable, Sendable {
    public var id = AllocationID.zero
    public var evalID = EvaluationID.zero
    public var nodeID = NodeID.zero
    public var nodeName = ""
    public var job = Job()
    public var taskGroup = ""
    public var index = 0
    public var resources = AllocatedResources()
    public var desiredStatus = DesiredStatus.run
    public var desiredDescription = ""
    public var desiredTransition = DesiredTransition()
    public var clientStatus = ClientStatus.pending
    public var deploymentID = DeploymentID.zero
    public var deploymentStatus: AllocationHealth?
    public var previousAllocation = AllocationID.zero
    public var preemptedAllocations: [AllocationID] = []
    public var networkStatus: NetworkStatus?
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0
    public var allocModifyIndex: LogIndex = 0
    public var createTime: Int64 = 0

    public init(_ allocation: Allocation) {
        id = allocation.id
        evalID = allocation.evalID
        nodeID = allocation.nodeID
        nodeName = allocation.nodeName
        job = allocation.job.job
        taskGroup = allocation.taskGroup
        index = allocation.index
        resources = allocation.resources
        desiredStatus = allocation.desiredStatus
        desiredDescription = allocation.desiredDescription
        desiredTransition = allocation.desiredTransition
        clientStatus = allocation.clientStatus
        deploymentID = allocation.deploymentID
        deploymentStatus = allocation.deploymentStatus
        previousAllocation = allocation.previousAllocation
        preemptedAllocations = allocation.preemptedAllocations
        networkStatus = allocation.networkStatus
        createIndex = allocation.createIndex
        modifyIndex = allocation.modifyIndex
        allocModifyIndex = allocation.allocModifyIndex
        createTime = allocation.createTime
    }

    public var allocation: Allocation {
        var allocation = Allocation(job: SharedJob(job))
        allocation.id = id
        allocation.evalID = evalID
        allocation.nodeID = nodeID
        allocation.nodeName = nodeName
        allocation.taskGroup = taskGroup
        allocation.index = index
        allocation.resources = resources
        allocation.desiredStatus = desiredStatus
        allocation.desiredDescription = desiredDescription
        allocation.desiredTransition = desiredTransition
        allocation.clientStatus = clientStatus
        allocation.deploymentID = deploymentID
        allocation.deploymentStatus = deploymentStatus
        allocation.previousAllocation = previousAllocation
        allocation.preemptedAllocations = preemptedAllocations
        allocation.networkStatus = networkStatus
        allocation.createIndex = createIndex
        allocation.modifyIndex = modifyIndex
        allocation.allocModifyIndex = allocModifyIndex
        allocation.createTime = createTime
        return allocation
    }
}
