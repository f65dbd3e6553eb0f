import AgentCore
import Base
import ControlPlane
import Model
import State

/// A server: the real ControlPlane, a fake journal below it and streams to nodes above it.
struct SimulatedServer: Sendable {
    struct Stream: Sendable {
        var connection: Int
        /// The log position up to which the node was told.
        var sent: LogIndex
        /// A stream keeps its order: nothing arrives before what was sent earlier.
        var arrival: Instant
    }

    /// Who waits for the answer of a command.
    enum Asker: Sendable {
        case node(NodeCall)
        case client(String)
    }

    var plane: ControlPlane?
    var journal = FakeJournal()
    /// What is durable, as readers see it.
    var committed = State()
    var life = 0
    var streams: [Int: Stream] = [:]
    var askers: [RequestID: Asker] = [:]
    var pending: [PendingReply] = []
    var tickAt: Instant?
    var isSyncPlanned = false
    private var nextRequest: RequestID = 0

    var isUp: Bool { plane != nil }

    mutating func register(_ asker: Asker) -> RequestID {
        nextRequest += 1
        askers[nextRequest] = asker
        return nextRequest
    }

    /// Starts on what the journal holds.
    mutating func start(seed: UInt64, configuration: ControlPlaneConfiguration) throws {
        committed = try journal.replay()
        plane = ControlPlane(state: committed, seed: seed, configuration: configuration)
        life += 1
    }

    /// Loses everything but the journal.
    mutating func crash(keeping kept: Int) {
        journal.crash(keeping: kept)
        plane = nil
        life += 1
        streams = [:]
        askers = [:]
        pending = []
        tickAt = nil
        isSyncPlanned = false
    }

    /// What to tell a node: everything, or what entries that touched these allocations changed.
    func desired(of node: NodeID) -> DesiredAllocations {
        DesiredAllocations(
            index: committed.index, isComplete: true, allocations: committed.allocations(onNode: node))
    }

    func news(of ids: [AllocationID], since sent: LogIndex) -> DesiredAllocations? {
        var news = DesiredAllocations(index: committed.index, isComplete: false, allocations: [])
        for id in ids {
            guard let allocation = committed.allocation(id) else {
                news.removed.append(id)
                continue
            }
            // What the node itself reported is no news to it.
            if allocation.allocModifyIndex > sent { news.allocations.append(allocation) }
        }
        return news.allocations.isEmpty && news.removed.isEmpty ? nil : news
    }
}
