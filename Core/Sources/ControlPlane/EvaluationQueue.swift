import Base
import HeapModule
import Model

/// Evaluations that wait: ready ones by priority, then in order of arrival; delayed ones by time; blocked
/// ones until something they miss appears.
///
/// Follows the state: told of every evaluation that changed, it keeps the open ones and forgets the rest.
struct EvaluationQueue: Sendable {
    private struct Ready: Comparable, Sendable {
        var priority: Int
        var sequence: UInt64
        var id: EvaluationID
        static func < (a: Ready, b: Ready) -> Bool {
            a.priority != b.priority ? a.priority < b.priority : a.sequence > b.sequence
        }
        static func == (a: Ready, b: Ready) -> Bool { a.priority == b.priority && a.sequence == b.sequence }
    }

    /// What a blocked evaluation waits for.
    private struct Blocked: Sendable {
        var sequence: UInt64
        var priority: Int
        var classes: [String: Bool]
        var escaped: Bool
        /// Only this node counts (system jobs); zero: any.
        var node: NodeID
        /// What it mounts, without which it has no place on any node.
        var volumes: [VolumeWish]
    }

    private var heap = Heap<Ready>()
    private var ready: [EvaluationID: UInt64] = [:]
    private var delayed = TimerQueue<EvaluationID>()
    private var blocked: [EvaluationID: Blocked] = [:]
    private var sequence: UInt64 = 0
    /// Blocked ones that mount volumes.
    private var wishing = 0

    var readyCount: Int { ready.count }
    var blockedCount: Int { blocked.count }
    var waitingCount: Int { ready.count + delayed.count + blocked.count }
    /// Whether anybody waits whose job mounts volumes.
    var hasVolumeWishes: Bool { wishing > 0 }
    func holds(_ id: EvaluationID) -> Bool { ready[id] != nil || delayed.due(id) != nil || blocked[id] != nil }
    mutating func nextDelayed() -> Instant? { delayed.next() }

    /// Puts an evaluation where its status says.
    /// - Parameter volumes: what its job mounts, if it is blocked.
    mutating func update(
        _ id: EvaluationID, _ evaluation: Evaluation?, volumes: [VolumeWish] = [], now: Instant
    ) {
        guard let evaluation, !evaluation.status.isTerminal else {
            ready[id] = nil
            delayed.remove(id)
            forgetBlocked(id)
            return
        }
        if evaluation.status == .blocked {
            ready[id] = nil
            delayed.remove(id)
            sequence += 1
            let place = blocked[id]?.sequence ?? sequence
            forgetBlocked(id)
            if !volumes.isEmpty { wishing += 1 }
            blocked[id] = Blocked(
                sequence: place, priority: evaluation.priority,
                classes: evaluation.classEligibility, escaped: evaluation.escapedComputedClass,
                node: evaluation.nodeID, volumes: volumes)
        } else if let wait = evaluation.waitUntil?.instant, wait > now {
            delayed.set(id, at: wait)
        } else {
            enqueue(id, priority: evaluation.priority)
        }
    }

    private mutating func forgetBlocked(_ id: EvaluationID) {
        if let old = blocked.removeValue(forKey: id), !old.volumes.isEmpty { wishing -= 1 }
    }

    private mutating func enqueue(_ id: EvaluationID, priority: Int) {
        delayed.remove(id)
        forgetBlocked(id)
        guard ready[id] == nil else { return }
        sequence += 1
        ready[id] = sequence
        heap.insert(Ready(priority: priority, sequence: sequence, id: id))
    }

    /// Moves delayed evaluations whose time has come to the ready ones.
    mutating func release(at now: Instant, priority: (EvaluationID) -> Int) {
        while let (id, _) = delayed.pop(at: now) { enqueue(id, priority: priority(id)) }
    }

    /// Makes blocked evaluations ready that could use room on these classes or nodes, or these volumes.
    mutating func unblock(classes: Set<String>, nodes: Set<NodeID>, volumes: Set<VolumeKey> = []) {
        guard !blocked.isEmpty, !classes.isEmpty || !nodes.isEmpty || !volumes.isEmpty else { return }
        let woken = blocked.filter { _, waiting in
            if !volumes.isEmpty, waiting.volumes.contains(where: { $0.isMet(byOneOf: volumes) }) { return true }
            if !waiting.node.isZero { return nodes.contains(waiting.node) }
            // A class nobody asked about yet may fit.
            return waiting.escaped || classes.contains { waiting.classes[$0] ?? true }
        }
        enqueue(woken)
    }

    /// Makes all blocked evaluations ready.
    mutating func unblockAll() { enqueue(blocked) }

    private mutating func enqueue(_ woken: [EvaluationID: Blocked]) {
        for (id, waiting) in woken.sorted(by: { $0.value.sequence < $1.value.sequence }) {
            enqueue(id, priority: waiting.priority)
        }
    }

    /// Takes the next evaluation to schedule.
    mutating func pop() -> EvaluationID? {
        while let item = heap.popMax() {
            if ready[item.id] == item.sequence {
                ready[item.id] = nil
                return item.id
            }
        }
        return nil
    }
}
