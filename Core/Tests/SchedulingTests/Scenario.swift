import Base
import Model
import State
import Testing

@testable import Scheduling

/// One recorded case: a job on the six nodes of `Scenario.cluster` and everything that came of it.
struct Scenario: CustomTestStringConvertible {
    var name: String
    var about: String
    var job: Job
    var allocations: [ExpectedAllocation]
    var failed: [String: ExpectedMetric]
    var queued: [String: Int]
    var blocked: ExpectedBlocked?
    var place: [String: Int]
    var createdEvaluations: Int

    var testDescription: String { name }

    static var cluster: [Node] {
        [
            makeNode(1, nodeClass: "small", cpu: 2000, memory: 2048, meta: ["rack": "r1", "disk": "hdd", "gen": "1"]),
            makeNode(2, nodeClass: "small", cpu: 2000, memory: 4096, meta: ["rack": "r2", "disk": "ssd", "gen": "1"]),
            makeNode(3, nodeClass: "large", cpu: 4000, memory: 8192, meta: ["rack": "r1", "disk": "ssd", "gen": "2"]),
            makeNode(
                4, nodeClass: "large", cpu: 4000, memory: 4096, meta: ["rack": "r3", "disk": "ssd,nvme", "gen": "2"]),
            makeNode(
                5, datacenter: "dc2", nodeClass: "large", cpu: 8000, memory: 8192,
                meta: ["rack": "r1", "disk": "hdd", "gen": "3"]),
            makeNode(
                6, datacenter: "dc2", nodeClass: "tiny", cpu: 1000, memory: 1024, meta: ["rack": "r2", "gen": "3"],
                reservedCPU: 200, reservedMemory: 256),
        ]
    }
}

struct ExpectedAllocation {
    var name: String
    var node: String
    var scores: [ExpectedScore]
    var metric: ExpectedMetric

    init(_ name: String, on node: String, scores: [ExpectedScore], _ metric: ExpectedMetric) {
        (self.name, self.node, self.scores, self.metric) = (name, node, scores, metric)
    }
}

struct ExpectedScore {
    var node: String
    var norm: Double
    var scores: [String: Double]

    init(_ node: String, _ norm: Double, _ scores: [String: Double]) {
        (self.node, self.norm, self.scores) = (node, norm, scores)
    }

    func check(_ score: NodeScore, _ where: String) {
        #expect("n\(score.nodeID.low)" == node, "\(`where`)")
        #expect(abs(score.normScore - norm) < 1e-9, "\(`where`) \(node): \(score.normScore)")
        #expect(score.scores.keys.sorted() == scores.keys.sorted(), "\(`where`) \(node)")
        for (name, value) in scores {
            #expect(abs((score.scores[name] ?? .nan) - value) < 1e-9, "\(`where`) \(node) \(name)")
        }
    }
}

struct ExpectedMetric {
    var evaluated: Int
    var filtered: [String: Int]
    var classFiltered: [String: Int]
    var exhausted: [String: Int]
    var classExhausted: [String: Int]
    var available: [String: Int]
    var coalesced: Int
    /// CPU and memory by task.
    var lacking: [String: [Int]]

    func check(_ metric: AllocationMetric?, _ where: String) {
        #expect(metric?.nodesEvaluated == evaluated, "\(`where`)")
        #expect(metric?.constraintFiltered == filtered, "\(`where`)")
        #expect(metric?.nodesFiltered == filtered.values.reduce(0, +), "\(`where`)")
        #expect(metric?.classFiltered == classFiltered, "\(`where`)")
        #expect(metric?.dimensionExhausted == exhausted, "\(`where`)")
        #expect(metric?.nodesExhausted == exhausted.values.reduce(0, +), "\(`where`)")
        #expect(metric?.classExhausted == classExhausted, "\(`where`)")
        #expect(metric?.nodesAvailable == available, "\(`where`)")
        #expect(metric?.coalescedFailures == coalesced, "\(`where`)")
        #expect(metric?.resourcesExhausted.mapValues { [$0.cpu, $0.memoryMB] } == lacking, "\(`where`)")
    }
}

struct ExpectedBlocked {
    var escaped: Bool
    var classes: Int
    var eligible: Int
}

struct RecordedTests {
    static let all: [Scenario] = [
        .jobAntiAffinity, .affinityWeights, .affinityGroupAndTask, .spreadTargets, .spreadEven, .exhaustedCpu,
        .exhaustedMemory, .exhaustedMixed, .exhaustedDisk, .exhaustedStaticPort, .filteredConstraint, .filteredSome,
        .filteredDriver, .filteredDatacenter, .distinctHosts, .systemEverywhere, .systemConstrained,
    ]

    @Test(arguments: all) func matchesTheRecord(scenario: Scenario) throws {
        var world = World(nodes: Scenario.cluster)
        let dry = world.scheduler.dryRun(scenario.job, state: world.state, now: world.now)
        #expect(dry.annotations.desiredTGUpdates.mapValues(\.place) == scenario.place)
        #expect(dry.evaluations.count == scenario.createdEvaluations)
        let plan = world.register(scenario.job)
        let placed = world.live(scenario.job.id).sorted { ($0.name, $0.nodeName) < ($1.name, $1.nodeName) }
        let expected = scenario.allocations.sorted { ($0.name, $0.node) < ($1.name, $1.node) }
        #expect(placed.map { "\($0.name) \($0.nodeName)" } == expected.map { "\($0.name) \($0.node)" })
        for (allocation, expected) in zip(placed, expected) {
            let metric = try #require(allocation.metrics?.metric)
            expected.metric.check(metric, allocation.name)
            #expect(metric.scoreMetaData.count == expected.scores.count)
            for (score, expected) in zip(metric.scoreMetaData, expected.scores) {
                expected.check(score, allocation.name)
            }
        }
        #expect(plan.evaluation.status == .complete)
        #expect(plan.evaluation.queuedAllocations == scenario.queued)
        #expect(plan.evaluation.failedTGAllocs.keys.sorted() == scenario.failed.keys.sorted())
        for (group, expected) in scenario.failed {
            expected.check(plan.evaluation.failedTGAllocs[group], "failed \(group)")
        }
        checkBlocked(scenario, plan)
    }

    private func checkBlocked(_ scenario: Scenario, _ plan: Plan) {
        let blocked = plan.evaluations.first { $0.id == plan.evaluation.blockedEval }
        #expect((blocked != nil) == (scenario.blocked != nil))
        guard let blocked, let expected = scenario.blocked else { return }
        #expect(blocked.status == .blocked)
        #expect(blocked.triggeredBy == .queuedAllocs)
        #expect(blocked.statusDescription == "created to place remaining allocations")
        #expect(blocked.escapedComputedClass == expected.escaped)
        #expect(blocked.classEligibility.count == expected.classes)
        #expect(blocked.classEligibility.values.count { $0 } == expected.eligible)
    }
}
