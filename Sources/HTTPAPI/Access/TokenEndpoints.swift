import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

extension APICall {
    /// Endpoints of access control answer only where it is on.
    func requireAccessControl() throws(APIError) {
        guard context.accessControl.isEnabled else { throw .accessControlOff }
    }

    /// The token of the caller; nil without one.
    func ownToken(_ state: State) throws(APIError) -> AccessToken? {
        let secret = Gate.secret(of: request)
        guard !secret.isEmpty else { return nil }
        return try Gate(context: context).token(secret, in: state, now: try server().now())
    }

    /// A new id or secret.
    func newUUID() -> String {
        var generator = SystemRandomNumberGenerator()
        return ID<AccessToken>(using: &generator).text
    }
}

/// A digest that tells contents apart; the same for the same contents.
enum ContentHash {
    static func text(_ tree: JSON) -> String {
        var bytes: [UInt8] = []
        let content = tree.bytes()
        for part in 0..<4 {
            var hash = StableHash()
            hash.combine(UInt64(part))
            hash.combine(content)
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(hash.value >> UInt64(shift) & 255)) }
        }
        return Base64.encode(bytes)
    }
}

/// `/v1/acl/token…` and `/v1/acl/bootstrap`.
enum TokenEndpoints {
    private static let notFound = APIError.notFound("ACL token not found")

    // MARK: Reading

    private static func tree(_ token: AccessToken, withSecret: Bool = true) throws -> JSON {
        guard case .object(var object) = try WireEncoder().encode(token) else { return .null }
        var content = object
        for name in ["CreateIndex", "ModifyIndex", "SecretID"] { content[name] = nil }
        object["Hash"] = .string(ContentHash.text(.object(content)))
        if token.expirationTime == .zero { object["ExpirationTime"] = .null }
        if !withSecret { object["SecretID"] = nil }
        return .object(object)
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let options = try call.options()
        let global = try call.request.flag("global") ?? false
        let byAccessor = global || !options.prefix.isEmpty
        return try await call.read([.records]) { state in
            var tokens = state.accessTokens.filter { $0.accessorID.hasPrefix(options.prefix) && (!global || $0.global) }
            if !byAccessor {
                tokens.sort { a, b in
                    a.createIndex != b.createIndex ? a.createIndex < b.createIndex : a.accessorID < b.accessorID
                }
            }
            let page = try Page(tokens, options) { token in
                byAccessor ? .id(token.accessorID) : .created(token.createIndex, token.accessorID)
            } whole: {
                try tree($0, withSecret: false)
            }
            return try .list(page) { try tree($0, withSecret: false) }
        }
    }

