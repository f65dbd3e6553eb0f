import Base
import Model
import State
import Testing

@testable import Scheduling

/// Recorded fit scores of single allocations on single nodes.
struct RecordedFitTests {
    struct Row: Sendable {
        var node: String
        var used: (cpu: Int, memory: Int) = (0, 0)
        var cpu: Int
        var memory: Int
        var algorithm = "binpack"
        /// Nil: does not fit.
        var score: Double?
    }

    static let rows = [
        Row(node: "n1", cpu: 100, memory: 64, score: 0.0989872338536421),
        Row(node: "n1", cpu: 1000, memory: 1024, score: 0.7597469266479577),
        Row(node: "n1", cpu: 2000, memory: 2048, score: 1.0),
        Row(node: "n3", cpu: 100, memory: 64, score: 0.0409817969589105),
        Row(node: "n3", cpu: 500, memory: 256, score: 0.17751874985435853),
        Row(node: "n3", cpu: 4000, memory: 100, score: 0.5153979895507237),
        Row(node: "n5", cpu: 100, memory: 64, score: 0.025666755130475376),
        Row(node: "n5", cpu: 2500, memory: 6000, score: 0.7376995987239121),
        Row(node: "n6", cpu: 100, memory: 64, score: 0.23594533633307002),
        Row(node: "n6", cpu: 800, memory: 768, score: 1.0),
        Row(node: "n6", cpu: 900, memory: 64, score: nil),
        Row(node: "n1", used: (1000, 1024), cpu: 500, memory: 512, score: 0.9135245099956752),
        Row(node: "n3", used: (1000, 1024), cpu: 500, memory: 512, score: 0.5160677027751147),
        Row(node: "n5", used: (1000, 1024), cpu: 500, memory: 512, score: 0.38957596491532076),
        Row(node: "n1", cpu: 100, memory: 64, algorithm: "spread", score: 0.901012766146358),
        Row(node: "n1", cpu: 1000, memory: 1024, algorithm: "spread", score: 0.24025307335204216),
        Row(node: "n3", cpu: 500, memory: 256, algorithm: "spread", score: 0.8224812501456414),
        Row(node: "n6", cpu: 800, memory: 768, algorithm: "spread", score: 0),
    ]

    @Test(arguments: rows) func score(row: Row) throws {
        var world = World(nodes: Scenario.cluster.filter { $0.name == row.node })
        var configuration = SchedulerConfiguration()
        configuration.schedulerAlgorithm = row.algorithm
        world.apply([.schedulerConfiguration(configuration)])
        let datacenters = ["dc1", "dc2"]
        if row.used.cpu > 0 {
            let first = makeGroup(cpu: row.used.cpu, memory: row.used.memory)
            world.register(makeJob("first", datacenters: datacenters, groups: [first]))
        }
        let asked = makeGroup(cpu: row.cpu, memory: row.memory)
        let plan = world.register(makeJob("asked", datacenters: datacenters, groups: [asked]))
        guard let expected = row.score else {
            #expect(world.live("asked").isEmpty)
            #expect(plan.evaluation.failedTGAllocs["g"]?.dimensionExhausted == ["cpu": 1])
            return
        }
        let best = try #require(world.live("asked").first?.metrics?.metric.scoreMetaData.first)
        ExpectedScore(
            row.node, expected,
            ["binpack": expected, "job-anti-affinity": 0, "node-affinity": 0, "node-reschedule-penalty": 0]
        ).check(best, row.node)
    }

    @Test func powersOfTen() {
        let table: [(Double, Double)] = [
            (0, 1), (1, 10), (-1, 0.1), (0.5, 3.1622776601683795), (0.25, 1.7782794100389228), (2, 100),
            (0.9999, 9.997697679981565), (-0.3, 0.5011872336272722), (3.7, 5011.872336272725),
        ]
        for (x, expected) in table { #expect(abs(Exponential.exp10(x) / expected - 1) < 1e-14, "10^\(x)") }
        #expect(Exponential.exp2(-2000) == 0)
        #expect(Exponential.exp2(2000) == .infinity)
        #expect(abs(Exponential.exp(1) - 2.718281828459045) < 1e-14)
    }
}
