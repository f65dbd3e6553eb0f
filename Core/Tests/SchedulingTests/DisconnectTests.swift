import Base
import Model
import State
import Testing

@testable import Scheduling

/// What becomes of the allocations of a node that is out of reach, and of their replacements.
struct DisconnectTests {
    private let web = JobKey(namespace: "default", id: "web")

    /// A running instance on a small node (where it scores high), another node to go to.
    private func world(_ shape: (inout GroupSpec) -> Void) -> World {
        var world = World(nodes: [makeNode(1, cpu: 1000, memory: 1000), makeNode(2, cpu: 8000, memory: 16000)])
        var group = makeGroup(reschedule: RescheduleTests.policy("constant", delay: 0))
        shape(&group)
        world.register(makeJob("web", groups: [group]))
        world.settle("web")
        world.pass(10)
        return world
    }

    private func started(_ world: inout World, _ allocations: [Allocation]) {
        let now = world.now
        for allocation in allocations {
            world.change(allocation) { copy in
                var task = TaskState()
                (task.state, task.startedAt) = (.running, Timestamp(now))
                copy.taskStates["t"] = task
                copy.clientStatus = .running
            }
        }
    }

    /// The group's rule says which of the two stays when the node is back.
    @Test(arguments: [
        ("best_score", true), ("keep_original", true), ("keep_replacement", false), ("longest_running", true),
    ]) func reconcile(strategy: String, keepsOriginal: Bool) throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            (policy.lostAfter, policy.reconcile) = (.minutes(10), strategy)
            group.disconnect = policy
        }
        let original = try #require(world.live("web").first)
        #expect(original.nodeName == "n1")
        started(&world, [original])
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        let replacement = try #require(world.live("web").first { $0.id != original.id })
        #expect(replacement.index == original.index)
        world.pass(30)
        started(&world, [replacement])
        world.change(original.nodeID) { $0.status = .ready }
        world.change(original) { $0.clientStatus = .running }
        world.evaluate(web, .reconnect)
        #expect(world.live("web").map(\.id) == [keepsOriginal ? original.id : replacement.id])
    }

    @Test func newerVersionWins() throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            (policy.lostAfter, policy.reconcile) = (.minutes(10), "keep_original")
            group.disconnect = policy
        }
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        var job = try #require(world.state.job(web)?.job)
        job.taskGroups[0].tasks[0].env["V"] = "2"
        world.register(job)
        world.settle("web")
        world.change(original.nodeID) { $0.status = .ready }
        world.report([original], .running)
        world.evaluate(web, .reconnect)
        #expect(world.live("web").map(\.jobVersion) == [1])
    }

    /// What its group keeps on a lost node is lost once a new version takes its place: nobody will report its end.
    @Test func keptThenReplacedIsLost() throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            (policy.lostAfter, policy.replace) = (.minutes(10), false)
            group.disconnect = policy
        }
        let original = try #require(world.live("web").first)
        world.report([original], .running)
        world.change(original.nodeID) { $0.status = .down }
        world.evaluate(web, .nodeUpdate)
        #expect(world.state.allocation(original.id)?.clientStatus == .unknown)
        var job = try #require(world.state.job(web)?.job)
        job.taskGroups[0].tasks[0].env["V"] = "2"
        world.register(job)
        world.settle("web")
        #expect(world.live("web").map(\.jobVersion) == [1])
        let replaced = try #require(world.state.allocation(original.id))
        #expect(replaced.desiredStatus == .stop)
        #expect(replaced.clientStatus == .lost)
    }

    @Test func notReplacedWhereTheGroupSaysSo() throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            (policy.lostAfter, policy.replace) = (.minutes(10), false)
            group.disconnect = policy
        }
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:unknown:run"])
        #expect(
            world.state.allocation(original.id)?.clientDescription == "alloc is unknown since its node is disconnected")
        world.change(original.nodeID) { $0.status = .ready }
        world.report([original], .running)
        world.evaluate(web, .reconnect)
        #expect(world.story("web") == ["0:running:run"])
    }

    @Test func lostWhenItsTimeIsOver() throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            policy.lostAfter = .minutes(10)
            group.disconnect = policy
        }
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        let timeout = try #require(world.plan.evaluations.first { $0.triggeredBy == .maxDisconnectTimeout })
        #expect(timeout.waitUntil?.instant == world.now + .minutes(10))
        #expect(timeout.statusDescription == "created for delayed disconnect timeout")
        world.pass(601)
        world.schedule(timeout)
        #expect(world.state.allocation(original.id)?.clientStatus == .lost)
        #expect(world.live("web").count == 1)
    }

    /// The replacement found no room at first: it is placed when there is some.
    @Test func replacedOnceThereIsRoom() throws {
        var world = World(nodes: [makeNode(1), makeNode(2, cpu: 50)])
        var group = makeGroup(reschedule: RescheduleTests.policy("constant", delay: 0))
        var policy = DisconnectPolicy()
        policy.lostAfter = .minutes(10)
        group.disconnect = policy
        world.register(makeJob("web", groups: [group]))
        world.settle("web")
        world.change(NodeID(high: 0, low: 1)) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:unknown:run"])
        #expect(!world.plan.evaluation.blockedEval.isZero)
        world.change(NodeID(high: 0, low: 2)) { $0.nodeResources.cpu.cpuShares = 500 }
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:unknown:run", "0:pending:run"])
    }

    /// The client stops it by itself after a while; nothing takes its place before.
    @Test(
        arguments: [(nil, 60, 20, 80), (60, nil, 20, 80), (60, nil, 1, 65), (0, nil, 20, 20)]
            as [(
                Int64?, Int64?, Int64, Int64
            )])
    func replacementWaitsForTheClientToStop(after: Int64?, older: Int64?, kill: Int64, seconds: Int64) throws {
        var world = world { group in
            group.stopAfterClientDisconnect = older.map { .seconds($0) }
            if let after {
                group.disconnect = DisconnectPolicy()
                group.disconnect?.stopOnClientAfter = .seconds(after)
            }
            group.tasks[0].killTimeout = .seconds(kill)
        }
        world.change(NodeID(high: 0, low: 1)) { $0.status = .down }
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:lost:stop"])
        let later = try #require(world.plan.evaluations.first { $0.waitUntil != nil })
        #expect(later.waitUntil?.instant == world.now + .seconds(seconds))
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").isEmpty)
        world.pass(seconds)
        world.schedule(later)
        #expect(world.places("web") == ["0@n2"])
    }

    /// A replacement is a reschedule: it waits as long as the policy says and is counted.
    @Test(arguments: [
        ("constant", 0, Int64(30)), ("exponential", 0, 30), ("constant", 2, 30), ("constant", 1, 0),
    ]) func replacedAsTheReschedulePolicySays(function: String, attempts: Int, delay: Int64) throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            policy.lostAfter = .minutes(10)
            group.disconnect = policy
            group.reschedulePolicy = RescheduleTests.policy(function, delay: delay, attempts: attempts)
        }
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        if delay > 0 {
            #expect(world.story("web") == ["0:unknown:run"])
            let later = try #require(world.plan.evaluations.first { $0.triggeredBy == .allocFailure })
            #expect(later.waitUntil?.instant == world.now + .seconds(delay))
            // Another evaluation meanwhile neither replaces it nor makes a second follow-up.
            world.pass(5)
            world.evaluate(web, .nodeUpdate)
            #expect(world.story("web") == ["0:unknown:run"])
            #expect(world.plan.evaluations.isEmpty)
            world.pass(delay - 5)
            world.schedule(later)
        }
        #expect(world.story("web") == ["0:unknown:run", "0:pending:run"])
        let replacement = try #require(world.live("web").last)
        #expect(replacement.previousAllocation == original.id)
        #expect(replacement.rescheduleTracker?.events.map(\.delay) == [.seconds(delay)])
        #expect(replacement.rescheduleTracker?.events.map(\.prevNodeID) == [original.nodeID])
        #expect(replacement.rescheduleTracker?.lastReschedule == "ok")
    }

    /// Without attempts left it is kept, and lost when its time is over.
    @Test func notReplacedWithoutAttempts() throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            policy.lostAfter = .minutes(10)
            group.disconnect = policy
            group.reschedulePolicy?.unlimited = false
        }
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:unknown:run"])
        let timeout = try #require(world.plan.evaluations.first { $0.triggeredBy == .maxDisconnectTimeout })
        world.pass(601)
        world.schedule(timeout)
        #expect(world.story("web") == ["0:lost:stop", "0:pending:run"])
    }

    /// One that came back is rescheduled like any other when it fails, though the end of its disconnection was planned.
    @Test(arguments: [true, false]) func failsAfterItCameBack(replaced: Bool) throws {
        var world = world { group in
            var policy = DisconnectPolicy()
            (policy.lostAfter, policy.reconcile) = (.hours(1), "keep_original")
            group.disconnect = policy
            group.reschedulePolicy = RescheduleTests.policy("constant", delay: replaced ? 0 : 30)
        }
        let original = try #require(world.live("web").first)
        world.change(original.nodeID) { $0.status = .disconnected }
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").count == (replaced ? 2 : 1))
        world.change(original.nodeID) { $0.status = .ready }
        world.report([original], .running)
        world.evaluate(web, .reconnect)
        #expect(world.live("web").map(\.id) == [original.id])
        #expect(world.state.allocation(original.id)?.nextAllocation == .zero)
        world.report([original], .failed)
        world.evaluate(web, .allocFailure)
        if !replaced {
            let later = try #require(world.plan.evaluations.first { $0.waitUntil != nil })
            #expect(later.waitUntil?.instant == world.now + .seconds(30))
            world.pass(30)
            world.schedule(later)
        }
        #expect(world.live("web").map(\.previousAllocation) == [original.id])
    }
}
