public import Base

/// What an allocation's tasks use. The property names are the API's (see `WireKey`).
public struct AllocationUsage: Codable, Hashable, Sendable {
    /// The sum over the tasks.
    public var resourceUsage = UsageSample()
    public var tasks: [String: TaskUsage] = [:]
    /// Nanoseconds since the epoch.
    public var timestamp: Int64 = 0

    public init() {}
}

public struct TaskUsage: Codable, Hashable, Sendable {
    public var resourceUsage = UsageSample()
    public var timestamp: Int64 = 0
    /// Per process id, where the driver knows processes.
    public var pids: [String: UsageSample] = [:]

    public init() {}
}

public struct UsageSample: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["cpuStats": "CpuStats"]
    public var cpuStats = CPUSample()
    public var memoryStats = MemorySample()
    /// Nil where devices can't be told apart, as for single processes.
    public var deviceStats: [JSON]? = []

    public init() {}
}

/// Percentages are of one core.
public struct CPUSample: Codable, Hashable, Sendable {
    public var systemMode = 0.0
    public var userMode = 0.0
    /// MHz.
    public var totalTicks = 0.0
    public var throttledPeriods: UInt64 = 0
    /// Nanoseconds.
    public var throttledTime: UInt64 = 0
    public var percent = 0.0
    public var measured: [String] = []

    public init() {}
}

/// Bytes.
public struct MemorySample: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["rss": "RSS"]
    public var rss: UInt64 = 0
    public var cache: UInt64 = 0
    public var swap: UInt64 = 0
    public var usage: UInt64 = 0
    public var maxUsage: UInt64 = 0
    public var kernelUsage: UInt64 = 0
    public var kernelMaxUsage: UInt64 = 0
    public var measured: [String] = []

    public init() {}
}

/// What the machine uses.
public struct HostUsage: Codable, Hashable, Sendable {
    public var memory = HostMemory()
    /// One per core, in order.
    public var cpu: [HostCPU] = []
    public var diskStats: [HostDisk] = []
    /// The disk under the allocations' directories.
    public var allocDirStats = HostDisk()
    public var deviceStats: [JSON] = []
    /// Seconds since the machine started.
    public var uptime: UInt64 = 0
    /// Nanoseconds since the epoch.
    public var timestamp: Int64 = 0
    /// MHz in use.
    public var cpuTicksConsumed = 0.0

    public init() {}
}

/// Bytes.
public struct HostMemory: Codable, Hashable, Sendable {
    public var total: UInt64 = 0
    public var available: UInt64 = 0
    public var used: UInt64 = 0
    public var free: UInt64 = 0

    public init() {}
}

/// Percent of the time since the previous measurement.
public struct HostCPU: Codable, Hashable, Sendable {
    /// `cpu0`.
    public var cpu = ""
    public var user = 0.0
    public var system = 0.0
    public var idle = 0.0
    /// Not idle.
    public var total = 0.0

    public init() {}
}

public struct HostDisk: Codable, Hashable, Sendable {
    public var device = ""
    public var mountpoint = ""
    /// Bytes.
    public var size: UInt64 = 0
    public var used: UInt64 = 0
    public var available: UInt64 = 0
    public var usedPercent = 0.0
    public var inodesUsedPercent = 0.0

    public init() {}
}
