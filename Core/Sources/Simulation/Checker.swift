import Base
import ControlPlane
import Model
import State

/// A promise that was broken.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    public enum Rule: String, Sendable {
        case durability, order, unreadable, digest, room, indexes, ended, evaluation, drain, memory, rest, volume
    }

    public var rule: Rule
    public var text: String

    public var description: String { "\(rule.rawValue): \(text)" }
}

/// Looks for broken promises: after every step, whenever somebody leads, and when everything should rest.
struct Checker: Sendable {
    private(set) var violations: [Violation] = []
    /// The newest log position that somebody was told is durable, and the log's hash there.
    private var acknowledgedIndex: LogIndex = 0
    private var acknowledgedHash: UInt64?
    /// Digests of the committed state at some log positions: the same on every server, after every restart.
    private var digests: [LogIndex: UInt64] = [:]
    private var steps = 0
    /// Every so many steps the whole leader is examined, not only what changed.
    private static let thoroughEvery = 64
    /// At every log position that this divides, servers compare their states.
    private static let digestEvery: LogIndex = 64
    private static let violationsMax = 20

    mutating func fail(_ rule: Violation.Rule, _ text: String) {
        if violations.count < Self.violationsMax { violations.append(Violation(rule: rule, text: text)) }
    }

    // MARK: - Durability

    mutating func acknowledged(_ index: LogIndex, _ log: FakeLog) {
        guard index > acknowledgedIndex else { return }
        acknowledgedIndex = index
        acknowledgedHash = log.hash(at: index)
        if acknowledgedHash == nil {
            fail(.durability, "entry \(index) was acknowledged, but the log ends at \(log.end)")
        }
    }

    /// A server has applied an entry that is durable.
    mutating func committed(_ state: State) {
        guard state.index % Self.digestEvery == 0 || digests[state.index] != nil else { return }
        compare(state)
    }

    /// A server is about to lose its memory: whoever reads the log again has to come to the same state.
    mutating func remember(_ state: State) { compare(state) }

    private mutating func compare(_ state: State) {
        do {
            let digest = try state.digest()
            if let known = digests[state.index], known != digest {
                fail(.digest, "two servers tell two states at \(state.index)")
            }
            digests[state.index] = digest
        } catch {
            fail(.unreadable, "the state at \(state.index) can't be written: \(error)")
        }
    }

    /// A server has read the log to its end and begins to lead.
    mutating func leads(_ server: SimulatedServer, _ log: FakeLog) {
        checkLog(log)
        let state = server.committed
        compare(state)
        do {
            let copy = try State(snapshot: state.snapshot())
            if try copy.digest() != state.digest() {
                fail(.digest, "the snapshot at \(state.index) reads back differently")
            }
        } catch {
            fail(.unreadable, "the snapshot at \(state.index) does not read back: \(error)")
        }
        for node in state.allNodes { examineRoom(on: node.id, state) }
        for job in state.allJobs() { examineIndexes(of: job.job.key, state) }
        for (key, _) in state.allClaims { examineClaims(on: key, state) }
    }

    mutating func checkLog(_ log: FakeLog) {
        if log.end < acknowledgedIndex {
            fail(.durability, "entry \(acknowledgedIndex) was acknowledged, but the log ends at \(log.end)")
        } else if let hash = acknowledgedHash, log.hash(at: acknowledgedIndex) != hash {
            fail(.durability, "the log up to the acknowledged entry \(acknowledgedIndex) has changed")
        }
    }

    // MARK: - After every step

    mutating func examine(_ entries: [Entry], _ plane: ControlPlane, before: State) {
        let head = plane.head
        steps += 1
        var nodes: Set<NodeID> = []
        var jobs: Set<JobKey> = []
        var closed: Set<EvaluationID> = []
        var volumes: Set<VolumeKey> = []
        for change in entries.flatMap(\.changes) {
            switch change {
            case .allocations(let list):
                for allocation in list {
                    nodes.insert(allocation.nodeID)
                    jobs.insert(allocation.jobKey)
                    for claim in allocation.volumeClaims { volumes.insert(claim.volume) }
                    examineEnd(of: allocation.id, before, head)
                }
            case .allocationUpdates(let list): for update in list { examineEnd(of: update.id, before, head) }
            case .node(let node):
                nodes.insert(node.id)
                if before.node(node.id)?.drainStrategy != nil { examineDrained(node, head) }
            case .evaluations(let list):
                for evaluation in list where evaluation.status.isTerminal { closed.insert(evaluation.id) }
                for evaluation in list { examineOpen(evaluation.id, plane) }
            case .deleteEvaluations(let ids):
                for id in ids where !closed.contains(id) {
                    guard let open = before.evaluation(id), !open.status.isTerminal else { continue }
                    fail(.evaluation, "evaluation \(id.short) of \(open.jobID) is \(open.status) and was deleted")
                }
            default: break
            }
        }
        for id in nodes.sorted() { examineRoom(on: id, head) }
        for key in jobs.sorted() { examineIndexes(of: key, head) }
        for key in volumes.sorted() { examineClaims(on: key, head) }
        if steps % Self.thoroughEvery == 0 { for text in plane.invariantViolations() { fail(.memory, text) } }
    }

    /// What is open waits for somebody.
    private mutating func examineOpen(_ id: EvaluationID, _ plane: ControlPlane) {
        guard let evaluation = plane.head.evaluation(id), !evaluation.status.isTerminal, !plane.awaits(id) else {
            return
        }
        fail(.evaluation, "evaluation \(id.short) of \(evaluation.jobID) is \(evaluation.status) and in no queue")
    }

    /// A node whose drain is complete is empty, but for what its operator wanted to stay.
    private mutating func examineDrained(_ node: Node, _ head: State) {
        guard node.drainStrategy == nil, node.lastDrain?["Status"] == "complete" else { return }
        for allocation in head.allocations(onNode: node.id)
        where !allocation.isClientTerminal && !allocation.job.job.kind.isPerNode {
            fail(.drain, "\(node.name) is drained and still has \(allocation.name) \(allocation.id.short)")
        }
    }

    /// What has ended stays ended.
    private mutating func examineEnd(of id: AllocationID, _ old: State, _ head: State) {
        guard let before = old.allocation(id), before.isClientTerminal, let after = head.allocation(id) else { return }
        if !after.isClientTerminal {
            fail(.ended, "\(after.name) \(id.short) was \(before.clientStatus) and is \(after.clientStatus) again")
        }
    }

    /// Live allocations of a version's group have indexes from 0 to its count, each once.
    private mutating func examineIndexes(of key: JobKey, _ head: State) {
        var seen: Set<String> = []
        for allocation in head.allocations(ofJob: key)
        where allocation.desiredStatus == .run && !allocation.isClientTerminal && !allocation.job.job.kind.isPerNode {
            // One that was out of reach may live beside its replacement until it is decided which one stays.
            if !allocation.allocStates.isEmpty { continue }
            let name = "\(allocation.job.job.createIndex) v\(allocation.jobVersion) \(allocation.name)"
            if !seen.insert(name).inserted { fail(.indexes, "two live allocations are \(name)") }
            let count = max(allocation.group?.count ?? 0, allocation.group?.update?.canary ?? 0)
            if allocation.index >= count {
                fail(.indexes, "\(allocation.name) v\(allocation.jobVersion) is live with a count of \(count)")
            }
        }
    }
}
