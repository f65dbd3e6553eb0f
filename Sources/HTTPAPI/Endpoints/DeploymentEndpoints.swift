import AccessControl
import Base
import ControlPlane
import Model
import State

/// `/v1/deployments` and `/v1/deployment/…`.
enum DeploymentEndpoints {
    private static let table = "deployment lookup failed"

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let prefix = options.prefix.isEmpty ? nil : try UUIDText.prefix(options.prefix, table)
        return try await call.read([.deployments]) { state in
            var deployments = state.allDeployments
            if let namespace = options.namespaceSelection { deployments.removeAll { $0.namespace != namespace } }
            deployments = call.visible(deployments, .readJob) { $0.namespace }
            if let prefix {
                deployments.removeAll { !UUIDText.digits(of: $0.id).hasPrefix(prefix) }
                deployments.sort { $0.id < $1.id }
            }
            let page = try Page(deployments, options) { deployment in
                prefix != nil ? .id(deployment.id.text) : .created(deployment.createIndex, deployment.id.text)
            } whole: {
                try DeploymentWire.tree($0)
            }
            return try .list(page) { try DeploymentWire.tree($0) }
        }
    }

    private static func id(_ call: APICall) throws(APIError) -> DeploymentID {
        try UUIDText.whole(call.capture("deployment"), table)
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        return try await call.read([.deployments]) { state in
            state.deployment(id)?.modifyIndex
        } answer: { state in
            guard let deployment = state.deployment(id) else { throw APIError.notFound("deployment not found") }
            return .json(try DeploymentWire.tree(deployment))
        }
    }

    static func allocations(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        return try await call.read([.allocations]) { state in
            try AllocationEndpoints.stubs(state.allocations(ofDeployment: id), call)
        }
    }

    /// The body of a request about one deployment, whose id must be the path's.
    private static func body(_ call: APICall) throws(APIError) -> JSONObject {
        let body = try call.request.object()
        guard let id = try body.readText("DeploymentID"), !id.isEmpty else {
            throw .badRequest("DeploymentID must be specified")
        }
        guard id == call.capture("deployment") else { throw .badRequest("Deployment ID does not match") }
        return body
    }

    static func fail(_ call: APICall) async throws -> APIResponse {
        answer(try await call.submit(.failDeployment(try id(call))))
    }

    static func pause(_ call: APICall) async throws -> APIResponse {
        let body = try body(call)
        return answer(
            try await call.submit(.pauseDeployment(try id(call), paused: try body.readFlag("Pause") ?? false)))
    }

    static func promote(_ call: APICall) async throws -> APIResponse {
        let body = try body(call)
        let all = try body.readFlag("All") ?? false
        let groups = all ? nil : try body.readTexts("Groups")
        return answer(try await call.submit(.promoteDeployment(try id(call), groups: groups)))
    }

    static func setHealth(_ call: APICall) async throws -> APIResponse {
        let body = try body(call)
        let healthy = try allocations(body, "HealthyAllocationIDs")
        let unhealthy = try allocations(body, "UnhealthyAllocationIDs")
        guard !healthy.isEmpty || !unhealthy.isEmpty else {
            throw APIError.failed("must specify at least one healthy/unhealthy allocation ID")
        }
        return answer(
            try await call.submit(.setAllocationHealth(try id(call), healthy: healthy, unhealthy: unhealthy)))
    }

    private static func allocations(_ body: JSONObject, _ name: String) throws(APIError) -> [AllocationID] {
        var ids: [AllocationID] = []
        for text in try body.readTexts(name) { ids.append(try UUIDText.whole(text, "alloc lookup failed")) }
        return ids
    }

    /// Deployments over several regions are the enterprise's.
    static func unblock(_ call: APICall) async throws -> APIResponse { throw APIError.enterprise }

    private static func answer(_ reply: Reply) -> APIResponse {
        .json(
            [
                "EvalID": .string(reply.evaluation.isZero ? "" : reply.evaluation.text),
                "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "DeploymentModifyIndex": .int(Int64(clamping: reply.deploymentModifyIndex)),
                "RevertedJobVersion": reply.revertedJobVersion.map { .int(Int64(clamping: $0)) } ?? .null,
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }
}
