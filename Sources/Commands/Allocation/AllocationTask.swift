import Base

/// A task of an allocation with what the API says about it in different places.
struct AllocationTask {
    var name: String
    var state: JSON
    /// What it was given, from `AllocatedResources`.
    var resources: JSON
    /// `prestart`, `prestart sidecar`, `poststart`, `poststop`; empty for main tasks.
    var lifecycle: String

    /// The tasks in the order in which they start, by name within a stage.
    static func all(of allocation: JSON) -> [AllocationTask] {
        let allocated = allocation.child("AllocatedResources")
        let resources = allocated.child("Tasks")
        let lifecycles = allocated.child("TaskLifecycles")
        var names = Set(allocation.entries("TaskStates").map(\.name))
        if let object = resources.objectValue { names.formUnion(object.names) }
        let tasks = names.map { name in
            let hook = lifecycles.child(name)
            var lifecycle = hook.text("Hook")
            if !lifecycle.isEmpty, hook.flag("Sidecar") { lifecycle += " sidecar" }
            return AllocationTask(
                name: name, state: allocation.child("TaskStates").child(name), resources: resources.child(name),
                lifecycle: lifecycle)
        }
        return tasks.sorted { ($0.stage, $0.name) < ($1.stage, $1.name) }
    }

    private var stage: Int {
        switch lifecycle.split(separator: " ").first {
        case "prestart": 0
        case "poststart": 2
        case "poststop": 3
        default: 1
        }
    }

    /// The task's part of `alloc status`; `usage` is its part of the allocation's statistics, if there is any.
    func lines(_ allocation: JSON, usage: JSON?, show: Show) -> [String] {
        let hook = lifecycle.isEmpty ? "" : "(\(lifecycle)) "
        var lines = ["", show.title("Task \(GoQuote.text(name)) \(hook)is \(GoQuote.text(state.text("State")))")]
        lines += resourceLines(allocation, usage: usage)
        lines += eventLines(show)
        return lines
    }

    private func resourceLines(_ allocation: JSON, usage: JSON?) -> [String] {
        var cpu = "\(resources.child("Cpu").int("CpuShares")) MHz"
        var memory = Size.mebibytes(resources.child("Memory").int("MemoryMB"))
        if let usage {
            let used = usage.child("ResourceUsage")
            cpu = "\(Int64(used.child("CpuStats").double("TotalTicks")))/" + cpu
            let stats = used.child("MemoryStats")
            memory = Size.used(stats.int("RSS") > 0 ? stats.int("RSS") : stats.int("Usage")) + "/" + memory
        }
        var maximum = resources.child("Memory").int("MemoryMaxMB")
        if maximum == resources.child("Memory").int("MemoryMB") { maximum = 0 }
        let disk = Size.mebibytes(allocation.child("AllocatedResources").child("Shared").int("DiskMB"))
        var table = Table(["CPU", "Memory", "Disk", "Addresses"], empty: "")
        let addresses = self.addresses
        table.add(cpu, memory, disk, addresses.first ?? "")
        if maximum > 0 {
            table.add("", "Max: " + Size.mebibytes(maximum), "", addresses.dropFirst().first ?? "")
        }
        for address in addresses.dropFirst(maximum > 0 ? 2 : 1) { table.add("", "", "", address) }
        return ["Task Resources"] + table.lines
    }

    /// `label: ip:port` of the task's own networks.
    private var addresses: [String] {
        resources.list("Networks").flatMap { network in
            (network.list("DynamicPorts") + network.list("ReservedPorts")).map {
                "\($0.text("Label")): \(network.text("IP")):\($0.int("Value"))"
            }
        }
    }

    private func eventLines(_ show: Show) -> [String] {
        var lines = ["", show.title("Task Events:")]
        lines +=
            KeyValues([
                ("Started At", show.time(text: state.text("StartedAt"))),
                ("Finished At", show.time(text: state.text("FinishedAt"))),
                ("Total Restarts", "\(state.int("Restarts"))"),
                ("Last Restart", show.time(text: state.text("LastRestart"))),
            ]).lines
        lines += ["", "Recent Events:"]
        var table = Table("Time", "Type", "Description")
        for event in state.list("Events").reversed() {
            table.add(show.time(event.instant("Time")), event.text("Type"), AllocationLayout.eventText(event))
        }
        return lines + table.lines
    }

    /// Memory and CPU statistics, for `-stats`.
    func statistics(_ usage: JSON, show: Show) -> [String] {
        var lines: [String] = []
        let used = usage.child("ResourceUsage")
        let memory = used.child("MemoryStats")
        let names = memory.texts("Measured")
        if !names.isEmpty {
            var table = Table(names)
            table.add(names.map { Size.text(memory.int(Self.field($0))) })
            lines += ["", show.title("Memory Stats")] + table.lines
        }
        let cpu = used.child("CpuStats")
        let measured = cpu.texts("Measured")
        if !measured.isEmpty {
            var table = Table(measured)
            table.add(
                measured.map {
                    let value = cpu.double(Self.field($0))
                    return $0.contains("Percent") || $0.contains("Mode")
                        ? Decimal.text(value, places: 2) + "%" : Decimal.text(value, places: 0)
                })
            lines += ["", show.title("CPU Stats")] + table.lines
        }
        return lines
    }

    /// Measured values are named with blanks, their fields without.
    private static func field(_ name: String) -> String { name.filter { $0 != " " } }
}
