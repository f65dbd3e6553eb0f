import Base
import Model
import State

@testable import Scheduling

/// A cluster on which evaluations are scheduled and their plans applied, one after the other.
struct World {
    var state = State()
    var scheduler = Scheduler()
    var generator = SeededGenerator(seed: 7)
    var now = Instant(nanoseconds: 1_700_000_000_000_000_000)
    /// The plan made last.
    var plan = Plan(evaluation: Evaluation())

    init(nodes: [Node] = []) { apply(nodes.map { .node($0) }) }

    mutating func apply(_ changes: [Change]) {
        state.apply(Entry(index: state.index + 1, time: now, cause: "test", changes: changes))
    }

    mutating func pass(_ seconds: Int64) { now = now + .seconds(seconds) }

    /// Stores a job (a new version if it exists) and schedules its evaluation.
    @discardableResult
    mutating func register(_ job: Job) -> Plan {
        var job = job
        if let old = state.job(job.key)?.job { job.version = old.version + 1 }
        apply([.job(job)])
        return evaluate(job.key, .jobRegister)
    }

    @discardableResult
    mutating func stop(_ key: JobKey) -> Plan {
        guard var job = state.job(key)?.job else { return plan }
        job.stop = true
        job.version += 1
        apply([.job(job)])
        return evaluate(key, .jobDeregister)
    }

    @discardableResult
    mutating func evaluate(_ key: JobKey, _ trigger: EvaluationTrigger) -> Plan {
        var evaluation = Evaluation()
        evaluation.id = EvaluationID(using: &generator)
        (evaluation.namespace, evaluation.jobID) = (key.namespace, key.id)
        let job = state.job(key)?.job
        evaluation.type = job?.kind ?? .service
        evaluation.priority = job?.priority ?? 50
        evaluation.triggeredBy = trigger
        apply([.evaluations([evaluation])])
        return schedule(evaluation)
    }

    @discardableResult
    mutating func schedule(_ evaluation: Evaluation) -> Plan {
        plan = scheduler.plan(evaluation, state: state, now: now, generator: &generator)
        apply(plan.changes)
        return plan
    }

    /// What the nodes report of allocations.
    mutating func report(_ allocations: [Allocation], _ status: ClientStatus, healthy: Bool? = nil) {
        apply([
            .allocationUpdates(
                allocations.map { allocation in
                    var update = AllocationUpdate()
                    update.id = allocation.id
                    update.clientStatus = status
                    update.deploymentHealthy = healthy
                    update.deploymentHealthTime = Timestamp(now)
                    if status.isTerminal {
                        var task = TaskState()
                        (task.state, task.failed, task.finishedAt) = (.dead, status == .failed, Timestamp(now))
                        update.taskStates["t"] = task
                    }
                    return update
                })
        ])
    }

    mutating func change(_ id: NodeID, _ change: (inout Node) -> Void) {
        guard var node = state.node(id) else { return }
        change(&node)
        apply([.node(node)])
    }

    mutating func change(_ allocation: Allocation, _ change: (inout Allocation) -> Void) {
        guard var allocation = state.allocation(allocation.id) else { return }
        change(&allocation)
        apply([.allocations([allocation])])
    }

    func allocations(_ job: String) -> [Allocation] {
        state.allocations(ofJob: JobKey(namespace: "default", id: job)).sorted {
            ($0.taskGroup, $0.index, $0.createIndex) < ($1.taskGroup, $1.index, $1.createIndex)
        }
    }

    /// Wanted and not ended.
    func live(_ job: String) -> [Allocation] { allocations(job).filter { !$0.isTerminal } }

    /// Wanted ones as `index@node`, by index.
    func places(_ job: String) -> [String] { live(job).map { "\($0.index)@\($0.nodeName)" } }

    /// `index:client status:desired status` of all, by index and age.
    func story(_ job: String) -> [String] {
        allocations(job).map { "\($0.index):\($0.clientStatus.rawValue):\($0.desiredStatus.rawValue)" }
    }

    /// Lets everything that was placed run, healthy if it is in a deployment, and everything stopped end.
    mutating func settle(_ job: String) {
        report(allocations(job).filter { $0.desiredStatus != .run && !$0.isClientTerminal }, .complete)
        report(live(job).filter { $0.clientStatus == .pending }, .running, healthy: true)
    }
}

