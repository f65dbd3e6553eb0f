import Base
import Model
import State

extension Checker {
    /// What allocations hold of a node fits it: CPU, memory, disk, ports, cores and devices.
    mutating func examineRoom(on id: NodeID, _ head: State) {
        guard let node = head.node(id) else { return }
        let present = head.allocations(onNode: id).filter(\.occupiesNode)
        var use = NodeUse()
        for allocation in present { use.count(allocation, by: 1) }
        if use != head.use(ofNode: id) { fail(.memory, "what is noted of the use of node \(node.name) is wrong") }
        guard !present.isEmpty else { return }
        let (has, keeps) = (node.nodeResources, node.reservedResources)
        let room = Footprint(
            cpu: has.cpu.cpuShares - keeps.cpu.cpuShares, memoryMB: has.memory.memoryMB - keeps.memory.memoryMB,
            diskMB: has.disk.diskMB - keeps.disk.diskMB)
        // Mostly everything fits at once.
        if use.cpu > room.cpu || use.memoryMB > room.memoryMB || use.diskMB > room.diskMB {
            let most = Self.most(of: present)
            for (name, used, has) in [
                ("CPU", most.cpu, room.cpu), ("memory", most.memoryMB, room.memoryMB),
                ("disk", most.diskMB, room.diskMB),
            ] where used > has {
                fail(.room, "node \(node.name) is over-committed: \(used) of \(has) \(name)")
            }
        }
        examineThings(present, node)
    }

    /// Ports, cores and device instances: each has one holder, or one that waits for the other's end.
    private mutating func examineThings(_ present: [Allocation], _ node: Node) {
        let owned = Self.things(of: node)
        let byID = Dictionary(uniqueKeysWithValues: present.map { ($0.id, $0) })
        var holders: [String: [Allocation]] = [:]
        for allocation in present {
            for thing in Self.things(of: allocation.resources) { holders[thing, default: []].append(allocation) }
        }
        for (thing, users) in holders.sorted(by: { $0.key < $1.key }) {
            if !thing.hasPrefix("port "), !owned.contains(thing) {
                fail(.room, "node \(node.name) has no \(thing), which was given away")
            }
            for (at, a) in users.enumerated() {
                for b in users[..<at] where !Self.waits(a, for: b.id, byID) && !Self.waits(b, for: a.id, byID) {
                    fail(.room, "\(thing) of node \(node.name) has \(a.name) \(a.id.short) and \(b.name) \(b.id.short)")
                }
            }
        }
    }

    /// Whether an allocation starts only after another has ended. Who waits was made later, so this ends.
    static func waits(
        _ allocation: Allocation, for id: AllocationID, _ present: [AllocationID: Allocation]
    ) -> Bool {
        awaits(allocation).contains { before in
            guard let one = present[before], one.desiredStatus != .run else { return false }
            return before == id || waits(one, for: id, present)
        }
    }

    /// Those that have to end before an allocation starts: what it replaces and what it preempts.
    private static func awaits(_ allocation: Allocation) -> [AllocationID] {
        [allocation.previousAllocation] + allocation.preemptedAllocations
    }

    /// The most that can run at a time: who waits for another's end never runs beside it.
    private static func most(of present: [Allocation]) -> Footprint {
        let byID = Dictionary(uniqueKeysWithValues: present.map { ($0.id, $0) })
        var rivals: [[Int]] = present.map { _ in [] }
        for (at, a) in present.enumerated() {
            for (other, b) in present[..<at].enumerated() where waits(a, for: b.id, byID) || waits(b, for: a.id, byID) {
                rivals[at].append(other)
                rivals[other].append(at)
            }
        }
        let needs = present.map(\.footprint)
        let all = Set(present.indices)
        return Footprint(
            cpu: most(all, rivals, needs.map(\.cpu)), memoryMB: most(all, rivals, needs.map(\.memoryMB)),
            diskMB: most(all, rivals, needs.map(\.diskMB)))
    }

    /// The heaviest set without rivals. Exponential only in how many rival each other, which are few.
    private static func most(_ left: Set<Int>, _ rivals: [[Int]], _ weights: [Int]) -> Int {
        var left = left
        var sum = 0
        while let at = left.min() {
            left.remove(at)
            let others = rivals[at].filter(left.contains)
            guard !others.isEmpty else {
                sum += weights[at]
                continue
            }
            return sum + max(weights[at] + most(left.subtracting(others), rivals, weights), most(left, rivals, weights))
        }
        return sum
    }

    private static func things(of resources: AllocatedResources) -> Set<String> {
        var ports = Set(resources.ports.map(\.value))
        for network in resources.networks + resources.tasks.values.flatMap(\.networks) {
            ports.formUnion((network.reservedPorts + network.dynamicPorts).map(\.value))
        }
        var things = Set(ports.filter { $0 > 0 }.map { "port \($0)" })
        for task in resources.tasks.values {
            for core in task.reservedCores { things.insert("core \(core)") }
            for device in task.devices {
                for id in device.deviceIDs { things.insert("device \(device.type) \(device.name) \(id)") }
            }
        }
        return things
    }

    private static func things(of node: Node) -> Set<String> {
        let reserved = Set(node.reservedResources.cpu.reservedCpuCores)
        var things = Set(
            node.nodeResources.cpu.reservableCpuCores.filter { !reserved.contains($0) }.map { "core \($0)" })
        for device in node.nodeResources.devices {
            for one in device.instances { things.insert("device \(device.type) \(device.name) \(one.id)") }
        }
        return things
    }
}
