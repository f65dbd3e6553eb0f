import Base

extension Validation {
    static func task(_ task: TaskSpec, in group: GroupSpec, of job: Job) -> Problems {
        var problems = Problems()
        problems.add(if: task.name.isEmpty, at: "Name", "Missing task name")
        problems.add(
            if: task.name.contains("/") || task.name.contains("\\"), at: "Name",
            "Task name cannot include slashes: its directory has the same name")
        problems.add(if: task.name.contains("\0"), at: "Name", "Task name cannot include null characters")
        problems.add(
            if: task.name == "alloc", at: "Name", "Task name \"alloc\" is reserved for the directory that tasks share")
        problems.add(if: task.driver.isEmpty, at: "Driver", "Missing task driver")
        problems.add(
            if: task.killTimeout < .zero, at: "KillTimeout",
            "KillTimeout must be a positive value, not \(task.killTimeout.text)")
        problems.add(
            if: task.shutdownDelay < .zero, at: "ShutdownDelay",
            "ShutdownDelay must be a positive value, not \(task.shutdownDelay.text)")
        resources(task.resources, &problems)
        logs(task.logConfig, group.ephemeralDisk, &problems)
        for (at, constraint) in task.constraints.enumerated() {
            problems.add(
                "Constraint \(at + 1) validation failed", self.constraint(constraint, level: .task),
                at: FieldPath("Constraints", at))
        }
        preferences(job, task.affinities, [], &problems)
        taskServices(task, in: group, &problems)
        files(task, &problems)
        hooks(task, &problems)
        volumeMounts(task, &problems)
        credentials(task, &problems)
        scalingPolicies(task, &problems)
        actions(task, &problems)
        consul(task, in: group, &problems)
        return problems
    }

    /// The most of anything that a task or a group may ask for: MHz, MB, cores, devices. Far above what a machine has,
    /// and far below where sums over tasks and instances would not fit their numbers.
    static let amountMax = 1_000_000_000

    private static func resources(_ resources: ResourceSpec, _ problems: inout Problems) {
        let amounts: [(String, FieldPath, Int)] = [
            ("CPU", "Resources.CPU", resources.cpu), ("cores", "Resources.Cores", resources.cores),
            ("MemoryMB", "Resources.MemoryMB", resources.memoryMB),
            ("MemoryMaxMB", "Resources.MemoryMaxMB", resources.memoryMaxMB),
            ("SecretsMB", "Resources.SecretsMB", resources.secretsMB),
        ]
        for (name, field, amount) in amounts {
            problems.add(
                if: amount > amountMax, at: field,
                "maximum \(name) value is \(amountMax); got \(amount)")
        }
        problems.add(
            if: resources.cores > 0 && resources.cpu > 0, at: "Resources.Cores",
            "Task can only ask for 'cpu' or 'cores' resource, not both.")
        problems.add(if: resources.cores < 0, at: "Resources.Cores", "minimum cores value is 0; got \(resources.cores)")
        problems.add(
            if: resources.cpu < 1 && resources.cores <= 0, at: "Resources.CPU",
            "minimum CPU value is 1; got \(resources.cpu)")
        problems.add(
            if: resources.memoryMB < 10, at: "Resources.MemoryMB",
            "minimum MemoryMB value is 10; got \(resources.memoryMB)")
        problems.add(
            if: resources.memoryMaxMB < -1 || (resources.memoryMaxMB > 0 && resources.memoryMaxMB < resources.memoryMB),
            at: "Resources.MemoryMaxMB",
            "MemoryMaxMB value (\(resources.memoryMaxMB)) should be larger than MemoryMB value (\(resources.memoryMB))")
        problems.add(
            if: resources.secretsMB > resources.memoryMB, at: "Resources.SecretsMB",
            "SecretsMB value (\(resources.secretsMB)) must not be larger than MemoryMB value (\(resources.memoryMB))")
        for (at, device) in resources.devices.enumerated() {
            problems.add(
                "device \(at + 1) validation failed", self.device(device), at: FieldPath("Resources.Devices", at))
        }
        if let affinity = resources.numa?["Affinity"]?.stringValue {
            problems.add(
                if: !["none", "prefer", "require"].contains(affinity), at: "Resources.NUMA.Affinity",
                "numa affinity must be one of none, prefer or require, not \"\(affinity)\"")
        }
    }

    private static func device(_ device: DeviceRequest) -> Problems {
        var problems = Problems()
        let parts = device.name.split(separator: "/", omittingEmptySubsequences: false)
        problems.add(
            if: device.name.isEmpty || parts.count > 3 || parts.contains(""), at: "Name",
            "device name \"\(device.name)\" must be a type, vendor/type or vendor/type/model")
        problems.add(if: device.count < 1, at: "Count", "device count must be at least 1, not \(device.count)")
        problems.add(
            if: device.count > amountMax, at: "Count",
            "device count must be at most \(amountMax), not \(device.count)")
        for (at, constraint) in device.constraints.enumerated() {
            problems.add(
                "Constraint \(at + 1) validation failed", self.constraint(constraint, level: .device),
                at: FieldPath("Constraints", at))
        }
        for (at, affinity) in device.affinities.enumerated() {
            problems.add(
                "Affinity \(at + 1) validation failed", self.affinity(affinity), at: FieldPath("Affinities", at))
        }
        return problems
    }

