public import Base
import Model

/// Version of the binary form of entries and snapshots; raised when it changes.
public let journalFormat: UInt64 = 1

extension Entry {
    /// The entry as the journal keeps it.
    /// - Throws: only what a value's own `encode(to:)` throws; ours don't.
    public func encoded() throws -> [UInt8] {
        var writer = BinaryWriter()
        writer.write(journalFormat)
        writer.write(index)
        writer.write(time.nanoseconds)
        writer.write(cause)
        writer.write(UInt64(changes.count))
        for change in changes { try change.write(to: &writer) }
        return writer.bytes
    }

    /// Reads an entry. `state` is the state it follows on: allocations name their job version, which is looked
    /// up among the state's versions and the jobs of this very entry.
    public init(encoded bytes: [UInt8], following state: State) throws(BinaryError) {
        var reader = BinaryReader(bytes)
        let format = try reader.uint64()
        guard format == journalFormat else {
            throw BinaryError(offset: 0, reason: "format \(format) is not \(journalFormat), the one of this program")
        }
        index = try reader.uint64()
        time = Instant(nanoseconds: try reader.int64())
        cause = try reader.string()
        var jobs = JobVersions(state)
        changes = []
        for _ in 0..<(try reader.count()) {
            let change = try Change(from: &reader, jobs: jobs)
            if case .job(let job) = change { jobs.add(SharedJob(job)) }
            changes.append(change)
        }
        guard reader.isAtEnd else {
            throw BinaryError(offset: reader.offset, reason: "the entry has a tail that nobody wrote")
        }
    }
}

/// Finds the job versions that allocations name.
struct JobVersions {
    /// A version of a job's incarnation: a job that was purged and registered again counts from 0 again.
    struct Name: Hashable, Comparable {
        var key: JobKey
        var createIndex: LogIndex
        var version: UInt64

        init(_ job: Job) { (key, createIndex, version) = (job.key, job.createIndex, job.version) }
        init(key: JobKey, createIndex: LogIndex, version: UInt64) {
            (self.key, self.createIndex, self.version) = (key, createIndex, version)
        }

        static func < (a: Name, b: Name) -> Bool {
            if a.key != b.key { return a.key < b.key }
            return a.createIndex != b.createIndex ? a.createIndex < b.createIndex : a.version < b.version
        }
    }

    private let state: State
    private var added: [Name: SharedJob] = [:]

    init(_ state: State) { self.state = state }

    mutating func add(_ job: SharedJob) { added[Name(job.job)] = job }

    /// The version as it is kept; else, since a job forgets old versions, as an allocation runs it.
    func find(_ name: Name, of allocation: AllocationID) -> SharedJob? {
        if let job = added[name] { return job }
        if let job = state.version(name.version, of: name.key), Name(job.job) == name { return job }
        if let job = state.allocation(allocation)?.job, Name(job.job) == name { return job }
        return state.allocations(ofJob: name.key).first { Name($0.job.job) == name }?.job
    }
}

extension Change {
    func write(to writer: inout BinaryWriter) throws {
        switch self {
        case .job(let job): try tagged(1, job, &writer)
        case .deleteJob(let key): try tagged(2, key, &writer)
        case .node(let node): try tagged(3, node, &writer)
        case .deleteNode(let id): try tagged(4, id, &writer)
        case .allocations(let list):
            writer.write(UInt64(5))
            writer.write(UInt64(list.count))
            for allocation in list { try allocation.write(to: &writer) }
        case .allocationUpdates(let list): try tagged(6, list, &writer)
        case .deleteAllocations(let ids): try tagged(7, ids, &writer)
        case .evaluations(let list): try tagged(8, list, &writer)
        case .deleteEvaluations(let ids): try tagged(9, ids, &writer)
        case .deployments(let list): try tagged(10, list, &writer)
        case .deleteDeployments(let ids): try tagged(11, ids, &writer)
        case .namespace(let namespace): try tagged(12, namespace, &writer)
        case .deleteNamespace(let name): try tagged(13, name, &writer)
        case .schedulerConfiguration(let configuration): try tagged(14, configuration, &writer)
        case .scalingEvent(let key, let group, let event):
            try tagged(15, key, &writer)
            writer.write(group)
            try writer.encode(event)
        case .periodicLaunch(let key, let launch):
            try tagged(16, key, &writer)
            writer.write(launch.nanoseconds)
        case .record(let table, let key, let value):
            writer.write(UInt64(17))
            writer.write(table)
            writer.write(key)
            writer.write(value != nil)
            if let value { writer.write(value.text) }
        case .jobStability(let key, let version, let stable):
            try tagged(18, key, &writer)
            writer.write(version)
            writer.write(stable)
        }
    }

    private func tagged(_ tag: UInt64, _ value: some Encodable, _ writer: inout BinaryWriter) throws {
        writer.write(tag)
        try writer.encode(value)
    }

