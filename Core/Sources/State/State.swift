public import Base
import HashTreeCollections
public import Model

/// The tables whose change wakes blocking queries.
public enum Table: String, CaseIterable, Codable, Sendable {
    case jobs, jobSummaries, nodes, allocations, evaluations, deployments, namespaces, schedulerConfiguration,
        scalingEvents, periodicLaunches, records, volumes, plugins
}

/// All that the cluster knows, as a value. Copies share their content.
///
/// Reads are sorted wherever they are lists: iteration order of the maps never shows.
public struct State: Sendable {
    /// The last entry applied; 0 before the first.
    public internal(set) var index: LogIndex = 0
    /// When that entry was decided.
    public internal(set) var time = Instant.zero
    var tableIndexes: [Table: LogIndex] = [:]

    var jobs: TreeDictionary<JobKey, SharedJob> = [:]
    /// All kept versions, newest first; the first is the one in `jobs`.
    var versions: TreeDictionary<JobKey, [SharedJob]> = [:]
    var tallies: TreeDictionary<JobKey, JobTally> = [:]
    var nodes: TreeDictionary<NodeID, Node> = [:]
    var allocations: TreeDictionary<AllocationID, Allocation> = [:]
    /// Derived: allocations by the entries that made them.
    var creationOrder = CreationOrder()
    var allocationsByJob: TreeDictionary<JobKey, TreeSet<AllocationID>> = [:]
    var allocationsByNode: TreeDictionary<NodeID, TreeSet<AllocationID>> = [:]
    /// Derived: what live allocations take of their nodes.
    var nodeUse: TreeDictionary<NodeID, NodeUse> = [:]
    /// Derived: which nodes the last entries changed, by index.
    var touches: TreeDictionary<LogIndex, NodeTouches> = [:]
    /// The notes of the entry that is being applied.
    var touchedNodes: [TouchedNode] = []
    var touchedDetail: UInt64 = 0
    var allocationsByEvaluation: TreeDictionary<EvaluationID, TreeSet<AllocationID>> = [:]
    var allocationsByDeployment: TreeDictionary<DeploymentID, TreeSet<AllocationID>> = [:]
    var evaluations: TreeDictionary<EvaluationID, Evaluation> = [:]
    var evaluationsByJob: TreeDictionary<JobKey, TreeSet<EvaluationID>> = [:]
    var deployments: TreeDictionary<DeploymentID, Deployment> = [:]
    var deploymentsByJob: TreeDictionary<JobKey, TreeSet<DeploymentID>> = [:]
    var children: TreeDictionary<JobKey, TreeSet<JobKey>> = [:]
    var namespaces: TreeDictionary<String, Namespace> = [:]
    var scalingEvents: TreeDictionary<JobKey, [String: [ScalingEvent]]> = [:]
    var periodicLaunches: TreeDictionary<JobKey, Instant> = [:]
    var records: TreeDictionary<String, TreeDictionary<String, JSON>> = [:]
    var volumes: TreeDictionary<VolumeKey, CSIVolume> = [:]
    /// Derived: who uses each volume, registered or not.
    var claimants: TreeDictionary<VolumeKey, TreeSet<AllocationID>> = [:]
    /// Storage plugins by id. Their nodes are derived, their indexes are not.
    var plugins: TreeDictionary<String, PluginMembers> = [:]
    public internal(set) var schedulerConfiguration = SchedulerConfiguration()

    /// Versions of a job that are kept.
    public static let jobVersionsMax = 6
    /// Scaling events of a group that are kept.
    public static let scalingEventsMax = 20
    /// The records with the settings of node pools, by name.
    public static let nodePoolTable = "node_pool"

    /// An empty cluster with the default namespace.
    public init() {
        var namespace = Namespace()
        namespace.name = Namespace.defaultName
        namespace.description = "Default shared namespace"
        (namespace.createIndex, namespace.modifyIndex) = (1, 1)
        namespaces[Namespace.defaultName] = namespace
    }

    /// The index of the last change to any of the tables; what `X-Nomad-Index` shows and `index=` waits on.
    /// Never 0, so that clients can always block on it.
    public func tableIndex(_ tables: Table...) -> LogIndex {
        max(1, tables.map { tableIndexes[$0] ?? 0 }.max() ?? 0)
    }
}

// MARK: - Jobs

