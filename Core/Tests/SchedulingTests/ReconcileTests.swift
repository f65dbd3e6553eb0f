import Base
import Model
import State
import Testing

@testable import Scheduling

/// What changes of a job, of nodes and of allocations lead to.
struct ReconcileTests {
    let web = JobKey(namespace: "default", id: "web")

    private static func service(_ count: Int, update policy: UpdatePolicy? = nil) -> Job {
        makeJob("web", groups: [makeGroup(count: count, update: policy)])
    }

    private static func with(_ job: Job, _ change: (inout Job) -> Void) -> Job {
        var job = job
        change(&job)
        return job
    }

    // MARK: Edits, as recorded

    struct Edit: Sendable, CustomTestStringConvertible {
        var change: String
        /// Non-zero counts by group.
        var desired: [String: [String: Int]]
        var edit: @Sendable (inout Job) -> Void
        var testDescription: String { change }
    }

    static let edits: [Edit] = [
        Edit(change: "no change", desired: ["g": ["ignore": 2]]) { _ in },
        Edit(change: "env", desired: ["g": ["destructive": 1, "ignore": 1]]) {
            $0.taskGroups[0].tasks[0].env["A"] = "2"
        },
        Edit(change: "count up", desired: ["g": ["inPlace": 2, "place": 1]]) { $0.taskGroups[0].count = 3 },
        Edit(change: "count down", desired: ["g": ["inPlace": 1, "stop": 1]]) { $0.taskGroups[0].count = 1 },
        Edit(change: "count to zero", desired: ["g": ["stop": 2]]) { $0.taskGroups[0].count = 0 },
        Edit(change: "count up and env", desired: ["g": ["place": 1, "ignore": 2]]) {
            $0.taskGroups[0].count = 3
            $0.taskGroups[0].tasks[0].env["A"] = "2"
        },
        Edit(change: "priority", desired: ["g": ["inPlace": 2]]) { $0.priority = 70 },
        Edit(change: "constraint that holds", desired: ["g": ["inPlace": 2]]) {
            $0.constraints.append(Constraint(lTarget: "${attr.kernel.name}", rTarget: "linux"))
        },
        Edit(change: "constraint that fails", desired: ["g": ["destructive": 1, "ignore": 1]]) {
            $0.constraints.append(Constraint(lTarget: "${meta.rack}", rTarget: "r9"))
        },
        Edit(change: "cpu", desired: ["g": ["destructive": 1, "ignore": 1]]) {
            $0.taskGroups[0].tasks[0].resources.cpu = 60
        },
        Edit(change: "canary", desired: ["g": ["inPlace": 2]]) { $0.taskGroups[0].update?.canary = 1 },
        Edit(change: "canary and env", desired: ["g": ["canary": 1, "ignore": 2]]) {
            $0.taskGroups[0].update?.canary = 1
            $0.taskGroups[0].tasks[0].env["A"] = "2"
        },
        Edit(change: "max_parallel and env", desired: ["g": ["destructive": 2]]) {
            $0.taskGroups[0].update?.maxParallel = 2
            $0.taskGroups[0].tasks[0].env["A"] = "2"
        },
        Edit(change: "group renamed", desired: ["g": ["stop": 2], "g2": ["place": 2]]) { $0.taskGroups[0].name = "g2" },
        Edit(change: "group added", desired: ["g": ["inPlace": 2], "h": ["place": 2]]) {
            $0.taskGroups.append(makeGroup("h", count: 2))
        },
        Edit(change: "job stopped", desired: ["g": ["stop": 2]]) { $0.stop = true },
        Edit(change: "datacenter left", desired: ["g": ["destructive": 1, "ignore": 1]]) { $0.datacenters = ["dc2"] },
    ]

    @Test(arguments: edits) func edit(row: Edit) {
        var world = World(nodes: [makeNode(1, meta: ["rack": "r1"])])
        let base = Self.service(2, update: update(parallel: 1))
        world.register(base)
        world.settle("web")
        world.evaluate(web, .deploymentWatcher)
        var edited = base
        row.edit(&edited)
        let dry = world.scheduler.dryRun(edited, state: world.state, now: world.now)
        let counts = dry.annotations.desiredTGUpdates.mapValues { updates in
            [
                "ignore": updates.ignore, "place": updates.place, "migrate": updates.migrate, "stop": updates.stop,
                "inPlace": updates.inPlaceUpdate, "destructive": updates.destructiveUpdate, "canary": updates.canary,
            ].filter { $0.value != 0 }
        }
        #expect(counts.filter { !$0.value.isEmpty } == row.desired)
        #expect(world.places("web") == ["0@n1", "1@n1"])
    }

    // MARK: Counts

