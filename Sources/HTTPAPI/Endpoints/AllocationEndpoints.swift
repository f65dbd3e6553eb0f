import AccessControl
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
        let namespace = options.namespaceSelection
        return try await call.read([.allocations]) { state in
            let rights = call.rights
            let isPlain = namespace == nil && rights.isManagement && prefix == nil
            let cut: (first: AllocationPlace?, limit: Int?) = prefix == nil ? Self.cut(options) : (nil, nil)
            func isWanted(_ allocation: Allocation) -> Bool {
                (namespace == nil || allocation.namespace == namespace)
                    && rights.allows([.readJob], namespace: allocation.namespace)
                    && (prefix.map { UUIDText.digits(of: allocation.id).hasPrefix($0) } ?? true)
            }
            var places = state.allocationPlaces(
                from: cut.first, limit: cut.limit, where: isPlain ? nil : isWanted)
            if prefix != nil { places.sort { $0.id < $1.id } }
            return try list(places, call) { place in
                prefix == nil ? .created(place.createIndex, place.id.text) : .id(place.id.text)
            } find: {
                state.allocation($0.id)
            }
        }
    }

    /// The part of the list that a page can have, where that is known before anything is looked at: one more than the
    /// page shows, which is the next one's first.
    private static func cut(_ options: QueryOptions) -> (first: AllocationPlace?, limit: Int?) {
        guard options.perPage > 0, options.filter.isEmpty, !options.reverse else { return (nil, nil) }
        guard !options.nextToken.isEmpty else { return (nil, options.perPage + 1) }
        // A token that is none is refused later, with its reason.
        let parts = options.nextToken.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let index = UInt64(parts[0]), let id = AllocationID(String(parts[1])) else {
            return (nil, nil)
        }
        return (AllocationPlace(createIndex: index, id: id), options.perPage + 1)
    }

    /// Allocations as a list answer, cut and filtered as the request says.
    static func stubs(_ allocations: [Allocation], _ call: APICall) throws -> APIResponse {
        let byID = !(try call.options().prefix.isEmpty)
        return try list(allocations, call) { allocation in
            byID ? .id(allocation.id.text) : .created(allocation.createIndex, allocation.id.text)
        } find: {
            $0
        }
    }

    /// - Parameter find: the allocation of an item; asked when its turn has come to be written.
    private static func list<Item: Sendable>(
        _ items: [Item], _ call: APICall, key: (Item) -> PageKey, find: @escaping @Sendable (Item) -> Allocation?
    ) throws -> APIResponse {
        let wire = AllocationStubWire(
            withResources: try call.request.flag("resources") ?? false,
            withTaskStates: try call.request.flag("task_states") ?? true)
        let page = try Page(items, try call.options(), key: key) { item in
            guard let allocation = find(item) else { return .null }
            return try AllocationWire.whole(allocation, job: JobWire.stored(allocation.job.job))
        }
        return try .list(page) { item, writer in
            if let allocation = find(item) { try wire.write(allocation, to: &writer) }
        }
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
