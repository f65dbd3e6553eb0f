import Model
import State

/// The devices of a node and which of them allocations have.
struct DeviceSpace: Sendable {
    struct Group: Sendable {
        let id: String
        let vendor: String
        let type: String
        let name: String
        /// Healthy instances, in the node's order.
        let instances: [String]
        /// How many have each of them: one that ends, and one that waits for its end, may have the same.
        fileprivate(set) var holders: [Int32]
    }

    private(set) var groups: [Group]
    /// Free instances of each group.
    private(set) var free: [Int]
    /// Something is taken.
    private var isUsed = false

    init(_ node: Node) {
        groups = node.nodeResources.devices.map { group in
            let healthy = group.instances.filter(\.healthy).map(\.id)
            return Group(
                id: group.id, vendor: group.vendor, type: group.type, name: group.name, instances: healthy,
                holders: [Int32](repeating: 0, count: healthy.count))
        }
        free = groups.map(\.instances.count)
    }

    /// The id of the group that a device is of.
    func group(of device: AllocatedDevice) -> String {
        let known = groups.first { $0.name == device.name && $0.type == device.type && $0.vendor == device.vendor }
        return known?.id ?? "\(device.vendor)/\(device.type)/\(device.name)"
    }

    /// Takes over what allocations hold.
    mutating func load(_ uses: [DeviceUse]) {
        if isUsed {
            for at in groups.indices {
                for instance in groups[at].holders.indices { groups[at].holders[instance] = 0 }
                free[at] = groups[at].instances.count
            }
        }
        isUsed = false
        for use in uses { count(use.id, of: use.group, by: 1) }
    }

    /// Takes an instance of the groups with an id, or gives it back.
    mutating func count(_ instance: String, of group: String, by step: Int32) {
        isUsed = true
        for at in groups.indices where groups[at].id == group {
            for place in groups[at].instances.indices where groups[at].instances[place] == instance {
                let before = groups[at].holders[place]
                let after = max(0, before + step)
                groups[at].holders[place] = after
                if before == 0, after > 0 { free[at] -= 1 }
                if before > 0, after == 0 { free[at] += 1 }
            }
        }
    }

    /// The first free instances of a group, by id.
    func take(_ count: Int, of group: Int) -> [String] {
        var taken: [String] = []
        let group = groups[group]
        for place in group.instances.indices where group.holders[place] == 0 {
            taken.append(group.instances[place])
            if taken.count == count { break }
        }
        return taken.sorted()
    }
}
