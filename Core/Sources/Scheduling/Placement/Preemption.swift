import Model
import State

/// Which allocations of lower priority must go so that an instance fits on a node.
struct Preemption {
    /// How much lower their job's priority must be.
    static let priorityGap = 10

    struct Victim {
        var allocation: Allocation
        var need: Footprint
        var priority: Int
    }

    let need: GroupNeed
    let row: Int
    let columns: NodeColumns
    private let ask: Footprint
    private var free: Footprint
    private var victims: [Victim] = []

    /// - Parameter allocations: what counts on the node; those that may not be evicted are left alone.
    init(_ need: GroupNeed, priority: Int, row: Int, _ columns: NodeColumns, _ allocations: [Allocation]) {
        (self.need, self.row, self.columns) = (need, row, columns)
        ask = need.footprint(coreCPU: columns.coreCPU[row])
        free = columns.room(row).left
        victims = allocations.compactMap { allocation in
            let theirs = allocation.job.job.priority
            guard allocation.desiredStatus == .run, !allocation.isClientTerminal, theirs <= priority - Self.priorityGap
            else { return nil }
            return Victim(allocation: allocation, need: allocation.footprint, priority: theirs)
        }
        .sorted { $0.allocation.id < $1.allocation.id }
    }

    /// The evictions with the least disturbance; nil when no set of them makes room.
    /// - Parameter evicted: how many instances of a job's group the plan evicts already.
    func choose(_ space: PortSpace, evicted: (Allocation) -> Int) -> [Allocation]? {
        var (chosen, left) = holders(space)
        guard freeDevices(&chosen, &left), freeCores(&chosen, &left) else { return nil }
        var room = chosen.reduce(free) { Self.add($0, $1.need) }
        while !room.covers(ask) {
            // Lowest priorities first; within one, the closest to what is still missing.
            guard let lowest = left.map(\.priority).min() else { return nil }
            let missing = Footprint(
                cpu: max(0, ask.cpu - room.cpu), memoryMB: max(0, ask.memoryMB - room.memoryMB),
                diskMB: max(0, ask.diskMB - room.diskMB))
            var best: (at: Int, distance: Double)?
            for (at, victim) in left.enumerated() where victim.priority == lowest {
                let already =
                    evicted(victim.allocation) + chosen.count { Self.isSibling($0.allocation, victim.allocation) }
                let distance = Self.distance(missing, victim.need) + Self.penalty(victim.allocation, already)
                if best.map({ distance < $0.distance }) ?? true { best = (at, distance) }
            }
            guard let best else { return nil }
            let victim = left.remove(at: best.at)
            chosen.append(victim)
            room = Self.add(room, victim.need)
        }
        return spare(chosen, room, space).map(\.allocation)
    }

    /// Those that hold a static port the instance asks for must go in any case.
    private func holders(_ space: PortSpace) -> (chosen: [Victim], left: [Victim]) {
        let wanted = wantedPorts(space)
        var (chosen, left): ([Victim], [Victim]) = ([], [])
        for victim in victims {
            if Self.ports(victim.allocation).contains(where: wanted.contains) {
                chosen.append(victim)
            } else {
                left.append(victim)
            }
        }
        return (chosen, left)
    }

    private struct HeldPort: Hashable {
        var ip: String
        var port: Int
    }

    /// The static ports that are asked for and taken, on each address of their host network.
    private func wantedPorts(_ space: PortSpace) -> Set<HeldPort> {
        var wanted: Set<HeldPort> = []
        for port in need.ports {
            guard !port.ignoresCollision, let value = UInt16(exactly: port.value), value > 0 else { continue }
            let choices = space.choices(port.network)
            guard !choices.contains(where: { space.isFree(value, at: $0) }) else { continue }
            for at in choices { wanted.insert(HeldPort(ip: space.addresses[at].ip, port: port.value)) }
        }
        return wanted
    }

    private static func ports(_ allocation: Allocation) -> [HeldPort] {
        allocation.resources.ports.map { HeldPort(ip: $0.hostIP, port: $0.value) }
            + allocation.resources.tasks.values.flatMap { task in
                task.networks.flatMap { network in
                    (network.reservedPorts + network.dynamicPorts).map { HeldPort(ip: network.ip, port: $0.value) }
                }
            }
    }

    /// Lets go of evictions that turned out not to be needed, the highest priorities first.
    private func spare(_ chosen: [Victim], _ room: Footprint, _ space: PortSpace) -> [Victim] {
        let wanted = wantedPorts(space)
        var (kept, room) = (chosen, room)
        let order = chosen.sorted {
            $0.priority != $1.priority
                ? $0.priority > $1.priority : Self.distance(ask, $0.need) > Self.distance(ask, $1.need)
        }
        for victim in order where !Self.ports(victim.allocation).contains(where: wanted.contains) {
            let without = Self.add(room, victim.need, -1)
            let rest = kept.filter { $0.allocation.id != victim.allocation.id }
            guard without.covers(ask), hasDevices(rest), coresFree(rest) >= need.cores else { continue }
            (kept, room) = (rest, without)
        }
        return kept
    }

    /// How far an allocation is from what is missing, each dimension relative to it.
    private static func distance(_ missing: Footprint, _ need: Footprint) -> Double {
        func gap(_ wanted: Int, _ has: Int) -> Double { wanted > 0 ? Double(wanted - has) / Double(wanted) : 0 }
        let (memory, cpu, disk) = (
            gap(missing.memoryMB, need.memoryMB), gap(missing.cpu, need.cpu), gap(missing.diskMB, need.diskMB)
        )
        return (memory * memory + cpu * cpu + disk * disk).squareRoot()
    }

    /// Spares groups that lost as many instances already as they let migrate at a time.
    private static func penalty(_ allocation: Allocation, _ already: Int) -> Double {
        guard let limit = allocation.group?.migrate?.maxParallel, limit > 0, already >= limit else { return 0 }
        return 50 * Double(already + 1 - limit)
    }

    private static func isSibling(_ a: Allocation, _ b: Allocation) -> Bool {
        a.jobKey == b.jobKey && a.taskGroup == b.taskGroup
    }

    private static func add(_ a: Footprint, _ b: Footprint, _ sign: Int = 1) -> Footprint {
        Footprint(
            cpu: a.cpu + sign * b.cpu, memoryMB: a.memoryMB + sign * b.memoryMB, diskMB: a.diskMB + sign * b.diskMB)
    }

    /// The score of evicting these: near 1 for low priorities, near 0 for high ones.
    static func score(_ victims: [Allocation]) -> Double { score(priorities: victims.map(\.job.job.priority)) }

    /// No set of evictions on a node scores better than that of one allocation of the lowest priority there.
    static func score(priorities: [Int]) -> Double {
        let priorities = priorities.map { Double($0) }
        guard let highest = priorities.max(), highest > 0 else { return 1 }
        let net = highest + priorities.reduce(0, +) / highest
        return 1 / (1 + Exponential.exp(0.0048 * (net - 2048)))
    }
}
