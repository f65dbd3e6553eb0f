import Base
import HCL

extension PolicyRules {
    /// Reads a policy in HCL or JSON.
    /// - Throws: the first thing that is wrong, in words that name it and what may stand there.
    public init(parsing text: String) throws(PolicyError) {
        let document = Document(parsing: text, name: "policy")
        var diagnostics = document.diagnostics
        guard !diagnostics.hasErrors else {
            throw PolicyError("Failed to parse ACL Policy: \(Self.first(diagnostics))")
        }
        let tree = PolicyTree(context: EvaluationContext()).object(document.body, &diagnostics)
        guard !diagnostics.hasErrors else {
            throw PolicyError("Failed to parse ACL Policy: \(Self.first(diagnostics))")
        }
        var parser = PolicyParser(rules: PolicyRules())
        try parser.read(tree)
        self = parser.rules
        raw = text
    }

    private static func first(_ diagnostics: Diagnostics) -> String { diagnostics.errors.first?.description ?? "" }
}

/// Brings both syntaxes into one form: what comes several times becomes a list.
private struct PolicyTree {
    let context: EvaluationContext

    func object(_ body: Body, _ diagnostics: inout Diagnostics) -> JSONObject {
        var object = JSONObject()
        let content = body.freeForm(in: context, &diagnostics)
        for attribute in content.attributes {
            if let value = attribute.expression.evaluate(in: context, &diagnostics) {
                object[attribute.name] = Self.tree(value)
            }
        }
        for block in content.blocks {
            var value = JSON.object(self.object(block.body, &diagnostics))
            for label in block.labels.reversed() { value = [label.value: value] }
            switch object[block.type] {
            case nil: object[block.type] = value
            case .array(let earlier): object[block.type] = .array(earlier + [value])
            case let earlier?: object[block.type] = .array([earlier, value])
            }
        }
        return object
    }

    private static func tree(_ value: Value) -> JSON {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let number): .string("\(number)")
        case .string(let text): .string(text)
        case .list(let list), .set(let list), .tuple(let list): .array(list.elements.map(tree))
        case .map(let members), .object(let members):
            .object(JSONObject(members.members.map { ($0.key, tree($0.value)) }))
        }
    }
}

private struct PolicyParser {
    var rules: PolicyRules

    private static let blocks = [
        "namespace", "node_pool", "host_volume", "agent", "node", "operator", "quota", "plugin", "sentinel",
    ]

    mutating func read(_ tree: JSONObject) throws(PolicyError) {
        for (name, value) in tree.members {
            switch name {
            case "namespace":
                for (label, body) in try labelled(value, name, default: "default") { try namespace(label, body) }
            case "node_pool": rules.nodePools += try named(value, name, ["read", "write", "delete", "deny"])
            case "host_volume":
                rules.hostVolumes += try named(value, name, ["mount-readonly", "mount-readwrite", "deny"])
            case "agent": rules.agent = try level(value, name, [.deny, .read, .write])
            case "node": rules.node = try level(value, name, [.deny, .read, .write])
            case "quota": rules.quota = try level(value, name, [.deny, .read, .write])
            case "plugin": rules.plugin = try level(value, name, [.deny, .read, .list, .write])
            case "operator": try operators(value)
            // Sentinel policies are the enterprise's: taken, and without effect.
            case "sentinel": _ = try level(value, name, [.deny, .read, .write])
            default:
                throw PolicyError(
                    "Invalid policy: unknown block \"\(name)\"; a policy has \(Self.blocks.joined(separator: ", "))")
            }
        }
        let isEmpty =
            rules.namespaces.isEmpty && rules.nodePools.isEmpty && rules.hostVolumes.isEmpty
            && tree.members.allSatisfy { ["namespace", "node_pool", "host_volume"].contains($0.name) }
        if isEmpty { throw PolicyError("Invalid policy: it has no rules") }
    }

    /// The bodies of a block type with a label. Without one, the label is `default`, where there is a default.
    private func labelled(
        _ value: JSON, _ block: String, default fallback: String?
    ) throws(PolicyError) -> [(label: String, body: JSONObject)] {
        var found: [(label: String, body: JSONObject)] = []
        for element in value.arrayValue ?? [value] {
            guard let object = element.objectValue else { throw PolicyError("Invalid \(block): it must be a block") }
            let isBody =
                object.isEmpty
                || object.members.allSatisfy {
                    ["policy", "capabilities", "variables"].contains($0.name) && $0.value.objectValue?["policy"] == nil
                        && $0.value.objectValue?["capabilities"] == nil
                }
            if isBody {
                guard let fallback else { throw PolicyError("Invalid \(block): it needs a name") }
                found.append((fallback, object))
                continue
            }
            for (label, inner) in object.members {
                for body in inner.arrayValue ?? [inner] {
                    guard let body = body.objectValue else {
                        throw PolicyError("Invalid \(block) \"\(label)\": it must be a block")
                    }
                    found.append((label, body))
                }
            }
        }
        return found
    }

    private func check(_ body: JSONObject, _ block: String, _ known: [String]) throws(PolicyError) {
        for name in body.names where !known.contains(name) {
            throw PolicyError("Invalid \(block): unknown key \"\(name)\"; there are \(known.joined(separator: ", "))")
        }
    }

    private func texts(_ value: JSON?, _ what: String) throws(PolicyError) -> [String] {
        guard let value, !value.isNull else { return [] }
        var texts: [String] = []
        for element in value.arrayValue ?? [value] {
            guard let text = element.stringValue else { throw PolicyError("\(what) must be a list of strings") }
            texts.append(text)
        }
        return texts
    }