func makeNode(
    _ number: Int, name: String? = nil, datacenter: String = "dc1", nodeClass: String = "", cpu: Int = 4000,
    memory: Int = 8192, disk: Int = 100_000, meta: [String: String] = [:], reservedCPU: Int = 0,
    reservedMemory: Int = 0,
    drivers: [String] = ["raw_exec"]
) -> Node {
    var node = Node()
    node.id = NodeID(high: 0, low: UInt64(number))
    node.name = name ?? "n\(number)"
    node.datacenter = datacenter
    node.nodeClass = nodeClass
    node.meta = meta
    node.attributes = ["kernel.name": "linux", "unique.hostname": node.name]
    node.nodeResources.cpu.cpuShares = cpu
    node.nodeResources.memory.memoryMB = memory
    node.nodeResources.disk.diskMB = disk
    node.reservedResources.cpu.cpuShares = reservedCPU
    node.reservedResources.memory.memoryMB = reservedMemory
    var network = NodeNetwork()
    network.device = "lo"
    var four = NodeAddress()
    (four.family, four.address) = ("ipv4", "127.0.0.1")
    var six = NodeAddress()
    (six.family, six.address) = ("ipv6", "::1")
    network.addresses = [four, six]
    node.nodeResources.nodeNetworks = [network]
    for name in drivers {
        var info = DriverInfo()
        (info.detected, info.healthy) = (true, true)
        node.drivers[name] = info
    }
    node.status = .ready
    node.computeClass()
    return node
}

func makeJob(
    _ id: String, _ type: JobType = .service, priority: Int = 50, datacenters: [String] = ["dc1"],
    constraints: [Constraint] = [], affinities: [Affinity] = [], spreads: [Spread] = [], groups: [GroupSpec]
) -> Job {
    var job = Job()
    (job.id, job.name, job.type, job.priority) = (id, id, type.rawValue, priority)
    job.datacenters = datacenters
    (job.constraints, job.affinities, job.spreads) = (constraints, affinities, spreads)
    job.taskGroups = groups.map { group in
        var group = group
        if type == .service {
            group.reschedulePolicy = group.reschedulePolicy ?? ReschedulePolicy()
            group.migrate = MigratePolicy()
        } else if type == .batch, group.reschedulePolicy == nil {
            var policy = ReschedulePolicy()
            (policy.attempts, policy.interval, policy.delay) = (1, .hours(24), .seconds(5))
            (policy.delayFunction, policy.unlimited) = ("constant", false)
            group.reschedulePolicy = policy
        }
        return group
    }
    return job
}

func makeGroup(
    _ name: String = "g", count: Int = 1, cpu: Int = 100, memory: Int = 64, disk: Int = 10, driver: String = "raw_exec",
    constraints: [Constraint] = [], taskConstraints: [Constraint] = [], affinities: [Affinity] = [],
    taskAffinities: [Affinity] = [], spreads: [Spread] = [], staticPort: (String, Int)? = nil,
    dynamicPorts: [String] = [],
    update: UpdatePolicy? = nil, reschedule: ReschedulePolicy? = nil
) -> GroupSpec {
    var task = TaskSpec()
    (task.name, task.driver) = ("t", driver)
    (task.resources.cpu, task.resources.memoryMB) = (cpu, memory)
    (task.constraints, task.affinities) = (taskConstraints, taskAffinities)
    var group = GroupSpec()
    (group.name, group.count, group.tasks) = (name, count, [task])
    group.ephemeralDisk.sizeMB = disk
    (group.constraints, group.affinities, group.spreads) = (constraints, affinities, spreads)
    (group.update, group.reschedulePolicy) = (update, reschedule)
    var network = NetworkSpec()
    if let staticPort {
        var port = PortSpec()
        (port.label, port.value) = staticPort
        network.reservedPorts = [port]
    }
    network.dynamicPorts = dynamicPorts.map { label in
        var port = PortSpec()
        (port.label, port.to) = (label, -1)
        return port
    }
    if staticPort != nil || !dynamicPorts.isEmpty { group.networks = [network] }
    return group
}

func update(parallel: Int, canary: Int = 0, autoPromote: Bool = false) -> UpdatePolicy {
    var policy = UpdatePolicy()
    (policy.maxParallel, policy.canary, policy.autoPromote) = (parallel, canary, autoPromote)
    (policy.healthCheck, policy.progressDeadline) = ("task_states", .minutes(10))
    return policy
}

func affinity(_ left: String, _ operand: String, _ right: String, _ weight: Int) -> Affinity {
    var affinity = Affinity()
    (affinity.lTarget, affinity.operand, affinity.rTarget, affinity.weight) = (left, operand, right, weight)
    return affinity
}

func spread(_ attribute: String, _ weight: Int, _ targets: [(String, Int)] = []) -> Spread {
    var spread = Spread()
    (spread.attribute, spread.weight) = (attribute, weight)
    spread.spreadTarget = targets.map { value, percent in
        var target = SpreadTarget()
        (target.value, target.percent) = (value, percent)
        return target
    }
    return spread
}
