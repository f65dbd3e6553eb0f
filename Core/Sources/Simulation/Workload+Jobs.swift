import Base
import Model

/// Jobs that clients of a run register.
enum Workload {
    static let names = ["api", "web", "db", "crunch", "nightly", "encode", "agent", "sweep"]

    /// A job of a name: its type is always the same, the rest is drawn.
    static func job(_ name: String, _ generator: inout SeededGenerator) -> Job {
        let type: JobType =
            switch name {
            case "crunch", "nightly", "encode": .batch
            case "agent": .system
            case "sweep": .sysbatch
            default: .service
            }
        var group = GroupSpec()
        group.name = "g"
        group.count = type.isPerNode ? 1 : Int.random(in: 0...6, using: &generator)
        group.tasks = [task(type, &generator)]
        group.ephemeralDisk.sizeMB = 100
        group.restartPolicy.attempts = Int.random(in: 0...1, using: &generator)
        group.restartPolicy.delay = .seconds(1)
        if !type.isPerNode {
            var policy = ReschedulePolicy()
            (policy.delay, policy.delayFunction, policy.unlimited) = (.seconds(5), "constant", true)
            group.reschedulePolicy = policy
        }
        if type == .service { shape(&group, &generator) }
        if type == .system { rollOut(&group) }
        if name == "db" || name == "agent" { mount(&group, type) }
        constrain(&group, type, &generator)
        var job = Job()
        (job.id, job.name, job.type) = (name, name, type.rawValue)
        job.priority = [20, 50, 80].randomElement(using: &generator) ?? 50
        job.datacenters = ["dc1"]
        job.taskGroups = [group]
        if name == "nightly" {
            job.periodic = PeriodicSpec()
            job.periodic?.spec = "*/\(Int.random(in: 1...3, using: &generator)) * * * *"
            job.periodic?.prohibitOverlap = Bool.random(using: &generator)
        }
        if name == "encode" { job.parameterizedJob = ParameterizedSpec() }
        return job
    }

    private static func task(_ type: JobType, _ generator: inout SeededGenerator) -> TaskSpec {
        var task = TaskSpec()
        (task.name, task.driver, task.killTimeout) = ("main", "mock", .seconds(5))
        task.resources.cpu = [100, 300, 500, 900].randomElement(using: &generator) ?? 100
        task.resources.memoryMB = [64, 256, 700].randomElement(using: &generator) ?? 64
        if Int.random(in: 0..<8, using: &generator) == 0 {
            (task.resources.cores, task.resources.cpu) = (Int.random(in: 1...2, using: &generator), 0)
        }
        if Int.random(in: 0..<8, using: &generator) == 0 {
            var device = DeviceRequest()
            (device.name, device.count) = ("gpu", Int.random(in: 1...2, using: &generator))
            task.resources.devices = [device]
        }
        task.config = ["command": .string("v\(Int.random(in: 1...3, using: &generator))")]
        if type.runsToCompletion {
            task.config["exit_after"] = .string("\(Int.random(in: 1...40, using: &generator))s")
        }
        if Int.random(in: 0..<8, using: &generator) == 0 { task.config["ignore_stop"] = true }
        if type == .service, Int.random(in: 0..<10, using: &generator) == 0 {
            task.config["exit_after"] = "20s"
            task.config["exit_code"] = 1
        }
        return task
    }

    /// How a system job is rolled out follows from what it asks for: at once, node by node, or with canaries. Nothing
    /// is drawn for it, so that seeds mean what they meant.
    private static func rollOut(_ group: inout GroupSpec) {
        let memory = group.tasks.first?.resources.memoryMB ?? 0
        guard memory > 64 else { return }
        var update = UpdatePolicy()
        update.maxParallel = memory > 256 ? 2 : 1
        update.healthCheck = "task_states"
        update.minHealthyTime = .seconds(2)
        update.healthyDeadline = .seconds(40)
        update.progressDeadline = .seconds(90)
        update.autoRevert = memory > 256
        if memory > 256 { (update.canary, update.autoPromote) = (50, true) }
        group.update = update
    }

