import Base
import Model
import State
import Testing

@testable import Scheduling

/// Rollouts: windows, canaries, promotion, failure, the end.
struct DeploymentTests {
    let web = JobKey(namespace: "default", id: "web")

    private static func service(_ count: Int, _ policy: UpdatePolicy, env: String = "1") -> Job {
        var group = makeGroup(count: count, update: policy)
        group.tasks[0].env["A"] = env
        return makeJob("web", groups: [group])
    }

    private func world(_ count: Int, _ policy: UpdatePolicy) -> World {
        var world = World(nodes: (1...3).map { makeNode($0) })
        world.register(Self.service(count, policy))
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        return world
    }

    private func versions(_ world: World) -> [String] { world.live("web").map { "\($0.index):v\($0.jobVersion)" } }

    /// Promotes as the control plane does.
    private func promote(_ world: inout World) {
        guard var deployment = world.state.latestDeployment(ofJob: web) else { return }
        for name in deployment.taskGroups.keys { deployment.taskGroups[name]?.promoted = true }
        world.apply([.deployments([deployment])])
        world.evaluate(web, .deploymentWatcher)
    }

    private func set(_ status: DeploymentStatus, _ world: inout World) {
        guard var deployment = world.state.latestDeployment(ofJob: web) else { return }
        deployment.status = status
        world.apply([.deployments([deployment])])
    }

    @Test func firstVersionIsARolloutThatEndsWhenHealthy() throws {
        var world = World(nodes: [makeNode(1)])
        let plan = world.register(Self.service(2, update(parallel: 1)))
        let created = try #require(plan.deployments.first)
        #expect(created.status == .running)
        #expect(created.statusDescription == "Deployment is running")
        #expect(created.taskGroups["g"]?.desiredTotal == 2)
        #expect(world.live("web").allSatisfy { $0.deploymentID == created.id })
        #expect(world.state.deployment(created.id)?.taskGroups["g"]?.placedAllocs == 2)
        world.report(Array(world.live("web").prefix(1)), .running, healthy: true)
        world.evaluate(web, .deploymentWatcher)
        #expect(world.state.deployment(created.id)?.status == .running)
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        #expect(world.state.deployment(created.id)?.status == .successful)
        #expect(world.state.deployment(created.id)?.statusDescription == "Deployment completed successfully")
        // Nothing is left: another evaluation starts nothing new.
        world.evaluate(web, .nodeUpdate)
        #expect(world.plan.deployments.isEmpty)
    }

    @Test func noRolloutWithoutUpdatePolicy() {
        var world = World(nodes: [makeNode(1)])
        world.register(makeJob("web", groups: [makeGroup(count: 2)]))
        #expect(world.plan.deployments.isEmpty)
        #expect(world.live("web").allSatisfy { $0.deploymentID.isZero })
    }

