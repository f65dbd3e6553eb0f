import Base
import Model
import State

/// The volumes of storage plugins that the instances of a group mount, and what keeps a node from giving them.
///
/// Which volume it is may depend on the instance (`per_alloc`), and whether it is free on what the plan placed before,
/// so that what was said of nodes is asked again whenever that changes.
struct VolumeRules {
    /// One volume as an instance wants it.
    private struct Wish: Hashable {
        var key: VolumeKey
        /// Nil when it is not registered.
        var volume: CSIVolume?
        var accessMode: String
        var attachmentMode: String
        var writes: Bool
        /// Its plugin has the controller that it needs.
        var hasController = false
        var use: VolumeUse.Answers?

        var mode: VolumeAccessMode? { VolumeAccessMode(rawValue: accessMode) }
    }

    private let requests: [VolumeRequest]
    private let namespace: String
    let isPerInstance: Bool
    /// Reasons name the node they are about; of many nodes that would be as many reasons.
    private let namesNodes: Bool
    private var index = 0
    private var wishes: [Wish] = []

    /// Candidates up to which reasons name each of them.
    static let namedNodesMax = 64

    /// Nil where the group mounts no such volumes.
    init?(_ job: Job, _ group: GroupSpec, candidates: Int, _ proposed: Proposed) {
        guard let volumes = proposed.volumes else { return nil }
        requests = group.storageRequests
        guard !requests.isEmpty else { return nil }
        namespace = job.namespace
        isPerInstance = requests.contains(where: \.perAlloc)
        namesNodes = candidates <= Self.namedNodesMax
        wishes = read(volumes)
    }

    /// The volumes of an instance.
    static func keys(_ job: Job, _ group: GroupSpec, index: Int) -> [VolumeKey] {
        group.storageRequests.map { VolumeKey(namespace: job.namespace, id: $0.source(ofIndex: index)) }
    }

    /// Looks at what there is now, for the instance with an index or the one looked at before.
    /// - Returns: whether nodes have to be asked again.
    mutating func follow(_ proposed: Proposed, index: Int? = nil) -> Bool {
        guard let volumes = proposed.volumes else { return false }
        self.index = index ?? self.index
        let old = wishes
        wishes = read(volumes)
        return wishes != old
    }

    private func read(_ volumes: ProposedVolumes) -> [Wish] {
        var wishes: [Wish] = []
        for request in requests {
            let key = VolumeKey(namespace: namespace, id: request.source(ofIndex: index))
            if let known = wishes.firstIndex(where: { $0.key == key }) {
                wishes[known].writes = wishes[known].writes || !request.readOnly
                continue
            }
            var wish = Wish(
                key: key, volume: volumes.volume(key), accessMode: request.accessMode,
                attachmentMode: request.attachmentMode, writes: !request.readOnly)
            if let volume = wish.volume {
                wish.hasController = volumes.hasController(plugin: volume.pluginID)
                wish.use = volumes.use(of: key).answers
            }
            wishes.append(wish)
        }
        return wishes
    }

    /// What keeps an instance off a node, as the text that metrics show; nil when nothing does.
    func filter(_ node: Node, _ proposed: Proposed) -> String? {
        guard let volumes = proposed.volumes else { return nil }
        for wish in wishes {
            if let refusal = refusals(wish, node, volumes, all: false).first {
                return refusal.text(client: namesNodes ? node.id : nil)
            }
        }
        return nil
    }

    /// Everything that keeps an instance off a node.
    func refusals(_ node: Node, _ proposed: Proposed) -> [Refusal] {
        guard let volumes = proposed.volumes else { return [] }
        return wishes.flatMap { refusals($0, node, volumes, all: true) }
    }

    /// What stands against one volume on a node: the first thing, or all.
    private func refusals(_ wish: Wish, _ node: Node, _ volumes: ProposedVolumes, all: Bool) -> [Refusal] {
        var found: [Refusal] = []
        /// Notes a reason; returns whether that is enough.
        func refuse(_ reason: Refusal.Reason) -> Bool {
            found.append(Refusal(reason: reason, volume: wish.key, plugin: wish.volume?.pluginID ?? ""))
            return !all
        }
        guard let volume = wish.volume else {
            _ = refuse(.unknownVolume)
            return found
        }
        if !volume.allows(accessMode: wish.accessMode, attachmentMode: wish.attachmentMode),
            refuse(.capability(accessMode: wish.accessMode, attachmentMode: wish.attachmentMode))
        {
            return found
        }
        if let reason = refusal(by: node, volume, volumes), refuse(reason) { return found }
        if !wish.hasController, refuse(.noController) { return found }
        let use = volumes.use(of: wish.key)
        if wish.writes {
            if !(wish.mode?.allowsWriting ?? false), refuse(.readOnly) { return found }
            if !use.hasRoomForWriter(sharing: wish.mode?.sharesWriting ?? false), refuse(.writers) { return found }
        }
        if !use.allows(node.id, singleNode: wish.mode?.isSingleNode ?? true) { _ = refuse(.elsewhere) }
        return found
    }

    /// What the node's own plugin says.
    private func refusal(by node: Node, _ volume: CSIVolume, _ volumes: ProposedVolumes) -> Refusal.Reason? {
        guard let plugin = node.csiNodePlugins[volume.pluginID] else { return .noPlugin }
        guard plugin.healthy else { return .unhealthyPlugin }
        if let most = plugin.nodeInfo?.maxVolumes, most > 0 {
            let wanted = wishes.filter { $0.volume?.pluginID == volume.pluginID }.map(\.key)
            let count = volumes.volumes(of: volume.pluginID, on: node.id, with: wanted)
            if Int64(count) > most { return .tooMany(wanted: count) }
        }
        return volume.isReachable(from: plugin.nodeInfo?.accessibleTopology) ? nil : .topology
    }

    /// Why a node can't give a volume.
    struct Refusal: Hashable {
        enum Reason: Hashable {
            case unknownVolume, noPlugin, unhealthyPlugin, topology, noController, readOnly, writers, elsewhere
            case tooMany(wanted: Int)
            case capability(accessMode: String, attachmentMode: String)
        }

        var reason: Reason
        var volume: VolumeKey
        var plugin: String

        /// The text that metrics show; without a client where many have the same trouble.
        func text(client: NodeID?) -> String {
            let client = client.map { "client \($0.text)" } ?? "clients"
            return switch reason {
            case .unknownVolume: "missing CSI Volume \(volume.id)"
            case .noPlugin: "CSI plugin \(plugin) is missing from \(client)"
            case .unhealthyPlugin: "CSI plugin \(plugin) is unhealthy on \(client)"
            case .tooMany: "CSI plugin \(plugin) has the maximum number of volumes on \(client)"
            case .topology: "did not meet topology requirement"
            case .noController: "CSI volume \(volume.id) is unschedulable: plugin \(plugin) has no healthy controller"
            case .capability(let access, let attachment):
                "CSI volume \(volume.id) has no capability \(access) with \(attachment)"
            case .readOnly: "CSI volume \(volume.id) is read-only with this access mode"
            case .writers: "CSI volume \(volume.id) has exhausted its available writer claims"
            case .elsewhere: "CSI volume \(volume.id) is in use on another node"
            }
        }
    }
}
