import AgentCore
import Base
import Drivers
import Model
import Synchronization

extension NodeLocalServices {
    func usage(_ allocation: AllocationID, task wanted: String?) async throws(NodeLocalError) -> AllocationUsage {
        guard let machine = agent.machine.withLock({ $0.allocations[allocation] }) else {
            throw .unknownAllocation(allocation)
        }
        if let wanted, !wanted.isEmpty, machine.task(wanted) == nil {
            throw NodeLocalError(.badRequest, "unknown task name \"\(wanted)\"")
        }
        var usage = AllocationUsage()
        usage.timestamp = Wall.now.nanoseconds
        for task in machine.tasks where wanted == nil || wanted == "" || wanted == task.key.task {
            guard task.isRunning, let text = task.life.handle else { continue }
            do {
                let handle = try DriverHandle(text: text)
                let measured = try await agent.drivers.driver(handle.driver).stats(handle)
                var entry = TaskUsage()
                entry.resourceUsage = UsageSample(measured, devices: [])
                entry.timestamp = measured.timestamp.nanoseconds
                for (pid, process) in measured.processes { entry.pids["\(pid)"] = UsageSample(process, devices: nil) }
                usage.tasks[task.key.task] = entry
                usage.resourceUsage.add(entry.resourceUsage)
            } catch {
                // It has ended since: it uses nothing.
                if error.code == .notRunning || error.code == .notFound { continue }
                throw NodeLocalError(.failed, error.message)
            }
        }
        return usage
    }

    func hostUsage() async throws(NodeLocalError) -> HostUsage {
        let agent = agent
        let total = agent.node.nodeResources.cpu.cpuShares
        do {
            return try await blocking { agent.hostMeter.measure(totalCompute: total, now: Wall.now) }
        } catch {
            throw NodeLocalError(.failed, "\(error)")
        }
    }
}

extension UsageSample {
    init(_ usage: ResourceUsage, devices: [JSON]?) {
        self.init()
        deviceStats = devices
        cpuStats.percent = usage.cpu.percent
        cpuStats.systemMode = usage.cpu.systemPercent
        cpuStats.userMode = usage.cpu.userPercent
        cpuStats.totalTicks = usage.cpu.totalTicks
        cpuStats.throttledPeriods = usage.cpu.throttledPeriods
        cpuStats.throttledTime = usage.cpu.throttledNanoseconds
        cpuStats.measured = usage.cpu.measured
        memoryStats.rss = usage.memory.rss
        memoryStats.cache = usage.memory.cache
        memoryStats.swap = usage.memory.swap
        memoryStats.usage = usage.memory.usage
        memoryStats.maxUsage = usage.memory.maxUsage
        memoryStats.kernelUsage = usage.memory.kernelUsage
        memoryStats.measured = usage.memory.measured
    }

    mutating func add(_ other: UsageSample) {
        cpuStats.percent += other.cpuStats.percent
        cpuStats.systemMode += other.cpuStats.systemMode
        cpuStats.userMode += other.cpuStats.userMode
        cpuStats.totalTicks += other.cpuStats.totalTicks
        cpuStats.throttledPeriods += other.cpuStats.throttledPeriods
        cpuStats.throttledTime += other.cpuStats.throttledTime
        memoryStats.rss += other.memoryStats.rss
        memoryStats.cache += other.memoryStats.cache
        memoryStats.swap += other.memoryStats.swap
        memoryStats.usage += other.memoryStats.usage
        memoryStats.maxUsage += other.memoryStats.maxUsage
        memoryStats.kernelUsage += other.memoryStats.kernelUsage
        for name in other.cpuStats.measured where !cpuStats.measured.contains(name) { cpuStats.measured.append(name) }
        for name in other.memoryStats.measured where !memoryStats.measured.contains(name) {
            memoryStats.measured.append(name)
        }
    }
}
