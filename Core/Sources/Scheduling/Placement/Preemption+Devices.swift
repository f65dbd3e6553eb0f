import Model
import State

// Whole cores and devices are had by one allocation alone: who holds what is missing must go.
extension Preemption {
    /// Adds those who must go so that every device request is met; false when no set of them does it.
    func freeDevices(_ chosen: inout [Victim], _ left: inout [Victim]) -> Bool {
        guard need.needsDevices else { return true }
        var used = devicesUsed(without: chosen)
        for request in need.group.tasks.flatMap(\.resources.devices) {
            if DeviceChoice.choose(request, columns.nodes[row], used: used) == nil {
                guard let evicted = cheapest(request, used, left) else { return false }
                chosen += evicted
                let gone = Set(evicted.map(\.allocation.id))
                left.removeAll { gone.contains($0.allocation.id) }
                for victim in evicted { Self.remove(Self.devices(victim.allocation), from: &used) }
            }
            guard let (device, _) = DeviceChoice.choose(request, columns.nodes[row], used: used) else { return false }
            used += device.uses
        }
        return true
    }

    /// Of the device groups that could serve a request, the evictions from the one where they weigh least.
    private func cheapest(_ request: DeviceRequest, _ used: [DeviceUse], _ left: [Victim]) -> [Victim]? {
        var best: (victims: [Victim], weight: Int)?
        for group in columns.nodes[row].nodeResources.devices where DeviceChoice.matches(request, group) {
            let healthy = Set(group.instances.filter(\.healthy).map { DeviceUse(group: group.id, id: $0.id) })
            func held(_ victim: Victim) -> Int { Self.devices(victim.allocation).count(where: healthy.contains) }
            let holders = left.filter { held($0) > 0 }.sorted { a, b in
                if a.priority != b.priority { return a.priority < b.priority }
                return held(a) != held(b) ? held(a) > held(b) : a.allocation.id < b.allocation.id
            }
            var (rest, victims): ([DeviceUse], [Victim]) = (used, [])
            for holder in holders where healthy.subtracting(rest).count < max(1, request.count) {
                victims.append(holder)
                Self.remove(Self.devices(holder.allocation), from: &rest)
            }
            guard healthy.subtracting(rest).count >= max(1, request.count) else { continue }
            let weight = victims.reduce(0) { $0 + $1.priority }
            if best.map({ weight < $0.weight }) ?? true { best = (victims, weight) }
        }
        return best?.victims
    }

    /// Adds those who must go so that there are enough whole cores, lowest priorities and most cores first.
    func freeCores(_ chosen: inout [Victim], _ left: inout [Victim]) -> Bool {
        while coresFree(chosen) < need.cores {
            func held(_ victim: Victim) -> Int { coresFree(chosen + [victim]) - coresFree(chosen) }
            let best = left.indices.filter { held(left[$0]) > 0 }.min { a, b in
                left[a].priority != left[b].priority
                    ? left[a].priority < left[b].priority : held(left[a]) > held(left[b])
            }
            guard let best else { return false }
            chosen.append(left.remove(at: best))
        }
        return true
    }

    /// Whether all device requests are met once these have gone.
    func hasDevices(_ gone: [Victim]) -> Bool {
        guard need.needsDevices else { return true }
        var used = devicesUsed(without: gone)
        for request in need.group.tasks.flatMap(\.resources.devices) {
            guard let (device, _) = DeviceChoice.choose(request, columns.nodes[row], used: used) else { return false }
            used += device.uses
        }
        return true
    }

    /// Whole cores that nobody has once these have gone.
    func coresFree(_ gone: [Victim]) -> Int {
        guard need.cores > 0 else { return 0 }
        return columns.freeCores(row, without: gone.flatMap { Self.cores($0.allocation) })
    }

    private func devicesUsed(without gone: [Victim]) -> [DeviceUse] {
        var used = columns.devicesUsed[row]
        for victim in gone { Self.remove(Self.devices(victim.allocation), from: &used) }
        return used
    }

    private static func remove(_ uses: [DeviceUse], from list: inout [DeviceUse]) {
        for use in uses {
            if let at = list.firstIndex(of: use) { list.remove(at: at) }
        }
    }

    private static func devices(_ allocation: Allocation) -> [DeviceUse] {
        allocation.resources.tasks.values.flatMap { $0.devices.flatMap(\.uses) }
    }

    private static func cores(_ allocation: Allocation) -> [Int] {
        allocation.resources.tasks.values.flatMap(\.reservedCores)
    }
}

extension AllocatedDevice {
    /// Its instances, one by one.
    var uses: [DeviceUse] { deviceIDs.map { DeviceUse(group: "\(vendor)/\(type)/\(name)", id: $0) } }
}
