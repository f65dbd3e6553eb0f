import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/acl/policies` and `/v1/acl/policy/:name`.
enum PolicyEndpoints {
    /// Names of the policies that the caller has; nil: may read all.
    static func readable(_ call: APICall, _ state: State) throws(APIError) -> Set<String>? {
        if call.rights.isManagement { return nil }
        guard let token = try call.ownToken(state) else { return [AccessPolicy.anonymousName] }
        return Set(state.policyNames(of: token))
    }

    private static func stub(_ policy: AccessPolicy) -> JSON {
        let content: JSON = [
            "Name": .string(policy.name), "Description": .string(policy.description), "Rules": .string(policy.rules),
            "JobACL": policy.jobACL ?? .null,
        ]
        return [
            "Name": .string(policy.name), "Description": .string(policy.description), "JobACL": policy.jobACL ?? .null,
            "Hash": .string(ContentHash.text(content)), "CreateIndex": .int(Int64(clamping: policy.createIndex)),
            "ModifyIndex": .int(Int64(clamping: policy.modifyIndex)),
        ]
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let options = try call.options()
        return try await call.read([.records]) { state in
            let readable = try readable(call, state)
            let policies = state.accessPolicies.filter {
                $0.name.hasPrefix(options.prefix) && readable?.contains($0.name) ?? true
            }
            return try .list(Page(policies, options, key: { .id($0.name) }, whole: { stub($0) })) { stub($0) }
        }
    }

    /// The policies of the caller's own token.
    static func own(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return try await call.read([.records]) { state in
            let names = try call.ownToken(state).map { state.policyNames(of: $0) } ?? []
            return .json(.array(names.compactMap { state.accessPolicy($0) }.map(stub)))
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let name = try name(call)
        return try await call.read([.records]) { state in
            if let readable = try readable(call, state), !readable.contains(name) { throw Gate.denied }
            guard let policy = state.accessPolicy(name) else { throw APIError.notFound("ACL policy not found") }
            guard case .object(var object) = stub(policy) else { return .json(.null) }
            object["Rules"] = .string(policy.rules)
            object["RulesJSON"] = (try? PolicyRules(parsing: policy.rules))?.tree ?? .null
            return .json(.object(object))
        }
    }

    private static func name(_ call: APICall) throws(APIError) -> String {
        let name = call.capture("name")
        guard !name.isEmpty else { throw .badRequest("Missing Policy Name") }
        return name
    }

    static func put(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let name = try name(call)
        var body = try call.request.object()
        for other in body.names where other.lowercased() == "rulesjson" { body[other] = nil }
        let policy: AccessPolicy
        do {
            policy = try WireDecoder().decode(AccessPolicy.self, from: .object(body))
        } catch {
            throw APIError.badRequest("the policy can't be read: \(error)")
        }
        guard policy.name == name else { throw APIError.badRequest("ACL policy name does not match request path") }
        return .done(try await call.submit(.access(.putPolicy(policy))).index)
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return .done(try await call.submit(.access(.deletePolicy(try name(call)))).index)
    }
}

/// `/v1/acl/roles` and `/v1/acl/role/…`.
enum RoleEndpoints {
    private static func tree(_ role: AccessRole) throws -> JSON {
        guard case .object(var object) = try WireEncoder().encode(role) else { return .null }
        object["Policies"] = .array(role.policies.map { ["Name": .string($0.name)] })
        var content = object
        for name in ["CreateIndex", "ModifyIndex"] { content[name] = nil }
        object["Hash"] = .string(ContentHash.text(.object(content)))
        return .object(object)
    }

    /// Ids of the roles that the caller has; nil: may read all.
    private static func readable(_ call: APICall, _ state: State) throws(APIError) -> Set<String>? {
        if call.rights.isManagement { return nil }
        return Set(try call.ownToken(state)?.roles.compactMap(\.id) ?? [])
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let options = try call.options()
        return try await call.read([.records]) { state in
            let readable = try readable(call, state)
            let roles = state.accessRoles.filter {
                $0.id.hasPrefix(options.prefix) && readable?.contains($0.id) ?? true
            }
            return try .list(Page(roles, options, key: { .id($0.id) }, whole: { try tree($0) })) { try tree($0) }
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        try await show(call) { $0.accessRole(id: call.capture("id")) }
    }

    static func getByName(_ call: APICall) async throws -> APIResponse {
        try await show(call) { $0.accessRole(name: call.capture("name")) }
    }

    private static func show(_ call: APICall, _ find: (State) -> AccessRole?) async throws -> APIResponse {
        try call.requireAccessControl()
        return try await call.read([.records]) { state in
            let role = find(state)
            if let readable = try readable(call, state), !readable.contains(role?.id ?? "") { throw Gate.denied }
            guard let role else { throw APIError.notFound("ACL role not found") }
            return .json(try tree(role))
        }
    }

    static func create(_ call: APICall) async throws -> APIResponse {
        var role = try wanted(call)
        if role.id.isEmpty { role.id = call.newUUID() }
        return try await put(role, call)
    }

    static func update(_ call: APICall) async throws -> APIResponse {
        var role = try wanted(call)
        let id = call.capture("id")
        if role.id.isEmpty { role.id = id }
        guard role.id == id else { throw APIError.badRequest("ACL role ID does not match request path") }
        guard try call.server().committed.accessRole(id: id) != nil else {
            throw APIError.notFound("ACL role not found")
        }
        return try await put(role, call)
    }

    private static func wanted(_ call: APICall) throws(APIError) -> AccessRole {
        try call.requireAccessControl()
        do {
            return try WireDecoder().decode(AccessRole.self, from: .object(try call.request.object()))
        } catch let error as APIError {
            throw error
        } catch {
            throw .badRequest("the role can't be read: \(error)")
        }
    }

    private static func put(_ role: AccessRole, _ call: APICall) async throws -> APIResponse {
        let reply = try await call.submit(.access(.putRole(role)))
        guard let stored = try call.server().committed.accessRole(id: role.id) else {
            throw APIError.notFound("ACL role not found")
        }
        return .json(try tree(stored), index: reply.index)
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return .done(try await call.submit(.access(.deleteRole(id: call.capture("id")))).index)
    }
}
