import Base
import Model
import Testing

@testable import AgentCore

@Suite struct HealthTests {
    static let rule = HealthTracker.Rule(
        minHealthyTime: .seconds(10), healthyDeadline: .minutes(5), usesChecks: false)

    static func view(_ phase: TaskPhase, at seconds: Int64? = nil, failed: Bool = false, role: TaskRole = .main)
        -> HealthTracker.TaskView
    {
        var state = TaskState()
        state.state = phase
        state.failed = failed
        state.startedAt = seconds.map { Timestamp(start + .seconds($0)) }
        return HealthTracker.TaskView(name: "a", role: role, state: state)
    }

    @Test(arguments: [
        // seconds since the start, tasks, verdict
        (0, [view(.pending)], HealthTracker.Verdict.undecided(until: start + .minutes(5))),
        (5, [view(.running, at: 2)], .undecided(until: start + .seconds(12))),
        (12, [view(.running, at: 2)], .healthy),
        (5, [view(.dead, failed: true)], .unhealthy(["a": "Unhealthy because of failed task"])),
        (5, [view(.dead)], .unhealthy(["a": "Unhealthy because of dead task"])),
        (12, [view(.dead, at: 1, role: .prestart(sidecar: false))], .healthy),
        (12, [view(.pending, role: .poststop), view(.running, at: 2)], .healthy),
        (300, [view(.pending)], .unhealthy(["a": "Task not running by healthy_deadline of 5m0s"])),
        (
            300, [view(.running, at: 295)],
            .unhealthy(["a": "Task not running for min_healthy_time of 10s by healthy_deadline of 5m0s"])
        ),
    ])
    func taskStates(_ seconds: Int, _ tasks: [HealthTracker.TaskView], _ expected: HealthTracker.Verdict) {
        var tracker = HealthTracker(Self.rule, start: start)
        #expect(tracker.observe(tasks, checksPass: true, now: start + .seconds(Int64(seconds))) == expected)
    }

    @Test func checksMustPassForTheWholeTime() {
        var rule = Self.rule
        rule.usesChecks = true
        var tracker = HealthTracker(rule, start: start)
        let up = [Self.view(.running, at: 0)]
        #expect(tracker.observe(up, checksPass: false, now: start) == .undecided(until: start + .minutes(5)))
        #expect(
            tracker.observe(up, checksPass: true, now: start + .seconds(20)) == .undecided(until: start + .seconds(30)))
        _ = tracker.observe(up, checksPass: false, now: start + .seconds(25))
        #expect(
            tracker.observe(up, checksPass: true, now: start + .seconds(26)) == .undecided(until: start + .seconds(36)))
        #expect(tracker.observe(up, checksPass: true, now: start + .seconds(36)) == .healthy)
        _ = tracker.observe(up, checksPass: false, now: start + .seconds(40))
        #expect(
            tracker.observe(up, checksPass: false, now: start + .seconds(300))
                == .unhealthy(["a": "Services not healthy by healthy_deadline of 5m0s"]))
    }

    static func deployed(_ service: ServiceSpec? = nil, check: String = "task_states") -> Allocation {
        var allocation = allocation(tasks: [
            task("a") { if let service { $0.services = [service] } }
        ]) { group in
            var update = UpdatePolicy()
            update.maxParallel = 1
            update.healthCheck = check
            update.minHealthyTime = .seconds(10)
            update.healthyDeadline = .seconds(60)
            group.update = update
        }
        allocation.deploymentID = DeploymentID(high: 1, low: 1)
        return allocation
    }

    @Test func allocationReportsHealthOnce() {
        var world = World()
        world.give(Self.deployed())
        world.advance(.seconds(9))
        #expect(world.updates.allSatisfy { $0.deploymentHealthy == nil })
        world.advance(.seconds(2))
        #expect(world.updates.last?.deploymentHealthy == true)
        #expect(world.updates.last?.deploymentHealthTime == Timestamp(start + .seconds(10)))
        #expect(world.machine.nextWake == nil)
    }

    @Test func aNewDeploymentHearsOfTheHealthToo() {
        var world = World()
        world.give(Self.deployed())
        world.advance(.seconds(60))
        let count = world.updates.count
        // An in-place change: the task has been running for long, so the verdict comes at once and is the old one.
        var next = Self.deployed()
        next.deploymentID = DeploymentID(high: 2, low: 2)
        world.give(next)
        #expect(world.updates.count == count + 1)
        #expect(world.updates.last?.deploymentHealthy == true)
        #expect(world.updates.last?.deploymentHealthTime == Timestamp(start + .seconds(60)))
    }

    @Test func crashMakesItUnhealthyAtOnce() {
        var world = World()
        world.give(Self.deployed())
        world.exit("a", code: 1)
        #expect(world.updates.last?.deploymentHealthy == false)
        #expect(world.events("a").last == "Alloc Unhealthy")
    }

    static func service(_ change: (inout CheckSpec) -> Void = { _ in }) -> ServiceSpec {
        var check = CheckSpec()
        check.name = "alive"
        check.type = "tcp"
        check.interval = .seconds(4)
        change(&check)
        var service = ServiceSpec()
        service.name = "web"
        service.checks = [check]
        return service
    }

    @Test func checksRunAfterHalfAnIntervalThenEvery() {
        var world = World()
        world.give(Self.deployed(Self.service(), check: "checks"))
        let key = CheckKey(allocation: allocationID(1), id: "a/web/0")
        world.advance(.seconds(1))
        #expect(!world.log.contains("check a/web/0"))
        world.advance(.seconds(1))
        #expect(world.log.last == "check a/web/0")
        world.step(.checked(key, CheckResult(.failing, output: "refused")))
        world.advance(.seconds(4))
        #expect(world.log.count { $0.hasPrefix("check") } == 2)
        world.step(.checked(key, CheckResult(.passing, output: "nomad: tcp ok")))
        #expect(world.machine.allocations[allocationID(1)]?.checkStatuses.first?.status == .success)
        while world.now < start + .seconds(17) {
            world.advance(.seconds(1))
            if world.log.last?.hasPrefix("check") ?? false {
                world.log.append("answered")
                world.step(.checked(key, CheckResult(.passing, output: "nomad: tcp ok")))
            }
        }
        #expect(world.updates.last?.deploymentHealthy == true)
        #expect(world.updates.last?.deploymentHealthTime == Timestamp(start + .seconds(16)))
    }

    @Test func checkRestartCountsAsFailure() {
        var world = World()
        let service = Self.service { check in
            var restart = CheckRestart()
            restart.limit = 3
            restart.grace = .seconds(10)
            check.checkRestart = restart
        }
        var allocation = Self.deployed(service, check: "checks")
        allocation.deploymentID = .zero
        world.give(allocation)
        let key = CheckKey(allocation: allocationID(1), id: "a/web/0")
        var failures = 0
        while world.status() == .running, failures < 20 {
            world.advance(.seconds(1))
            guard world.log.last?.hasPrefix("check") ?? false else { continue }
            world.log.append("answered")
            failures += 1
            world.step(.checked(key, CheckResult(.failing, output: "refused")))
        }
        // Runs at 2, 6 (both in the grace), 10, 14 and 18 seconds: two intervals after the first that counts.
        #expect(failures == 5)
        #expect(
            world.events("a").suffix(4) == ["Restart Signaled", "Terminated", "Not Restarting"]
                || world.events("a").contains("Not Restarting"))
        #expect(world.status() == .failed)
        let signaled = world.task("a")?.state.events.first { $0.type == "Restart Signaled" }
        #expect(signaled?.displayMessage == "healthcheck: check \"alive\" unhealthy")
    }
}
