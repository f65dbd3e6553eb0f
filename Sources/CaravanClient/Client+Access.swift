public import Base

/// Access control: policies and tokens.
extension Client {
    /// Makes the first management token. `secret` is one of the operator's choice, or nil.
    public func bootstrapAccess(secret: String? = nil) async throws -> JSON {
        try await put("/v1/acl/bootstrap", secret.map { ["BootstrapSecret": .string($0)] }).json()
    }

    public func policies() async throws -> [JSON] { try await get("/v1/acl/policies").json().arrayValue ?? [] }
    public func policy(_ name: String) async throws -> JSON {
        try await get("/v1/acl/policy/" + Escaping.segment(name)).json()
    }
    public func apply(policy: JSON, name: String) async throws {
        _ = try await put("/v1/acl/policy/" + Escaping.segment(name), policy)
    }
    public func delete(policy name: String) async throws {
        _ = try await delete("/v1/acl/policy/" + Escaping.segment(name))
    }

    public func tokens() async throws -> [JSON] { try await get("/v1/acl/tokens").json().arrayValue ?? [] }
    public func token(_ accessor: String) async throws -> JSON {
        try await get("/v1/acl/token/" + Escaping.segment(accessor)).json()
    }
    public func ownToken() async throws -> JSON { try await get("/v1/acl/token/self").json() }
    public func create(token: JSON) async throws -> JSON { try await put("/v1/acl/token", token).json() }
    public func update(token: JSON, accessor: String) async throws -> JSON {
        try await put("/v1/acl/token/" + Escaping.segment(accessor), token).json()
    }
    public func delete(token accessor: String) async throws {
        _ = try await delete("/v1/acl/token/" + Escaping.segment(accessor))
    }
    public func oneTimeToken() async throws -> JSON { try await put("/v1/acl/token/onetime").json() }
}
