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
    }

    private var heap = Heap<Ready>()
    private var ready: [EvaluationID: UInt64] = [:]
    private var delayed = TimerQueue<EvaluationID>()
    private var blocked: [EvaluationID: Blocked] = [:]
    private var sequence: UInt64 = 0

    var readyCount: Int { ready.count }
    var blockedCount: Int { blocked.count }
    var waitingCount: Int { ready.count + delayed.count + blocked.count }
    func holds(_ id: EvaluationID) -> Bool { ready[id] != nil || delayed.due(id) != nil || blocked[id] != nil }
    mutating func nextDelayed() -> Instant? { delayed.next() }

    /// Puts an evaluation where its status says.
    mutating func update(_ id: EvaluationID, _ evaluation: Evaluation?, now: Instant) {
        guard let evaluation, !evaluation.status.isTerminal else {
            ready[id] = nil
            delayed.remove(id)
            blocked[id] = nil
            return
        }
        if evaluation.status == .blocked {
            ready[id] = nil
            delayed.remove(id)
            sequence += 1
            blocked[id] = Blocked(
                sequence: blocked[id]?.sequence ?? sequence, priority: evaluation.priority,
                classes: evaluation.classEligibility, escaped: evaluation.escapedComputedClass,
                node: evaluation.nodeID)
        } else if let wait = evaluation.waitUntil?.instant, wait > now {
            delayed.set(id, at: wait)
        } else {
            enqueue(id, priority: evaluation.priority)
        }
    }

    private mutating func enqueue(_ id: EvaluationID, priority: Int) {
        delayed.remove(id)
        blocked[id] = nil
        guard ready[id] == nil else { return }
        sequence += 1
        ready[id] = sequence
        heap.insert(Ready(priority: priority, sequence: sequence, id: id))
    }

    /// Moves delayed evaluations whose time has come to the ready ones.
    mutating func release(at now: Instant, priority: (EvaluationID) -> Int) {
        while let (id, _) = delayed.pop(at: now) { enqueue(id, priority: priority(id)) }
    }

    /// Makes blocked evaluations ready that could use room on these classes or nodes.
    mutating func unblock(classes: Set<String>, nodes: Set<NodeID>) {
        guard !blocked.isEmpty, !classes.isEmpty || !nodes.isEmpty else { return }
        let woken = blocked.filter { _, waiting in
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
