import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/acl/auth-methods` and `/v1/acl/auth-method/:name`: how people log in with identities from elsewhere.
///
/// The methods and their binding rules are kept; logging in by them is not built.
enum AuthMethodEndpoints {
    private static let missing = "ACL auth-method not found"

    private static func shown(_ record: JSON) -> JSON {
        var record = record
        if var config = record["Config"], config["OIDCClientSecret"]?.stringValue?.isEmpty == false {
            config["OIDCClientSecret"] = "redacted"
            record["Config"] = config
        }
        record["Hash"] = .string(ContentHash.text(record))
        return record
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let options = try call.options()
        return try await call.read([.records]) { state in
            let methods = state.records(table: AccessTable.authMethods).filter { $0.key.hasPrefix(options.prefix) }
            let page = try Page(methods.map(\.value), options) {
                .id($0["Name"]?.stringValue ?? "")
            } whole: {
                shown($0)
            }
            return try .list(page) { method in
                let whole = shown(method)
                let names = ["Name", "Type", "Default", "Hash", "CreateIndex", "ModifyIndex"]
                return .object(JSONObject(names.map { ($0, whole[$0] ?? .null) }))
            }
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return try await call.read([.records]) { state in
            guard let method = state.record(table: AccessTable.authMethods, key: call.capture("name")) else {
                throw APIError.notFound(missing)
            }
            return .json(shown(method))
        }
    }

    static func put(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let body = try call.request.object()
        var name = try body.readText("Name") ?? ""
        if let path = call.captures["name"] {
            if name.isEmpty { name = path }
            guard name == path else { throw APIError.badRequest("ACL auth-method name does not match request path") }
        }
        guard AccessName.isValid(name) else {
            throw APIError.badRequest("auth method 0 invalid: invalid name '\(name)'")
        }
        let type = try body.readText("Type") ?? ""
        guard ["OIDC", "JWT"].contains(type) else {
            throw APIError.badRequest("auth method 0 invalid: invalid token type '\(type)'; use OIDC or JWT")
        }
        let locality = try body.readText("TokenLocality") ?? ""
        guard ["local", "global"].contains(locality) else {
            throw APIError.badRequest(
                "auth method 0 invalid: invalid token locality '\(locality)'; use local or global")
        }
        let state = try call.server().committed
        let isDefault = try body.readFlag("Default") ?? false
        if isDefault {
            let other = state.records(table: AccessTable.authMethods).contains {
                $0.key != name && $0.value["Type"]?.stringValue == type && $0.value["Default"]?.boolValue == true
            }
            guard !other else { throw APIError.badRequest("default auth method for type \(type) already exists") }
        }
        let format = try body.readText("TokenNameFormat") ?? ""
        let now = try call.server().now()
        let old = state.record(table: AccessTable.authMethods, key: name)
        var record = JSONObject([
            ("Name", .string(name)), ("Type", .string(type)), ("TokenLocality", .string(locality)),
            ("TokenNameFormat", .string(format.isEmpty ? "${auth_method_type}-${auth_method_name}" : format)),
            ("MaxTokenTTL", body.caseInsensitive("MaxTokenTTL") ?? 0), ("Default", .bool(isDefault)),
            ("Config", body.caseInsensitive("Config") ?? .null),
            ("CreateTime", old?["CreateTime"] ?? .string(Timestamp(now).text)),
            ("ModifyTime", .string(Timestamp(now).text)),
        ])
        // What was read comes redacted: sending it back must not lose the secret.
        if record["Config"]?["OIDCClientSecret"]?.stringValue == "redacted", var config = record["Config"] {
            config["OIDCClientSecret"] = old?["Config"]?["OIDCClientSecret"]
            record["Config"] = config
        }
        let reply = try await call.submit(.access(.putRecord(table: AccessTable.authMethods, key: name, record)))
        let stored = try call.server().committed.record(table: AccessTable.authMethods, key: name) ?? .null
        return .json(shown(stored), index: reply.index)
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return .done(
            try await call.submit(
                .access(
                    .deleteRecord(table: AccessTable.authMethods, key: call.capture("name"), missing: missing))
            ).index)
    }

    static func login(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        throw APIError(501, "logging in with OIDC or JWT is not supported yet; use a token")
    }
}

/// `/v1/acl/binding-rules` and `/v1/acl/binding-rule/:id`: which roles and policies an identity gets.
enum BindingRuleEndpoints {
    private static let missing = "ACL binding rule not found"

    static func list(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let options = try call.options()
        return try await call.read([.records]) { state in
            let rules = state.records(table: AccessTable.bindingRules).filter { $0.key.hasPrefix(options.prefix) }
            let page = try Page(rules.map(\.value), options) {
                .id($0["ID"]?.stringValue ?? "")
            } whole: {
                $0
            }
            return try .list(page) { $0 }
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return try await call.read([.records]) { state in
            guard let rule = state.record(table: AccessTable.bindingRules, key: call.capture("id")) else {
                throw APIError.notFound(missing)
            }
            return .json(rule)
        }
    }

    static func put(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let body = try call.request.object()
        var id = try body.readText("ID") ?? ""
        let state = try call.server().committed
        if let path = call.captures["id"] {
            if id.isEmpty { id = path }
            guard id == path else { throw APIError.badRequest("ACL binding rule ID does not match request path") }
            guard state.record(table: AccessTable.bindingRules, key: id) != nil else {
                throw APIError.notFound(missing)
            }
        }
        if id.isEmpty { id = call.newUUID() }
        let method = try body.readText("AuthMethod") ?? ""
        guard state.record(table: AccessTable.authMethods, key: method) != nil else {
            throw APIError.badRequest("ACL binding rule 0 invalid: no auth method \"\(method)\"")
        }
        let type = try body.readText("BindType") ?? ""
        guard ["role", "policy", "management"].contains(type) else {
            throw APIError.badRequest(
                "ACL binding rule 0 invalid: unsupported bind type '\(type)'; use role, policy or management")
        }
        let name = try body.readText("BindName") ?? ""
        guard name.isEmpty == (type == "management") else {
            throw APIError.badRequest(
                "ACL binding rule 0 invalid: bind name is \(name.isEmpty ? "missing" : "not allowed with management")")
        }
        let selector = try body.readText("Selector") ?? ""
        if !selector.isEmpty {
            do {
                _ = try FilterParser.parse(selector)
            } catch {
                throw APIError.badRequest("ACL binding rule 0 invalid: selector is invalid: \(error)")
            }
        }
        let now = Timestamp(try call.server().now()).text
        let old = state.record(table: AccessTable.bindingRules, key: id)
        let record = JSONObject([
            ("ID", .string(id)), ("Description", .string(try body.readText("Description") ?? "")),
            ("AuthMethod", .string(method)), ("Selector", .string(selector)), ("BindType", .string(type)),
            ("BindName", .string(name)), ("CreateTime", old?["CreateTime"] ?? .string(now)),
            ("ModifyTime", .string(now)),
        ])
        let reply = try await call.submit(.access(.putRecord(table: AccessTable.bindingRules, key: id, record)))
        return .json(
            try call.server().committed.record(table: AccessTable.bindingRules, key: id) ?? .null, index: reply.index)
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return .done(
            try await call.submit(
                .access(.deleteRecord(table: AccessTable.bindingRules, key: call.capture("id"), missing: missing))
            ).index)
    }
}
