import Base
import ControlPlane
import Model
import State

/// `/v1/allocations` and `/v1/allocation/:id`.
enum AllocationEndpoints {
    private static let table = "alloc lookup failed"

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let prefix = options.prefix.isEmpty ? nil : try UUIDText.prefix(options.prefix, table)
        return try await call.read([.allocations]) { state in
            var allocations = state.allAllocations
            if let namespace = options.namespaceSelection { allocations.removeAll { $0.namespace != namespace } }
            if let prefix {
                allocations.removeAll { !UUIDText.digits(of: $0.id).hasPrefix(prefix) }
                allocations.sort { $0.id < $1.id }
            }
            return try stubs(allocations, call)
        }
    }

    /// Allocations as a list answer, cut and filtered as the request says.
    static func stubs(_ allocations: [Allocation], _ call: APICall) throws -> APIResponse {
        let options = try call.options()
        let wire = AllocationStubWire(
            withResources: try call.request.flag("resources") ?? false,
            withTaskStates: try call.request.flag("task_states") ?? true)
        let byID = !options.prefix.isEmpty
        let page = try Page(allocations, options) { allocation in
            byID ? .id(allocation.id.text) : .created(allocation.createIndex, allocation.id.text)
        } whole: {
            try AllocationWire.whole($0, job: JobWire.stored($0.job.job))
        }
        return try .list(page) { try wire.write($0, to: &$1) }
    }

    static func id(_ call: APICall) throws(APIError) -> AllocationID {
        try UUIDText.whole(call.capture("alloc"), table)
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        return try await call.read([.allocations]) { state in
            state.allocation(id)?.modifyIndex
        } answer: { state in
            guard let allocation = state.allocation(id) else { throw APIError.notFound("alloc not found") }
            return .json(try AllocationWire.tree(allocation, job: JobWire.stored(allocation.job.job)))
        }
    }

    static func stop(_ call: APICall) async throws -> APIResponse {
        let noDelay = try call.request.flag("no_shutdown_delay") ?? false
        let reply = try await call.submit(.stopAllocation(try id(call), noShutdownDelay: noDelay))
        return .json(
            [
                "EvalID": .string(reply.evaluation.isZero ? "" : reply.evaluation.text),
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }

    static func unknownResource(_ call: APICall) async throws -> APIResponse {
        throw APIError.notFound("resource not found")
    }
}
