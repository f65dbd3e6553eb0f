public import Base

/// What a task uses at one moment.
public struct ResourceUsage: Hashable, Sendable {
    public var cpu: CPUUsage
    public var memory: MemoryUsage
    /// Per process id, where the driver knows processes; empty otherwise.
    public var processes: [Int: ResourceUsage]
    public var timestamp: Instant

    public init(
        cpu: CPUUsage, memory: MemoryUsage, timestamp: Instant, processes: [Int: ResourceUsage] = [:]
    ) {
        self.cpu = cpu
        self.memory = memory
        self.processes = processes
        self.timestamp = timestamp
    }
}

/// CPU use. Percentages are of one core: two busy cores are 200.
public struct CPUUsage: Hashable, Sendable {
    public var percent: Double
    public var systemPercent: Double
    public var userPercent: Double
    /// MHz used: `percent` of one core's frequency.
    public var totalTicks: Double
    public var throttledPeriods: UInt64
    public var throttledNanoseconds: UInt64
    /// Names of what was measured, in the API's words: "Percent", "System Mode", …
    public var measured: [String]

    public init(
        percent: Double = 0, systemPercent: Double = 0, userPercent: Double = 0, totalTicks: Double = 0,
        throttledPeriods: UInt64 = 0, throttledNanoseconds: UInt64 = 0, measured: [String] = []
    ) {
        self.percent = percent
        self.systemPercent = systemPercent
        self.userPercent = userPercent
        self.totalTicks = totalTicks
        self.throttledPeriods = throttledPeriods
        self.throttledNanoseconds = throttledNanoseconds
        self.measured = measured
    }
}

/// Memory use in bytes.
public struct MemoryUsage: Hashable, Sendable {
    public var rss: UInt64
    public var cache: UInt64
    public var swap: UInt64
    public var usage: UInt64
    public var maxUsage: UInt64
    public var kernelUsage: UInt64
    /// Names of what was measured, in the API's words: "RSS", "Cache", …
    public var measured: [String]

    public init(
        rss: UInt64 = 0, cache: UInt64 = 0, swap: UInt64 = 0, usage: UInt64 = 0, maxUsage: UInt64 = 0,
        kernelUsage: UInt64 = 0, measured: [String] = []
    ) {
        self.rss = rss
        self.cache = cache
        self.swap = swap
        self.usage = usage
        self.maxUsage = maxUsage
        self.kernelUsage = kernelUsage
        self.measured = measured
    }
}
