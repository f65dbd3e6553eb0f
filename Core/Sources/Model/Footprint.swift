/// CPU, memory and disk that something needs at once.
public struct Footprint: Hashable, Sendable {
    /// MHz.
    public var cpu = 0
    public var memoryMB = 0
    public var diskMB = 0

    public init(cpu: Int = 0, memoryMB: Int = 0, diskMB: Int = 0) {
        (self.cpu, self.memoryMB, self.diskMB) = (cpu, memoryMB, diskMB)
    }

    /// The most that tasks need at any stage of their lives: before the main tasks (with sidecars), during
    /// them, or after them. A task with whole cores of its own needs their MHz at every stage.
    public static func peak(_ tasks: [(lifecycle: LifecycleSpec?, need: Footprint, ownsCores: Bool)]) -> Footprint {
        var (before, during, after, always) = (Footprint(), Footprint(), Footprint(), 0)
        for task in tasks {
            var need = task.need
            if task.ownsCores { (always, need.cpu) = (always + need.cpu, 0) }
            switch task.lifecycle?.hook {
            case "prestart":
                before.add(need)
                if task.lifecycle?.sidecar ?? false { during.add(need) }
            case "poststop": after.add(need)
            default: during.add(need)
            }
        }
        return Footprint(
            cpu: max(before.cpu, during.cpu, after.cpu) + always,
            memoryMB: max(before.memoryMB, during.memoryMB, after.memoryMB))
    }

    public mutating func add(_ other: Footprint) {
        cpu += other.cpu
        memoryMB += other.memoryMB
        diskMB += other.diskMB
    }

    /// Whether something else fits into it.
    public func covers(_ other: Footprint) -> Bool {
        cpu >= other.cpu && memoryMB >= other.memoryMB && diskMB >= other.diskMB
    }
}

extension Allocation {
    /// What it takes of its node while it counts.
    public var footprint: Footprint {
        if let known = sharedResources.footprint { return known }
        let (resources, spec) = (resources, group)
        var result = Footprint.peak(
            resources.tasks.map { name, task in
                (
                    spec?.task(name)?.lifecycle, Footprint(cpu: task.cpuShares, memoryMB: task.memoryMB),
                    !task.reservedCores.isEmpty
                )
            })
        result.diskMB = resources.diskMB
        return result
    }
}