    @Test func shrinkingStopsTheHighestIndexes() {
        var world = World(nodes: (1...3).map { makeNode($0) })
        world.register(Self.service(5))
        world.settle("web")
        let plan = world.register(Self.service(3))
        #expect(world.live("web").map(\.index) == [0, 1, 2])
        #expect(plan.annotations.desiredTGUpdates["g"]?.inPlaceUpdate == 3)
        #expect(plan.annotations.desiredTGUpdates["g"]?.stop == 2)
        #expect(world.live("web").allSatisfy { $0.jobVersion == 1 })
        let stopped = world.allocations("web").filter { $0.desiredStatus == .stop }
        #expect(stopped.map(\.index) == [3, 4])
        #expect(stopped.allSatisfy { $0.desiredDescription == "alloc not needed due to job update" })
    }

    @Test func zeroCountPlacesNothing() {
        var world = World(nodes: [makeNode(1)])
        let plan = world.register(makeJob("web", groups: [makeGroup("none", count: 0), makeGroup("one")]))
        #expect(world.live("web").map(\.name) == ["web.one[0]"])
        #expect(plan.evaluation.queuedAllocations == ["one": 0])
        #expect(plan.evaluations.isEmpty)
    }

    @Test func blockedEvaluationGoesOnWhenRoomAppears() throws {
        var world = World(nodes: [makeNode(1, cpu: 2000)])
        world.register(makeJob("hog", groups: [makeGroup(cpu: 1000)]))
        world.register(makeJob("web", groups: [makeGroup(count: 2, cpu: 900)]))
        let blocked = try #require(world.state.evaluation(world.plan.evaluation.blockedEval))
        #expect(blocked.status == .blocked)
        #expect(world.plan.evaluation.queuedAllocations == ["g": 1])
        // Woken in vain, it goes on waiting under the same id.
        world.schedule(blocked)
        #expect(world.state.evaluation(blocked.id)?.status == .blocked)
        #expect(world.state.evaluations(ofJob: web).count { $0.status == .blocked } == 1)
        world.stop(JobKey(namespace: "default", id: "hog"))
        world.report(world.allocations("hog"), .complete)
        world.schedule(blocked)
        #expect(world.places("web") == ["0@n1", "1@n1"])
        #expect(world.state.evaluation(blocked.id)?.status == .complete)
    }

    @Test func onlyOneBlockedEvaluationPerJob() {
        var world = World(nodes: [makeNode(1, cpu: 100)])
        world.register(makeJob("web", groups: [makeGroup(cpu: 900)]))
        let first = world.plan.evaluation.blockedEval
        world.evaluate(web, .nodeUpdate)
        #expect(world.state.evaluation(first)?.status == .canceled)
        #expect(world.state.evaluations(ofJob: web).count { $0.status == .blocked } == 1)
        world.stop(web)
        #expect(world.state.evaluations(ofJob: web).allSatisfy { $0.status != .blocked })
    }

    // MARK: Ends of allocations

    @Test func endedBatchInstancesAreNotRunAgain() {
        var world = World(nodes: [makeNode(1)])
        let batch = makeJob("web", .batch, groups: [makeGroup(count: 2)])
        world.register(batch)
        world.report(world.live("web"), .complete)
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").isEmpty)
        // In place: still done. Destructive: the work is another.
        world.register(Self.with(batch) { $0.priority = 60 })
        #expect(world.live("web").isEmpty)
        world.register(Self.with(batch) { $0.taskGroups[0].tasks[0].env["A"] = "2" })
        #expect(world.places("web") == ["0@n1", "1@n1"])
    }

    @Test func endedServiceInstancesAreStartedAgain() {
        var world = World(nodes: [makeNode(1)])
        world.register(Self.service(1))
        world.report(world.live("web"), .complete)
        world.evaluate(web, .nodeUpdate)
        #expect(world.story("web") == ["0:complete:run", "0:pending:run"])
    }

    @Test func lostNode() throws {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        world.register(
            makeJob("web", constraints: [Constraint(operand: "distinct_hosts")], groups: [makeGroup(count: 2)]))
        world.settle("web")
        world.change(NodeID(high: 0, low: 2)) { $0.status = .down }
        world.apply([.node(makeNode(3))])
        let lost = try #require(world.live("web").first { $0.nodeName == "n2" })
        world.evaluate(web, .nodeUpdate)
        let old = try #require(world.state.allocation(lost.id))
        #expect(old.clientStatus == .lost)
        #expect(old.desiredStatus == .stop)
        #expect(old.desiredDescription == "alloc is lost since its node is down")
        let new = try #require(world.state.allocation(old.nextAllocation))
        #expect(new.index == lost.index)
        #expect(new.previousAllocation == lost.id)
        #expect(new.nodeName == "n3")
        #expect(world.live("web").count == 2)
    }

