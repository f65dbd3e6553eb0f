public import Base
import HashTreeCollections
public import Model

/// A storage plugin as the cluster has it: what its nodes say of it, put together.
public struct CSIPlugin: Hashable, Sendable {
    public var id = ""
    public var provider = ""
    public var version = ""
    /// Volumes can be used only while a controller is healthy.
    public var controllerRequired = false
    /// By node.
    public var controllers: [NodeID: CSIPluginInfo] = [:]
    public var nodes: [NodeID: CSIPluginInfo] = [:]
    /// Healthy ones on nodes that are ready.
    public var controllersHealthy = 0
    public var nodesHealthy = 0
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public var controllersExpected: Int { controllers.count }
    public var nodesExpected: Int { nodes.count }
    /// Whether its volumes can be mounted somewhere.
    public var isSchedulable: Bool { nodesHealthy > 0 && !lacksController }
    /// Whether its volumes can be mounted nowhere for want of a controller.
    public var lacksController: Bool { controllerRequired && controllersHealthy == 0 }
}

/// The nodes that have a plugin, and when that changed.
struct PluginMembers: Sendable {
    var nodes: TreeSet<NodeID> = []
    var createIndex: LogIndex = 0
    var modifyIndex: LogIndex = 0
}

extension Node {
    /// Its storage plugins, ascending.
    var pluginIDs: [String] {
        if csiControllerPlugins.isEmpty, csiNodePlugins.isEmpty { return [] }
        return Set(csiControllerPlugins.keys).union(csiNodePlugins.keys).sorted()
    }
}

extension State {
    /// Ids of all plugins, ascending.
    public var pluginIDs: [String] { plugins.keys.sorted() }

    /// A plugin of storage; nil when no node has it.
    public func plugin(_ id: String) -> CSIPlugin? {
        guard let members = plugins[id] else { return nil }
        var plugin = CSIPlugin()
        (plugin.id, plugin.createIndex, plugin.modifyIndex) = (id, members.createIndex, members.modifyIndex)
        // The newest word on what it is comes from the node with the lowest id, so that it is the same everywhere.
        for node in members.nodes.sorted().reversed().compactMap({ nodes[$0] }) {
            let controller = node.csiControllerPlugins[id]
            let onNode = node.csiNodePlugins[id]
            if let controller {
                plugin.controllers[node.id] = controller
                if controller.healthy, node.status == .ready { plugin.controllersHealthy += 1 }
            }
            if let onNode {
                plugin.nodes[node.id] = onNode
                if onNode.healthy, node.status == .ready { plugin.nodesHealthy += 1 }
            }
            for info in [onNode, controller].compactMap({ $0 }) {
                (plugin.provider, plugin.version) = (info.provider, info.providerVersion)
                if info.requiresControllerPlugin { plugin.controllerRequired = true }
            }
        }
        return plugin
    }

    /// Whether volumes of a plugin can be mounted nowhere for want of a controller.
    public func lacksController(plugin id: String) -> Bool { plugin(id)?.lacksController ?? false }

    /// Follows a node's plugins from one record to the next.
    mutating func followPlugins(of old: Node?, to new: Node?, _ touched: inout [Touched]) {
        let (before, after) = (old?.pluginIDs ?? [], new?.pluginIDs ?? [])
        guard let id = (new ?? old)?.id, !before.isEmpty || !after.isEmpty else { return }
        if let old, let new, old.status == new.status, old.csiControllerPlugins == new.csiControllerPlugins,
            old.csiNodePlugins == new.csiNodePlugins
        {
            return
        }
        for plugin in Set(before).union(after).sorted() {
            var members = plugins[plugin] ?? PluginMembers(createIndex: index)
            if after.contains(plugin) { members.nodes.insert(id) } else { members.nodes.remove(id) }
            members.modifyIndex = index
            plugins[plugin] = members.nodes.isEmpty ? nil : members
            touched.append(.plugin(plugin))
        }
        mark(.plugins)
    }
}