    static func own(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return try await call.read([.records]) { state in
            guard let token = try call.ownToken(state) else { throw notFound }
            return .json(try tree(token))
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let accessor = call.capture("accessor")
        return try await call.read([.records]) { state in
            let isOwn = try call.ownToken(state)?.accessorID == accessor
            guard call.rights.isManagement || isOwn else { throw Gate.denied }
            guard let token = state.accessToken(accessor: accessor) else { throw notFound }
            return .json(try tree(token))
        }
    }

    // MARK: Writing

    static func bootstrap(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        var token = AccessToken()
        (token.accessorID, token.secretID) = (call.newUUID(), call.newUUID())
        (token.name, token.type, token.global) = ("Bootstrap Token", "management", true)
        if let secret = try call.request.optionalJSON()?.objectValue?.readText("BootstrapSecret"), !secret.isEmpty {
            guard ID<AccessToken>(secret) != nil else { throw APIError.badRequest("invalid acl token") }
            token.secretID = secret.lowercased()
        }
        let reply = try await call.submit(
            .access(.bootstrap(token, resetIndex: call.context.accessControl.bootstrapReset())))
        return try answer(token.accessorID, reply, call)
    }

    /// The stored form of a token that was just written.
    private static func answer(_ accessor: String, _ reply: Reply, _ call: APICall) throws -> APIResponse {
        guard let token = try call.server().committed.accessToken(accessor: accessor) else { throw notFound }
        return .json(try tree(token), index: reply.index)
    }

    static func create(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        var token = try wanted(call)
        if token.accessorID.isEmpty { token.accessorID = call.newUUID() }
        if token.secretID.isEmpty { token.secretID = call.newUUID() }
        for id in [token.accessorID, token.secretID] where ID<AccessToken>(id) == nil {
            throw APIError.badRequest("token 0 invalid: \"\(id)\" is not a UUID")
        }
        return try answer(
            token.accessorID, try await call.submit(.access(.putToken(token, isNew: true))), call)
    }

    static func update(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        var token = try wanted(call)
        let accessor = call.capture("accessor")
        if token.accessorID.isEmpty { token.accessorID = accessor }
        guard token.accessorID == accessor else {
            throw APIError.badRequest("ACL token accessor does not match request path")
        }
        return try answer(accessor, try await call.submit(.access(.putToken(token, isNew: false))), call)
    }

    private static func wanted(_ call: APICall) throws(APIError) -> AccessToken {
        var body = try call.request.object()
        let life = body.caseInsensitive("ExpirationTTL") ?? .null
        for name in body.names where ["expirationttl", "hash", "createtime"].contains(name.lowercased()) {
            body[name] = nil
        }
        var token: AccessToken
        do {
            token = try WireDecoder().decode(AccessToken.self, from: .object(body))
        } catch {
            throw .badRequest("the token can't be read: \(error)")
        }
        token.accessorID = token.accessorID.lowercased()
        token.secretID = token.secretID.lowercased()
        try setExpiry(&token, life, call)
        return token
    }

    private static func setExpiry(_ token: inout AccessToken, _ life: JSON, _ call: APICall) throws(APIError) {
        let now = try call.server().now()
        var span = TimeSpan.zero
        switch life {
        case .null, "": break
        default:
            guard
                let given = life.stringValue.map({ TimeSpan(text: $0) })
                    ?? life.intValue.map({ TimeSpan(nanoseconds: $0) })
            else { throw .badRequest("token 0 invalid: ExpirationTTL is not a duration") }
            span = given
        }
        guard span != .zero || token.expirationTime != .zero else { return }
        guard span == .zero || token.expirationTime == .zero else {
            throw .badRequest("token 0 invalid: expiration time and expiration TTL can't both be set")
        }
        if span != .zero { token.expirationTime = Timestamp(now + span) }
        let settings = call.context.accessControl
        let left = token.expirationTime.instant - now
        guard left >= settings.tokenLifetimeMin else {
            throw .badRequest(
                "token 0 invalid: expiration time cannot be less than \(settings.tokenLifetimeMin.text) in the future")
        }
        guard left <= settings.tokenLifetimeMax else {
            throw .badRequest(
                "token 0 invalid: expiration time cannot be more than \(settings.tokenLifetimeMax.text) in the future")
        }
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        return .done(try await call.submit(.access(.deleteToken(accessor: call.capture("accessor")))).index)
    }

    // MARK: One-time tokens

    static func issueOneTime(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let server = try call.server()
        guard let own = try call.ownToken(server.committed) else { throw Gate.denied }
        var token = OneTimeToken()
        (token.oneTimeSecretID, token.accessorID) = (call.newUUID(), own.accessorID)
        token.expiresAt = Timestamp(server.now() + OneTimeToken.lifetime)
        let reply = try await call.submit(.access(.issue(token)))
        (token.createIndex, token.modifyIndex) = (reply.index, reply.index)
        let tree: JSON = ["OneTimeToken": try WireEncoder().encode(token), "Index": .int(Int64(clamping: reply.index))]
        return .json(tree, index: reply.index)
    }

    static func exchangeOneTime(_ call: APICall) async throws -> APIResponse {
        try call.requireAccessControl()
        let secret = try call.request.object().readText("OneTimeSecretID") ?? ""
        let state = try call.server().committed
        guard let oneTime = state.oneTimeToken(secret: secret),
            let token = state.accessToken(accessor: oneTime.accessorID)
        else { throw Gate.denied }
        let reply = try await call.submit(.access(.exchange(secret: secret)))
        return .json(["Token": try tree(token), "Index": .int(Int64(clamping: reply.index))], index: reply.index)
    }
}
