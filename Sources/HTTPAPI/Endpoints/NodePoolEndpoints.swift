import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/node/pools` and `/v1/node/pool/:name`.
enum NodePoolEndpoints {
    private static func tree(_ pool: NodePool) throws -> JSON {
        guard case .object(var object) = try WireEncoder().encode(pool) else { return .null }
        var content = object
        for name in ["CreateIndex", "ModifyIndex"] { content[name] = nil }
        object["Hash"] = .string(ContentHash.text(.object(content)))
        return .object(object)
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        return try await call.read([.nodes, .records]) { state in
            let pools = state.allNodePools.filter {
                $0.name.hasPrefix(options.prefix) && call.rights.allowsNodePool("read", $0.name)
            }
            let page = try Page(pools, options) {
                .id($0.name)
            } whole: {
                try tree($0)
            }
            return try .list(page) { try tree($0) }
        }
    }

    private static func pool(_ call: APICall, _ state: State) throws(APIError) -> NodePool {
        guard let pool = state.nodePool(call.capture("pool")) else { throw .notFound("node pool not found") }
        return pool
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        try await call.read([.nodes, .records]) { state in .json(try tree(try pool(call, state))) }
    }

    static func put(_ call: APICall) async throws -> APIResponse {
        let wanted: NodePool
        do {
            wanted = try WireDecoder().decode(NodePool.self, from: .object(try call.request.object()))
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError.badRequest("the node pool can't be read: \(error)")
        }
        if let name = call.captures["pool"], name != wanted.name {
            throw APIError.badRequest("Node pool name does not match request path")
        }
        return .done(try await call.submit(.putNodePool(wanted)).index)
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        .done(try await call.submit(.deleteNodePool(call.capture("pool"))).index)
    }

    static func nodes(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        guard options.prefix.isEmpty else { throw APIError.badRequest("prefix argument not allowed") }
        let resources = try call.request.flag("resources") ?? false
        return try await call.read([.nodes, .records]) { state in
            let name = try pool(call, state).name
            let nodes = state.allNodes.filter { name == "all" || $0.nodePool == name }
            let page = try Page(nodes, options) {
                .id($0.id.text)
            } whole: {
                try NodeWire.tree($0)
            }
            return try .list(page) { try NodeWire.stub($0, resources: resources, os: false) }
        }
    }

    static func jobs(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        guard options.prefix.isEmpty else { throw APIError.badRequest("prefix argument not allowed") }
        return try await call.read([.jobs, .jobSummaries, .records]) { state in
            let name = try pool(call, state).name
            let all = state.allJobs(namespace: options.namespaceSelection).filter { $0.job.nodePool == name }
            let jobs = call.visible(all, .listJobs) { $0.job.namespace }
            let page = try Page(jobs, options) {
                .named($0.job.namespace, $0.job.id)
            } whole: {
                JobWire.stored($0.job)
            }
            return try .list(page) { shared, writer in
                let summary = state.summary(of: shared.job.key)
                try JobListWire.write(shared.job, summary: summary, meta: false, to: &writer)
            }
        }
    }
}