    init(from reader: inout BinaryReader, jobs: JobVersions) throws(BinaryError) {
        let tag = try reader.uint64()
        switch tag {
        case 1: self = .job(try reader.decode(Job.self))
        case 2: self = .deleteJob(try reader.decode(JobKey.self))
        case 3: self = .node(try reader.decode(Node.self))
        case 4: self = .deleteNode(try reader.id())
        case 5:
            var list: [Allocation] = []
            for _ in 0..<(try reader.count()) { list.append(try Allocation(from: &reader, jobs: jobs)) }
            self = .allocations(list)
        case 6: self = .allocationUpdates(try reader.decode([AllocationUpdate].self))
        case 7: self = .deleteAllocations(try reader.decode([AllocationID].self))
        case 8: self = .evaluations(try reader.decode([Evaluation].self))
        case 9: self = .deleteEvaluations(try reader.decode([EvaluationID].self))
        case 10: self = .deployments(try reader.decode([Deployment].self))
        case 11: self = .deleteDeployments(try reader.decode([DeploymentID].self))
        case 12: self = .namespace(try reader.decode(Namespace.self))
        case 13: self = .deleteNamespace(try reader.string())
        case 14: self = .schedulerConfiguration(try reader.decode(SchedulerConfiguration.self))
        case 15:
            self = .scalingEvent(
                try reader.decode(JobKey.self), group: try reader.string(), try reader.decode(ScalingEvent.self))
        case 16:
            self = .periodicLaunch(try reader.decode(JobKey.self), Instant(nanoseconds: try reader.int64()))
        case 17:
            let (table, key) = (try reader.string(), try reader.string())
            // Not a conditional expression: there `nil` would be the JSON null, and a deletion a value.
            var value: JSON?
            if try reader.bool() { value = try reader.decode(JSON.self) }
            self = .record(table: table, key: key, value)
        case 18:
            self = .jobStability(
                try reader.decode(JobKey.self), version: try reader.uint64(), stable: try reader.bool())
        default: throw BinaryError(offset: reader.offset, reason: "a change of the unknown kind \(tag)")
        }
    }
}

extension Allocation {
    func write(to writer: inout BinaryWriter) throws {
        writer.write(jobKey.namespace)
        writer.write(jobKey.id)
        writer.write(job.job.createIndex)
        writer.write(jobVersion)
        writer.write(id)
        writer.write(evalID)
        writer.write(nodeID)
        writer.write(nodeName)
        writer.write(taskGroup)
        writer.write(index)
        try writer.encode(resources)
        writer.write(metrics != nil)
        if let metrics { try writer.encode(metrics.metric) }
        try writer.encode(AllocationRest(self))
    }

    init(from reader: inout BinaryReader, jobs: JobVersions) throws(BinaryError) {
        let key = JobKey(namespace: try reader.string(), id: try reader.string())
        let createIndex = try reader.uint64()
        let version = try reader.uint64()
        let id: AllocationID = try reader.id()
        guard let job = jobs.find(.init(key: key, createIndex: createIndex, version: version), of: id) else {
            throw BinaryError(
                offset: reader.offset,
                reason: "allocation \(id) runs version \(version) of job \"\(key.id)\", which is not known")
        }
        self.init(job: job)
        self.id = id
        evalID = try reader.id()
        nodeID = try reader.id()
        nodeName = try reader.string()
        taskGroup = try reader.string()
        index = try reader.int()
        resources = try reader.decode(AllocatedResources.self)
        if try reader.bool() { metrics = SharedMetric(try reader.decode(AllocationMetric.self)) }
        try reader.decode(AllocationRest.self).fill(&self)
    }
}

/// The parts of an allocation that are rarely large, in the order they are written.
private struct AllocationRest: Codable {
    var desiredStatus: DesiredStatus
    var desiredDescription: String
    var desiredTransition: DesiredTransition
    var clientStatus: ClientStatus
    var clientDescription: String
    var taskStates: [String: TaskState]
    var deploymentID: DeploymentID
    var deploymentStatus: AllocationHealth?
    var previousAllocation: AllocationID
    var nextAllocation: AllocationID
    var rescheduleTracker: RescheduleTracker?
    var followupEvalID: EvaluationID
    var preemptedAllocations: [AllocationID]
    var preemptedByAllocation: AllocationID
    var networkStatus: NetworkStatus?
    var allocStates: [AllocationStateChange]
    var createIndex: LogIndex
    var modifyIndex: LogIndex
    var allocModifyIndex: LogIndex
    var createTime: Int64
    var modifyTime: Int64

    init(_ a: Allocation) {
        (desiredStatus, desiredDescription, desiredTransition) = (
            a.desiredStatus, a.desiredDescription, a.desiredTransition
        )
        (clientStatus, clientDescription, taskStates) = (a.clientStatus, a.clientDescription, a.taskStates)
        (deploymentID, deploymentStatus) = (a.deploymentID, a.deploymentStatus)
        (previousAllocation, nextAllocation) = (a.previousAllocation, a.nextAllocation)
        (rescheduleTracker, followupEvalID) = (a.rescheduleTracker, a.followupEvalID)
        (preemptedAllocations, preemptedByAllocation) = (a.preemptedAllocations, a.preemptedByAllocation)
        (networkStatus, allocStates) = (a.networkStatus, a.allocStates)
        (createIndex, modifyIndex, allocModifyIndex) = (a.createIndex, a.modifyIndex, a.allocModifyIndex)
        (createTime, modifyTime) = (a.createTime, a.modifyTime)
    }

    func fill(_ a: inout Allocation) {
        (a.desiredStatus, a.desiredDescription, a.desiredTransition) = (
            desiredStatus, desiredDescription, desiredTransition
        )
        (a.clientStatus, a.clientDescription, a.taskStates) = (clientStatus, clientDescription, taskStates)
        (a.deploymentID, a.deploymentStatus) = (deploymentID, deploymentStatus)
        (a.previousAllocation, a.nextAllocation) = (previousAllocation, nextAllocation)
        (a.rescheduleTracker, a.followupEvalID) = (rescheduleTracker, followupEvalID)
        (a.preemptedAllocations, a.preemptedByAllocation) = (preemptedAllocations, preemptedByAllocation)
        (a.networkStatus, a.allocStates) = (networkStatus, allocStates)
        (a.createIndex, a.modifyIndex, a.allocModifyIndex) = (createIndex, modifyIndex, allocModifyIndex)
        (a.createTime, a.modifyTime) = (createTime, modifyTime)
    }
}
