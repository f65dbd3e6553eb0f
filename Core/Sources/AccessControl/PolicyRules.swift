public import Base

/// The rules of one policy, parsed.
public struct PolicyRules: Hashable, Sendable {
    /// A block about one namespace, or all whose names fit a pattern.
    public struct NamespaceRule: Hashable, Sendable {
        public var name: String
        public var policy = ""
        /// As written, then what the policy stands for.
        public var capabilities: [String] = []
        /// Nil: the block says nothing of variables.
        public var variables: [PathRule]?
    }

    /// A block about the variables whose paths fit a pattern.
    public struct PathRule: Hashable, Sendable {
        public var path: String
        public var capabilities: [String]
    }

    /// A block about a host volume or a node pool.
    public struct NamedRule: Hashable, Sendable {
        public var name: String
        public var policy = ""
        public var capabilities: [String] = []
    }

    public var namespaces: [NamespaceRule] = []
    public var nodePools: [NamedRule] = []
    public var hostVolumes: [NamedRule] = []
    public var agent: AccessLevel?
    public var node: AccessLevel?
    public var operators: AccessLevel?
    public var operatorCapabilities: [String] = []
    public var quota: AccessLevel?
    public var plugin: AccessLevel?
    /// The text that all this was read from.
    public var raw = ""

    public init() {}

    /// As the API shows it in a policy's `RulesJSON`.
    public var tree: JSON {
        func level(_ level: AccessLevel?) -> JSON { level.map { ["Policy": .string($0.rawValue)] } ?? .null }
        func list(_ rules: [JSON]) -> JSON { rules.isEmpty ? .null : .array(rules) }
        func texts(_ texts: [String]) -> JSON { texts.isEmpty ? .null : .array(texts.map { .string($0) }) }
        func named(_ rule: NamedRule) -> JSON {
            ["Name": .string(rule.name), "Policy": .string(rule.policy), "Capabilities": texts(rule.capabilities)]
        }
        let namespaces = self.namespaces.map { rule -> JSON in
            let paths = rule.variables.map { paths in
                paths.map { ["PathSpec": .string($0.path), "Capabilities": texts($0.capabilities)] as JSON }
            }
            return [
                "Name": .string(rule.name), "Policy": .string(rule.policy), "Capabilities": texts(rule.capabilities),
                "Variables": paths.map { ["Paths": .array($0)] } ?? .null,
            ]
        }
        var operators = level(self.operators)
        if !operatorCapabilities.isEmpty {
            operators = [
                "Policy": .string(self.operators?.rawValue ?? ""), "Capabilities": texts(operatorCapabilities),
            ]
        }
        return [
            "Namespaces": list(namespaces), "NodePools": list(nodePools.map(named)),
            "HostVolumes": list(hostVolumes.map(named)), "Agent": level(agent), "Node": level(node),
            "Operator": operators, "Quota": level(quota), "Plugin": level(plugin), "Raw": .string(raw),
        ]
    }
}

/// Why a policy's text is no policy.
public struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