    private static func logs(_ logs: LogSpec, _ disk: EphemeralDisk, _ problems: inout Problems) {
        problems.add(
            if: logs.maxFiles < 1, at: "LogConfig.MaxFiles", "minimum number of files is 1; got \(logs.maxFiles)")
        problems.add(
            if: logs.maxFileSizeMB < 1, at: "LogConfig.MaxFileSizeMB",
            "minimum file size is 1MB; got \(logs.maxFileSizeMB)")
        let (usage, overflow) = logs.maxFiles.multipliedReportingOverflow(by: logs.maxFileSizeMB)
        problems.add(
            if: overflow || (usage > 0 && usage >= disk.sizeMB), at: "LogConfig",
            "log storage (\(usage) MB) must be less than requested disk capacity (\(disk.sizeMB) MB); "
                + "lower logs or raise ephemeral_disk size")
    }

    private static func hooks(_ task: TaskSpec, _ problems: inout Problems) {
        if let lifecycle = task.lifecycle {
            if lifecycle.hook.isEmpty {
                problems.add(at: "Lifecycle", "Lifecycle validation failed: no lifecycle hook provided")
            } else if !["prestart", "poststart", "poststop"].contains(lifecycle.hook) {
                problems.add(
                    at: "Lifecycle.Hook",
                    "Lifecycle validation failed: invalid hook: \(lifecycle.hook); must be prestart, poststart or poststop"
                )
            }
        }
        if let file = task.dispatchPayload?["File"]?.stringValue {
            problems.add(
                if: file.isEmpty, at: "DispatchPayload.File",
                "Dispatch Payload validation failed: File must be specified")
            problems.add(
                if: TaskPath.escapes("local/" + file), at: "DispatchPayload.File",
                "Dispatch Payload validation failed: path escapes allocation directory")
        }
        guard let plugin = task.csiPluginConfig?.objectValue else { return }
        problems.add(
            if: plugin.text("ID").isEmpty, at: "CSIPluginConfig.ID", "CSIPluginConfig must have a non-empty PluginID")
        problems.add(
            if: !["node", "controller", "monolith"].contains(plugin.text("Type")), at: "CSIPluginConfig.Type",
            "CSIPluginConfig PluginType must be one of 'node', 'controller', or 'monolith', got: \"\(plugin.text("Type"))\""
        )
        let mount = plugin.text("MountDir")
        let stage = plugin.text("StagePublishBaseDir")
        problems.add(
            if: !mount.isEmpty && (stage == mount || stage.hasPrefix(mount + "/")),
            at: "CSIPluginConfig.StagePublishBaseDir",
            "CSIPluginConfig StagePublishBaseDir must not be a subdirectory of MountDir")
    }

    private static func scalingPolicies(_ task: TaskSpec, _ problems: inout Problems) {
        var seen: Set<String> = []
        for (at, policy) in task.scalingPolicies.enumerated() {
            problems.add(
                if: policy.type != "vertical_cpu" && policy.type != "vertical_mem",
                at: FieldPath("ScalingPolicies", at),
                "task scaling policy type must be vertical_cpu or vertical_mem, not \"\(policy.type)\"")
            problems.add(
                if: !seen.insert(policy.type).inserted, at: FieldPath("ScalingPolicies", at),
                "duplicate scaling policy \"\(policy.type)\"")
            bounds(policy, at: FieldPath("ScalingPolicies", at), &problems)
        }
    }

    private static func consul(_ task: TaskSpec, in group: GroupSpec, _ problems: inout Problems) {
        let own = task.consul?["Partition"]?.stringValue ?? ""
        let outer = group.consul?["Partition"]?.stringValue ?? ""
        problems.add(
            if: !own.isEmpty && !outer.isEmpty && own != outer, at: "Consul.Partition",
            "task's consul.partition \"\(own)\" must equal the group's, \"\(outer)\"")
    }

    private static func actions(_ task: TaskSpec, _ problems: inout Problems) {
        var seen: Set<String> = []
        for (at, action) in task.actions.enumerated() {
            let name = action["Name"]?.stringValue ?? ""
            problems.add(
                if: !(1...128).contains(name.utf8.count) || name.contains { $0.isWhitespace || $0 == "\0" },
                at: FieldPath("Actions", at),
                "Action name '\(name)' is invalid: 1 to 128 characters without blanks")
            problems.add(
                if: !seen.insert(name).inserted, at: FieldPath("Actions", at), "Action name '\(name)' is used twice")
            problems.add(
                if: (action["Command"]?.stringValue ?? "").isEmpty, at: FieldPath("Actions", at, "Command"),
                "Action '\(name)' has no command")
        }
    }
}
