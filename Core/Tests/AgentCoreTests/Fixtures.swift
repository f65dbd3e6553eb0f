import Base
import Model

@testable import AgentCore

/// A point in time that tests count from.
let start = Instant(nanoseconds: 1_800_000_000_000_000_000)

func allocationID(_ number: UInt64) -> AllocationID { AllocationID(high: 0xA110_C000_0000_4000, low: number) }

/// A task with a restart policy that never restarts unless a test says so.
func task(
    _ name: String, hook: String? = nil, sidecar: Bool = false, leader: Bool = false,
    _ change: (inout TaskSpec) -> Void = { _ in }
) -> TaskSpec {
    var spec = TaskSpec()
    spec.name = name
    spec.driver = "raw_exec"
    spec.leader = leader
    if let hook {
        var lifecycle = LifecycleSpec()
        lifecycle.hook = hook
        lifecycle.sidecar = sidecar
        spec.lifecycle = lifecycle
    }
    change(&spec)
    return spec
}

func restartPolicy(
    attempts: Int, interval: TimeSpan = .minutes(10), delay: TimeSpan = .seconds(1), mode: String = "fail"
) -> RestartPolicy {
    var policy = RestartPolicy()
    (policy.attempts, policy.interval, policy.delay, policy.mode) = (attempts, interval, delay, mode)
    return policy
}

func allocation(
    _ number: UInt64 = 1, type: JobType = .service, tasks: [TaskSpec],
    restart: RestartPolicy = restartPolicy(attempts: 0),
    _ change: (inout GroupSpec) -> Void = { _ in }
) -> Allocation {
    var job = Job()
    job.id = "web"
    job.name = "web"
    job.type = type.rawValue
    var group = GroupSpec()
    group.name = "front"
    group.tasks = tasks
    group.restartPolicy = restart
    change(&group)
    job.taskGroups = [group]
    var allocation = Allocation(job: SharedJob(job))
    allocation.id = allocationID(number)
    allocation.taskGroup = "front"
    allocation.createIndex = number
    allocation.allocModifyIndex = 1
    allocation.createTime = start.nanoseconds
    return allocation
}

/// A node with a driver that does at once what it is told, but for what a test keeps back.
struct World {
    var machine: NodeMachine
    var now = start
    /// Every order in the words `start a`, `stop a`, `build`, …
    var log: [String] = []
    var updates: [AllocationUpdate] = []
    var pending = AgentEffects()
    /// Attempt by task name.
    var attempts: [String: String] = [:]
    var replies: [AgentReply] = []
    var answersStops = true
    var answersStarts = true
    var answersBuilds = true

    init(seed: UInt64 = 1, settings: NodeMachine.Settings = .init()) {
        machine = NodeMachine(settings: settings, seed: seed, now: start)
    }

    mutating func give(_ allocations: Allocation..., isComplete: Bool = false, removed: [AllocationID] = []) {
        step(
            .desired(
                DesiredAllocations(index: 1, isComplete: isComplete, allocations: allocations, removed: removed)))
    }

    mutating func step(_ input: AgentInput) {
        perform(machine.step(input, now: now))
    }

    mutating func advance(_ time: TimeSpan) {
        let end = now + time
        while let wake = machine.nextWake, wake <= end {
            now = max(now, wake)
            step(.tick)
        }
        now = end
    }

    mutating func exit(_ task: String, code: Int = 0, signal: Int = 0, in number: UInt64 = 1) {
        let key = TaskKey(allocationID(number), task)
        step(
            .task(
                key,
                .exited(attempt: attempts[key.allocation.text + key.task] ?? "", TaskExit(code: code, signal: signal))))
    }

    mutating func started(_ task: String, in number: UInt64 = 1) {
        let key = TaskKey(allocationID(number), task)
        step(
            .task(
                key,
                .started(attempt: attempts[key.allocation.text + key.task] ?? "", StartedInfo(handle: "handle-\(task)"))
            ))
    }

    func task(_ name: String, in number: UInt64 = 1) -> TaskMachine? {
        machine.allocations[allocationID(number)]?.task(name)
    }

    func events(_ name: String, in number: UInt64 = 1) -> [String] {
        task(name, in: number)?.state.events.map(\.type) ?? []
    }

    func status(_ number: UInt64 = 1) -> ClientStatus? {
        machine.allocations[allocationID(number)]?.update.clientStatus
    }

    private mutating func perform(_ effects: AgentEffects) {
        updates += effects.updates
        replies += effects.replies
        for id in effects.builds {
            log.append("build")
            if answersBuilds { step(.built(id, .success(AllocationSetup()))) }
        }
        for attempt in effects.cancellations { log.append("cancel \(attempt.key.task)") }
        for order in effects.starts {
            log.append("start \(order.key.task)")
            attempts[order.key.allocation.text + order.key.task] = order.attempt
            if answersStarts {
                step(
                    .task(
                        order.key, .started(attempt: order.attempt, StartedInfo(handle: "handle-\(order.key.task)"))))
            }
        }
        for order in effects.stops {
            log.append("stop \(order.key.task)")
            if answersStops {
                step(.task(order.key, .exited(attempt: order.attempt, TaskExit(code: 130, signal: 2))))
            }
        }
        for order in effects.recoveries {
            log.append("recover \(order.key.task) \(order.handle)")
            attempts[order.key.allocation.text + order.key.task] = order.attempt
        }
        for order in effects.signals { log.append("signal \(order.key.task) \(order.name)") }
        for order in effects.checks { log.append("check \(order.key.id)") }
        for id in effects.upstreamWatches { log.append("watch \(id.low)") }
        for _ in effects.teardowns { log.append("teardown") }
        for id in effects.removals {
            log.append("remove \(id.low)")
            step(.removed(id))
        }
    }
}
