import Base
import Model
import State
import Testing

@testable import Scheduling

/// Deployments of system jobs: nodes instead of instances, canaries that replace what was on their node.
struct SystemRolloutTests {
    static let sys = JobKey(namespace: "default", id: "sys")

    static func job(
        env: String = "", parallel: Int = 2, canary: Int = 0, priority: Int = 50, reverts: Bool = true
    ) -> Job {
        var group = makeGroup(update: update(parallel: parallel, canary: canary))
        group.update?.autoRevert = reverts
        group.tasks[0].env["A"] = env
        return makeJob("sys", .system, priority: priority, groups: [group])
    }

    /// A job that runs in its first version on nodes 1 to `nodes`, rolled out.
    static func running(nodes: Int, parallel: Int = 2) -> World {
        var world = World(nodes: (1...nodes).map { makeNode($0) })
        world.register(job(parallel: parallel))
        world.settle("sys")
        world.evaluate(sys, .deploymentWatcher)
        return world
    }

    static func versions(_ world: World) -> [UInt64] { world.live("sys").map(\.jobVersion).sorted() }
    static func deployment(_ world: World) -> Deployment? { world.state.latestDeployment(ofJob: sys) }

    static func promote(_ world: inout World) {
        guard var deployment = deployment(world) else { return }
        for group in deployment.taskGroups.keys { deployment.taskGroups[group]?.promoted = true }
        let canaries = world.live("sys").filter { $0.deploymentStatus?.canary ?? false }
        world.apply([
            .deployments([deployment]),
            .allocations(
                canaries.map { canary in
                    var canary = canary
                    canary.deploymentStatus?.canary = false
                    return canary
                }),
        ])
    }

