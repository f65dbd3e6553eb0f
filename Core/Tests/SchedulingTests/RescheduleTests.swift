import Base
import Model
import State
import Testing

@testable import Scheduling

/// What becomes of failed allocations.
struct RescheduleTests {
    let web = JobKey(namespace: "default", id: "web")

    static func policy(
        _ function: String, delay: Int64 = 5, max: Int64 = 60, attempts: Int = 0, interval: Int64 = 3600
    ) -> ReschedulePolicy {
        var policy = ReschedulePolicy()
        (policy.delayFunction, policy.delay, policy.maxDelay) = (function, .seconds(delay), .seconds(max))
        (policy.attempts, policy.interval, policy.unlimited) = (attempts, .seconds(interval), attempts == 0)
        return policy
    }

    private func fail(_ world: inout World, _ allocations: [Allocation]) {
        world.report(allocations, .failed)
        world.evaluate(web, .allocFailure)
    }

    /// The evaluation that waits, due now.
    private func runFollowup(_ world: inout World) throws {
        let waiting = world.state.evaluations(ofJob: web).last { $0.waitUntil != nil && $0.status == .pending }
        let evaluation = try #require(waiting)
        world.now = max(world.now, evaluation.waitUntil?.instant ?? .zero)
        world.schedule(evaluation)
    }

    @Test func laterThenOnAnotherNodeAsRecorded() throws {
        var world = World(nodes: Scenario.cluster)
        let group = makeGroup(reschedule: Self.policy("constant", attempts: 1))
        let only34 = Constraint(lTarget: "${node.unique.name}", operand: "regexp", rTarget: "^n[34]$")
        world.register(makeJob("web", constraints: [only34], groups: [group]))
        #expect(world.places("web") == ["0@n4"])
        let first = try #require(world.live("web").first)
        fail(&world, [first])
        #expect(world.plan.evaluations.map(\.triggeredBy) == [.allocFailure])
        #expect(world.plan.evaluations.first?.waitUntil?.instant == world.now + .seconds(5))
        #expect(world.plan.evaluations.first?.statusDescription == "created for delayed rescheduling")
        #expect(world.state.allocation(first.id)?.followupEvalID == world.plan.evaluations.first?.id)
        // Another evaluation meanwhile makes no second follow-up.
        world.evaluate(web, .nodeUpdate)
        #expect(world.plan.evaluations.isEmpty)
        try runFollowup(&world)
        let second = try #require(world.live("web").first)
        #expect(second.nodeName == "n3")
        #expect(second.index == 0)
        #expect(second.previousAllocation == first.id)
        #expect(second.rescheduleTracker?.events.map(\.prevNodeID) == [first.nodeID])
        #expect(second.rescheduleTracker?.events.map(\.delay) == [.seconds(5)])
        let old = try #require(world.state.allocation(first.id))
        #expect(old.nextAllocation == second.id)
        #expect(old.desiredStatus == .stop)
        #expect(old.desiredDescription == "alloc was rescheduled because it failed")
        let scores = try #require(second.metrics?.metric.scoreMetaData)
        ExpectedScore(
            "n3", 0.0409817969589105,
            ["binpack": 0.0409817969589105, "job-anti-affinity": 0, "node-affinity": 0, "node-reschedule-penalty": 0]
        ).check(scores[0], "rescheduled")
        ExpectedScore(
            "n4", -0.474645137832534,
            [
                "binpack": 0.050709724334932024, "job-anti-affinity": 0, "node-affinity": 0,
                "node-reschedule-penalty": -1,
            ]
        ).check(scores[1], "rescheduled")
        // The only attempt is used up.
        fail(&world, [second])
        #expect(world.plan.evaluations.isEmpty)
        #expect(world.live("web").isEmpty)
        #expect(world.plan.evaluation.status == .complete)
    }

