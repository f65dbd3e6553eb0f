import Base
import Model
import State
import Testing

@testable import Scheduling

/// System and sysbatch jobs.
struct PerNodeTests {
    let sys = JobKey(namespace: "default", id: "sys")

    private static func system(_ type: JobType = .system, env: String = "", cpu: Int = 100, parallel: Int = 0) -> Job {
        var group = makeGroup(cpu: cpu, update: parallel > 0 ? update(parallel: parallel) : nil)
        group.tasks[0].env["A"] = env
        group.update?.stagger = .seconds(30)
        return makeJob("sys", type, groups: [group])
    }

    @Test func newNodesGetOne() {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        world.register(Self.system())
        #expect(world.places("sys").sorted() == ["0@n1", "0@n2"])
        world.apply([.node(makeNode(3))])
        world.evaluate(sys, .nodeUpdate)
        #expect(world.places("sys").sorted() == ["0@n1", "0@n2", "0@n3"])
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.ignore == 2)
    }

    @Test func nodesOutOfUse() {
        var world = World(nodes: [makeNode(1), makeNode(2), makeNode(3)])
        world.register(Self.system())
        world.settle("sys")
        world.change(NodeID(high: 0, low: 1)) { $0.status = .down }
        world.change(NodeID(high: 0, low: 2)) { $0.schedulingEligibility = .ineligible }
        world.evaluate(sys, .nodeUpdate)
        #expect(world.places("sys").sorted() == ["0@n2", "0@n3"])
        #expect(world.allocations("sys").first { $0.nodeName == "n1" }?.clientStatus == .lost)
    }

    /// A group that gives its nodes time keeps what runs on one that is out of reach, and loses it when that is over.
    @Test(arguments: [JobType.system, .sysbatch], [true, false])
    func nodesOutOfReach(type: JobType, comesBack: Bool) throws {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        var job = Self.system(type)
        var policy = DisconnectPolicy()
        policy.lostAfter = .minutes(10)
        job.taskGroups[0].disconnect = policy
        world.register(job)
        world.settle("sys")
        let there = try #require(world.live("sys").first { $0.nodeName == "n1" })
        world.change(there.nodeID) { $0.status = .disconnected }
        world.evaluate(sys, .nodeUpdate)
        #expect(world.state.allocation(there.id)?.clientStatus == .unknown)
        #expect(world.state.allocation(there.id)?.desiredStatus == .run)
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.disconnect == 1)
        let end = try #require(world.plan.evaluations.first { $0.triggeredBy == .maxDisconnectTimeout })
        #expect(end.waitUntil?.instant == world.now + .minutes(10))
        world.pass(300)
        world.evaluate(sys, .nodeUpdate)
        #expect(world.plan.allocations.isEmpty)
        if comesBack {
            world.change(there.nodeID) { $0.status = .ready }
            world.report([there], .running)
            world.evaluate(sys, .reconnect)
            #expect(world.live("sys").contains { $0.id == there.id })
            #expect(world.allocations("sys").count == 2)
        } else {
            world.pass(301)
            world.schedule(end)
            #expect(world.state.allocation(there.id)?.clientStatus == .lost)
        }
    }

    @Test func failedInstanceComesBackWithTheNextEvaluation() {
        var world = World(nodes: [makeNode(1)])
        world.register(Self.system())
        world.report(world.live("sys"), .failed)
        world.evaluate(sys, .nodeUpdate)
        #expect(world.story("sys") == ["0:failed:run", "0:pending:run"])
        world.evaluate(sys, .nodeUpdate)
        #expect(world.live("sys").count == 1)
    }

    @Test func sysbatchRunsOncePerNode() {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        world.register(Self.system(.sysbatch))
        let all = world.live("sys")
        world.report([all[0]], .complete)
        world.report([all[1]], .failed)
        world.evaluate(sys, .nodeUpdate)
        #expect(world.live("sys").isEmpty)
        world.register(Self.system(.sysbatch, env: "2"))
        #expect(world.live("sys").count == 2)
    }

    @Test func changeRollsThroughTheNodes() throws {
        var world = World(nodes: (1...3).map { makeNode($0) })
        world.register(Self.system(.sysbatch, parallel: 2))
        world.settle("sys")
        world.register(Self.system(.sysbatch, env: "2", parallel: 2))
        #expect(world.live("sys").map(\.jobVersion).sorted() == [0, 1, 1])
        let next = try #require(world.plan.evaluations.first { $0.triggeredBy == .rollingUpdate })
        #expect(world.plan.evaluation.nextEval == next.id)
        #expect(next.waitUntil?.instant == world.now + .seconds(30))
        world.now = world.now + .seconds(30)
        world.schedule(next)
        #expect(world.live("sys").map(\.jobVersion) == [1, 1, 1])
    }

    @Test func eachNodeWithoutRoomWaitsByItself() {
        var world = World(nodes: [makeNode(1, cpu: 50), makeNode(2, cpu: 60), makeNode(3)])
        world.register(Self.system())
        #expect(world.places("sys") == ["0@n3"])
        let blocked = world.plan.evaluations.filter { $0.status == .blocked }
        #expect(blocked.map(\.nodeID.low) == [1, 2])
        #expect(world.plan.evaluation.queuedAllocations == ["g": 2])
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.coalescedFailures == 1)
        world.change(NodeID(high: 0, low: 1)) { $0.nodeResources.cpu.cpuShares = 500 }
        world.schedule(blocked[0])
        #expect(world.places("sys").sorted() == ["0@n1", "0@n3"])
        #expect(world.state.evaluations(ofJob: sys).count { $0.status == .blocked } == 1)
    }

    @Test func filteredEverywhereIsReported() {
        var world = World(nodes: [makeNode(1)])
        var job = Self.system()
        job.constraints = [Constraint(lTarget: "${meta.rack}", rTarget: "r1")]
        world.register(job)
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.constraintFiltered == ["${meta.rack} = r1": 1])
        #expect(world.plan.evaluation.queuedAllocations == ["g": 0])
        #expect(world.plan.evaluations.isEmpty)
    }

    // MARK: Preemption

    @Test func systemJobTakesThePlaceOfABatchAllocation() throws {
        var world = World(nodes: Scenario.cluster.filter { $0.name == "n1" })
        let low = makeJob("low", .batch, priority: 20, groups: [makeGroup(count: 2, cpu: 900)])
        world.register(low)
        world.register(makeJob("high", .system, priority: 80, groups: [makeGroup(cpu: 800)]))
        let high = try #require(world.live("high").first)
        ExpectedScore("n1", 0.6355772715976618, ["binpack": 0.6355772715976618])
            .check(try #require(high.metrics?.metric.scoreMetaData.first), "high")
        #expect(world.plan.annotations.desiredTGUpdates["g"]?.preemptions == 1)
        #expect(world.plan.annotations.preemptedAllocs.map(\.jobID) == ["low"])
        let evicted = world.allocations("low").filter { $0.desiredStatus == .evict }
        #expect(evicted.count == 1)
        #expect(evicted.first?.desiredDescription == "Preempted by alloc ID \(high.id.text)")
        #expect(evicted.first?.preemptedByAllocation == high.id)
        #expect(high.preemptedAllocations == evicted.map(\.id))
        #expect(world.plan.evaluations.map(\.triggeredBy) == [.preemption])
    }

    @Test(arguments: [(true, 41, 0), (true, 40, 1), (false, 20, 0)])
    func serviceJobPreemptsWhereAllowed(enabled: Bool, priority: Int, evictions: Int) {
        var world = World(nodes: [makeNode(1, cpu: 1000)])
        var configuration = SchedulerConfiguration()
        configuration.preemptionConfig.serviceSchedulerEnabled = enabled
        world.apply([.schedulerConfiguration(configuration)])
        world.register(makeJob("low", priority: priority, groups: [makeGroup(cpu: 900)]))
        world.register(makeJob("high", priority: 50, groups: [makeGroup(cpu: 800)]))
        #expect(world.allocations("low").count { $0.desiredStatus == .evict } == evictions)
        #expect(world.live("high").count == evictions)
    }

    @Test func leastDisturbance() {
        var world = World(nodes: [makeNode(1, cpu: 1000)])
        for (name, priority, cpu) in [("a", 10, 300), ("b", 10, 200), ("c", 30, 500)] {
            world.register(makeJob(name, priority: priority, groups: [makeGroup(cpu: cpu)]))
        }
        world.register(makeJob("high", .system, priority: 80, groups: [makeGroup(cpu: 250)]))
        #expect(["a", "b", "c"].map { world.live($0).count } == [0, 1, 1])
    }

    @Test func holderOfAStaticPortGoes() {
        var world = World(nodes: [makeNode(1)])
        world.register(makeJob("low", priority: 10, groups: [makeGroup(staticPort: ("p", 80))]))
        world.register(makeJob("other", priority: 10, groups: [makeGroup()]))
        world.register(makeJob("high", .system, priority: 80, groups: [makeGroup(staticPort: ("p", 80))]))
        #expect(world.live("high").count == 1)
        #expect(world.live("low").isEmpty)
        #expect(world.live("other").count == 1)
    }
}
