import Base
import Model
import State
import Testing

@testable import Scheduling

/// Node pools may say how their nodes are chosen and whether tasks may get more memory than they ask for.
struct PoolTests {
    struct Row: Sendable {
        var cluster: (algorithm: String, oversubscribes: Bool)
        /// Nil: the pool has no settings.
        var pool: JSON?
        /// The emptier of the two nodes is taken.
        var spreads: Bool
        var maxMB: Int
    }

    static let rows = [
        Row(cluster: ("binpack", false), pool: nil, spreads: false, maxMB: 0),
        Row(cluster: ("spread", true), pool: nil, spreads: true, maxMB: 512),
        Row(cluster: ("binpack", false), pool: ["SchedulerAlgorithm": "spread"], spreads: true, maxMB: 0),
        Row(cluster: ("spread", true), pool: ["SchedulerAlgorithm": "binpack"], spreads: false, maxMB: 512),
        Row(cluster: ("spread", false), pool: ["SchedulerAlgorithm": ""], spreads: true, maxMB: 0),
        Row(cluster: ("binpack", false), pool: ["MemoryOversubscriptionEnabled": true], spreads: false, maxMB: 512),
        Row(cluster: ("binpack", true), pool: ["MemoryOversubscriptionEnabled": false], spreads: false, maxMB: 0),
        Row(cluster: ("binpack", true), pool: ["MemoryOversubscriptionEnabled": nil], spreads: false, maxMB: 512),
    ]

    @Test(arguments: rows, [JobType.service, .system]) func poolsSettingsWin(row: Row, type: JobType) throws {
        var nodes = [makeNode(1), makeNode(2)]
        for at in nodes.indices { nodes[at].nodePool = "gpu" }
        var world = World(nodes: nodes)
        var filler = makeJob("filler", groups: [makeGroup(cpu: 1000, memory: 1000)])
        filler.nodePool = "gpu"
        world.register(filler)
        let used = try #require(world.live("filler").first).nodeID

        var configuration = SchedulerConfiguration()
        configuration.schedulerAlgorithm = row.cluster.algorithm
        configuration.memoryOversubscriptionEnabled = row.cluster.oversubscribes
        world.apply([.schedulerConfiguration(configuration)])
        if let settings = row.pool {
            let pool: JSON = ["Name": "gpu", "SchedulerConfiguration": settings]
            world.apply([.record(table: State.nodePoolTable, key: "gpu", pool)])
        }
        var group = makeGroup()
        group.tasks[0].resources.memoryMaxMB = 512
        var job = makeJob("web", type, groups: [group])
        job.nodePool = "gpu"
        world.register(job)
        let placed = world.live("web")
        #expect(placed.allSatisfy { $0.resources.tasks["t"]?.memoryMaxMB == row.maxMB })
        if type == .service {
            #expect(placed.map { $0.nodeID == used } == [!row.spreads])
        } else {
            #expect(placed.count == 2)
        }
    }
}