    @Test func firstVersionGoesEverywhereAtOnce() throws {
        var world = World(nodes: (1...5).map { makeNode($0) })
        world.register(Self.job(parallel: 1, canary: 50))
        let rollout = try #require(Self.deployment(world)?.taskGroups["g"])
        #expect((rollout.desiredTotal, rollout.desiredCanaries, rollout.placedAllocs) == (5, 0, 5))
        #expect(Self.deployment(world)?.status == .running)
        world.settle("sys")
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.deployment(world)?.status == .successful)
        #expect(Self.deployment(world)?.statusDescription == DeploymentText.successful)
    }

    /// Where no later version goes back to the first one, that one is just placed.
    @Test func firstVersionNeedsNoDeployment() {
        var world = World(nodes: (1...3).map { makeNode($0) })
        world.register(Self.job(reverts: false))
        #expect(Self.versions(world) == [0, 0, 0])
        #expect(Self.deployment(world) == nil)
        world.settle("sys")
        world.register(Self.job(env: "2", reverts: false))
        #expect(Self.versions(world) == [0, 1, 1])
        #expect(Self.deployment(world)?.status == .running)
    }

    @Test func soManyAtATimeAndOnlyWhenHealthy() throws {
        var world = Self.running(nodes: 5)
        world.register(Self.job(env: "2"))
        #expect(Self.versions(world) == [0, 0, 0, 1, 1])
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.destructiveUpdate == 2)
        #expect(world.plan.evaluations.isEmpty)
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.versions(world) == [0, 0, 0, 1, 1])
        let first = try #require(world.live("sys").first { $0.jobVersion == 1 })
        world.report([first], .running, healthy: true)
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.versions(world) == [0, 0, 1, 1, 1])
        let other = try #require(world.live("sys").first { $0.jobVersion == 1 && $0.clientStatus == .pending })
        world.report([other], .running, healthy: false)
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.versions(world) == [0, 0, 1, 1, 1])
        world.report([other], .running, healthy: true)
        for _ in 0..<3 {
            world.settle("sys")
            world.evaluate(Self.sys, .deploymentWatcher)
        }
        #expect(Self.versions(world) == [1, 1, 1, 1, 1])
        #expect(Self.deployment(world)?.status == .successful)
        #expect(world.places("sys").sorted() == (1...5).map { "0@n\($0)" })
    }

    /// Percentages are rounded up and bounded by `max_parallel`.
    @Test(arguments: [(50, 10, 3), (50, 2, 2), (1, 10, 1), (100, 10, 5), (300, 10, 5), (0, 10, 0)])
    func canaries(percent: Int, parallel: Int, expected: Int) throws {
        var world = Self.running(nodes: 5)
        world.register(Self.job(env: "2", parallel: parallel, canary: percent))
        let rollout = try #require(Self.deployment(world)?.taskGroups["g"])
        #expect(rollout.desiredCanaries == expected)
        #expect(rollout.placedCanaries.count == expected)
        let changed = world.live("sys").filter { $0.jobVersion == 1 }
        guard expected > 0 else {
            #expect(changed.count == 5)
            return
        }
        #expect(changed.count == expected)
        #expect(changed.allSatisfy { $0.deploymentStatus?.canary == true })
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.canary == expected)
        // One instance a node: a canary takes the place of the old one.
        #expect(world.places("sys").sorted() == (1...5).map { "0@n\($0)" })
        // Healthy ones wait for promotion; then the rest follows.
        world.settle("sys")
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(world.live("sys").count { $0.jobVersion == 1 } == expected)
        #expect(Self.deployment(world)?.status == .running)
        Self.promote(&world)
        for _ in 0..<6 {
            world.evaluate(Self.sys, .deploymentWatcher)
            world.settle("sys")
        }
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.versions(world) == [1, 1, 1, 1, 1])
        #expect(Self.deployment(world)?.status == .successful)
    }

    @Test func newNodesGetTheOldVersionUntilPromotion() throws {
        var world = Self.running(nodes: 2)
        world.register(Self.job(env: "2", canary: 50))
        world.settle("sys")
        world.apply([.node(makeNode(3))])
        world.evaluate(Self.sys, .nodeUpdate)
        #expect(Self.versions(world) == [0, 0, 1])
        #expect(world.live("sys").first { $0.nodeName == "n3" }?.jobVersion == 0)
        #expect(Self.deployment(world)?.taskGroups["g"]?.desiredTotal == 3)
        // A lost canary is made good on another node.
        let canary = try #require(world.live("sys").first { $0.jobVersion == 1 })
        world.settle("sys")
        world.change(canary.nodeID) { $0.status = .down }
        world.evaluate(Self.sys, .nodeUpdate)
        #expect(Self.versions(world) == [0, 1])
        #expect(Self.deployment(world)?.taskGroups["g"]?.desiredTotal == 2)
    }

    @Test func nodesThatLeaveAreNotWaitedFor() {
        var world = World(nodes: (1...3).map { makeNode($0) })
        world.register(Self.job())
        world.report(world.live("sys").filter { $0.nodeName != "n3" }, .running, healthy: true)
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.deployment(world)?.status == .running)
        world.change(NodeID(high: 0, low: 3)) { $0.status = .down }
        world.evaluate(Self.sys, .nodeUpdate)
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.deployment(world)?.status == .successful)
    }

    @Test(arguments: [DeploymentStatus.paused, .failed]) func pausedAndFailedRolloutsChangeNothing(
        status: DeploymentStatus
    ) throws {
        var world = Self.running(nodes: 4)
        world.register(Self.job(env: "2"))
        world.settle("sys")
        var deployment = try #require(Self.deployment(world))
        deployment.status = status
        world.apply([.deployments([deployment])])
        let failed = try #require(world.live("sys").first { $0.jobVersion == 1 })
        world.report([failed], .failed)
        world.apply([.node(makeNode(5))])
        world.evaluate(Self.sys, .deploymentWatcher)
        // A new node is served unless the rollout is paused; what failed in a failed rollout is not tried again.
        #expect(Self.versions(world) == (status == .paused ? [0, 0, 1] : [0, 0, 1, 1]))
        deployment.status = .running
        world.apply([.deployments([deployment])])
        for _ in 0..<4 {
            world.evaluate(Self.sys, .deploymentWatcher)
            world.settle("sys")
        }
        #expect(Self.versions(world) == [1, 1, 1, 1, 1])
    }

    @Test func inPlaceChangesAreARolloutToo() throws {
        var world = Self.running(nodes: 3)
        world.register(Self.job(parallel: 1, priority: 60))
        let deployment = try #require(Self.deployment(world))
        #expect(deployment.jobVersion == 1)
        #expect(world.live("sys").allSatisfy { $0.deploymentID == deployment.id && $0.deploymentStatus == nil })
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.inPlaceUpdate == 3)
        world.report(world.live("sys"), .running, healthy: true)
        world.evaluate(Self.sys, .deploymentWatcher)
        #expect(Self.deployment(world)?.status == .successful)
    }

    @Test func newerVersionAndStopCancel() {
        var world = Self.running(nodes: 2, parallel: 1)
        world.register(Self.job(env: "2", parallel: 1))
        world.register(Self.job(env: "3", parallel: 1))
        let texts = world.state.deployments(ofJob: Self.sys).map(\.statusDescription)
        #expect(texts == [DeploymentText.successful, DeploymentText.newerJob, DeploymentText.running])
        world.stop(Self.sys)
        #expect(Self.deployment(world)?.statusDescription == DeploymentText.jobStopped)
        #expect(world.live("sys").isEmpty)
    }

    @Test func withoutUpdateBlockThereIsNoRollout() {
        var world = World(nodes: (1...3).map { makeNode($0) })
        world.register(Self.job(parallel: 0))
        world.settle("sys")
        world.register(Self.job(env: "2", parallel: 0))
        #expect(Self.versions(world) == [1, 1, 1])
        #expect(Self.deployment(world) == nil)
    }
}
