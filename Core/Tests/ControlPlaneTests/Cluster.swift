import Base
import Model
import State
import Testing

@testable import ControlPlane

/// A leader with a clock of its own, for tests: commands go in, everything due is worked off.
struct Cluster {
    var plane: ControlPlane
    var now = Instant(nanoseconds: 1_800_000_000_000_000_000)
    var entries: [Entry] = []
    private var request: RequestID = 0

    init(_ configuration: ControlPlaneConfiguration = ControlPlaneConfiguration(), leads: Bool = true) {
        plane = ControlPlane(state: State(), seed: 7, configuration: configuration)
        if leads { take(plane.step(.lead, now: now)) }
    }

    var state: State { plane.head }

    private mutating func take(_ effects: Effects) { entries.append(contentsOf: effects.entries) }

    /// Runs a command without scheduling anything.
    mutating func submit(_ command: Command) throws(CommandError) -> Reply {
        request += 1
        let effects = plane.step(.command(request, command), now: now)
        take(effects)
        guard let reply = effects.replies.first else { throw CommandError(0, "no reply") }
        return try reply.result.get()
    }

    /// The error a command is refused with; nil if it isn't.
    mutating func refusal(of command: Command) -> CommandError? {
        do throws(CommandError) {
            _ = try submit(command)
            return nil
        } catch {
            return error
        }
    }

    /// Ticks until nothing is left to do now.
    mutating func settle() {
        for _ in 0..<1000 {
            let effects = plane.step(.tick, now: now)
            take(effects)
            if !effects.hasMoreWork { return }
        }
        Issue.record("the control plane does not settle")
    }

    mutating func wait(_ span: TimeSpan) {
        let end = now + span
        for _ in 0..<100_000 {
            let effects = plane.step(.tick, now: now)
            take(effects)
            if effects.hasMoreWork { continue }
            guard let wake = effects.wakeAt, wake <= end else { break }
            now = max(now, wake)
        }
        now = end
        settle()
    }
}

/// A service job with one group and one task.
func makeJob(_ id: String, count: Int = 1, type: JobType = .service) -> Job {
    var task = TaskSpec()
    task.name = "main"
    task.driver = "mock"
    task.config = ["command": "run"]
    var group = GroupSpec()
    group.name = "g"
    group.count = count
    group.tasks = [task]
    if type == .service || type == .batch { group.reschedulePolicy = ReschedulePolicy() }
    if type == .service { group.migrate = MigratePolicy() }
    var job = Job()
    job.id = id
    job.name = id
    job.type = type.rawValue
    job.datacenters = ["dc1"]
    job.taskGroups = [group]
    return job
}

func makeNode(_ number: UInt64, cpu: Int = 4000, memory: Int = 8000) -> Node {
    var node = Node()
    node.id = NodeID(high: 0xAAAA_0000_0000_4000, low: 0x8000_0000_0000_0000 | number)
    node.name = "n\(number)"
    node.secretID = "secret-\(number)"
    node.attributes = ["kernel.name": "linux", "driver.mock": "1"]
    node.drivers["mock"] = {
        var info = DriverInfo()
        (info.detected, info.healthy) = (true, true)
        return info
    }()
    node.nodeResources.cpu.cpuShares = cpu
    node.nodeResources.memory.memoryMB = memory
    node.nodeResources.disk.diskMB = 100_000
    node.status = .ready
    return node
}

func key(_ id: String) -> JobKey { JobKey(namespace: "default", id: id) }