    @Test func windowOfTwo() throws {
        var world = world(4, update(parallel: 2))
        world.register(Self.service(4, update(parallel: 2), env: "2"))
        #expect(versions(world) == ["0:v1", "1:v1", "2:v0", "3:v0"])
        // Neither of the two is healthy: nothing moves.
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v1", "2:v0", "3:v0"])
        world.report([try #require(world.live("web").first)], .running, healthy: true)
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v1", "2:v1", "3:v0"])
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v1", "2:v1", "3:v1"])
        #expect(world.state.latestDeployment(ofJob: web)?.status == .successful)
        let old = world.allocations("web").filter { $0.jobVersion == 0 }
        #expect(old.allSatisfy { $0.desiredDescription == "alloc is being updated due to job update" })
        #expect(old.allSatisfy { world.state.allocation($0.nextAllocation)?.index == $0.index })
    }

    @Test func unhealthyInstanceHoldsTheRollout() throws {
        var world = world(3, update(parallel: 1))
        world.register(Self.service(3, update(parallel: 1), env: "2"))
        world.report([try #require(world.live("web").first)], .running, healthy: false)
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v0", "2:v0"])
    }

    @Test func pausedRolloutWaits() {
        var world = world(2, update(parallel: 1))
        world.register(Self.service(2, update(parallel: 1), env: "2"))
        set(.paused, &world)
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v0"])
        set(.running, &world)
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v1"])
    }

    @Test func newerVersionCancels() {
        var world = world(2, update(parallel: 1))
        world.register(Self.service(2, update(parallel: 1), env: "2"))
        let second = world.state.latestDeployment(ofJob: web)?.id ?? .zero
        world.register(Self.service(2, update(parallel: 1), env: "3"))
        #expect(world.state.deployment(second)?.status == .cancelled)
        #expect(world.state.deployment(second)?.statusDescription == "Cancelled due to newer version of job")
        #expect(world.state.latestDeployment(ofJob: web)?.jobVersion == 2)
    }

    @Test func canariesKeepTheirIndexes() throws {
        let policy = update(parallel: 1, canary: 2)
        var world = world(3, policy)
        world.register(Self.service(3, policy, env: "2"))
        let deployment = try #require(world.state.latestDeployment(ofJob: web))
        #expect(deployment.statusDescription == "Deployment is running but requires manual promotion")
        #expect(deployment.taskGroups["g"]?.desiredCanaries == 2)
        let canaries = world.live("web").filter { $0.deploymentStatus?.canary ?? false }
        #expect(canaries.map(\.index) == [0, 1])
        #expect(deployment.taskGroups["g"]?.placedCanaries.sorted() == canaries.map(\.id).sorted())
        #expect(world.live("web").count == 5)
        // Healthy, but not promoted: nothing else happens.
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        #expect(world.live("web").count == 5)
        promote(&world)
        // The old ones that share an index go at once; the third follows in the window.
        #expect(versions(world) == ["0:v1", "1:v1", "2:v1"])
        #expect(canaries.allSatisfy { world.state.allocation($0.id)?.desiredStatus == .run })
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        #expect(world.state.latestDeployment(ofJob: web)?.status == .successful)
        #expect(versions(world) == ["0:v1", "1:v1", "2:v1"])
    }

    @Test func blueGreen() {
        let policy = update(parallel: 3, canary: 3, autoPromote: true)
        var world = world(3, policy)
        world.register(Self.service(3, policy, env: "2"))
        #expect(
            world.state.latestDeployment(ofJob: web)?.statusDescription
                == "Deployment is running pending automatic promotion")
        #expect(world.live("web").count == 6)
        world.settle("web")
        promote(&world)
        #expect(versions(world) == ["0:v1", "1:v1", "2:v1"])
    }

    @Test func failedRolloutStopsItsCanaries() {
        let policy = update(parallel: 1, canary: 1)
        var world = world(2, policy)
        world.register(Self.service(2, policy, env: "2"))
        #expect(world.live("web").count == 3)
        set(.failed, &world)
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v0", "1:v0"])
        // A third version starts over.
        world.register(Self.service(2, policy, env: "3"))
        #expect(versions(world) == ["0:v0", "0:v2", "1:v0"])
    }

    @Test func lostInstanceIsReplacedInItsOldVersionBeforePromotion() throws {
        let policy = update(parallel: 1, canary: 1)
        var world = world(2, policy)
        world.register(Self.service(2, policy, env: "2"))
        world.settle("web")
        let victim = try #require(world.live("web").first { $0.index == 1 })
        world.change(victim.nodeID) { $0.status = .down }
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").filter { $0.index == 1 }.map(\.jobVersion) == [0])
        #expect(world.state.allocation(victim.id)?.clientStatus == .lost)
    }

    @Test func failedRolloutMakesGoodWhatIsLost() throws {
        var world = world(3, update(parallel: 1))
        world.register(Self.service(3, update(parallel: 1), env: "2"))
        set(.failed, &world)
        world.evaluate(web, .deploymentWatcher)
        #expect(versions(world) == ["0:v1", "1:v0", "2:v0"])
        let victim = try #require(world.live("web").first { $0.index == 2 })
        world.change(victim.nodeID) { $0.status = .down }
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").map(\.index) == [0, 1, 2])
    }

    @Test func inPlaceUpdateKeepsTheAllocation() {
        var world = world(2, update(parallel: 1))
        let before = world.live("web")
        var job = Self.service(2, update(parallel: 1))
        job.priority = 70
        world.register(job)
        let after = world.live("web")
        #expect(after.map(\.id) == before.map(\.id))
        #expect(after.allSatisfy { $0.jobVersion == 1 && $0.evalID == world.plan.evaluation.id })
        #expect(after.allSatisfy { $0.deploymentStatus == nil && $0.deploymentID == world.plan.deployments.last?.id })
        #expect(after.map(\.resources) == before.map(\.resources))
    }
}
