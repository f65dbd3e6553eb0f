import Base
import HashTreeCollections
public import Model

// Volumes of storage plugins, and who uses them. Claims are what the allocations say: nothing else is written down.
extension State {
    public func volume(_ key: VolumeKey) -> CSIVolume? { volumes[key] }

    /// Volumes by namespace and id. Nil namespace: all of them.
    public func allVolumes(namespace: String? = nil, prefix: String = "") -> [CSIVolume] {
        var found: [CSIVolume] = []
        for (key, volume) in volumes
        where (namespace == nil || key.namespace == namespace) && (prefix.isEmpty || key.id.hasPrefix(prefix)) {
            found.append(volume)
        }
        return found.sorted { $0.key < $1.key }
    }

    /// The claims on a volume, in the order in which their allocations were made. There may be some on a volume that
    /// is not registered (any more).
    public func claims(on key: VolumeKey) -> [VolumeClaim] {
        let holders = (claimants[key] ?? []).compactMap { allocations[$0] }
        return holders.sorted { AllocationPlace($0) < AllocationPlace($1) }
            .flatMap { $0.volumeClaims.filter { $0.volume == key } }
    }

    public func hasClaims(on key: VolumeKey) -> Bool { claimants[key] != nil }

    /// The claims of all volumes, by volume: for those who check them.
    public var allClaims: [(volume: VolumeKey, claims: [VolumeClaim])] {
        claimants.keys.sorted().map { ($0, claims(on: $0)) }
    }

    mutating func put(_ volume: CSIVolume, _ touched: inout [Touched]) {
        var volume = volume
        let old = volumes[volume.key]
        (volume.createIndex, volume.modifyIndex) = (old?.createIndex ?? index, index)
        (volume.createTime, volume.modifyTime) = (old?.createTime ?? time.nanoseconds, time.nanoseconds)
        volumes[volume.key] = volume
        mark(.volumes)
        touched.append(.volume(volume.key, deleted: false))
    }

    mutating func deleteVolume(_ key: VolumeKey, _ touched: inout [Touched]) {
        volumes[key] = nil
        mark(.volumes)
        touched.append(.volume(key, deleted: true))
    }

    /// Follows an allocation's claims from one record to the next.
    mutating func followClaims(of old: Allocation?, to new: Allocation?, _ touched: inout [Touched]) {
        guard let one = new ?? old, one.job.mountsVolumes || old?.job.mountsVolumes ?? false else { return }
        let before = old.map { $0.occupiesNode ? $0.volumeClaims : [] } ?? []
        let after = new.map { $0.occupiesNode ? $0.volumeClaims : [] } ?? []
        guard before != after else { return }
        for claim in before where !after.contains(where: { $0.volume == claim.volume }) {
            claimants[claim.volume]?.remove(claim.allocation)
            if claimants[claim.volume]?.isEmpty ?? false { claimants[claim.volume] = nil }
            touched.append(.volumeClaim(claim.volume, ended: true))
        }
        for claim in after where !before.contains(where: { $0.volume == claim.volume }) {
            claimants[claim.volume, default: []].insert(claim.allocation)
            touched.append(.volumeClaim(claim.volume, ended: false))
        }
        mark(.volumes)
    }

    /// Notes the claims of an allocation that is read from a snapshot.
    mutating func restoreClaims(of allocation: Allocation) {
        guard allocation.job.mountsVolumes, allocation.occupiesNode else { return }
        for claim in allocation.volumeClaims { claimants[claim.volume, default: []].insert(claim.allocation) }
    }
}
