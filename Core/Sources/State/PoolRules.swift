import Base
import Model

/// What the scheduler configuration says for a pool of nodes: the cluster's, but for what the pool has of its own.
public struct PoolRules: Equatable, Sendable {
    /// The emptier a node, the better.
    public let spreads: Bool
    /// Tasks may get more memory than they ask for.
    public let oversubscribes: Bool

    public init(_ state: State, pool: String) {
        let cluster = state.schedulerConfiguration
        let own = state.record(table: State.nodePoolTable, key: pool)?["SchedulerConfiguration"]
        let algorithm = own?["SchedulerAlgorithm"]?.stringValue ?? ""
        spreads = (algorithm.isEmpty ? cluster.schedulerAlgorithm : algorithm) == "spread"
        oversubscribes = own?["MemoryOversubscriptionEnabled"]?.boolValue ?? cluster.memoryOversubscriptionEnabled
    }
}

extension State {
    /// Pools that have a setting of their own for it, and whether their tasks may get more memory than they ask for.
    public var oversubscriptionByPool: [String: Bool] {
        var pools: [String: Bool] = [:]
        for (name, pool) in records(table: Self.nodePoolTable)
        where pool["SchedulerConfiguration"]?["MemoryOversubscriptionEnabled"]?.boolValue != nil {
            pools[name] = PoolRules(self, pool: name).oversubscribes
        }
        return pools
    }
}
