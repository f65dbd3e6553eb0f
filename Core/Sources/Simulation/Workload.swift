import Base
import ControlPlane
import Model
import State

/// A client that wants this and that of the cluster, by chance.
struct Workload: Sendable {
    /// Wishes that are left.
    var left: Int
    /// Longest pause between two wishes.
    var pauseMax: TimeSpan

    static let names = ["api", "web", "db", "crunch", "nightly", "agent"]

    /// A job of a name: its type is always the same, the rest is drawn.
    static func job(_ name: String, _ generator: inout SeededGenerator) -> Job {
        let type: JobType = ["crunch", "nightly"].contains(name) ? .batch : name == "agent" ? .system : .service
        var task = TaskSpec()
        task.name = "main"
        task.driver = "mock"
        task.killTimeout = .seconds(5)
        task.resources.cpu = [100, 300, 500, 900].randomElement(using: &generator) ?? 100
        task.resources.memoryMB = [64, 256, 700].randomElement(using: &generator) ?? 64
        task.config = ["command": .string("v\(Int.random(in: 1...3, using: &generator))")]
        if type == .batch { task.config["exit_after"] = .string("\(Int.random(in: 1...40, using: &generator))s") }
        if Int.random(in: 0..<8, using: &generator) == 0 { task.config["ignore_stop"] = true }
        if type == .service, Int.random(in: 0..<10, using: &generator) == 0 {
            task.config["exit_after"] = "20s"
            task.config["exit_code"] = 1
        }
        var group = GroupSpec()
        group.name = "g"
        group.count = type == .system ? 1 : Int.random(in: 0...6, using: &generator)
        group.tasks = [task]
        group.ephemeralDisk.sizeMB = 100
        group.restartPolicy.attempts = Int.random(in: 0...1, using: &generator)
        group.restartPolicy.delay = .seconds(1)
        if type != .system {
            var policy = ReschedulePolicy()
            (policy.delay, policy.delayFunction, policy.unlimited) = (.seconds(5), "constant", true)
            group.reschedulePolicy = policy
        }
        if type == .service { shape(&group, &generator) }
        var job = Job()
        (job.id, job.name, job.type) = (name, name, type.rawValue)
        job.priority = [20, 50, 80].randomElement(using: &generator) ?? 50
        job.datacenters = ["dc1"]
        job.taskGroups = [group]
        return job
    }

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
        if Bool.random(using: &generator) {
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
    }
}

extension World {
    /// The client does one thing and plans the next.
    mutating func actAsClient() {
        guard var workload, workload.left > 0 else { return }
        workload.left -= 1
        self.workload = workload
        if server.isUp, let (command, text) = wish() { ask(command, text) }
        later(random(.milliseconds(50), workload.pauseMax), .client)
    }

    /// A client asks the server for something; the answer is noted when it comes.
    @discardableResult
    mutating func ask(_ command: Command, _ text: String) -> RequestID {
        let request = server.register(.client(text))
        step(.command(request, command))
        return request
    }

    private mutating func wish() -> (Command, String)? {
        let name = Workload.names.randomElement(using: &generator) ?? "web"
        let key = JobKey(namespace: "default", id: name)
        let state = server.committed
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<8: return (.registerJob(RegisterJob(job: Workload.job(name, &generator))), "register \(name)")
        case 8, 9:
            let count = Int.random(in: 0...6, using: &generator)
            return (
                .scaleJob(key, group: "g", count: count, message: "", error: false, meta: nil), "scale \(name) \(count)"
            )
        case 10:
            return (.deregisterJob(key, purge: false, evalPriority: nil, noShutdownDelay: false), "stop \(name)")
        case 11:
            return (.deregisterJob(key, purge: true, evalPriority: nil, noShutdownDelay: false), "purge \(name)")
        case 12, 13:
            guard let one = state.allAllocations.filter({ !$0.isTerminal }).randomElement(using: &generator) else {
                return nil
            }
            return (.stopAllocation(one.id, noShutdownDelay: false), "stop \(one.name)")
        case 14:
            guard let version = state.versions(of: key).randomElement(using: &generator)?.job.version else {
                return nil
            }
            return (.revertJob(key, version: version, enforcePriorVersion: nil), "revert \(name)")
        case 15: return deploymentWish(state)
        case 16, 17: return nodeWish(state)
        case 18: return (.evaluateJob(key, forceReschedule: Bool.random(using: &generator)), "evaluate \(name)")
        default: return (.collectGarbage, "collect")
        }
    }

    private mutating func deploymentWish(_ state: State) -> (Command, String)? {
        guard let one = state.allDeployments.filter({ $0.status.isActive }).randomElement(using: &generator) else {
            return nil
        }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return (.failDeployment(one.id), "fail deployment of \(one.jobID)")
        case 1: return (.pauseDeployment(one.id, paused: true), "pause deployment of \(one.jobID)")
        case 2: return (.pauseDeployment(one.id, paused: false), "resume deployment of \(one.jobID)")
        default: return (.promoteDeployment(one.id, groups: nil), "promote deployment of \(one.jobID)")
        }
    }

    private mutating func nodeWish(_ state: State) -> (Command, String)? {
        guard let node = state.allNodes.randomElement(using: &generator) else { return nil }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return (.setEligibility(node.id, eligible: false), "ineligible \(node.name)")
        case 1: return (.setEligibility(node.id, eligible: true), "eligible \(node.name)")
        case 2, 3:
            var strategy = DrainStrategy()
            strategy.deadline = .seconds(Int64.random(in: -1...120, using: &generator))
            if strategy.deadline == .zero { strategy.deadline = .seconds(60) }
            return (.drainNode(node.id, strategy, markEligible: false, meta: nil), "drain \(node.name)")
        case 4: return (.drainNode(node.id, nil, markEligible: true, meta: nil), "undrain \(node.name)")
        default: return (.evaluateNode(node.id), "evaluate \(node.name)")
        }
    }
}
