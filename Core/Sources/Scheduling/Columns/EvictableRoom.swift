import Model
import State

/// What the allocations of a node hold, by the priority of their jobs: the most that evictions could free.
struct EvictableRoom: Sendable {
    /// By ascending priority: what allocations of this and of lower ones hold together.
    private var steps: [(priority: Int, sum: Footprint)] = []

    /// Reads all that is on a node, also what is to stop: never too little.
    init(node: NodeID, _ state: State) {
        var byPriority: [Int: Footprint] = [:]
        state.forEachAllocationUnordered(onNode: node) { allocation in
            guard !allocation.isClientTerminal else { return }
            byPriority[allocation.job.job.priority, default: Footprint()].add(allocation.footprint)
        }
        var sum = Footprint()
        for (priority, held) in byPriority.sorted(by: { $0.key < $1.key }) {
            sum.add(held)
            steps.append((priority, sum))
        }
    }

    var lowestPriority: Int? { steps.first?.priority }

    /// What allocations up to a priority hold.
    func sum(upTo priority: Int) -> Footprint {
        steps.last { $0.priority <= priority }?.sum ?? Footprint()
    }
}
