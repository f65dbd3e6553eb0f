import Base
import Model
import State

/// What an instance of a group asks of its node, read once from the specification. A reference, so that it can be
/// handed around in the placement loop for nothing.
final class GroupNeed: Sendable {
    let group: GroupSpec
    /// The group's.
    let name: String
    /// CPU, memory and disk at the most demanding stage of its tasks' lives, without whole cores.
    let footprint: Footprint
    /// Whole cores of all tasks.
    let cores: Int
    /// Ports of the group's networks, then of its tasks' own.
    let ports: [Port]
    let needsDevices: Bool
    /// Some volume belongs to the instance with its index, so that what one can't have another may.
    let variesByIndex: Bool
    /// All instances get the same: no ports, addresses, cores, devices or volumes of storage plugins.
    let isUniform: Bool

    struct Port: Sendable {
        var label: String
        /// 0: any.
        var value: Int
        var network: String
        var ignoresCollision: Bool
    }

    init(_ group: GroupSpec) {
        self.group = group
        name = group.name
        let tasks = group.tasks.map { task in
            let asked = task.resources
            let need = Footprint(cpu: asked.cores > 0 ? 0 : asked.cpu, memoryMB: asked.memoryMB)
            return (lifecycle: task.lifecycle, need: need, ownsCores: asked.cores > 0)
        }
        var footprint = Footprint.peak(tasks)
        footprint.diskMB = group.ephemeralDisk.sizeMB
        self.footprint = footprint
        cores = group.tasks.reduce(0) { $0 + $1.resources.cores }
        variesByIndex = group.volumes.values.contains(where: \.perAlloc)
        needsDevices = group.tasks.contains { !$0.resources.devices.isEmpty }
        isUniform =
            group.tasks.allSatisfy { $0.resources.cores == 0 && $0.resources.devices.isEmpty }
            && (group.networks + group.tasks.flatMap(\.resources.networks)).isEmpty && group.storageRequests.isEmpty
        ports = group.networks.flatMap(Self.ports) + group.tasks.flatMap { $0.resources.networks.flatMap(Self.ports) }
    }

    private static func ports(_ network: NetworkSpec) -> [Port] {
        (network.reservedPorts
            + network.dynamicPorts.map { port in
                var port = port
                port.value = 0
                return port
            }).map {
                Port(label: $0.label, value: $0.value, network: $0.hostNetwork, ignoresCollision: $0.ignoreCollision)
            }
    }

    /// Its need on a node where a whole core has so many MHz.
    func footprint(coreCPU: Int) -> Footprint {
        guard cores > 0 else { return footprint }
        var result = footprint
        result.cpu += cores * coreCPU
        return result
    }
}
