public import Base

/// What names a volume: ids are unique within a namespace.
public struct VolumeKey: Hashable, Comparable, Codable, Sendable {
    public var namespace: String
    public var id: String

    public init(namespace: String, id: String) { (self.namespace, self.id) = (namespace, id) }

    public static func < (a: VolumeKey, b: VolumeKey) -> Bool {
        a.namespace != b.namespace ? a.namespace < b.namespace : a.id < b.id
    }
}

/// How many may use a volume at a time, and what for.
public enum VolumeAccessMode: String, CaseIterable, Sendable {
    case singleNodeReader = "single-node-reader-only"
    case singleNodeWriter = "single-node-writer"
    case multiNodeReader = "multi-node-reader-only"
    case multiNodeSingleWriter = "multi-node-single-writer"
    case multiNodeMultiWriter = "multi-node-multi-writer"

    /// Only one node can have the volume.
    public var isSingleNode: Bool { self == .singleNodeReader || self == .singleNodeWriter }
    /// Several allocations may write.
    public var sharesWriting: Bool { self == .multiNodeMultiWriter }
    public var allowsWriting: Bool { self != .singleNodeReader && self != .multiNodeReader }
}

/// A volume of a storage provider that jobs may mount.
public struct CSIVolume: Codable, Hashable, Sendable {
    public var id = ""
    public var name = ""
    /// The provider's name of it.
    public var externalID = ""
    public var namespace = "default"
    public var pluginID = ""
    /// Bytes.
    public var capacity: Int64 = 0
    public var requestedCapacityMin: Int64 = 0
    public var requestedCapacityMax: Int64 = 0
    /// What it may be used for: a job's request must be one of them.
    public var requestedCapabilities: [CSIVolumeCapability] = []
    public var mountOptions: CSIMountOptions?
    /// Never shown.
    public var secrets: [String: String] = [:]
    public var parameters: [String: String] = [:]
    public var context: [String: String] = [:]
    public var cloneID = ""
    public var snapshotID = ""
    public var requestedTopologies: CSITopologyRequest?
    /// Where it can be reached: in any one of them; none: everywhere.
    public var topologies: [CSITopology] = []
    /// Nanoseconds since the epoch.
    public var createTime: Int64 = 0
    public var modifyTime: Int64 = 0
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}

    public var key: VolumeKey { VolumeKey(namespace: namespace, id: id) }

    /// Whether a node at a place can reach it.
    public func isReachable(from place: CSITopology?) -> Bool {
        topologies.isEmpty || topologies.contains { $0.contains(place ?? CSITopology()) }
    }

    public func allows(accessMode: String, attachmentMode: String) -> Bool {
        requestedCapabilities.contains { $0.accessMode == accessMode && $0.attachmentMode == attachmentMode }
    }
}

/// A way in which a volume may be used.
public struct CSIVolumeCapability: Codable, Hashable, Sendable {
    public var accessMode = ""
    /// `file-system` or `block-device`.
    public var attachmentMode = ""

    public init(accessMode: String = "", attachmentMode: String = "") {
        (self.accessMode, self.attachmentMode) = (accessMode, attachmentMode)
    }
}

public struct CSIMountOptions: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["fsType": "FSType"]
    public var fsType = ""
    public var mountFlags: [String] = []

    public init() {}
}

/// Where a volume is to be made, or can be reached.
public struct CSITopologyRequest: Codable, Hashable, Sendable {
    public var required: [CSITopology] = []
    public var preferred: [CSITopology] = []

    public init() {}
}

/// An allocation's use of a volume. It begins when the allocation is placed and ends when its node reports the end.
public struct VolumeClaim: Hashable, Sendable {
    public var volume: VolumeKey
    public var allocation: AllocationID
    public var node: NodeID
    public var writes: Bool
    public var accessMode: String
    public var attachmentMode: String
}

extension VolumeRequest {
    /// The volume that the instance with an index asks for.
    public func source(ofIndex index: Int) -> String { perAlloc ? "\(source)[\(index)]" : source }
}

extension Job {
    /// Whether any of its groups mounts a volume of a storage plugin.
    public var mountsVolumes: Bool {
        taskGroups.contains { group in !group.volumes.isEmpty && group.volumes.values.contains { $0.type == "csi" } }
    }
}

extension GroupSpec {
    /// The volumes of storage plugins that it mounts, by name.
    public var storageRequests: [VolumeRequest] {
        guard !volumes.isEmpty else { return [] }
        return volumes.sorted { $0.key < $1.key }.map(\.value).filter { $0.type == "csi" }
    }
}

extension Allocation {
    /// The volumes of storage plugins that it uses for as long as it takes room on its node, each once. Costs nothing
    /// where its job mounts none.
    public var volumeClaims: [VolumeClaim] {
        guard job.mountsVolumes, let group else { return [] }
        var claims: [VolumeClaim] = []
        for request in group.storageRequests {
            let key = VolumeKey(namespace: namespace, id: request.source(ofIndex: index))
            if let known = claims.firstIndex(where: { $0.volume == key }) {
                claims[known].writes = claims[known].writes || !request.readOnly
                continue
            }
            claims.append(
                VolumeClaim(
                    volume: key, allocation: id, node: nodeID, writes: !request.readOnly,
                    accessMode: request.accessMode, attachmentMode: request.attachmentMode))
        }
        return claims
    }
}