    private static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "*"):
                    true
                default: false
                }
            }
    }

    private mutating func namespace(_ name: String, _ body: JSONObject) throws(PolicyError) {
        guard Self.isName(name) else { throw PolicyError("Invalid namespace name: \"\(name)\"") }
        try check(body, "namespace \"\(name)\"", ["policy", "capabilities", "variables"])
        var rule = PolicyRules.NamespaceRule(name: name)
        rule.policy = body.text("policy")
        let given = try texts(body["capabilities"], "capabilities of namespace \"\(name)\"")
        for text in given where Capability(rawValue: text) == nil {
            throw PolicyError("Invalid namespace capability \"\(text)\" in namespace \"\(name)\"")
        }
        rule.capabilities = given
        if !rule.policy.isEmpty {
            guard let expansion = Capability.expansion(ofPolicy: rule.policy) else {
                throw PolicyError(
                    "Invalid namespace policy: \"\(rule.policy)\" in namespace \"\(name)\"; use deny, read, write or scale"
                )
            }
            rule.capabilities += expansion.map(\.rawValue).filter { !given.contains($0) }
        }
        if let variables = body["variables"] { rule.variables = try paths(variables, name) }
        rules.namespaces.append(rule)
    }

    private func paths(_ value: JSON, _ namespace: String) throws(PolicyError) -> [PolicyRules.PathRule] {
        var paths: [PolicyRules.PathRule] = []
        for block in value.arrayValue ?? [value] {
            guard let object = block.objectValue, object.names.allSatisfy({ $0 == "path" }) else {
                throw PolicyError("Invalid variables of namespace \"\(namespace)\": they hold path blocks only")
            }
            guard let path = object["path"] else { continue }
            for element in path.arrayValue ?? [path] {
                for (label, body) in element.objectValue?.members ?? [] {
                    guard let body = body.objectValue else {
                        throw PolicyError("Invalid variable path \"\(label)\": it must be a block")
                    }
                    try check(body, "variable path \"\(label)\"", ["capabilities"])
                    let capabilities = try texts(body["capabilities"], "capabilities of variable path \"\(label)\"")
                    for text in capabilities where VariableCapability(rawValue: text) == nil {
                        throw PolicyError("Invalid variable capability \"\(text)\" in path \"\(label)\"")
                    }
                    guard !capabilities.isEmpty else {
                        throw PolicyError("Invalid variable path \"\(label)\": it has no capabilities")
                    }
                    paths.append(PolicyRules.PathRule(path: label, capabilities: capabilities))
                }
            }
        }
        return paths
    }

    private func named(
        _ value: JSON, _ block: String, _ known: [String]
    ) throws(PolicyError) -> [PolicyRules.NamedRule] {
        var found: [PolicyRules.NamedRule] = []
        for (label, body) in try labelled(value, block, default: nil) {
            guard Self.isName(label.replacingUnderscores) else {
                throw PolicyError("Invalid \(block) name: \"\(label)\"")
            }
            try check(body, "\(block) \"\(label)\"", ["policy", "capabilities"])
            var rule = PolicyRules.NamedRule(name: label)
            rule.policy = body.text("policy")
            rule.capabilities = try texts(body["capabilities"], "capabilities of \(block) \"\(label)\"")
            for text in rule.capabilities where !known.contains(text) {
                throw PolicyError("Invalid \(block) capability \"\(text)\"; use \(known.joined(separator: ", "))")
            }
            if !rule.policy.isEmpty {
                let isPool = block == "node_pool"
                let expansion: [String]? =
                    switch rule.policy {
                    case "deny": ["deny"]
                    case "read": isPool ? ["read"] : ["mount-readonly"]
                    case "write": isPool ? ["delete", "read", "write"] : ["mount-readonly", "mount-readwrite"]
                    default: nil
                    }
                guard let expansion else {
                    throw PolicyError("Invalid \(block) policy: \"\(rule.policy)\"; use deny, read or write")
                }
                rule.capabilities += expansion.filter { !rule.capabilities.contains($0) }
            }
            found.append(rule)
        }
        return found
    }

    private func level(_ value: JSON, _ block: String, _ known: [AccessLevel]) throws(PolicyError) -> AccessLevel {
        var result: AccessLevel?
        for element in value.arrayValue ?? [value] {
            guard let body = element.objectValue else { throw PolicyError("Invalid \(block): it must be a block") }
            try check(body, block, block == "operator" ? ["policy", "capabilities"] : ["policy"])
            guard let level = AccessLevel(rawValue: body.text("policy")), known.contains(level) else {
                throw PolicyError(
                    "Invalid \(block) policy: \"\(body.text("policy"))\"; use "
                        + known.map(\.rawValue).joined(separator: ", "))
            }
            result = level
        }
        guard let result else { throw PolicyError("Invalid \(block): it has no policy") }
        return result
    }

    private static let operatorCapabilities = [
        "license-read", "keyring-read", "keyring-rotate", "keyring-delete", "snapshot-save",
    ]

    private mutating func operators(_ value: JSON) throws(PolicyError) {
        for element in value.arrayValue ?? [value] {
            guard let body = element.objectValue else { throw PolicyError("Invalid operator: it must be a block") }
            let capabilities = try texts(body["capabilities"], "capabilities of operator")
            for text in capabilities where !Self.operatorCapabilities.contains(text) {
                throw PolicyError(
                    "Invalid operator capability \"\(text)\"; use \(Self.operatorCapabilities.joined(separator: ", "))")
            }
            rules.operatorCapabilities += capabilities
            if capabilities.isEmpty || body["policy"] != nil {
                rules.operators = try level(element, "operator", [.deny, .read, .write])
            }
        }
    }
}

extension String {
    /// Pools and volumes may have underscores where namespaces may not.
    fileprivate var replacingUnderscores: String { String(map { $0 == "_" ? "-" : $0 }) }
}
