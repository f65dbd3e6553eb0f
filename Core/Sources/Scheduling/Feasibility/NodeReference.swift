import Base
import Model

/// One side of a constraint, an affinity or a spread: a literal text or a property of nodes.
enum NodeReference: Hashable, Sendable {
    case literal(String)
    case id, name, datacenter, nodeClass, pool
    case attribute(String)
    case meta(String)
    /// A reference that no node has.
    case unknown

    /// Reads `${attr.kernel.name}`, `${meta.rack}`, `${node.class}`…; anything else is a literal.
    init(_ text: String) {
        guard text.hasPrefix("${"), text.hasSuffix("}") else {
            self = .literal(text)
            return
        }
        let inner = text.dropFirst(2).dropLast()
        switch inner {
        case "node.unique.id": self = .id
        case "node.unique.name": self = .name
        case "node.datacenter": self = .datacenter
        case "node.class": self = .nodeClass
        case "node.pool": self = .pool
        default:
            if inner.hasPrefix("attr.") {
                self = .attribute(String(inner.dropFirst(5)))
            } else if inner.hasPrefix("meta.") {
                self = .meta(String(inner.dropFirst(5)))
            } else {
                self = .unknown
            }
        }
    }

    /// Whether nodes of one computed class may differ in it.
    var isUnique: Bool {
        switch self {
        case .id, .name: true
        case .attribute(let key), .meta(let key): Self.isUnique(key)
        case .literal, .datacenter, .nodeClass, .pool, .unknown: false
        }
    }

    /// Whether a key contains `unique.`; asked several times in every evaluation.
    private static func isUnique(_ key: String) -> Bool {
        var rest = key.utf8[...]
        while let at = rest.firstIndex(of: UInt8(ascii: "u")) {
            rest = rest[at...]
            if rest.starts(with: "unique.".utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// The node's value; nil when it has none.
    func value(of node: Node) -> String? {
        switch self {
        case .literal(let text): text
        case .id: node.id.text
        case .name: node.name
        case .datacenter: node.datacenter
        case .nodeClass: node.nodeClass
        case .pool: node.nodePool
        case .attribute(let key): node.attributes[key]
        case .meta(let key): node.meta[key]
        case .unknown: nil
        }
    }
}
