public import Base
public import Model

/// A named set of rules.
public struct AccessPolicy: Codable, Hashable, Sendable {
    public var name = ""
    public var description = ""
    /// The rules as they were written.
    public var rules = ""
    /// Ties the policy to the tasks of a job: `{Namespace, JobID, Group, Task}`.
    public var jobACL: JSON?
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}

    /// The policy that everybody has, with or without a token.
    public static let anonymousName = "anonymous"
    public static let descriptionLengthMax = 256
}

/// A reference to a role or a policy.
public struct AccessLink: Codable, Hashable, Sendable {
    public var id: String?
    public var name = ""

    public init(id: String? = nil, name: String) { (self.id, self.name) = (id, name) }
}

/// A named set of policies that tokens may have together.
public struct AccessRole: Codable, Hashable, Sendable {
    public var id = ""
    public var name = ""
    public var description = ""
    public var policies: [AccessLink] = []
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}
}

/// Who somebody is: a secret that is sent with requests, and what it stands for.
public struct AccessToken: Codable, Hashable, Sendable {
    /// Names the token where it is not used.
    public var accessorID = ""
    public var secretID = ""
    public var name = ""
    /// `client` or `management`.
    public var type = ""
    public var policies: [String] = []
    public var roles: [AccessLink] = []
    public var global = false
    public var createTime = Timestamp.zero
    /// Zero: never.
    public var expirationTime = Timestamp.zero
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}

    public static let nameLengthMax = 256
    public var isManagement: Bool { type == "management" }
    public func isExpired(_ now: Instant) -> Bool { expirationTime != .zero && expirationTime.instant <= now }

    /// What makes it no token, in words for its author.
    public var faults: [String] {
        var faults: [String] = []
        if name.utf8.count > Self.nameLengthMax { faults.append("token name too long") }
        switch type {
        case "client":
            if policies.isEmpty, roles.isEmpty { faults.append("client token missing policies") }
        case "management":
            if !policies.isEmpty || !roles.isEmpty {
                faults.append("management token cannot be associated with policies")
            }
        default: faults.append("token type must be client or management")
        }
        return faults
    }
}

/// A secret that can be exchanged for a token once, to hand a session to a browser.
public struct OneTimeToken: Codable, Hashable, Sendable {
    public var oneTimeSecretID = ""
    public var accessorID = ""
    public var expiresAt = Timestamp.zero
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}
    public static let lifetime = TimeSpan.minutes(10)
}

/// Names of policies, roles and auth methods.
public enum AccessName {
    public static func isValid(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
