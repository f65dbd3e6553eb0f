import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/nodes` and `/v1/node/:id`.
enum NodeEndpoints {
    private static let table = "node lookup failed"

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let resources = try call.request.flag("resources") ?? false
        let os = try call.request.flag("os") ?? false
        let prefix = options.prefix.isEmpty ? nil : try UUIDText.prefix(options.prefix, table)
        return try await call.read([.nodes]) { state in
            var nodes = state.allNodes
            if let prefix { nodes.removeAll { !UUIDText.digits(of: $0.id).hasPrefix(prefix) } }
            let page = try Page(nodes, options) {
                .id($0.id.text)
            } whole: {
                try NodeWire.tree($0)
            }
            return try .list(page) { try NodeWire.stub($0, resources: resources, os: os) }
        }
    }

    private static func id(_ call: APICall) throws(APIError) -> NodeID {
        try UUIDText.whole(call.capture("node"), table)
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        return try await call.read([.nodes]) { state in
            state.node(id)?.modifyIndex
        } answer: { state in
            guard let node = state.node(id) else { throw APIError.notFound("node not found") }
            return .json(try NodeWire.tree(node))
        }
    }

    static func allocations(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        return try await call.read([.allocations]) { state in
            // Allocations of a job version share its tree.
            var jobs: [String: JSON] = [:]
            let allocations = call.visible(state.allocations(onNode: id), .readJob) { $0.namespace }
            let trees = try allocations.map { allocation in
                let job = allocation.job.job
                let name = "\(job.namespace)/\(job.id)@\(job.createIndex).\(job.version).\(job.modifyIndex)"
                let tree = jobs[name] ?? JobWire.stored(job)
                jobs[name] = tree
                return try AllocationWire.tree(allocation, job: tree)
            }
            return .json(.array(trees))
        }
    }

    static func evaluate(_ call: APICall) async throws -> APIResponse {
        update(try await call.submit(.evaluateNode(try id(call))), call)
    }

    static func purge(_ call: APICall) async throws -> APIResponse {
        update(try await call.submit(.purgeNode(try id(call))), call)
    }

    static func drain(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        try checkID(body, call)
        var strategy: DrainStrategy?
        if let spec = try body.readObject("DrainSpec") {
            var wanted = DrainStrategy()
            wanted.deadline = TimeSpan(nanoseconds: try spec.readInteger("Deadline") ?? 0)
            wanted.ignoreSystemJobs = try spec.readFlag("IgnoreSystemJobs") ?? false
            strategy = wanted
        }
        let meta = try body.readObject("Meta").map { JSON.object($0) }
        let reply = try await call.submit(
            .drainNode(try id(call), strategy, markEligible: try body.readFlag("MarkEligible") ?? false, meta: meta))
        return drained(reply)
    }

    static func setEligibility(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        try checkID(body, call)
        let text = try body.readText("Eligibility") ?? ""
        guard let wanted = NodeEligibility(rawValue: text) else {
            throw APIError.failed("invalid scheduling eligibility \"\(text)\"")
        }
        return drained(try await call.submit(.setEligibility(try id(call), eligible: wanted == .eligible)))
    }

    private static func checkID(_ body: JSONObject, _ call: APICall) throws(APIError) {
        if let id = try body.readText("NodeID"), !id.isEmpty, id != call.capture("node") {
            throw .badRequest("Node ID does not match the request path")
        }
    }

    private static func evaluations(_ reply: Reply) -> JSON {
        reply.evaluations.isEmpty ? .null : .array(reply.evaluations.map { .string($0.text) })
    }

    private static func drained(_ reply: Reply) -> APIResponse {
        .json(
            [
                "NodeModifyIndex": .int(Int64(clamping: reply.nodeModifyIndex)), "EvalIDs": evaluations(reply),
                "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }

    /// `NodeUpdateResponse`.
    private static func update(_ reply: Reply, _ call: APICall) -> APIResponse {
        let servers = call.context.members().map { member in
            JSON.object([
                "Datacenter": .string(member.tags["dc"] ?? ""),
                "RPCAdvertiseAddr": .string("\(member.address):\(member.tags["port"] ?? String(member.port))"),
                "RPCMajorVersion": 1, "RPCMinorVersion": 1,
            ])
        }
        return .json(
            [
                "HeartbeatTTL": .int(reply.heartbeatTTL.nanoseconds), "EvalIDs": evaluations(reply),
                "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "NodeModifyIndex": .int(Int64(clamping: reply.nodeModifyIndex)), "Features": 0,
                "LeaderRPCAddr": .string(call.context.agent.advertisedAddress),
                "NumNodes": .int(Int64(call.context.server?.committed.nodeCount ?? 0)), "Servers": .array(servers),
                "SchedulingEligibility": "", "Index": .int(Int64(clamping: reply.index)), "LastContact": 0,
                "KnownLeader": false, "NextToken": "",
            ], index: reply.index)
    }
}
