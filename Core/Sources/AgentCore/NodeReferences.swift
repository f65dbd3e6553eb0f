import Base
public import Model

/// What job files may refer to of a node: `node.class`, `attr.kernel.name`, `meta.rack`.
public enum NodeReferences {
    public static func all(of node: Node, region: String) -> [String: String] {
        var references = [
            "node.unique.id": node.id.text, "node.unique.name": node.name, "node.datacenter": node.datacenter,
            "node.region": region, "node.class": node.nodeClass, "node.pool": node.nodePool,
        ]
        for (name, value) in node.attributes { references["attr." + name] = value }
        for (name, value) in node.meta { references["meta." + name] = value }
        return references
    }
}
