public import Base
import HashTreeCollections
import Model

/// Builds a state from the pieces of a snapshot, in the order in which they were written.
public struct SnapshotReader {
    private var state = State()
    private var jobs = JobVersions(State())
    private var versions: [JobVersionName: SharedJob] = [:]
    private var hasHead = false

    public init() {}

    /// Takes the next piece.
    /// - Throws: `BinaryError` with the place in the piece.
    public mutating func take(_ piece: [UInt8]) throws(BinaryError) {
        var reader = BinaryReader(piece)
        while !reader.isAtEnd {
            let number = try reader.uint64()
            guard let section = SnapshotSection(rawValue: number) else {
                throw BinaryError(offset: reader.offset, reason: "a section of the unknown kind \(number)")
            }
            guard hasHead || section == .head else {
                throw BinaryError(offset: reader.offset, reason: "the snapshot does not begin with its head")
            }
            try read(section, &reader)
        }
    }

    /// The state. Call it after the last piece.
    public consuming func finish() throws(BinaryError) -> State {
        guard hasHead else { throw BinaryError(offset: 0, reason: "the snapshot is empty") }
        for job in state.jobs.values where !job.job.parentID.isEmpty {
            let parent = JobKey(namespace: job.job.namespace, id: job.job.parentID)
            state.children[parent, default: []].insert(job.job.key)
            if state.jobs[parent] != nil { state.tallies[parent, default: JobTally()].count(child: job.job, by: 1) }
        }
        (state.touchedNodes, state.touchedDetail) = ([], 0)
        return state
    }

    private mutating func read(_ section: SnapshotSection, _ reader: inout BinaryReader) throws(BinaryError) {
        switch section {
        case .head: return try readHead(&reader)
        case .allocations: return try readAllocations(&reader)
        default: break
        }
        for _ in 0..<(try reader.count()) {
            switch section {
            case .jobs:
                let shared = SharedJob(try reader.decode(Job.self))
                jobs.add(shared)
                versions[JobVersionName(shared.job)] = shared
            case .histories: try readHistory(&reader)
            case .tallies: try readTally(&reader)
            case .scalingEvents:
                let key: JobKey = try reader.value()
                state.scalingEvents[key] = try reader.decode([String: [ScalingEvent]].self)
            case .launches:
                let key: JobKey = try reader.value()
                state.periodicLaunches[key] = try reader.value()
            case .nodes:
                let node = try reader.decode(Node.self)
                state.nodes[node.id] = node
                for plugin in node.pluginIDs {
                    state.plugins[plugin, default: PluginMembers()].nodes.insert(node.id)
                }
            case .evaluations: take(try reader.value())
            case .deployments: take(deployment: try reader.value())
            case .namespaces:
                let namespace = try reader.decode(Namespace.self)
                state.namespaces[namespace.name] = namespace
            case .records:
                let (table, key) = (try reader.string(), try reader.string())
                state.records[table, default: [:]][key] = try JSON(from: &reader)
            case .volumes:
                let volume = try reader.decode(CSIVolume.self)
                state.volumes[volume.key] = volume
            case .plugins:
                let id = try reader.string()
                let (created, modified) = (try reader.uint64(), try reader.uint64())
                state.plugins[id]?.createIndex = created
                state.plugins[id]?.modifyIndex = modified
            case .head, .allocations: break
            }
        }
    }

    private mutating func readHead(_ reader: inout BinaryReader) throws(BinaryError) {
        let format = try reader.uint64()
        guard format == journalFormat else {
            throw BinaryError(offset: 0, reason: "format \(format) is not \(journalFormat), the one of this program")
        }
        hasHead = true
        state.namespaces = [:]
        state.index = try reader.uint64()
        state.time = try reader.value()
        let indexes: [String: LogIndex] = try reader.map()
        for (table, index) in indexes {
            if let table = Table(rawValue: table) { state.tableIndexes[table] = index }
        }
        state.schedulerConfiguration = try reader.decode(SchedulerConfiguration.self)
    }

    private mutating func readHistory(_ reader: inout BinaryReader) throws(BinaryError) {
        let key: JobKey = try reader.value()
        let createIndex = try reader.uint64()
        let numbers: [UInt64] = try reader.list()
        let kept = numbers.compactMap { versions[.init(key: key, createIndex: createIndex, version: $0)] }
        state.versions[key] = kept
        state.jobs[key] = kept.first
    }

    private mutating func readTally(_ reader: inout BinaryReader) throws(BinaryError) {
        let key: JobKey = try reader.value()
        var tally = JobTally()
        tally.evaluations = try reader.int()
        tally.createIndex = try reader.uint64()
        tally.modifyIndex = try reader.uint64()
        let queued: [String: Int] = try reader.map()
        for (group, count) in queued { tally.groups[group, default: GroupSummary()].queued = count }
        state.tallies[key] = tally
    }

    private mutating func readAllocations(_ reader: inout BinaryReader) throws(BinaryError) {
        for allocation in try AllocationRows.read(from: &reader, job: jobs.find) {
            state.allocations[allocation.id] = allocation
            state.creationOrder.add(CollectionOfOne(allocation.id), at: allocation.createIndex)
            state.account(nil, allocation)
            state.restoreClaims(of: allocation)
            state.allocationsByJob[allocation.jobKey, default: []].insert(allocation.id)
            state.allocationsByNode[allocation.nodeID, default: []].insert(allocation.id)
            state.allocationsByEvaluation[allocation.evalID, default: []].insert(allocation.id)
            if !allocation.deploymentID.isZero {
                state.allocationsByDeployment[allocation.deploymentID, default: []].insert(allocation.id)
            }
            state.tallies[allocation.jobKey, default: JobTally()].count(allocation, by: 1)
        }
        state.touchedNodes = []
    }

    private mutating func take(_ evaluation: Evaluation) {
        state.evaluations[evaluation.id] = evaluation
        state.evaluationsByJob[evaluation.job, default: []].insert(evaluation.id)
        if !evaluation.status.isTerminal { state.tallies[evaluation.job, default: JobTally()].openEvaluations += 1 }
    }

    private mutating func take(deployment: Deployment) {
        state.deployments[deployment.id] = deployment
        state.deploymentsByJob[deployment.job, default: []].insert(deployment.id)
        // Only where it counts: a job that nothing counts for has no tally.
        if deployment.status.isActive { state.tallies[deployment.job, default: JobTally()].count(deployment, by: 1) }
    }
}
