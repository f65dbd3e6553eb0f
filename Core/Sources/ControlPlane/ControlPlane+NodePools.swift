public import Base
import Model
public import State

/// The settings of a pool of nodes. A pool also exists when a node names it.
public struct NodePool: Codable, Hashable, Sendable {
    public var name = ""
    public var description = ""
    public var meta: [String: String] = [:]
    /// `{SchedulerAlgorithm, MemoryOversubscriptionEnabled}`; nil: the cluster's.
    public var schedulerConfiguration: JSON?
    public var nodeIdentityTTL = TimeSpan.zero
    public var createIndex: UInt64 = 0
    public var modifyIndex: UInt64 = 0

    public init() {}

    public static let table = State.nodePoolTable
    /// Pools that always exist and can't be changed.
    public static let builtIn = ["all", "default"]

    public static func isValid(name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension State {
    /// Every pool: those with settings, those that nodes name, and the built-in ones; by name.
    public var allNodePools: [NodePool] {
        var pools: [String: NodePool] = [:]
        for name in NodePool.builtIn + allNodes.map(\.nodePool) where !name.isEmpty {
            var pool = NodePool()
            pool.name = name
            (pool.createIndex, pool.modifyIndex) = (1, 1)
            if name == "all" { pool.description = "Node pool with all nodes in the cluster." }
            if name == "default" { pool.description = "Default node pool." }
            pools[name] = pool
        }
        for (name, tree) in records(table: NodePool.table) {
            if let pool = try? WireDecoder().decode(NodePool.self, from: tree) { pools[name] = pool }
        }
        return pools.values.sorted { $0.name < $1.name }
    }

    public func nodePool(_ name: String) -> NodePool? { allNodePools.first { $0.name == name } }
}

extension ControlPlane {
    mutating func putNodePool(_ wanted: NodePool) throws(CommandError) -> Reply {
        var pool = wanted
        guard !NodePool.builtIn.contains(pool.name) else {
            throw CommandError(400, "modifying node pool \"\(pool.name)\" is not allowed")
        }
        guard NodePool.isValid(name: pool.name) else {
            throw CommandError(400, "invalid node pool: invalid name \"\(pool.name)\"")
        }
        guard pool.description.utf8.count <= 256 else {
            throw CommandError(400, "invalid node pool: description longer than 256")
        }
        let algorithm = pool.schedulerConfiguration?["SchedulerAlgorithm"]?.stringValue ?? ""
        guard ["", "binpack", "spread"].contains(algorithm) else {
            throw CommandError(400, "invalid node pool: invalid scheduler algorithm: \(algorithm)")
        }
        let old = head.record(table: NodePool.table, key: pool.name)?["CreateIndex"]?.intValue
        (pool.createIndex, pool.modifyIndex) = (old.map { UInt64(clamping: $0) } ?? nextIndex, nextIndex)
        var reply = Reply()
        // Texts and numbers always encode.
        let tree = (try? WireEncoder().encode(pool)) ?? .null
        reply.index = commit("NodePoolUpserted", [.record(table: NodePool.table, key: pool.name, tree)])
        return reply
    }

    mutating func deleteNodePool(_ name: String) throws(CommandError) -> Reply {
        guard !NodePool.builtIn.contains(name) else {
            throw CommandError(400, "modifying node pool \"\(name)\" is not allowed")
        }
        guard head.nodePool(name) != nil else { throw CommandError(404, "node pool not found") }
        if head.allNodes.contains(where: { $0.nodePool == name }) {
            throw CommandError(400, "node pool \"\(name)\" has nodes in regions: [global]")
        }
        let used = head.allJobs().contains { $0.job.nodePool == name && $0.job.status != JobStatus.dead.rawValue }
        if used { throw CommandError(400, "node pool \"\(name)\" has non-terminal jobs in regions: [global]") }
        var reply = Reply()
        reply.index = commit("NodePoolDeleted", [.record(table: NodePool.table, key: name, nil)])
        return reply
    }

    /// Deletes evaluations by hand, which needs a paused broker so that nothing is under way.
    mutating func deleteEvaluations(_ ids: [EvaluationID]) throws(CommandError) -> Reply {
        guard head.schedulerConfiguration.pauseEvalBroker else {
            throw CommandError(500, "eval broker is enabled; eval broker must be paused to delete evals")
        }
        for id in ids {
            guard head.evaluation(id) != nil else { throw CommandError(404, "eval not found: \(id)") }
            guard head.allocations(ofEvaluation: id).allSatisfy(\.isTerminal) else {
                throw CommandError(500, "eval \(id) is not safe to delete")
            }
        }
        var reply = Reply()
        var rest = ids[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(configuration.deletionsPerEntry))
            rest = rest.dropFirst(part.count)
            reply.index = commit("EvaluationsDeleted", [.deleteEvaluations(part)])
        }
        return reply
    }
}
