import Model
import State

/// How a volume is used: counts of claims.
struct VolumeUse: Hashable, Sendable {
    /// By node.
    private var nodes: [NodeID: Int] = [:]
    private var writers = 0
    /// Writers that let others write too.
    private var sharingWriters = 0
    /// Claims in a mode that is for one node.
    private var singleNode = 0

    mutating func count(_ claim: VolumeClaim, by step: Int) {
        let left = (nodes[claim.node] ?? 0) + step
        nodes[claim.node] = left == 0 ? nil : left
        let mode = VolumeAccessMode(rawValue: claim.accessMode)
        if mode?.isSingleNode ?? false { singleNode += step }
        guard claim.writes else { return }
        writers += step
        if mode?.sharesWriting ?? false { sharingWriters += step }
    }

    /// Whether one more may write.
    func hasRoomForWriter(sharing: Bool) -> Bool { writers == 0 || sharing && sharingWriters == writers }

    /// Whether one more may use it on a node, as far as that depends on the nodes that have it.
    func allows(_ node: NodeID, singleNode wanted: Bool) -> Bool {
        guard wanted || singleNode > 0 else { return true }
        return nodes.isEmpty || nodes.count == 1 && nodes[node] != nil
    }

    /// What its answers depend on, so that it is seen when they change.
    var answers: Answers {
        Answers(
            isWritten: writers > 0, isShared: sharingWriters == writers, isSingleNode: singleNode > 0,
            nodes: nodes.count > 1 ? 2 : nodes.count, only: nodes.count == 1 ? nodes.first?.key : nil)
    }

    struct Answers: Hashable, Sendable {
        var isWritten: Bool
        var isShared: Bool
        var isSingleNode: Bool
        /// None, one, or several.
        var nodes: Int
        var only: NodeID?
    }
}

/// The volumes of storage plugins, and who uses them, with the plan made so far. There is one only where the job
/// mounts such volumes.
struct ProposedVolumes: Sendable {
    private let state: State
    /// Uses that were asked for, and those that the plan changed.
    private var uses: [VolumeKey: VolumeUse] = [:]
    /// What the plan changes of the volumes on a node: claims more or less.
    private var changes: [NodeID: [VolumeKey: Int]] = [:]
    /// Plugins that were asked about: whether they have the controller that they need.
    private var controllers: [String: Bool] = [:]

    init(_ state: State) { self.state = state }

    func volume(_ key: VolumeKey) -> CSIVolume? { state.volume(key) }

    func hasController(plugin id: String) -> Bool { controllers[id] ?? !state.lacksController(plugin: id) }

    func use(of key: VolumeKey) -> VolumeUse { uses[key] ?? read(key) }

    private func read(_ key: VolumeKey) -> VolumeUse {
        var use = VolumeUse()
        for claim in state.claims(on: key) { use.count(claim, by: 1) }
        return use
    }

    /// Keeps the uses of volumes at hand that will be asked for again and again.
    mutating func keep(_ keys: [VolumeKey]) {
        for key in keys {
            if uses[key] == nil { uses[key] = read(key) }
            guard let plugin = volume(key)?.pluginID, controllers[plugin] == nil else { continue }
            controllers[plugin] = !state.lacksController(plugin: plugin)
        }
    }

    /// Counts the claims of an allocation in or out.
    mutating func count(_ allocation: Allocation, by step: Int) {
        for claim in allocation.volumeClaims {
            var use = use(of: claim.volume)
            use.count(claim, by: step)
            uses[claim.volume] = use
            changes[claim.node, default: [:]][claim.volume, default: 0] += step
        }
    }

    /// How many volumes of a plugin a node would have with some more.
    func volumes(of plugin: String, on node: NodeID, with wanted: [VolumeKey]) -> Int {
        let delta = changes[node] ?? [:]
        var counts: [VolumeKey: Int] = [:]
        for key in state.use(ofNode: node).volumes { counts[key, default: 0] += 1 }
        for (key, step) in delta { counts[key, default: 0] += step }
        for key in wanted { counts[key, default: 0] += 1 }
        return counts.count { key, count in
            count > 0 && (wanted.contains(key) || state.volume(key)?.pluginID == plugin)
        }
    }
}