    /// Which volumes a group mounts follows from what it asks for, as above: each instance its own, one for a single
    /// writer, or one that all share.
    private static func mount(_ group: inout GroupSpec, _ type: JobType) {
        let memory = group.tasks.first?.resources.memoryMB ?? 0
        guard memory > 64 else { return }
        var request = VolumeRequest()
        (request.name, request.type, request.attachmentMode) = ("v", "csi", "file-system")
        if type == .system {
            (request.source, request.accessMode) = ("shared", VolumeAccessMode.multiNodeMultiWriter.rawValue)
        } else if memory > 256 {
            (request.source, request.perAlloc) = ("own", true)
            request.accessMode = VolumeAccessMode.singleNodeWriter.rawValue
        } else {
            (request.source, request.accessMode) = ("one", VolumeAccessMode.multiNodeSingleWriter.rawValue)
        }
        group.volumes["v"] = request
    }

    /// The volumes that jobs mount, of the plugin that some machines run.
    static let volumes: [CSIVolume] = {
        let own = (0..<5).map { ("own[\($0)]", VolumeAccessMode.singleNodeWriter) }
        let all = own + [("shared", .multiNodeMultiWriter), ("one", .multiNodeSingleWriter)]
        return all.map { id, mode in
            var volume = CSIVolume()
            (volume.id, volume.externalID, volume.pluginID) = (id, id, plugin)
            volume.requestedCapabilities = [
                CSIVolumeCapability(accessMode: mode.rawValue, attachmentMode: "file-system")
            ]
            return volume
        }
    }()

    static let plugin = "disk"

    private static func shape(_ group: inout GroupSpec, _ generator: inout SeededGenerator) {
        var migrate = MigratePolicy()
        migrate.healthCheck = "task_states"
        migrate.minHealthyTime = .seconds(2)
        migrate.healthyDeadline = .minutes(1)
        group.migrate = migrate
        var update = UpdatePolicy()
        update.maxParallel = Int.random(in: 0...2, using: &generator)
        update.healthCheck = "task_states"
        update.minHealthyTime = .seconds(2)
        update.healthyDeadline = .seconds(40)
        update.progressDeadline = .seconds(90)
        update.autoRevert = Bool.random(using: &generator)
        if update.maxParallel > 0, Int.random(in: 0..<3, using: &generator) == 0 {
            update.canary = Int.random(in: 1...2, using: &generator)
            update.autoPromote = Bool.random(using: &generator)
        }
        group.update = update
        if Int.random(in: 0..<5, using: &generator) == 0 {
            var disconnect = DisconnectPolicy()
            disconnect.lostAfter = .seconds(Int64.random(in: 20...200, using: &generator))
            disconnect.replace = Bool.random(using: &generator)
            disconnect.reconcile =
                ["best_score", "keep_original", "keep_replacement", "longest_running"]
                .randomElement(using: &generator) ?? "best_score"
            group.disconnect = disconnect
        }
        guard Bool.random(using: &generator) else { return }
        var network = NetworkSpec()
        var port = PortSpec()
        port.label = "http"
        if Int.random(in: 0..<4, using: &generator) == 0 {
            port.value = 8000 + Int.random(in: 0..<3, using: &generator)
            network.reservedPorts = [port]
        } else {
            network.dynamicPorts = [port]
        }
        group.networks = [network]
    }

    private static func constrain(_ group: inout GroupSpec, _ type: JobType, _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0 where !type.isPerNode:
            group.constraints = [Constraint(operand: "distinct_hosts", rTarget: "true")]
        case 1: group.constraints = [Constraint(lTarget: "${node.class}", operand: "=", rTarget: "big")]
        case 2 where !type.isPerNode:
            var spread = Spread()
            spread.attribute = "${node.class}"
            group.spreads = [spread]
        case 3 where !type.isPerNode:
            var affinity = Affinity()
            (affinity.lTarget, affinity.rTarget, affinity.weight) = ("${node.class}", "small", -40)
            group.affinities = [affinity]
        default: break
        }
    }
}
