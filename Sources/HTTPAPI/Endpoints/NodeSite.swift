import AgentCore
import Base
import Model
import Server
import State

/// Where a request about a node or an allocation has to be answered.
enum NodeSite {
    case local(any NodeLocalAPI)
    /// `host:port` of another agent's HTTP API.
    case remote(String)

    /// Set on requests that were sent on, to how often, so that two agents never send one back and forth.
    static let forwardedHeader = "x-caravan-forwarded"
    /// From a client to a server, and from there to the client that knows.
    static let forwardsMax = 2

    static func forwards(_ request: APIRequest) -> Int {
        request.headers[forwardedHeader].map { Int($0) ?? forwardsMax } ?? 0
    }

    /// The place of an allocation. A client-only agent knows its own allocations only: a server knows where the
    /// others are.
    static func of(_ allocation: AllocationID, _ call: APICall) async throws(APIError) -> NodeSite {
        guard let server = call.context.server else {
            guard let node = call.context.node else { throw .noServer }
            if forwards(call.request) == 0, !(await has(allocation, node.api)),
                let address = call.context.serverHTTPAddresses().first
            {
                return .remote(address)
            }
            return .local(node.api)
        }
        guard let found = server.committed.allocation(allocation) else {
            throw .notFound(NodeLocalError.unknownAllocation(allocation).message)
        }
        return try of(found.nodeID, server.committed, call)
    }

    private static func has(_ allocation: AllocationID, _ api: any NodeLocalAPI) async -> Bool {
        do {
            _ = try await api.checks(allocation)
            return true
        } catch {
            return error.code != .notFound
        }
    }

    /// The place that `node_id` names; without it, this agent's own node.
    static func named(_ call: APICall) throws(APIError) -> NodeSite {
        guard let text = call.request.parameter("node_id"), !text.isEmpty else {
            guard let node = call.context.node else { throw .badRequest("No local Node and node_id not provided") }
            return .local(node.api)
        }
        if let node = call.context.node, node.id.text == text { return .local(node.api) }
        guard let server = call.context.server else { throw .notFound("Unknown node \"\(text)\"") }
        let id: NodeID = try UUIDText.whole(text, "node lookup failed")
        guard server.committed.node(id) != nil else { throw .notFound("Unknown node \"\(text)\"") }
        return try of(id, server.committed, call)
    }

    private static func of(_ id: NodeID, _ state: State, _ call: APICall) throws(APIError) -> NodeSite {
        if let node = call.context.node, node.id == id { return .local(node.api) }
        guard let node = state.node(id), node.status != .down, !node.httpAddr.isEmpty,
            forwards(call.request) < forwardsMax
        else { throw .notFound("No path to node") }
        return .remote(node.httpAddr)
    }
}

extension APICall {
    /// Answers from the node where an allocation is: here, or by sending the request on.
    func onNode(
        of allocation: AllocationID, _ answer: (any NodeLocalAPI) async throws -> APIResponse
    ) async throws -> APIResponse {
        try await at(NodeSite.of(allocation, self), answer)
    }

    /// Answers from the node that `node_id` names, or this agent's own.
    func onNamedNode(_ answer: (any NodeLocalAPI) async throws -> APIResponse) async throws -> APIResponse {
        try await at(NodeSite.named(self), answer)
    }

    private func at(
        _ site: NodeSite, _ answer: (any NodeLocalAPI) async throws -> APIResponse
    ) async throws -> APIResponse {
        switch site {
        case .remote(let address): try await forward(to: address)
        case .local(let api): try await answer(api)
        }
    }

    private func forward(to address: String) async throws -> APIResponse {
        guard let forwarder = context.forwarder else { throw APIError.notFound("No path to node") }
        var request = request
        request.headers[NodeSite.forwardedHeader] = "\(NodeSite.forwards(request) + 1)"
        do {
            return try await forwarder.forward(request, to: address)
        } catch {
            throw APIError.notFound("No path to node: \(address): \(error)")
        }
    }
}
