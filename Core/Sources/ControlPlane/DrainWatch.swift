import Base
import Model

/// Which nodes are draining and when to look at them again.
struct DrainWatch: Sendable {
    private var nodes: Set<NodeID> = []
    private var timers = TimerQueue<NodeID>()
    private(set) var isDirty = false

    var isEmpty: Bool { nodes.isEmpty }
    func holds(_ id: NodeID) -> Bool { nodes.contains(id) }
    mutating func next() -> Instant? { timers.next() }

    mutating func changed(_ id: NodeID) {
        nodes.insert(id)
        isDirty = true
    }

    mutating func remove(_ id: NodeID) {
        nodes.remove(id)
        timers.remove(id)
    }

    /// An allocation changed somewhere: it may be the replacement that a drain waits for.
    mutating func allocationsChanged() { isDirty = true }

    mutating func wake(_ id: NodeID, at time: Instant) { timers.set(id, at: time) }

    /// The nodes to look at, by id.
    mutating func take(at now: Instant) -> [NodeID] {
        var due = isDirty
        while timers.pop(at: now) != nil { due = true }
        isDirty = false
        return due ? nodes.sorted() : []
    }
}
