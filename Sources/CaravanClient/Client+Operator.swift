public import Base

/// Operators' endpoints: consensus, configuration, snapshots, namespaces, quotas.
extension Client {
    public func raftConfiguration(stale: Bool) async throws -> JSON {
        var options = QueryOptions()
        options.stale = stale
        return try await get("/v1/operator/raft/configuration", options).json()
    }

    /// Removes a peer by `id` or `address`.
    public func removePeer(_ parameter: String, _ value: String) async throws {
        _ = try await delete("/v1/operator/raft/peer", QueryOptions(parameters: [(parameter, value)]))
    }

    public func transferLeadership(_ parameter: String, _ value: String) async throws -> JSON {
        try await put(
            "/v1/operator/raft/transfer-leadership", nil, QueryOptions(parameters: [(parameter, value)])
        ).json()
    }

    public func autopilotConfiguration() async throws -> JSON {
        try await get("/v1/operator/autopilot/configuration").json()
    }

    /// Answers false if the configuration has changed since `index`.
    public func setAutopilotConfiguration(_ configuration: JSON, ifUnchangedSince index: UInt64) async throws -> Bool {
        let answer = try await put(
            "/v1/operator/autopilot/configuration", configuration,
            QueryOptions(parameters: [("cas", String(index))]))
        return try answer.json().boolValue ?? true
    }

    public func schedulerConfiguration() async throws -> JSON {
        try await get("/v1/operator/scheduler/configuration").json()
    }

    public func setSchedulerConfiguration(_ configuration: JSON, ifUnchangedSince index: UInt64?) async throws -> Bool {
        let parameters = index.map { [(name: "cas", value: String($0))] } ?? []
        let answer = try await put(
            "/v1/operator/scheduler/configuration", configuration, QueryOptions(parameters: parameters))
        return try answer.json()["Updated"]?.boolValue ?? true
    }

    /// The cluster's state as an archive.
    public func snapshot(stale: Bool) async throws -> ByteStream {
        var options = QueryOptions()
        options.stale = stale
        return try await stream("/v1/operator/snapshot", options)
    }

    public func restore(snapshot: [UInt8]) async throws { _ = try await put("/v1/operator/snapshot", bytes: snapshot) }

    public func metrics(_ parameters: [(name: String, value: String)]) async throws -> Answer {
        try await get("/v1/metrics", QueryOptions(parameters: parameters))
    }

    // MARK: Namespaces

    public func namespaces(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/namespaces", options).json().arrayValue ?? []
    }

    public func namespace(_ name: String) async throws -> JSON {
        try await get("/v1/namespace/" + Escaping.segment(name)).json()
    }

    public func apply(namespace: JSON) async throws {
        _ = try await put("/v1/namespace", namespace)
    }

    public func delete(namespace name: String) async throws {
        _ = try await delete("/v1/namespace/" + Escaping.segment(name))
    }

    // MARK: Scaling policies

    public func scalingPolicies(_ parameters: [(name: String, value: String)]) async throws -> [JSON] {
        try await get("/v1/scaling/policies", QueryOptions(parameters: parameters)).json().arrayValue ?? []
    }

    public func scalingPolicy(_ id: String) async throws -> JSON {
        try await get("/v1/scaling/policy/" + Escaping.segment(id)).json()
    }
}
