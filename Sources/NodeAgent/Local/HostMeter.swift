import AgentCore
import Base
import Glibc
import Synchronization

/// Measures what the machine uses. CPU shares count since the previous measurement.
final class HostMeter: Sendable {
    /// Counters of one processor line of /proc/stat, in ticks.
    struct Ticks: Hashable, Sendable {
        var user: UInt64 = 0
        var system: UInt64 = 0
        var idle: UInt64 = 0
        var total: UInt64 = 0
    }

    private let last = Mutex<[String: Ticks]>([:])
    private let allocationsDirectory: String

    init(allocationsDirectory: String) {
        self.allocationsDirectory = allocationsDirectory
        last.withLock { $0 = Self.ticks(HostPath.text("/proc/stat") ?? "") }
    }

    /// Blocks for a moment. `totalCompute` is the machine's MHz.
    func measure(totalCompute: Int, now: Instant) -> HostUsage {
        var usage = HostUsage()
        usage.timestamp = now.nanoseconds
        usage.memory = Self.memory(HostPath.text("/proc/meminfo") ?? "")
        let current = Self.ticks(HostPath.text("/proc/stat") ?? "")
        let previous = last.withLock { last in
            defer { last = current }
            return last
        }
        let names = current.keys.filter { $0 != "cpu" }
            .sorted { $0.utf8.count != $1.utf8.count ? $0.utf8.count < $1.utf8.count : $0 < $1 }
        for name in names {
            usage.cpu.append(Self.share(name, current[name] ?? Ticks(), since: previous[name] ?? Ticks()))
        }
        if let all = current["cpu"] {
            let share = Self.share("cpu", all, since: previous["cpu"] ?? Ticks())
            usage.cpuTicksConsumed = share.total / 100 * Double(totalCompute)
        }
        let disks = MountedDisk.all(mounts: HostPath.text("/proc/self/mounts") ?? "")
        usage.diskStats = disks.compactMap { Self.disk($0.mountPoint, device: $0.device, shown: $0.mountPoint) }
        if usage.diskStats.isEmpty, let root = Self.disk("/", device: "", shown: "/") { usage.diskStats = [root] }
        usage.allocDirStats = Self.disk(allocationsDirectory, device: "", shown: "") ?? HostDisk()
        usage.uptime = UInt64((HostPath.text("/proc/uptime") ?? "").prefix { $0.isNumber }) ?? 0
        return usage
    }

    static func memory(_ text: String) -> HostMemory {
        let facts = SystemFacts.memory(text)
        var memory = HostMemory()
        memory.total = facts["MemTotal"] ?? 0
        memory.free = facts["MemFree"] ?? 0
        memory.available = facts["MemAvailable"] ?? memory.free
        memory.used = memory.total - min(memory.total, memory.free + (facts["Buffers"] ?? 0) + (facts["Cached"] ?? 0))
        return memory
    }

    private static func disk(_ path: String, device: String, shown: String) -> HostDisk? {
        guard let space = DiskSpace(path: path) else { return nil }
        var disk = HostDisk()
        disk.device = device
        disk.mountpoint = shown
        disk.size = space.size
        disk.used = space.used
        disk.available = space.available
        disk.usedPercent = space.usedPercent
        disk.inodesUsedPercent = space.inodesUsedPercent
        return disk
    }

    /// The lines `cpu`, `cpu0`, … of /proc/stat.
    static func ticks(_ stat: String) -> [String: Ticks] {
        var all: [String: Ticks] = [:]
        for line in stat.split(separator: "\n") where line.hasPrefix("cpu") {
            let fields = line.split(separator: " ")
            let numbers = fields.dropFirst().compactMap { UInt64($0) }
            guard numbers.count >= 5 else { continue }
            all[String(fields[0])] = Ticks(
                user: numbers[0] + numbers[1], system: numbers[2], idle: numbers[3] + numbers[4],
                total: numbers.prefix(8).reduce(0, +))
        }
        return all
    }

    static func share(_ name: String, _ now: Ticks, since before: Ticks) -> HostCPU {
        var cpu = HostCPU()
        cpu.cpu = name
        let total = Double(now.total - min(now.total, before.total))
        guard total > 0 else { return cpu }
        cpu.user = Double(now.user - min(now.user, before.user)) / total * 100
        cpu.system = Double(now.system - min(now.system, before.system)) / total * 100
        cpu.idle = Double(now.idle - min(now.idle, before.idle)) / total * 100
        cpu.total = max(0, 100 - cpu.idle)
        return cpu
    }
}