extension State {
    public func job(_ key: JobKey) -> SharedJob? { jobs[key] }
    public func job(namespace: String, id: String) -> SharedJob? { jobs[JobKey(namespace: namespace, id: id)] }
    /// All jobs by namespace and id. Nil namespace: all of them.
    public func allJobs(namespace: String? = nil, prefix: String = "") -> [SharedJob] {
        var found: [(key: JobKey, job: SharedJob)] = []
        for (key, job) in jobs
        where (namespace == nil || key.namespace == namespace) && (prefix.isEmpty || key.id.hasPrefix(prefix)) {
            found.append((key, job))
        }
        found.sort { $0.key < $1.key }
        return found.map(\.job)
    }
    /// Kept versions, newest first.
    public func versions(of key: JobKey) -> [SharedJob] { versions[key] ?? [] }
    public func version(_ version: UInt64, of key: JobKey) -> SharedJob? {
        versions[key]?.first { $0.job.version == version }
    }
    /// Jobs launched by a periodic or parameterized job, by id.
    public func children(of key: JobKey) -> [SharedJob] {
        (children[key] ?? []).sorted().compactMap { jobs[$0] }
    }
    public func tally(of key: JobKey) -> JobTally { tallies[key] ?? JobTally() }
    public func scalingEvents(of key: JobKey) -> [String: [ScalingEvent]] { scalingEvents[key] ?? [:] }
    public func periodicLaunch(of key: JobKey) -> Instant? { periodicLaunches[key] }
    /// Jobs with a launch time, by key.
    public var allPeriodicLaunches: [(key: JobKey, launch: Instant)] {
        periodicLaunches.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

// MARK: - Nodes, allocations, evaluations, deployments

extension State {
    public func node(_ id: NodeID) -> Node? { nodes[id] }
    public var nodeCount: Int { nodes.count }
    /// All nodes by id.
    public var allNodes: [Node] { nodes.values.sorted { $0.id < $1.id } }
    /// Calls a function with every node in no particular order: for sums and sets, never for anything shown.
    public func forEachNodeUnordered(_ body: (Node) -> Void) { for node in nodes.values { body(node) } }

    public func allocation(_ id: AllocationID) -> Allocation? { allocations[id] }
    public var allocationCount: Int { allocations.count }
    /// All allocations by creation, then id.
    public var allAllocations: [Allocation] { inOrder(Array(allocations.values)) }
    /// Where allocations stand in lists, by creation, then id: 24 bytes for each, so that a list of a million costs
    /// no copies of them.
    /// - Parameters:
    ///   - first: those before it are left out; nil: none.
    ///   - limit: so many from there on are wanted; nil: all.
    ///   - isWanted: nil: all of them, and none is looked at.
    public func allocationPlaces(
        from first: AllocationPlace? = nil, limit: Int? = nil, where isWanted: ((Allocation) -> Bool)? = nil
    ) -> [AllocationPlace] {
        creationOrder.places(from: first, limit: limit) { id in
            guard let isWanted else { return true }
            return allocations[id].map(isWanted) ?? false
        }
    }
    public func allocations(ofJob key: JobKey) -> [Allocation] { collect(allocationsByJob[key]) }
    public func allocations(onNode id: NodeID) -> [Allocation] { collect(allocationsByNode[id]) }
    public func allocations(ofEvaluation id: EvaluationID) -> [Allocation] { collect(allocationsByEvaluation[id]) }
    public func allocations(ofDeployment id: DeploymentID) -> [Allocation] { collect(allocationsByDeployment[id]) }
    /// Calls a function with the allocations of a node in no particular order: for sums, never for anything shown.
    public func forEachAllocationUnordered(onNode id: NodeID, _ body: (Allocation) -> Void) {
        for id in allocationsByNode[id] ?? [] { if let allocation = allocations[id] { body(allocation) } }
    }

    /// Whether a job has an allocation for which a test holds.
    public func containsAllocation(ofJob key: JobKey, where test: (Allocation) -> Bool) -> Bool {
        (allocationsByJob[key] ?? []).contains { id in allocations[id].map(test) ?? false }
    }

    private func collect(_ ids: TreeSet<AllocationID>?) -> [Allocation] {
        guard let ids else { return [] }
        // Places are sorted, not allocations, each comparison of which would follow two references.
        var list: [(place: AllocationPlace, allocation: Allocation)] = []
        list.reserveCapacity(ids.count)
        for id in ids {
            if let allocation = allocations[id] { list.append((AllocationPlace(allocation), allocation)) }
        }
        list.sort { $0.place < $1.place }
        return list.map(\.allocation)
    }
    private func inOrder(_ list: [Allocation]) -> [Allocation] {
        list.sorted { $0.createIndex != $1.createIndex ? $0.createIndex < $1.createIndex : $0.id < $1.id }
    }

    public func evaluation(_ id: EvaluationID) -> Evaluation? { evaluations[id] }
    public var allEvaluations: [Evaluation] { inOrder(Array(evaluations.values)) }
    public func evaluations(ofJob key: JobKey) -> [Evaluation] {
        inOrder((evaluationsByJob[key] ?? []).compactMap { evaluations[$0] })
    }
    private func inOrder(_ list: [Evaluation]) -> [Evaluation] {
        list.sorted { $0.createIndex != $1.createIndex ? $0.createIndex < $1.createIndex : $0.id < $1.id }
    }

    public func deployment(_ id: DeploymentID) -> Deployment? { deployments[id] }
    public var allDeployments: [Deployment] { inOrder(Array(deployments.values)) }
    public func deployments(ofJob key: JobKey) -> [Deployment] {
        inOrder((deploymentsByJob[key] ?? []).compactMap { deployments[$0] })
    }
    /// The newest deployment of a job, active or not.
    public func latestDeployment(ofJob key: JobKey) -> Deployment? { deployments(ofJob: key).last }
    private func inOrder(_ list: [Deployment]) -> [Deployment] {
        list.sorted { $0.createIndex != $1.createIndex ? $0.createIndex < $1.createIndex : $0.id < $1.id }
    }
}

/// An allocation's place in lists.
public struct AllocationPlace: Comparable, Sendable {
    public var createIndex: LogIndex
    public var id: AllocationID

    public init(createIndex: LogIndex, id: AllocationID) { (self.createIndex, self.id) = (createIndex, id) }
    init(_ allocation: Allocation) { (createIndex, id) = (allocation.createIndex, allocation.id) }

    public static func < (a: AllocationPlace, b: AllocationPlace) -> Bool {
        a.createIndex != b.createIndex ? a.createIndex < b.createIndex : a.id < b.id
    }
}

// MARK: - Namespaces and records

extension State {
    public func namespace(_ name: String) -> Namespace? { namespaces[name] }
    public var allNamespaces: [Namespace] { namespaces.values.sorted { $0.name < $1.name } }
    public func record(table: String, key: String) -> JSON? { records[table]?[key] }
    /// Records of a table by key.
    public func records(table: String) -> [(key: String, value: JSON)] {
        (records[table] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
