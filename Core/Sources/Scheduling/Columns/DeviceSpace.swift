import Model
import State

/// The devices of a node and which of them allocations have.
struct DeviceSpace: Sendable {
    struct Group: Sendable {
        let id: String
        /// Healthy instances, in the node's order.
        let instances: [String]
        /// How many have each of them: one that ends, and one that waits for its end, may have the same.
        fileprivate(set) var holders: [Int32]
        fileprivate(set) var free: Int
    }

    private(set) var groups: [Group]
    /// Something is taken.
    private var isUsed = false

    init(_ node: Node) {
        groups = node.nodeResources.devices.map { group in
            let healthy = group.instances.filter(\.healthy).map(\.id)
            return Group(
                id: group.id, instances: healthy, holders: [Int32](repeating: 0, count: healthy.count),
                free: healthy.count)
        }
    }

    /// Free instances of each group.
    var free: [Int] { groups.map(\.free) }

    /// Takes over what allocations hold.
    mutating func load(_ uses: [DeviceUse]) {
        if isUsed {
            for at in groups.indices {
                for instance in groups[at].holders.indices { groups[at].holders[instance] = 0 }
                groups[at].free = groups[at].instances.count
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
                if before == 0, after > 0 { groups[at].free -= 1 }
                if before > 0, after == 0 { groups[at].free += 1 }
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
