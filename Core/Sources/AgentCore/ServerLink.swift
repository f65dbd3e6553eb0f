public import Base
public import Model

/// How a node's agent reaches its servers: in the same process or over the network.
///
/// Calls may be made concurrently. A call that can't reach a server throws `.unreachable`; the agent tries
/// again after a while and goes on running what it has.
public protocol ServerLink: Sendable {
    /// Introduces the node, or tells what changed about it. The node's `secretID` proves that it is the same
    /// agent as before. Throws `.refused` when the servers don't want it; trying again makes no sense then.
    func register(_ node: Node) async throws(ServerLinkError) -> HeartbeatGrant

    /// Says that the node lives. Throws `.unknownNode` when the servers don't know it (any more): register.
    func heartbeat(_ node: NodeID, secretID: String) async throws(ServerLinkError) -> HeartbeatGrant

    /// Reports what became of allocations. Returns when the report is durable.
    func report(_ updates: [AllocationUpdate], from node: NodeID, secretID: String) async throws(ServerLinkError)

    /// Pushes what the servers want of this node: first a complete set, then changes, each awaited before
    /// the next. Returns only by throwing: `.unreachable` when the connection broke (call again: a complete
    /// set comes first again), `.cancelled` when the caller was cancelled.
    func watch(
        _ node: NodeID, secretID: String, receive: @Sendable (DesiredAllocations) async -> Void
    ) async throws(ServerLinkError)

    /// Where an allocation of any node stands; nil if the servers don't have it any more. Asked about once a
    /// second by a replacement that waits for its predecessor.
    func status(of allocation: AllocationID) async throws(ServerLinkError) -> ClientStatus?
}

/// Until when a node counts as alive, and where the servers are.
public struct HeartbeatGrant: Codable, Hashable, Sendable {
    /// The next heartbeat must come within this time.
    public var ttl: TimeSpan
    /// `host:port` of the servers' HTTP API: where a node's own HTTP API sends on what only servers can answer.
    public var httpAddresses: [String]

    public init(ttl: TimeSpan, httpAddresses: [String] = []) {
        self.ttl = ttl
        self.httpAddresses = httpAddresses
    }
}

/// What the servers want of a node.
public struct DesiredAllocations: Hashable, Sendable {
    /// The log position that this is true at.
    public var index: LogIndex
    /// Whether `allocations` is all there is for this node: what the node has beyond it is to be removed.
    public var isComplete: Bool
    /// New and changed ones, also those that the servers want stopped.
    public var allocations: [Allocation]
    /// Collected by the servers: to be stopped, if need be, and forgotten with everything they left.
    public var removed: [AllocationID]

    public init(index: LogIndex, isComplete: Bool, allocations: [Allocation], removed: [AllocationID] = []) {
        self.index = index
        self.isComplete = isComplete
        self.allocations = allocations
        self.removed = removed
    }
}

/// Why the servers did not do what the node asked.
public struct ServerLinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of error it is. New codes may be added: switch with a default.
    public struct Code: Hashable, Sendable {
        public var name: String
        public static let unreachable = Code(name: "no server reachable")
        public static let unknownNode = Code(name: "node unknown")
        public static let refused = Code(name: "refused")
        public static let cancelled = Code(name: "cancelled")
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
