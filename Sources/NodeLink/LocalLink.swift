public import AgentCore
public import Base
public import Model

/// A node's link to the server in its own process.
public struct LocalLink: ServerLink {
    private let gateway: NodeGateway

    public init(gateway: NodeGateway) { self.gateway = gateway }

    public func register(_ node: Node) async throws(ServerLinkError) -> HeartbeatGrant {
        try await gateway.register(node)
    }

    public func heartbeat(_ node: NodeID, secretID: String) async throws(ServerLinkError) -> HeartbeatGrant {
        try await gateway.heartbeat(node, secretID: secretID)
    }

    public func report(
        _ updates: [AllocationUpdate], from node: NodeID, secretID: String
    ) async throws(ServerLinkError) {
        try await gateway.report(updates, from: node, secretID: secretID)
    }

    public func watch(
        _ node: NodeID, secretID: String, receive: @Sendable (DesiredAllocations) async -> Void
    ) async throws(ServerLinkError) {
        do {
            try await gateway.watch(node, secretID: secretID, receive: receive)
        } catch let error as ServerLinkError {
            throw error
        } catch {
            throw ServerLinkError(.unreachable, "\(error)")
        }
        throw Task.isCancelled
            ? ServerLinkError(.cancelled, "cancelled")
            : ServerLinkError(.unreachable, "the server stopped or the node fell too far behind")
    }

    public func status(of allocation: AllocationID) async throws(ServerLinkError) -> ClientStatus? {
        gateway.status(of: allocation)
    }
}
