internal import Base
internal import Synchronization

/// Turns the counters of a shim into percentages. Remembers the last counters of each task.
final class UsageMeter: Sendable {
    struct Counters: Hashable, Sendable {
        var at: Instant
        var cpu: UInt64 = 0
        var user: UInt64 = 0
        var system: UInt64 = 0
        /// User and system nanoseconds by process.
        var processes: [Int: [UInt64]] = [:]
    }

    private let last = Mutex<[String: Counters]>([:])

    func forget(_ taskID: String) { last.withLock { $0[taskID] = nil } }

    /// What a task used since the last call, or since it was started.
    func usage(_ taskID: String, _ records: ShimRecords, started: Instant, at now: Instant, coreMHz: Double)
        -> ResourceUsage
    {
        var current = Counters(
            at: now, cpu: records.unsigned("cpu_ns"), user: records.unsigned("user_ns"),
            system: records.unsigned("system_ns"))
        let tick = 1_000_000_000 / max(1, records.unsigned("ticks_per_second"))
        var sizes: [Int: UInt64] = [:]
        for text in records.all("process") {
            let numbers = text.split(separator: ":").compactMap { UInt64($0) }
            guard numbers.count == 4 else { continue }
            current.processes[Int(numbers[0])] = [numbers[1] * tick, numbers[2] * tick]
            sizes[Int(numbers[0])] = numbers[3]
        }
        let previous = last.withLock { all in
            defer { all[taskID] = current }
            return all[taskID] ?? Counters(at: started)
        }
        return Self.usage(records, current, since: previous, sizes: sizes, coreMHz: coreMHz)
    }

    static func usage(
        _ records: ShimRecords, _ current: Counters, since previous: Counters, sizes: [Int: UInt64], coreMHz: Double
    ) -> ResourceUsage {
        let span = Double(max(1, (current.at - previous.at).nanoseconds))
        func percent(_ now: UInt64, _ before: UInt64) -> Double { now > before ? Double(now - before) / span * 100 : 0 }
        let total = percent(current.cpu, previous.cpu)
        let cpu = CPUUsage(
            percent: total, systemPercent: percent(current.system, previous.system),
            userPercent: percent(current.user, previous.user), totalTicks: total / 100 * coreMHz,
            throttledPeriods: records.unsigned("throttled_periods"),
            throttledNanoseconds: records.unsigned("throttled_ns"),
            measured: ["System Mode", "User Mode", "Percent", "Throttled Periods", "Throttled Time"])
        let memory = MemoryUsage(
            rss: records.unsigned("rss"), cache: records.unsigned("cache"), swap: records.unsigned("swap"),
            usage: records.unsigned("usage"), maxUsage: records.unsigned("max_usage"),
            kernelUsage: records.unsigned("kernel"),
            measured: records["source"] == "proc"
                ? ["RSS", "Usage"] : ["RSS", "Cache", "Swap", "Usage", "Max Usage", "Kernel Usage"])
        var processes: [Int: ResourceUsage] = [:]
        for (pid, times) in current.processes {
            let before = previous.processes[pid] ?? [0, 0]
            let user = percent(times[0], before[0])
            let system = percent(times[1], before[1])
            processes[pid] = ResourceUsage(
                cpu: CPUUsage(
                    percent: user + system, systemPercent: system, userPercent: user,
                    totalTicks: (user + system) / 100 * coreMHz, measured: ["System Mode", "User Mode", "Percent"]),
                memory: MemoryUsage(rss: sizes[pid] ?? 0, measured: ["RSS"]), timestamp: current.at)
        }
        return ResourceUsage(cpu: cpu, memory: memory, timestamp: current.at, processes: processes)
    }
}
