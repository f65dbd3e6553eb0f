import AgentCore
import Base
import ControlPlane
import Model
import State

/// A server: follows the log, and leads with the real ControlPlane while it holds the lease.
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

    /// Entries on their way into the log: one group at a time.
    struct Flight: Sendable {
        var number: Int
        var entries: [Entry]
        var bytes: [[UInt8]]
    }

    let number: Int
    var name: String { "s\(number + 1)" }
    var isUp = false
    /// Tells this process from earlier ones.
    var life = 0
    /// How far its clock is from the world's.
    var skew = TimeSpan.zero

    /// What is durable, as readers see it.
    var committed = State()
    /// On its own disk: a state as bytes, and its log position.
    var snapshot: (index: LogIndex, bytes: [UInt8])?

    /// Set while it leads.
    var plane: ControlPlane?
    /// Tells this reign from earlier ones.
    var reign = 0
    var term = 0
    /// By its own clock.
    var leaseEnds = Instant.zero
    /// Decided, not yet on the way into the log.
    var queue: [Entry] = []
    var flight: Flight?
    private var flights = 0
    var tickAt: Instant?

    var knownLeader: Int?
    /// When it last read the log, by its own clock.
    var lastRead = Instant.zero

    var streams: [Int: Stream] = [:]
    var askers: [RequestID: Asker] = [:]
    var pending: [PendingReply] = []
    private var nextRequest: RequestID = 0

    static let snapshotEvery: LogIndex = 200
    /// A server that couldn't read the log for so long sends nodes and clients away.
    static let patience = TimeSpan.seconds(8)

    init(number: Int) { self.number = number }

    var leads: Bool { plane != nil }

    mutating func register(_ asker: Asker) -> RequestID {
        nextRequest += 1
        askers[nextRequest] = asker
        return nextRequest
    }

    /// Takes what is decided into a new flight; nil if there is nothing, or one is under way.
    mutating func takeOff() throws -> Flight? {
        guard flight == nil, !queue.isEmpty else { return nil }
        flights += 1
        let next = Flight(number: flights, entries: queue, bytes: try queue.map { try $0.encoded() })
        queue = []
        flight = next
        return next
    }

    /// The head is thrown away with everything that hangs on it. Returns who waits for answers in vain.
    mutating func abdicate() -> [Asker] {
        let waiting = askers.sorted { $0.key < $1.key }.map(\.value)
        plane = nil
        reign += 1
        term = 0
        (queue, flight, tickAt, askers, pending) = ([], nil, nil, [:], [])
        return waiting
    }

    /// The process ends: only its disk is left.
    mutating func crash() {
        _ = abdicate()
        isUp = false
        life += 1
        streams = [:]
        committed = State()
        knownLeader = nil
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
