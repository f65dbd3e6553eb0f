public import AccessControl
public import Base
import Model
import State

/// A wish about access control. Ids and secrets are made by the caller, who has randomness for secrets.
public enum AccessCommand: Sendable {
    /// Makes the first token. A reset index that is the one of the last time allows it once more.
    case bootstrap(AccessToken, resetIndex: UInt64)
    case putPolicy(AccessPolicy)
    case deletePolicy(String)
    /// A new token, or a changed one with the accessor of an old one.
    case putToken(AccessToken, isNew: Bool)
    case deleteToken(accessor: String)
    case issue(OneTimeToken)
    /// Uses a one-time secret up.
    case exchange(secret: String)
    case putRole(AccessRole)
    case deleteRole(id: String)
    /// Auth methods by name, binding rules by id.
    case putRecord(table: String, key: String, JSONObject)
    case deleteRecord(table: String, key: String, missing: String)
}

extension ControlPlane {
    mutating func access(_ command: AccessCommand) throws(CommandError) -> Reply {
        switch command {
        case .bootstrap(let token, let reset): try bootstrapAccess(token, reset)
        case .putPolicy(let policy): try put(policy)
        case .deletePolicy(let name):
            accessReply("ACLPolicyDeleted", [.record(table: AccessTable.policies, key: name, nil)])
        case .putToken(let token, let isNew): try put(token, isNew: isNew)
        case .deleteToken(let accessor): try deleteToken(accessor)
        case .issue(var token):
            accessReply("OneTimeTokenUpserted") { index in
                (token.createIndex, token.modifyIndex) = (index, index)
                return [.record(table: AccessTable.oneTime, key: token.oneTimeSecretID, Self.tree(token))]
            }
        case .exchange(let secret): try exchange(secret)
        case .putRole(let role): try put(role)
        case .deleteRole(let id):
            try deleteRecord(AccessTable.roles, id, missing: "ACL role not found", "ACLRoleDeleted")
        case .putRecord(let table, let key, let object): putStamped(table, key, object)
        case .deleteRecord(let table, let key, let missing):
            try deleteRecord(table, key, missing: missing, "ACLRecordDeleted")
        }
    }

    private static func tree(_ value: some Encodable) -> JSON {
        // Plain structs of texts and numbers always encode.
        (try? WireEncoder().encode(value)) ?? .null
    }

    private mutating func accessReply(_ cause: String, _ changes: [Change]) -> Reply {
        var reply = Reply()
        reply.index = commit(cause, changes)
        return reply
    }

    private mutating func accessReply(_ cause: String, _ changes: (LogIndex) -> [Change]) -> Reply {
        accessReply(cause, changes(nextIndex))
    }

    private mutating func bootstrapAccess(_ wanted: AccessToken, _ reset: UInt64) throws(CommandError) -> Reply {
        if let done = head.accessBootstrapIndex {
            guard reset != 0 else { throw CommandError(400, "ACL bootstrap already done (reset index: \(done))") }
            guard reset == done else {
                throw CommandError(
                    400, "Invalid bootstrap reset index (specified \(reset), reset index: \(done))")
            }
        }
        var token = wanted
        token.createTime = Timestamp(now)
        return accessReply("ACLTokenUpserted") { index in
            (token.createIndex, token.modifyIndex) = (index, index)
            return Self.changes(of: token) + [
                .record(table: AccessTable.settings, key: AccessTable.bootstrapKey, .int(Int64(clamping: index)))
            ]
        }
    }

    private static func changes(of token: AccessToken) -> [Change] {
        [
            .record(table: AccessTable.tokens, key: token.accessorID, tree(token)),
            .record(table: AccessTable.secrets, key: token.secretID, .string(token.accessorID)),
        ]
    }

    // MARK: - Policies and roles

    private mutating func put(_ wanted: AccessPolicy) throws(CommandError) -> Reply {
        var faults: [String] = []
        if !AccessName.isValid(wanted.name) { faults.append("invalid name '\(wanted.name)'") }
        do {
            _ = try PolicyRules(parsing: wanted.rules)
        } catch {
            faults.append("failed to parse rules: \(error)")
        }
        if wanted.description.utf8.count > AccessPolicy.descriptionLengthMax {
            faults.append("description longer than \(AccessPolicy.descriptionLengthMax)")
        }
        guard faults.isEmpty else { throw CommandError(404, "policy 0 invalid: " + Self.list(faults)) }
        let old = head.accessPolicy(wanted.name)
        var policy = wanted
        return accessReply("ACLPolicyUpserted") { index in
            (policy.createIndex, policy.modifyIndex) = (old?.createIndex ?? index, index)
            return [.record(table: AccessTable.policies, key: policy.name, Self.tree(policy))]
        }
    }

