public import Base

/// A storage plugin (Container Storage Interface) as one node found it.
public struct CSIPluginInfo: Codable, Hashable, Sendable {
    public var pluginID = ""
    /// The allocation that runs the plugin.
    public var allocID = ""
    public var healthy = false
    public var healthDescription = ""
    public var updateTime = Timestamp.zero
    public var provider = ""
    public var providerVersion = ""
    /// Volumes can be used only where a controller of the plugin is healthy too.
    public var requiresControllerPlugin = false
    public var requiresTopologies = false
    /// What the plugin's controller can do; nil for node plugins.
    public var controllerInfo: CSIControllerInfo?
    /// What the plugin says of the node; nil for controllers.
    public var nodeInfo: CSINodeInfo?

    public init() {}

    /// Whether rules see the same: all but when it was looked at and the words for its health.
    public func suits(asMuchAs other: CSIPluginInfo) -> Bool {
        var (a, b) = (self, other)
        (a.updateTime, a.healthDescription) = (.zero, "")
        (b.updateTime, b.healthDescription) = (.zero, "")
        return a == b
    }
}

/// What the controller of a storage plugin can do.
public struct CSIControllerInfo: Codable, Hashable, Sendable {
    public var supportsReadOnlyAttach = false
    public var supportsAttachDetach = false
    public var supportsListVolumes = false
    public var supportsListVolumesAttachedNodes = false
    public var supportsCreateDelete = false
    public var supportsCreateDeleteSnapshot = false
    public var supportsListSnapshots = false
    public var supportsClone = false
    public var supportsExpand = false
    public var supportsGet = false
    public var supportsCondition = false

    public init() {}
}

/// What a storage plugin says of the node it runs on.
public struct CSINodeInfo: Codable, Hashable, Sendable {
    /// The node's name in the storage provider.
    public var id = ""
    /// Volumes of the plugin that the node can have at a time; 0 or less: as many as are asked for.
    public var maxVolumes: Int64 = 0
    /// Where the node is; nil: the plugin knows no places.
    public var accessibleTopology: CSITopology?
    public var requiresNodeStageVolume = false
    public var supportsStats = false
    public var supportsExpand = false
    public var supportsCondition = false

    public init() {}
}

/// A place in the storage provider's world, such as `zone` = `a` and `rack` = `r1`.
public struct CSITopology: Codable, Hashable, Sendable {
    public var segments: [String: String]

    public init(segments: [String: String] = [:]) { self.segments = segments }

    /// Whether a node at a place lies within this one: all of its segments are the node's too.
    public func contains(_ node: CSITopology) -> Bool {
        segments.allSatisfy { node.segments[$0.key] == $0.value }
    }
}
