import Base

/// Tables of what a node has, has given away, and uses.
struct NodeResourceLayout {
    let node: JSON
    let show: Show

    /// What can be given to allocations.
    private var total: (cpu: Int64, memory: Int64, disk: Int64) {
        let (has, reserved) = (node.child("NodeResources"), node.child("ReservedResources"))
        func rest(_ kind: String, _ field: String) -> Int64 {
            has.child(kind).int(field) - reserved.child(kind).int(field)
        }
        return (rest("Cpu", "CpuShares"), rest("Memory", "MemoryMB"), rest("Disk", "DiskMB"))
    }

    /// What the running allocations were given.
    func allocated(_ allocations: [JSON]) -> [String] {
        var (cpu, memory, disk): (Int64, Int64, Int64) = (0, 0, 0)
        for allocation in allocations where allocation.text("ClientStatus") == "running" {
            let resources = allocation.child("AllocatedResources")
            disk += resources.child("Shared").int("DiskMB")
            for (_, task) in resources.entries("Tasks") {
                cpu += task.child("Cpu").int("CpuShares")
                memory += task.child("Memory").int("MemoryMB")
            }
        }
        var table = Table("CPU", "Memory", "Disk")
        table.add(
            "\(cpu)/\(total.cpu) MHz", "\(Size.mebibytes(memory))/\(Size.mebibytes(total.memory))",
            "\(Size.mebibytes(disk))/\(Size.mebibytes(total.disk))")
        return ["", show.title("Allocated Resources")] + table.lines
    }

    /// What the running allocations use; `statistics` are those of the allocations that answered.
    func used(_ statistics: [JSON]) -> [String] {
        var (cpu, memory) = (0.0, Int64(0))
        for allocation in statistics {
            let usage = allocation.child("ResourceUsage")
            cpu += usage.child("CpuStats").double("TotalTicks")
            let stats = usage.child("MemoryStats")
            memory += stats.int("RSS") > 0 ? stats.int("RSS") : stats.int("Usage")
        }
        var table = Table("CPU", "Memory")
        table.add("\(Int64(cpu))/\(total.cpu) MHz", "\(Size.used(memory))/\(Size.mebibytes(total.memory))")
        return ["", show.title("Allocation Resource Utilization")] + table.lines
    }

    /// What the host uses.
    func host(_ statistics: JSON) -> [String] {
        let memory = statistics.child("Memory")
        let disk = statistics.child("AllocDirStats")
        let shares = node.child("NodeResources").child("Cpu").int("CpuShares")
        var table = Table("CPU", "Memory", "Disk")
        table.add(
            "\(Int64(statistics.double("CPUTicksConsumed")))/\(shares) MHz",
            "\(Size.text(memory.int("Used")))/\(Size.text(memory.int("Total")))",
            "\(Size.text(disk.int("Used")))/\(Size.text(disk.int("Size")))")
        return ["", show.title("Host Resource Utilization")] + table.lines
    }

    /// The host's processors, memory and disks one by one.
    func statistics(_ statistics: JSON) -> [String] {
        func percent(_ value: Double) -> String { Decimal.text(value, places: 2) + "%" }
        var lines = ["", show.title("CPU Stats")]
        for (at, cpu) in statistics.list("CPU").enumerated() {
            if at > 0 { lines.append("") }
            lines +=
                KeyValues([
                    ("CPU", cpu.text("CPU")), ("User", percent(cpu.double("User"))),
                    ("System", percent(cpu.double("System"))), ("Idle", percent(cpu.double("Idle"))),
                ]).lines
        }
        let memory = statistics.child("Memory")
        lines += ["", show.title("Memory Stats")]
        lines += KeyValues(["Total", "Available", "Used", "Free"].map { ($0, Size.text(memory.int($0))) }).lines
        lines += ["", show.title("Disk Stats")]
        for (at, disk) in statistics.list("DiskStats").enumerated() {
            if at > 0 { lines.append("") }
            lines +=
                KeyValues([
                    ("Device", disk.text("Device")), ("MountPoint", disk.text("Mountpoint")),
                    ("Size", Size.text(disk.int("Size"))), ("Used", Size.text(disk.int("Used"))),
                    ("Available", Size.text(disk.int("Available"))),
                    ("Used Percent", percent(disk.double("UsedPercent"))),
                    ("Inodes Percent", percent(disk.double("InodesUsedPercent"))),
                ]).lines
        }
        return lines
    }
}