    private mutating func put(_ wanted: AccessRole) throws(CommandError) -> Reply {
        var role = wanted
        let old = head.accessRole(id: role.id)
        guard AccessName.isValid(role.name) else {
            throw CommandError(400, "role 0 invalid: invalid name '\(role.name)'")
        }
        if let other = head.accessRole(name: role.name), other.id != role.id {
            throw CommandError(400, "role with name \(role.name) already exists")
        }
        guard !role.policies.isEmpty else {
            throw CommandError(400, "role 0 invalid: at least one policy should be specified")
        }
        for policy in role.policies where head.accessPolicy(policy.name) == nil {
            throw CommandError(400, "cannot find policy \(policy.name)")
        }
        return accessReply("ACLRoleUpserted") { index in
            (role.createIndex, role.modifyIndex) = (old?.createIndex ?? index, index)
            return [.record(table: AccessTable.roles, key: role.id, Self.tree(role))]
        }
    }

    // MARK: - Tokens

    private mutating func put(_ wanted: AccessToken, isNew: Bool) throws(CommandError) -> Reply {
        var token = wanted
        let old = head.accessToken(accessor: token.accessorID)
        if isNew {
            guard old == nil, head.accessToken(secret: token.secretID) == nil else {
                throw CommandError(400, "a token with this accessor or secret exists already")
            }
            token.createTime = Timestamp(now)
        } else {
            guard let old else { throw CommandError(400, "cannot find token \(token.accessorID)") }
            guard old.global == token.global else { throw CommandError(400, "cannot toggle global mode") }
            (token.secretID, token.createTime) = (old.secretID, old.createTime)
            token.expirationTime = old.expirationTime
        }
        let faults = token.faults
        guard faults.isEmpty else { throw CommandError(400, "token 0 invalid: " + Self.list(faults)) }
        var roles: [AccessLink] = []
        for link in token.roles {
            let found = link.id.flatMap { head.accessRole(id: $0) } ?? head.accessRole(name: link.name)
            guard let found else { throw CommandError(400, "cannot find role \(link.id ?? link.name)") }
            roles.append(AccessLink(id: found.id, name: found.name))
        }
        token.roles = roles
        return accessReply("ACLTokenUpserted") { index in
            (token.createIndex, token.modifyIndex) = (old?.createIndex ?? index, index)
            return Self.changes(of: token)
        }
    }

    private mutating func deleteToken(_ accessor: String) throws(CommandError) -> Reply {
        guard let token = head.accessToken(accessor: accessor) else {
            throw CommandError(400, "Cannot delete nonexistent tokens: \(accessor)")
        }
        return accessReply("ACLTokenDeleted", Self.removal(of: token))
    }

    private static func removal(of token: AccessToken) -> [Change] {
        [
            .record(table: AccessTable.tokens, key: token.accessorID, nil),
            .record(table: AccessTable.secrets, key: token.secretID, nil),
        ]
    }

    private mutating func exchange(_ secret: String) throws(CommandError) -> Reply {
        guard let token = head.oneTimeToken(secret: secret), token.expiresAt.instant > now,
            head.accessToken(accessor: token.accessorID) != nil
        else { throw CommandError(403, "Permission denied") }
        return accessReply("OneTimeTokenDeleted", [.record(table: AccessTable.oneTime, key: secret, nil)])
    }

    /// Deletes tokens whose time is over.
    mutating func collectTokens() {
        let time = now
        var changes = head.accessTokens.filter { $0.isExpired(time) }.flatMap { Self.removal(of: $0) }
        changes += head.oneTimeTokens.filter { $0.expiresAt.instant <= time }
            .map { .record(table: AccessTable.oneTime, key: $0.oneTimeSecretID, nil) }
        if !changes.isEmpty { commit("GarbageCollected", changes) }
    }

    // MARK: - Records of other kinds

    private mutating func putStamped(_ table: String, _ key: String, _ wanted: JSONObject) -> Reply {
        var object = wanted
        let old = head.record(table: table, key: key)?["CreateIndex"]
        return accessReply("ACLRecordUpserted") { index in
            object["CreateIndex"] = old ?? .int(Int64(clamping: index))
            object["ModifyIndex"] = .int(Int64(clamping: index))
            return [.record(table: table, key: key, .object(object))]
        }
    }

    private mutating func deleteRecord(
        _ table: String, _ key: String, missing: String, _ cause: String
    ) throws(CommandError) -> Reply {
        guard head.record(table: table, key: key) != nil else { throw CommandError(404, missing) }
        return accessReply(cause, [.record(table: table, key: key, nil)])
    }
}
