public import Base

/// Services and node pools.
extension Client {
    /// By namespace, the names and tags of its services.
    public func services(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/services", options).json().arrayValue ?? []
    }

    /// The instances of a service.
    public func service(_ name: String, _ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/service/" + Escaping.segment(name), options).json().arrayValue ?? []
    }

    public func delete(service name: String, id: String) async throws {
        _ = try await delete("/v1/service/\(Escaping.segment(name))/\(Escaping.segment(id))")
    }

    public func nodePools(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/node/pools", options).json().arrayValue ?? []
    }

    public func nodePool(_ name: String) async throws -> JSON {
        try await get("/v1/node/pool/" + Escaping.segment(name)).json()
    }

    /// The `nodes` or `jobs` of a pool.
    public func nodePool(_ name: String, _ kind: String, _ options: QueryOptions) async throws -> [JSON] {
        try await get("/v1/node/pool/\(Escaping.segment(name))/\(kind)", options).json().arrayValue ?? []
    }
}
