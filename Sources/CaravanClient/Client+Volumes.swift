public import Base

/// Volumes and storage plugins.
extension Client {
    public func volumes(kind: String = "csi", _ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        var options = options
        options.parameters.append(("type", kind))
        return try await get("/v1/volumes", options).json().arrayValue ?? []
    }

    public func volume(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get("/v1/volume/csi/" + Escaping.segment(id), options).json()
    }

    /// The answer may have `Warnings`.
    public func register(volume: JSON, id: String) async throws -> JSON {
        try await put("/v1/volume/csi/" + Escaping.segment(id), ["Volumes": [volume]]).json()
    }

    public func create(volume: JSON, id: String) async throws -> JSON {
        try await put("/v1/volume/csi/\(Escaping.segment(id))/create", ["Volumes": [volume]]).json()
    }

    /// The parameter `force` deregisters also while allocations that are to stop have not ended.
    public func deregister(volume id: String, _ options: QueryOptions = QueryOptions()) async throws {
        _ = try await delete("/v1/volume/csi/" + Escaping.segment(id), options)
    }

    public func delete(volume id: String) async throws {
        _ = try await delete("/v1/volume/csi/\(Escaping.segment(id))/delete")
    }

    public func detach(volume id: String, node: String) async throws {
        _ = try await delete(
            "/v1/volume/csi/\(Escaping.segment(id))/detach", QueryOptions(parameters: [("node", node)]))
    }

    public func createSnapshot(_ snapshot: JSON) async throws -> JSON {
        try await put("/v1/volumes/snapshot", ["Snapshots": [snapshot]]).json()
    }

    public func deleteSnapshot(_ id: String, plugin: String) async throws {
        let options = QueryOptions(parameters: [("plugin_id", plugin), ("snapshot_id", id)])
        _ = try await delete("/v1/volumes/snapshot", options)
    }

    public func snapshots(_ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get("/v1/volumes/snapshot", options).json()
    }

    public func plugins(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        var options = options
        options.parameters.append(("type", "csi"))
        return try await get("/v1/plugins", options).json().arrayValue ?? []
    }

    public func plugin(_ id: String) async throws -> JSON {
        try await get("/v1/plugin/csi/" + Escaping.segment(id)).json()
    }
}
