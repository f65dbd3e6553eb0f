public import AgentCore
public import Base
import ControlPlane
public import Model
public import Server
import State

/// The servers' side of the conversation with nodes, whatever carries it.
///
/// A node proves who it is by the secret that it registered with first.
public struct NodeGateway: Sendable {
    private let server: ClusterServer
    private let httpAddresses: [String]
    private let pace = PushPace()
    /// Bytes of the jobs that nodes are told.
    let jobs = LinkJobCache()

    /// - Parameter httpAddresses: `host:port` of the servers' HTTP API, told to nodes.
    public init(server: ClusterServer, httpAddresses: [String] = []) {
        self.server = server
        self.httpAddresses = httpAddresses
    }

    /// Takes in a node, or what changed about it.
    public func register(_ node: Node) async throws(ServerLinkError) -> HeartbeatGrant {
        guard !node.id.isZero, !node.secretID.isEmpty else {
            throw ServerLinkError(.refused, "a node must have an id and a secret")
        }
        if let known = server.committed.node(node.id), known.secretID != node.secretID {
            throw ServerLinkError(
                .refused,
                "node \(node.id) is registered with another secret; if its data directory was replaced, purge the node first"
            )
        }
        return grant(try await submit(.registerNode(node)))
    }

    public func heartbeat(_ node: NodeID, secretID: String) async throws(ServerLinkError) -> HeartbeatGrant {
        grant(
            try await submit(try command(.heartbeat, CallerMessage(node: node, secretID: secretID), server.committed)))
    }

    private func grant(_ reply: Reply) -> HeartbeatGrant {
        HeartbeatGrant(ttl: reply.heartbeatTTL, httpAddresses: httpAddresses)
    }

    public func report(
        _ updates: [AllocationUpdate], from node: NodeID, secretID: String
    ) async throws(ServerLinkError) {
        let caller = CallerMessage(node: node, secretID: secretID)
        _ = try await submit(try command(.report(updates), caller, server.committed))
    }

    /// Takes calls of a conversation. Their outcomes are put into the box, in any order.
    /// - Throws: when the caller has too many calls open.
    func take(_ calls: [LinkCall], _ outcomes: OutcomeBox) throws(ServerLinkError) {
        guard outcomes.open(calls.count) else {
            throw ServerLinkError(
                .unreachable, "more than \(OutcomeBox.openMax) calls of one link wait for an answer; wait for answers")
        }
        let state = server.committed
        for call in calls {
            do throws(ServerLinkError) {
                server.submit(try command(call.wish, call.caller, state)) { result in
                    let outcome = result.map(grant).mapError(Self.error)
                    outcomes.put(LinkOutcome(number: call.number, result: outcome))
                }
            } catch {
                outcomes.put(LinkOutcome(number: call.number, result: .failure(error)))
            }
        }
    }

    /// The command that a call stands for.
    private func command(
        _ wish: LinkCall.Wish, _ caller: CallerMessage, _ state: State
    ) throws(ServerLinkError) -> Command {
        try Self.check(caller.node, caller.secretID, in: state)
        guard case .report(let updates) = wish else { return .heartbeat(caller.node) }
        let foreign = updates.first { state.allocation($0.id).map { $0.nodeID != caller.node } ?? false }
        if let foreign {
            throw ServerLinkError(.refused, "allocation \(foreign.id) is not on node \(caller.node)")
        }
        return .updateAllocations(caller.node, updates)
    }

    /// Where an allocation stands; nil when it was collected.
    public func status(of allocation: AllocationID) -> ClientStatus? {
        server.committed.allocation(allocation)?.clientStatus
    }

    /// Pushes what the servers want of a node until `receive` throws, the caller is cancelled, the server
    /// stops or the node lags too far behind.
    public func watch(
        _ node: NodeID, secretID: String, receive: @Sendable (DesiredAllocations) async throws -> Void
    ) async throws {
        try Self.check(node, secretID, in: server.committed)
        // Subscribed before the snapshot is taken, so that nothing falls between the two.
        let subscription = server.subscribe(to: node)
        defer { subscription.cancel() }
        let state = server.committed
        try await receive(
            DesiredAllocations(index: state.index, isComplete: true, allocations: state.allocations(onNode: node)))
        var told = state.index
        while !Task.isCancelled {
            let (ids, state) = await server.changes(of: subscription)
            if ids.isEmpty { return }
            var news = DesiredAllocations(index: state.index, isComplete: false, allocations: [])
            for id in ids {
                guard let allocation = state.allocation(id) else {
                    news.removed.append(id)
                    continue
                }
                // What the node itself reported is no news to it; what it was not told yet is, even if its own
                // report came in between.
                if allocation.allocModifyIndex > told { news.allocations.append(allocation) }
            }
            told = state.index
            guard !news.allocations.isEmpty || !news.removed.isEmpty else { continue }
            try await receive(news)
            // What changes meanwhile comes together, in the next push.
            await subscription.rest(for: pace.pushed(at: server.now()))
            try Task.checkCancellation()
        }
    }

    private static func check(_ node: NodeID, _ secretID: String, in state: State) throws(ServerLinkError) {
        guard let known = state.node(node) else {
            throw ServerLinkError(.unknownNode, "node \(node) is not registered")
        }
        guard known.secretID == secretID else {
            throw ServerLinkError(.refused, "the secret of node \(node) is not the one it registered with")
        }
    }

    private func submit(_ command: Command) async throws(ServerLinkError) -> Reply {
        do {
            return try await server.submit(command)
        } catch {
            throw Self.error(error)
        }
    }

    private static func error(_ error: CommandError) -> ServerLinkError {
        let code: ServerLinkError.Code =
            error.status == 404 ? .unknownNode : error.status == 429 ? .unreachable : .refused
        return ServerLinkError(code, error.message)
    }
}
