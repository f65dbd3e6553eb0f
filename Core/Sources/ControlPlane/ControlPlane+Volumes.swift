import Base
import Model
import State

/// Volumes of storage plugins: what operators say of them, and who waits for them.
extension ControlPlane {
    /// Bytes that a volume's id, name or external id may have.
    static let volumeNameMax = 512

    /// Makes volumes known, or changes what is known of them: all of them or none.
    mutating func registerVolumes(_ wanted: [CSIVolume]) throws(CommandError) -> Reply {
        guard !wanted.isEmpty else { throw CommandError(500, "no volumes to register") }
        var changes: [Change] = []
        var isUnchecked = false
        for volume in wanted {
            var volume = volume
            try Self.check(volume)
            guard head.namespace(volume.namespace) != nil else {
                throw CommandError(
                    500, "volume \"\(volume.id)\" is in nonexistent namespace \"\(volume.namespace)\": create it first")
            }
            guard let plugin = head.plugin(volume.pluginID) else {
                throw CommandError(500, "no CSI plugin named: \(volume.pluginID) could be found")
            }
            if volume.topologies.isEmpty { volume.topologies = volume.requestedTopologies?.required ?? [] }
            if let old = head.volume(volume.key) { try checkChange(of: old, to: &volume) }
            if plugin.controllerRequired { isUnchecked = true }
            changes.append(.volume(volume))
        }
        var reply = Reply()
        reply.index = commit("CSIVolumeRegistered", changes)
        if isUnchecked {
            reply.warnings =
                "The storage provider was not asked whether the volume exists: servers can't reach controllers of "
                + "storage plugins yet."
        }
        return reply
    }

    /// What can be said of a volume by itself.
    private static func check(_ volume: CSIVolume) throws(CommandError) {
        func refuse(_ reason: String) -> CommandError { CommandError(500, "volume \"\(volume.id)\": \(reason)") }
        guard !volume.id.isEmpty else { throw CommandError(500, "missing volume ID: set id") }
        guard !volume.pluginID.isEmpty else { throw refuse("missing plugin ID: set plugin_id") }
        guard !volume.externalID.isEmpty else {
            throw refuse("missing external ID, the storage provider's name of the volume: set external_id")
        }
        for text in [volume.id, volume.name, volume.externalID] where text.utf8.count > volumeNameMax {
            throw refuse("ids and names may have up to \(volumeNameMax) bytes; one has \(text.utf8.count)")
        }
        guard !volume.requestedCapabilities.isEmpty else {
            throw refuse("must include at least one capability block")
        }
        for capability in volume.requestedCapabilities {
            guard VolumeAccessMode(rawValue: capability.accessMode) != nil else {
                let modes = VolumeAccessMode.allCases.map(\.rawValue).joined(separator: ", ")
                throw refuse("invalid access mode \"\(capability.accessMode)\": must be one of \(modes)")
            }
            guard ["file-system", "block-device"].contains(capability.attachmentMode) else {
                throw refuse(
                    "invalid attachment mode \"\(capability.attachmentMode)\": must be file-system or block-device")
            }
            guard capability.attachmentMode == "file-system" || volume.mountOptions == nil else {
                throw refuse("mount options can't be set where a capability has the attachment mode block-device")
            }
        }
        guard volume.requestedCapacityMin >= 0, volume.requestedCapacityMax >= 0,
            volume.requestedCapacityMax == 0 || volume.requestedCapacityMin <= volume.requestedCapacityMax
        else { throw refuse("capacity_min must not be negative or above capacity_max") }
    }

