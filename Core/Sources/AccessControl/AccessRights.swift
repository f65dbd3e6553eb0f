/// What a token may do: its policies taken together.
///
/// Capabilities of several policies are united, and a `deny` beats them. Where a policy speaks of patterns, the
/// closest pattern that fits a name counts alone.
public struct AccessRights: Hashable, Sendable {
    public let isManagement: Bool
    private var namespaces: [String: Set<Capability>] = [:]
    /// By namespace pattern, then by path pattern.
    private var variables: [String: [String: Set<VariableCapability>]] = [:]
    private var nodePools: [String: Set<String>] = [:]
    private var hostVolumes: [String: Set<String>] = [:]
    private var agent: AccessLevel?
    private var node: AccessLevel?
    private var operators: AccessLevel?
    private var operatorCapabilities: Set<String> = []
    private var quota: AccessLevel?
    private var plugin: AccessLevel?

    /// May do everything.
    public static let management = AccessRights(isManagement: true)
    /// May do nothing that needs a permission.
    public static let none = AccessRights(isManagement: false)

    private init(isManagement: Bool) { self.isManagement = isManagement }

    public init(merging policies: [PolicyRules]) {
        self.init(isManagement: false)
        for rules in policies { merge(rules) }
    }

    private mutating func merge(_ rules: PolicyRules) {
        for rule in rules.namespaces {
            var capabilities = Set(rule.capabilities.compactMap { Capability(rawValue: $0) })
            capabilities.formUnion(Capability.silentExpansion(ofPolicy: rule.policy))
            for capability in capabilities { capabilities.formUnion(capability.implied) }
            namespaces[rule.name] = Self.united(namespaces[rule.name], capabilities, deny: .deny)
            for path in rule.variables ?? [] {
                var capabilities = Set(path.capabilities.compactMap { VariableCapability(rawValue: $0) })
                if capabilities.contains(.read) { capabilities.insert(.list) }
                let earlier = variables[rule.name]?[path.path]
                variables[rule.name, default: [:]][path.path] = Self.united(earlier, capabilities, deny: .deny)
            }
        }
        for rule in rules.nodePools {
            nodePools[rule.name] = Self.united(nodePools[rule.name], Set(rule.capabilities), deny: "deny")
        }
        for rule in rules.hostVolumes {
            hostVolumes[rule.name] = Self.united(hostVolumes[rule.name], Set(rule.capabilities), deny: "deny")
        }
        agent = Self.stronger(agent, rules.agent)
        node = Self.stronger(node, rules.node)
        operators = Self.stronger(operators, rules.operators)
        operatorCapabilities.formUnion(rules.operatorCapabilities)
        quota = Self.stronger(quota, rules.quota)
        plugin = Self.stronger(plugin, rules.plugin)
    }

    private static func united<Word: Hashable>(_ a: Set<Word>?, _ b: Set<Word>, deny: Word) -> Set<Word> {
        let all = (a ?? []).union(b)
        return all.contains(deny) ? [deny] : all
    }

    private static func stronger(_ a: AccessLevel?, _ b: AccessLevel?) -> AccessLevel? {
        guard let a, let b else { return a ?? b }
        return a.rank >= b.rank ? a : b
    }
}

extension AccessRights {
    /// Whether one of several capabilities is there in a namespace.
    public func allows(_ wanted: [Capability], namespace: String) -> Bool {
        if isManagement { return true }
        guard let held = Glob.closest(namespaces, namespace) else { return false }
        return wanted.contains { held.contains($0) }
    }

    /// Whether anything at all is allowed in a namespace.
    public func sees(namespace: String) -> Bool {
        if isManagement { return true }
        if let held = Glob.closest(namespaces, namespace), !held.isEmpty, held != [.deny] { return true }
        guard let paths = Glob.closest(variables, namespace) else { return false }
        return paths.values.contains { $0 != [.deny] }
    }

    /// Whether a capability is there in some namespace, which need not exist yet.
    public func allowsSomewhere(_ wanted: [Capability]) -> Bool {
        isManagement || namespaces.values.contains { held in wanted.contains { held.contains($0) } }
    }

    /// What may be done with a variable.
    public func allows(_ wanted: VariableCapability, variable path: String, namespace: String) -> Bool {
        if isManagement { return true }
        guard let paths = Glob.closest(variables, namespace), let held = Glob.closest(paths, path) else { return false }
        return held.contains(wanted)
    }

    /// Whether some policy speaks of the variables of a namespace; nil: of any.
    public func allowsVariables(namespace: String?) -> Bool {
        if isManagement { return true }
        guard let namespace else { return !variables.isEmpty }
        return Glob.closest(variables, namespace) != nil
    }

    public func allowsNode(_ wanted: AccessLevel) -> Bool { isManagement || Self.covers(node, wanted) }
    public func allowsAgent(_ wanted: AccessLevel) -> Bool { isManagement || Self.covers(agent, wanted) }
    public func allowsQuota(_ wanted: AccessLevel) -> Bool { isManagement || Self.covers(quota, wanted) }
    public func allowsOperator(_ wanted: AccessLevel) -> Bool { isManagement || Self.covers(operators, wanted) }

    /// Listing plugins is less than reading them.
    public func allowsPlugin(_ wanted: AccessLevel) -> Bool {
        if isManagement { return true }
        return switch plugin {
        case .write, .read: true
        case .list: wanted == .list
        case .deny, nil: false
        }
    }

    /// Capabilities of operators: those that are given, and those that come with the policy.
    public func allowsOperator(capability: String) -> Bool {
        if isManagement { return true }
        guard operators != .deny else { return false }
        if operatorCapabilities.contains(capability) { return true }
        return switch operators {
        case .write: true
        case .read: ["license-read", "keyring-read"].contains(capability)
        default: false
        }
    }

    /// - Parameter wanted: `read`, `write` or `delete`.
    public func allowsNodePool(_ wanted: String, _ name: String) -> Bool {
        isManagement || (Glob.closest(nodePools, name)?.contains(wanted) ?? false)
    }

    public func allowsHostVolume(_ name: String, readOnly: Bool) -> Bool {
        if isManagement { return true }
        guard let held = Glob.closest(hostVolumes, name) else { return false }
        return held.contains("mount-readwrite") || readOnly && held.contains("mount-readonly")
    }

    private static func covers(_ held: AccessLevel?, _ wanted: AccessLevel) -> Bool {
        switch held {
        case .write: true
        case .read, .list: wanted != .write
        case .deny, nil: false
        }
    }
}
