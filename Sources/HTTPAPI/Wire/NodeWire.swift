import Base
import Model

/// Nodes as the API shows them.
enum NodeWire {
    /// A node in full: without its secret, with the old resource fields and `Drain`.
    static func tree(_ node: Node) throws -> JSON {
        var shown = node
        shown.secretID = ""
        guard case .object(var object) = try WireEncoder().encode(shown) else { return .null }
        object["Drain"] = .bool(node.drainStrategy != nil)
        let has = node.nodeResources
        object["Resources"] = try LegacyResources.tree(
            cpu: has.cpu.cpuShares, memoryMB: has.memory.memoryMB, memoryMaxMB: 0, diskMB: has.disk.diskMB,
            networks: has.networks)
        let kept = node.reservedResources
        object["Reserved"] = try LegacyResources.tree(
            cpu: kept.cpu.cpuShares, memoryMB: kept.memory.memoryMB, memoryMaxMB: 0, diskMB: kept.disk.diskMB,
            networks: [])
        return .object(object)
    }

    /// A node in lists.
    static func stub(_ node: Node, resources: Bool, os: Bool) throws -> JSON {
        let encoder = WireEncoder()
        var object = JSONObject()
        object["Address"] = .string(host(of: node.httpAddr))
        object["ID"] = .string(node.id.text)
        if os {
            let attributes = node.attributes.filter { $0.key.hasPrefix("os.") }
            object["Attributes"] = try encoder.encode(attributes)
        }
        object["Datacenter"] = .string(node.datacenter)
        object["Name"] = .string(node.name)
        object["NodePool"] = .string(node.nodePool)
        object["NodeClass"] = .string(node.nodeClass)
        object["Version"] = .string(node.attributes["nomad.version"] ?? "")
        object["Drain"] = .bool(node.drainStrategy != nil)
        object["SchedulingEligibility"] = .string(node.schedulingEligibility.rawValue)
        object["Status"] = .string(node.status.rawValue)
        object["StatusDescription"] = .string(node.statusDescription)
        object["Drivers"] = node.drivers.isEmpty ? .null : try encoder.encode(node.drivers)
        object["HostVolumes"] = node.hostVolumes.isEmpty ? .null : try encoder.encode(node.hostVolumes)
        if resources {
            object["NodeResources"] = try encoder.encode(node.nodeResources)
            object["ReservedResources"] = try encoder.encode(node.reservedResources)
        }
        object["LastDrain"] = node.lastDrain ?? .null
        object["CreateIndex"] = .int(Int64(clamping: node.createIndex))
        object["ModifyIndex"] = .int(Int64(clamping: node.modifyIndex))
        return .object(object)
    }

    /// The host of `host:port`, brackets of IPv6 addresses taken away.
    static func host(of address: String) -> String {
        guard let colon = address.lastIndex(of: ":") else { return address }
        let host = address[..<colon]
        return host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
    }
}
