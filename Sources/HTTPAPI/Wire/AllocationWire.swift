import Base
import Model

/// An allocation in full, its job inside. Fields with zero values are left out, as clients expect.
enum AllocationWire {
    /// - Parameter job: the tree of its job, which many allocations share; nil leaves it out (events).
    static func tree(_ allocation: Allocation, job: JSON?) throws -> JSON {
        var object = try fields(allocation)
        if let job { object["Job"] = job }
        return .object(JSONObject(object.members.filter { !isOmitted($0.value) }.map { ($0.name, $0.value) }))
    }

    /// All fields, zero or not: what filters look at.
    static func whole(_ allocation: Allocation, job: JSON) throws -> JSON {
        var object = try fields(allocation)
        object["Job"] = job
        return .object(object)
    }

    private static func fields(_ allocation: Allocation) throws -> JSONObject {
        let encoder = WireEncoder()
        func id<Kind>(_ id: ID<Kind>) -> JSON { .string(id.isZero ? "" : id.text) }
        let used = allocation.resources
        var object = JSONObject()
        object["ID"] = id(allocation.id)
        object["Namespace"] = .string(allocation.namespace)
        object["EvalID"] = id(allocation.evalID)
        object["Name"] = .string(allocation.name)
        object["NodeID"] = id(allocation.nodeID)
        object["NodeName"] = .string(allocation.nodeName)
        object["JobID"] = .string(allocation.jobID)
        object["TaskGroup"] = .string(allocation.taskGroup)
        object["AllocatedResources"] = try resources(allocation)
        object["Resources"] = try LegacyResources.total(used)
        object["SharedResources"] = try LegacyResources.shared(used)
        object["TaskResources"] = try LegacyResources.tasks(used)
        object["Metrics"] = try allocation.metrics.map { try encoder.encode($0.metric) } ?? .null
        object["DesiredStatus"] = .string(allocation.desiredStatus.rawValue)
        object["DesiredDescription"] = .string(allocation.desiredDescription)
        let transition = allocation.desiredTransition
        object["DesiredTransition"] = transition == DesiredTransition() ? .null : try encoder.encode(transition)
        object["ClientStatus"] = .string(allocation.clientStatus.rawValue)
        object["ClientDescription"] = .string(allocation.clientDescription)
        object["TaskStates"] = try states(allocation.taskStates)
        object["AllocStates"] = try encoder.encode(allocation.allocStates)
        object["PreviousAllocation"] = id(allocation.previousAllocation)
        object["NextAllocation"] = id(allocation.nextAllocation)
        object["DeploymentID"] = id(allocation.deploymentID)
        object["DeploymentStatus"] = try allocation.deploymentStatus.map { try encoder.encode($0) } ?? .null
        object["RescheduleTracker"] = try tracker(allocation.rescheduleTracker)
        // Known from the first report of the node on, if only as empty.
        let network = allocation.networkStatus ?? (allocation.taskStates.isEmpty ? nil : NetworkStatus())
        object["NetworkStatus"] = try network.map { try encoder.encode($0) } ?? .null
        object["FollowupEvalID"] = id(allocation.followupEvalID)
        object["PreemptedAllocations"] = .array(allocation.preemptedAllocations.map { .string($0.text) })
        object["PreemptedByAllocation"] = id(allocation.preemptedByAllocation)
        object["CreateIndex"] = .int(Int64(clamping: allocation.createIndex))
        object["ModifyIndex"] = .int(Int64(clamping: allocation.modifyIndex))
        object["AllocModifyIndex"] = .int(Int64(clamping: allocation.allocModifyIndex))
        object["CreateTime"] = .int(allocation.createTime)
        object["ModifyTime"] = .int(allocation.modifyTime)
        return object
    }

    private static func isOmitted(_ value: JSON) -> Bool {
        switch value {
        case .null, .bool(false), .int(0), .string(""): true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }

    static func tracker(_ tracker: RescheduleTracker?) throws -> JSON {
        try tracker.map { try WireEncoder().encode($0) } ?? .null
    }

    private static func states(_ states: [String: TaskState]) throws -> JSON {
        var writer = ObjectWriter()
        TaskStateWire.write(states, to: &writer)
        return try JSON(parsing: writer.take())
    }

    /// `AllocatedResources`: per task, per task the hook, and what the group shares.
    static func resources(_ allocation: Allocation) throws -> JSON {
        let encoder = WireEncoder()
        let used = allocation.resources
        var tasks = JSONObject()
        var hooks = JSONObject()
        for (name, task) in used.tasks.sorted(by: { $0.key < $1.key }) {
            tasks[name] = try self.task(task)
            hooks[name] = try allocation.group?.task(name)?.lifecycle.map { try encoder.encode($0) } ?? .null
        }
        return [
            "Shared": [
                "DiskMB": .int(Int64(used.diskMB)),
                "Networks": try NetworkWire.list(used.networks),
                "Ports": used.ports.isEmpty ? .null : try encoder.encode(used.ports),
            ],
            "TaskLifecycles": .object(hooks),
            "Tasks": .object(tasks),
        ]
    }

    private static func task(_ task: AllocatedTask) throws -> JSON {
        [
            "Cpu": [
                "CpuShares": .int(Int64(task.cpuShares)),
                "ReservedCores": task.reservedCores.isEmpty
                    ? .null : .array(task.reservedCores.map { .int(Int64($0)) }),
            ],
            "Devices": task.devices.isEmpty ? .null : try WireEncoder().encode(task.devices),
            "Memory": ["MemoryMB": .int(Int64(task.memoryMB)), "MemoryMaxMB": .int(Int64(task.memoryMaxMB))],
            "Networks": try NetworkWire.list(task.networks),
        ]
    }
}

enum NetworkWire {
    /// Networks with their ports; null when there is none.
    static func list(_ networks: [NetworkSpec]) throws -> JSON {
        networks.isEmpty ? .null : try WireEncoder().encode(networks)
    }
}

/// The resource fields that were replaced in 0.9 and that older clients still read.
enum LegacyResources {
    static func tree(cpu: Int, memoryMB: Int, memoryMaxMB: Int, diskMB: Int, networks: [NetworkSpec]) throws -> JSON {
        [
            "CPU": .int(Int64(cpu)), "Cores": 0, "Devices": .null, "DiskMB": .int(Int64(diskMB)), "IOPS": 0,
            "MemoryMB": .int(Int64(memoryMB)), "MemoryMaxMB": .int(Int64(memoryMaxMB)),
            "Networks": try NetworkWire.list(networks),
        ]
    }

    static func total(_ used: AllocatedResources) throws -> JSON {
        let tasks = used.tasks.sorted { $0.key < $1.key }.map(\.value)
        return try tree(
            cpu: used.cpu, memoryMB: used.memoryMB,
            memoryMaxMB: tasks.reduce(0) { $0 + ($1.memoryMaxMB > 0 ? $1.memoryMaxMB : $1.memoryMB) },
            diskMB: used.diskMB, networks: used.networks + tasks.flatMap(\.networks))
    }

    static func shared(_ used: AllocatedResources) throws -> JSON {
        try tree(cpu: 0, memoryMB: 0, memoryMaxMB: 0, diskMB: used.diskMB, networks: used.networks)
    }

    static func tasks(_ used: AllocatedResources) throws -> JSON {
        var object = JSONObject()
        for (name, task) in used.tasks.sorted(by: { $0.key < $1.key }) {
            object[name] = try tree(
                cpu: task.cpuShares, memoryMB: task.memoryMB, memoryMaxMB: task.memoryMaxMB, diskMB: 0,
                networks: task.networks)
        }
        return .object(object)
    }
}