    /// What a volume is stays; how it may be used can change, but not under those who use it.
    private func checkChange(of old: CSIVolume, to new: inout CSIVolume) throws(CommandError) {
        guard new.externalID == old.externalID, new.pluginID == old.pluginID, new.snapshotID == old.snapshotID,
            new.cloneID == old.cloneID
        else {
            throw CommandError(
                500,
                "volume exists: \(old.id) is \"\(old.externalID)\" of plugin \"\(old.pluginID)\"; deregister it before "
                    + "it is made another one")
        }
        if new.capacity == 0 { new.capacity = old.capacity }
        if new.context.isEmpty { new.context = old.context }
        let claims = head.claims(on: old.key)
        guard let claim = claims.first else { return }
        let holder = head.allocation(claim.allocation)?.name ?? claim.allocation.short
        guard new.mountOptions == old.mountOptions, new.topologies == old.topologies else {
            throw CommandError(
                500, "volume in use: \(old.id): \(holder) uses it, so its mount options and topologies can't be changed"
            )
        }
        for claim in claims
        where !new.allows(accessMode: claim.accessMode, attachmentMode: claim.attachmentMode)
            && old.allows(accessMode: claim.accessMode, attachmentMode: claim.attachmentMode)
        {
            throw CommandError(
                500,
                "volume in use: \(old.id): \(holder) uses it with \(claim.accessMode) and \(claim.attachmentMode), so "
                    + "this capability can't be taken away")
        }
    }

    /// Forgets a volume; what is stored in it stays with its provider.
    /// - Parameter force: also while allocations that are to stop have not ended.
    mutating func deregisterVolume(_ key: VolumeKey, force: Bool) throws(CommandError) -> Reply {
        guard head.volume(key) != nil else { throw CommandError(500, "volume not found: \(key.id)") }
        let users = head.claims(on: key).compactMap { head.allocation($0.allocation) }
        if let user = users.first(where: { !force || !$0.isTerminal }) {
            throw CommandError(500, "volume in use: \(key.id): stop \(user.name) (\(user.id.short)) first")
        }
        var reply = Reply()
        reply.index = commit("CSIVolumeDeregistered", [.deleteVolume(key)])
        return reply
    }

    /// Makes sure that nothing on a node uses a volume. Claims end by themselves with their allocations.
    func detachVolume(_ key: VolumeKey, from node: NodeID) throws(CommandError) -> Reply {
        guard head.volume(key) != nil else { throw CommandError(500, "volume not found: \(key.id)") }
        let users = head.claims(on: key).filter { $0.node == node }.compactMap { head.allocation($0.allocation) }
        if let user = users.first {
            let next = user.isTerminal ? "wait until it has ended" : "stop it first"
            throw CommandError(500, "volume in use: \(key.id): \(user.name) (\(user.id.short)) uses it: \(next)")
        }
        return Reply()
    }

    // MARK: Who waits

    /// Notes that a volume may have become usable for those who wait for it.
    mutating func freed(_ volume: VolumeKey) { freedVolumes.insert(volume) }

    /// Notes that a plugin changed: all of its volumes may have become usable, on whatever node.
    mutating func pluginChanged(_ id: String) { if queue.hasVolumeWishes { freedPlugins.insert(id) } }

    /// The volumes that may have become usable since the last call.
    mutating func takeFreedVolumes() -> Set<VolumeKey> {
        defer { (freedVolumes, freedPlugins) = ([], []) }
        guard !freedPlugins.isEmpty else { return freedVolumes }
        return freedVolumes.union(head.allVolumes().filter { freedPlugins.contains($0.pluginID) }.map(\.key))
    }

    /// The volumes that a blocked evaluation's job may be waiting for.
    func volumeWishes(_ evaluation: Evaluation?) -> [VolumeWish] {
        guard let evaluation, evaluation.status == .blocked, let job = head.job(evaluation.job), job.mountsVolumes
        else {
            return []
        }
        return job.job.taskGroups.flatMap(\.storageRequests).map {
            VolumeWish(namespace: evaluation.namespace, source: $0.source, isPerInstance: $0.perAlloc)
        }
    }
}

/// A volume that somebody waits for.
struct VolumeWish: Hashable, Sendable {
    var namespace: String
    var source: String
    /// Each instance wants its own one, whose id ends with its index.
    var isPerInstance: Bool

    func isMet(byOneOf volumes: Set<VolumeKey>) -> Bool {
        guard isPerInstance else { return volumes.contains(VolumeKey(namespace: namespace, id: source)) }
        return volumes.contains { $0.namespace == namespace && $0.id.hasPrefix(source + "[") }
    }
}