    @Test func drainMigratesMarkedAllocations() throws {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        world.register(Self.service(3))
        world.settle("web")
        let from = try #require(world.live("web").first).nodeID
        world.change(from) { node in
            node.drainStrategy = DrainStrategy()
            node.schedulingEligibility = .ineligible
        }
        // Nothing moves before the drainer says so.
        world.evaluate(web, .nodeUpdate)
        #expect(world.live("web").contains { $0.nodeID == from })
        let moving = try #require(world.live("web").first { $0.nodeID == from })
        world.change(moving) { $0.desiredTransition.migrate = true }
        let plan = world.evaluate(web, .nodeDrain)
        #expect(plan.annotations.desiredTGUpdates["g"]?.migrate == 1)
        let old = try #require(world.state.allocation(moving.id))
        #expect(old.desiredStatus == .stop)
        #expect(old.desiredDescription == "alloc is being migrated")
        let new = try #require(world.state.allocation(old.nextAllocation))
        #expect(new.index == moving.index)
        #expect(new.nodeID != from)
        #expect(new.previousAllocation == moving.id)
    }

    @Test func migratedWithoutRoomIsPlacedLater() throws {
        var world = World(nodes: [makeNode(1)])
        world.register(Self.service(1))
        world.settle("web")
        let moving = try #require(world.live("web").first)
        world.change(moving.nodeID) { $0.schedulingEligibility = .ineligible }
        world.change(moving) { $0.desiredTransition.migrate = true }
        world.evaluate(web, .nodeDrain)
        #expect(world.live("web").isEmpty)
        let blocked = try #require(world.state.evaluation(world.plan.evaluation.blockedEval))
        world.apply([.node(makeNode(2))])
        world.schedule(blocked)
        #expect(world.places("web") == ["0@n2"])
        #expect(world.live("web").first?.previousAllocation == moving.id)
    }

    @Test func stoppedJobStopsEverything() {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        world.register(Self.service(2, update: update(parallel: 1)))
        world.stop(web)
        #expect(world.story("web") == ["0:pending:stop", "1:pending:stop"])
        #expect(world.state.latestDeployment(ofJob: web)?.status == .cancelled)
        #expect(world.state.latestDeployment(ofJob: web)?.statusDescription == "Cancelled because job is stopped")
        world.apply([.deleteJob(web)])
        world.evaluate(web, .jobDeregister)
        #expect(world.plan.evaluation.status == .complete)
    }
}

/// Jobs that ask for more than there is.
struct TooMuchTests {
    private let key = JobKey(namespace: "default", id: "web")

    /// A million instances without a place cost no more than a few.
    @Test func aMillionWithoutAPlace() {
        var world = World(nodes: [makeNode(1, cpu: 250), makeNode(2, cpu: 50)])
        let plan = world.register(makeJob("web", groups: [makeGroup(count: 1_000_000)]))
        #expect(world.live("web").count == 2)
        #expect(plan.evaluation.queuedAllocations == ["g": 999_998])
        #expect(plan.evaluation.failedTGAllocs["g"]?.coalescedFailures == 999_997)
        #expect(plan.annotations.desiredTGUpdates["g"]?.place == 1_000_000)
    }

    @Test func allAtOnceIsAllOrNothing() {
        var world = World(nodes: [makeNode(1, cpu: 250)])
        var job = makeJob("web", groups: [makeGroup("a", count: 1), makeGroup("b", count: 2)])
        job.allAtOnce = true
        let plan = world.register(job)
        #expect(world.live("web").isEmpty)
        #expect(plan.evaluation.queuedAllocations == ["a": 1, "b": 2])
        #expect(plan.evaluation.failedTGAllocs.keys.sorted() == ["b"])
        #expect(!plan.evaluation.blockedEval.isZero)
        // With room for all of it, all of it comes.
        world.change(NodeID(high: 0, low: 1)) { $0.nodeResources.cpu.cpuShares = 300 }
        world.evaluate(key, .nodeUpdate)
        #expect(world.live("web").count == 3)
        #expect(world.plan.evaluation.failedTGAllocs.isEmpty)
    }

    /// Only groups that had something to place are named; the recorded answer of a group with count zero.
    @Test func queuedGroups() {
        var world = World(nodes: [makeNode(1)])
        let plan = world.register(makeJob("web", groups: [makeGroup("g", count: 0), makeGroup("one")]))
        #expect(plan.evaluation.queuedAllocations == ["one": 0])
        world.evaluate(key, .jobRegister)
        #expect(world.plan.evaluation.queuedAllocations == ["g": 0, "one": 0])
    }
}
