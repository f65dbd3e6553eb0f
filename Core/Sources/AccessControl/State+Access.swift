import Base
public import Model
public import State

/// The tables of records that access control is kept in.
public enum AccessTable {
    public static let policies = "acl_policy"
    /// Tokens by accessor.
    public static let tokens = "acl_token"
    /// Secret → accessor.
    public static let secrets = "acl_secret"
    public static let oneTime = "acl_one_time"
    public static let roles = "acl_role"
    public static let authMethods = "acl_auth_method"
    public static let bindingRules = "acl_binding_rule"
    /// The key `bootstrap` holds the index at which the first token was made.
    public static let settings = "acl"
    public static let bootstrapKey = "bootstrap"
}

extension State {
    /// Records that can't be read are not there: they were written by a newer version.
    private func decoded<Value: Decodable>(_ type: Value.Type, _ tree: JSON?) -> Value? {
        tree.flatMap { try? WireDecoder().decode(type, from: $0) }
    }

    public func accessPolicy(_ name: String) -> AccessPolicy? {
        decoded(AccessPolicy.self, record(table: AccessTable.policies, key: name))
    }
    /// By name.
    public var accessPolicies: [AccessPolicy] {
        records(table: AccessTable.policies).compactMap { decoded(AccessPolicy.self, $0.value) }
    }

    public func accessToken(accessor: String) -> AccessToken? {
        decoded(AccessToken.self, record(table: AccessTable.tokens, key: accessor))
    }
    public func accessToken(secret: String) -> AccessToken? {
        record(table: AccessTable.secrets, key: secret)?.stringValue.flatMap { accessToken(accessor: $0) }
    }
    /// By accessor.
    public var accessTokens: [AccessToken] {
        records(table: AccessTable.tokens).compactMap { decoded(AccessToken.self, $0.value) }
    }
    public func oneTimeToken(secret: String) -> OneTimeToken? {
        decoded(OneTimeToken.self, record(table: AccessTable.oneTime, key: secret))
    }
    public var oneTimeTokens: [OneTimeToken] {
        records(table: AccessTable.oneTime).compactMap { decoded(OneTimeToken.self, $0.value) }
    }

    public func accessRole(id: String) -> AccessRole? {
        decoded(AccessRole.self, record(table: AccessTable.roles, key: id))
    }
    public func accessRole(name: String) -> AccessRole? { accessRoles.first { $0.name == name } }
    public var accessRoles: [AccessRole] {
        records(table: AccessTable.roles).compactMap { decoded(AccessRole.self, $0.value) }
    }

    /// The index at which the first token was made; nil before.
    public var accessBootstrapIndex: LogIndex? {
        record(table: AccessTable.settings, key: AccessTable.bootstrapKey)?.intValue.map { LogIndex($0) }
    }

    /// Names of the policies that a token has, itself or by its roles, in order.
    public func policyNames(of token: AccessToken) -> [String] {
        let linked = token.roles.compactMap { $0.id.flatMap { accessRole(id: $0) } }
        return Set(token.policies + linked.flatMap { $0.policies.map(\.name) }).sorted()
    }
}