    @Test(arguments: [
        ("constant", [5, 5, 5, 5, 5, 5]), ("exponential", [5, 10, 20, 40, 60, 60]),
        ("fibonacci", [5, 5, 10, 15, 25, 40]),
    ])
    func delays(function: String, seconds: [Int64]) {
        let rule = RescheduleRule(policy: Self.policy(function))
        var allocation = Allocation(job: SharedJob(Job()))
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var seen: [Int64] = []
        for _ in seconds {
            allocation.modifyTime = now.nanoseconds
            let delay = rule.nextDelay(allocation, now)
            seen.append(delay.nanoseconds / 1_000_000_000)
            now = now + delay
            allocation.rescheduleTracker = rule.tracker(for: allocation, delay: delay, now: now)
        }
        #expect(seen == seconds)
        #expect((allocation.rescheduleTracker?.events.count ?? 0) <= RescheduleRule.eventsKept + 1)
        // After a long healthy run the wait starts over.
        if function != "constant" { #expect(rule.nextDelay(allocation, now + .hours(2)) == .seconds(5)) }
    }

    @Test func attemptsWithinTheInterval() {
        let rule = RescheduleRule(policy: Self.policy("constant", attempts: 2, interval: 100))
        var allocation = Allocation(job: SharedJob(Job()))
        var now = Instant(nanoseconds: 1_000_000_000_000)
        for _ in 0..<2 {
            allocation.modifyTime = now.nanoseconds
            #expect(
                rule.decide(allocation, now: now, isDue: false) == .later(at: now + .seconds(5), delay: .seconds(5)))
            #expect(rule.decide(allocation, now: now, isDue: true) == .now(delay: .seconds(5)))
            allocation.rescheduleTracker = rule.tracker(for: allocation, delay: .seconds(5), now: now)
        }
        #expect(rule.decide(allocation, now: now, isDue: true) == .never)
        now = now + .seconds(200)
        allocation.modifyTime = now.nanoseconds
        #expect(rule.decide(allocation, now: now, isDue: true) == .now(delay: .seconds(5)))
    }

    @Test func failuresCloseTogetherShareAnEvaluation() {
        var world = World(nodes: [makeNode(1)])
        world.register(makeJob("web", groups: [makeGroup(count: 4, reschedule: Self.policy("constant"))]))
        let all = world.live("web")
        world.report([all[0]], .failed)
        world.pass(2)
        world.report([all[1]], .failed)
        world.pass(2)
        world.report([all[2]], .failed)
        world.pass(10)
        world.report([all[3]], .failed)
        world.evaluate(web, .allocFailure)
        // Three were due together and are past; the last one waits.
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.rescheduleNow == 3)
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.rescheduleLater == 1)
        #expect(world.live("web").map(\.index) == [0, 1, 2])
    }

    @Test func rolloutDecidesAboutItsOwnFailures() throws {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        let group = makeGroup(count: 2, update: update(parallel: 1), reschedule: Self.policy("constant"))
        world.register(makeJob("web", groups: [group]))
        let failed = try #require(world.live("web").first)
        world.report([failed], .failed, healthy: false)
        world.pass(60)
        world.evaluate(web, .allocFailure)
        #expect(world.live("web").count == 1)
        world.change(failed) { $0.desiredTransition.reschedule = true }
        world.evaluate(web, .deploymentWatcher)
        #expect(world.live("web").map(\.index) == [0, 1])
    }

    /// The tracker says how the last attempt went.
    @Test func attemptWithoutAPlace() throws {
        var world = World(nodes: [makeNode(1)])
        world.register(makeJob("web", groups: [makeGroup(reschedule: Self.policy("constant", delay: 0))]))
        let failed = try #require(world.live("web").first)
        world.change(failed.nodeID) { $0.schedulingEligibility = .ineligible }
        fail(&world, [failed])
        #expect(world.state.allocation(failed.id)?.rescheduleTracker?.lastReschedule == "no placement")
        world.change(failed.nodeID) { $0.schedulingEligibility = .eligible }
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").first?.rescheduleTracker?.lastReschedule == "ok")
    }

    @Test func forcedAtOnce() throws {
        var world = World(nodes: [makeNode(1)])
        world.register(makeJob("web", groups: [makeGroup(reschedule: Self.policy("constant", delay: 600, max: 900))]))
        let failed = try #require(world.live("web").first)
        fail(&world, [failed])
        #expect(world.live("web").isEmpty)
        world.change(failed) { $0.desiredTransition.forceReschedule = true }
        world.evaluate(web, .jobRegister)
        #expect(world.places("web") == ["0@n1"])
    }

    @Test func disconnectedAndBack() throws {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        var group = makeGroup(reschedule: Self.policy("constant", delay: 0))
        var policy = DisconnectPolicy()
        policy.lostAfter = .minutes(10)
        policy.reconcile = "keep_original"
        group.disconnect = policy
        world.register(makeJob("web", groups: [group]))
        world.settle("web")
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:unknown:run", "0:pending:run"])
        #expect(world.plan.evaluations.map(\.triggeredBy) == [.maxDisconnectTimeout])
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:unknown:run", "0:pending:run"])
        world.report(world.live("web").filter { $0.clientStatus == .pending }, .running)
        // It comes back: the group keeps the original.
        world.change(original.nodeID) { $0.status = .ready }
        world.report([original], .running)
        world.evaluate(web, .reconnect)
        #expect(world.live("web").map(\.id) == [original.id])
        let loser = try #require(world.allocations("web").first { $0.id != original.id })
        #expect(loser.desiredDescription == "alloc not needed due to disconnected client reconnect")
    }
}
