/// What an allocation got on its node.
public struct AllocatedResources: Codable, Hashable, Sendable {
    public var tasks: [String: AllocatedTask] = [:]
    public var diskMB = 0
    /// Group networks with their ports filled in.
    public var networks: [NetworkSpec] = []
    /// The group's ports, flat.
    public var ports: [AllocatedPort] = []

    public init() {}

    /// MHz of all tasks.
    public var cpu: Int { tasks.values.reduce(0) { $0 + $1.cpuShares } }
    public var memoryMB: Int { tasks.values.reduce(0) { $0 + $1.memoryMB } }
}

public struct AllocatedTask: Codable, Hashable, Sendable {
    public var cpuShares = 0
    public var reservedCores: [Int] = []
    public var memoryMB = 0
    public var memoryMaxMB = 0
    /// The task's own networks (2019 form) with their ports filled in.
    public var networks: [NetworkSpec] = []
    public var devices: [AllocatedDevice] = []

    public init() {}
}

public struct AllocatedDevice: Codable, Hashable, Sendable {
    public var vendor = ""
    public var type = ""
    public var name = ""
    public var deviceIDs: [String] = []

    public init() {}
}

public struct AllocatedPort: Codable, Hashable, Sendable {
    public var label = ""
    public var value = 0
    public var to = 0
    public var hostIP = ""

    public init() {}
}

/// What allocations got on their nodes, where several got the same: one object for all of them.
public final class SharedResources: Hashable, Sendable {
    public let resources: AllocatedResources
    /// Nothing but CPU, memory and disk: no ports, cores or devices.
    public let isSimple: Bool
    /// What a single task takes; nil for several, where their lives decide.
    let footprint: Footprint?

    public init(_ resources: AllocatedResources) {
        self.resources = resources
        isSimple =
            resources.ports.isEmpty
            && resources.tasks.values.allSatisfy {
                $0.networks.isEmpty && $0.reservedCores.isEmpty && $0.devices.isEmpty
            }
        if resources.tasks.count == 1, let task = resources.tasks.values.first {
            footprint = Footprint(cpu: task.cpuShares, memoryMB: task.memoryMB, diskMB: resources.diskMB)
        } else {
            footprint = nil
        }
    }

    /// Nothing.
    public static let none = SharedResources(AllocatedResources())
    public static func == (a: SharedResources, b: SharedResources) -> Bool { a === b || a.resources == b.resources }
    public func hash(into hasher: inout Hasher) { hasher.combine(resources.diskMB) }
}
