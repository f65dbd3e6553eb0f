import Base
import Model
import State

/// Volumes of storage plugins as the API shows them: with what follows from their users and from their plugin.
enum VolumeWire {
    /// A volume in full. Its secrets are named, not told.
    static func tree(_ volume: CSIVolume, _ state: State) throws -> JSON {
        guard case .object(var object) = try WireEncoder().encode(volume) else { return .null }
        if !volume.secrets.isEmpty {
            var secrets = JSONObject()
            for name in volume.secrets.keys.sorted() { secrets[name] = "[REDACTED]" }
            object["Secrets"] = .object(secrets)
        }
        let claims = state.claims(on: volume.key)
        addUse(claims, to: &object)
        // Of each user the API knows no more than that it is there: the rest stands in the list.
        object["ReadAllocs"] = users(claims.filter { !$0.writes })
        object["WriteAllocs"] = users(claims.filter(\.writes))
        object["Allocations"] = try StubList.tree(claims.compactMap { state.allocation($0.allocation) })
        addPlugin(volume, state, to: &object)
        object["ProviderVersion"] = .string(state.plugin(volume.pluginID)?.version ?? "")
        return .object(object)
    }

    /// A volume in lists.
    static func stub(_ volume: CSIVolume, _ state: State) throws -> JSON {
        let claims = state.claims(on: volume.key)
        var object = JSONObject()
        object["ID"] = .string(volume.id)
        object["Namespace"] = .string(volume.namespace)
        object["Name"] = .string(volume.name)
        object["ExternalID"] = .string(volume.externalID)
        object["Topologies"] = volume.topologies.isEmpty ? .null : try WireEncoder().encode(volume.topologies)
        addUse(claims, to: &object)
        object["CurrentReaders"] = .int(Int64(claims.count { !$0.writes }))
        object["CurrentWriters"] = .int(Int64(claims.count(where: \.writes)))
        addPlugin(volume, state, to: &object)
        for (name, value) in [
            ("CreateIndex", Int64(clamping: volume.createIndex)), ("ModifyIndex", Int64(clamping: volume.modifyIndex)),
            ("CreateTime", volume.createTime), ("ModifyTime", volume.modifyTime),
        ] { object[name] = .int(value) }
        return .object(object)
    }

    /// The modes in which it is used now.
    private static func addUse(_ claims: [VolumeClaim], to object: inout JSONObject) {
        object["AccessMode"] = .string(claims.first?.accessMode ?? "")
        object["AttachmentMode"] = .string(claims.first?.attachmentMode ?? "")
        object["ResourceExhausted"] = .string(Timestamp.zero.text)
    }

    private static func users(_ claims: [VolumeClaim]) -> JSON {
        var object = JSONObject()
        for id in claims.map(\.allocation).sorted() { object[id.text] = .null }
        return .object(object)
    }

    private static func addPlugin(_ volume: CSIVolume, _ state: State, to object: inout JSONObject) {
        let plugin = state.plugin(volume.pluginID)
        object["PluginID"] = .string(volume.pluginID)
        object["Provider"] = .string(plugin?.provider ?? "")
        object["Schedulable"] = .bool(plugin?.isSchedulable ?? false)
        PluginWire.addCounts(plugin, to: &object)
    }
}

/// Storage plugins as the API shows them.
enum PluginWire {
    static func stub(_ plugin: CSIPlugin) -> JSON {
        var object = JSONObject()
        object["ID"] = .string(plugin.id)
        object["Provider"] = .string(plugin.provider)
        addCounts(plugin, to: &object)
        object["CreateIndex"] = .int(Int64(clamping: plugin.createIndex))
        object["ModifyIndex"] = .int(Int64(clamping: plugin.modifyIndex))
        return .object(object)
    }

    /// - Parameter allocations: those that run it, as far as they may be seen.
    static func tree(_ plugin: CSIPlugin, _ allocations: [Allocation]) throws -> JSON {
        guard case .object(var object) = stub(plugin) else { return .null }
        object["Version"] = .string(plugin.version)
        object["Controllers"] = try byNode(plugin.controllers)
        object["Nodes"] = try byNode(plugin.nodes)
        object["Allocations"] = try StubList.tree(allocations)
        return .object(object)
    }

    private static func byNode(_ infos: [NodeID: CSIPluginInfo]) throws -> JSON {
        var object = JSONObject()
        for (node, info) in infos.sorted(by: { $0.key < $1.key }) {
            object[node.text] = try WireEncoder().encode(info)
        }
        return .object(object)
    }

    static func addCounts(_ plugin: CSIPlugin?, to object: inout JSONObject) {
        object["ControllerRequired"] = .bool(plugin?.controllerRequired ?? false)
        for (name, count) in [
            ("ControllersHealthy", plugin?.controllersHealthy), ("ControllersExpected", plugin?.controllersExpected),
            ("NodesHealthy", plugin?.nodesHealthy), ("NodesExpected", plugin?.nodesExpected),
        ] { object[name] = .int(Int64(count ?? 0)) }
    }
}

/// A short list of allocations inside another answer.
enum StubList {
    static func tree(_ allocations: [Allocation]) throws -> JSON {
        var writer = ObjectWriter()
        writer.openList()
        for allocation in allocations { try AllocationStubWire().write(allocation, to: &writer) }
        writer.closeList()
        return try JSON(parsing: writer.take())
    }
}
