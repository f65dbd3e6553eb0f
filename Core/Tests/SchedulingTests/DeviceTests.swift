import Base
import Model
import State
import Testing

@testable import Scheduling

/// Which devices a task gets: by name, by constraints with units, by affinities; and cores with their MHz.
struct DeviceTests {
    private static func node(_ number: Int, _ groups: [(model: String, memory: JSON, ids: [String])]) -> Node {
        var node = makeNode(number)
        node.nodeResources.devices = groups.map { model, memory, ids in
            var group = PortTests.gpu(ids)
            group.name = model
            group.attributes = ["memory": memory, "cores": ["Int": 3584], "driver": ["String": "470.57"]]
            return group
        }
        node.computeClass()
        return node
    }

    private static func job(_ request: DeviceRequest, count: Int = 1) -> Job {
        var group = makeGroup(count: count)
        group.tasks[0].resources.devices = [request]
        return makeJob("web", groups: [group])
    }

    private static func request(
        _ name: String = "gpu", count: Int = 1, _ constraints: [(left: String, operand: String, right: String)] = []
    ) -> DeviceRequest {
        var request = DeviceRequest()
        (request.name, request.count) = (name, count)
        request.constraints = constraints.map { Constraint(lTarget: $0.left, operand: $0.operand, rTarget: $0.right) }
        return request
    }

    struct Row: Sendable {
        var name: String
        var rule: (left: String, operand: String, right: String)
        var fits: Bool

        init(_ name: String, _ left: String, _ operand: String, _ right: String, _ fits: Bool) {
            (self.name, rule, self.fits) = (name, (left, operand, right), fits)
        }
    }

    static let rows: [Row] = [
        Row("gpu", "${device.attr.memory}", ">=", "4 GiB", true),
        Row("gpu", "${device.attr.memory}", ">", "11 GiB", false),
        Row("nvidia/gpu", "${device.attr.memory}", "=", "11264 MiB", true),
        Row("nvidia/gpu", "${device.attr.memory}", "<", "12 GB", true),
        Row("nvidia/gpu", "${device.attr.memory}", "<", "11 GB", false),
        Row("nvidia/gpu/1080ti", "${device.model}", "=", "1080ti", true),
        Row("nvidia/gpu/2080", "${device.model}", "=", "2080", false),
        Row("amd/gpu", "${device.vendor}", "=", "amd", false),
        Row("gpu", "${device.vendor}", "!=", "amd", true),
        Row("gpu", "${device.type}", "regexp", "^g.u$", true),
        Row("gpu", "${device.attr.cores}", ">=", "3584", true),
        Row("gpu", "${device.attr.cores}", ">=", "3585", false),
        Row("gpu", "${device.attr.memory}", ">=", "1 MHz", false),
        Row("gpu", "${device.attr.none}", "is_set", "", false),
        Row("gpu", "${device.attr.driver}", "version", ">= 470, < 500", true),
        Row("gpu", "${device.ids}", "set_contains", "a", true),
        Row("gpu", "${device.ids}", "set_contains", "z", false),
    ]

    @Test(arguments: rows) func constraint(row: Row) {
        var world = World(nodes: [Self.node(1, [("1080ti", ["Int": 11264, "Unit": "MiB"], ["a"])])])
        world.register(Self.job(Self.request(row.name, [row.rule])))
        #expect(world.live("web").isEmpty == !row.fits, "\(row)")
        if !row.fits {
            #expect(world.plan.evaluation.failedTGAllocs["g"]?.constraintFiltered == ["missing devices": 1])
        }
    }

    /// All instances come from one group, the one that the affinity likes best, and none is given twice.
    @Test func affinityAndCount() {
        let groups: [(model: String, memory: JSON, ids: [String])] = [
            ("small", ["Int": 4, "Unit": "GiB"], ["s1", "s2", "s3"]),
            ("big", ["Int": 24, "Unit": "GiB"], ["b1", "b2"]),
        ]
        var world = World(nodes: [Self.node(1, groups)])
        var request = Self.request(count: 2)
        request.affinities = [affinity("${device.attr.memory}", ">=", "8 GiB", 60)]
        world.register(Self.job(request, count: 3))
        let given = world.live("web").map { $0.resources.tasks["t"]?.devices.flatMap(\.deviceIDs) ?? [] }
        #expect(given == [["b1", "b2"], ["s1", "s2"]])
        let first = world.live("web").first?.metrics?.metric.scoreMetaData.first
        #expect(first?.scores["devices"] == 1)
        let failed = world.plan.evaluation.failedTGAllocs["g"]
        #expect(failed?.dimensionExhausted.keys.sorted() == ["devices: no free devices match gpu"])
    }

    /// What ends gives its devices and cores back.
    @Test func givenBack() {
        var node = Self.node(1, [("m", ["Int": 1], ["a"])])
        (node.nodeResources.cpu.totalCpuCores, node.nodeResources.cpu.reservableCpuCores) = (4, [0, 1, 2, 3])
        var world = World(nodes: [node])
        var job = Self.job(Self.request(), count: 1)
        job.taskGroups[0].tasks[0].resources.cores = 3
        world.register(job)
        #expect(world.live("web").map { $0.resources.tasks["t"]?.reservedCores } == [[0, 1, 2]])
        #expect(world.live("web").map { $0.resources.tasks["t"]?.cpuShares } == [3000])
        world.report(world.live("web"), .complete)
        world.evaluate(job.key, .nodeUpdate)
        #expect(world.live("web").map { $0.resources.tasks["t"]?.reservedCores } == [[0, 1, 2]])
        #expect(world.live("web").map { $0.resources.tasks["t"]?.devices.first?.deviceIDs } == [["a"]])
    }

    @Test(arguments: [(true, 512), (false, 0)]) func memoryMax(allowed: Bool, given: Int) {
        var world = World(nodes: [makeNode(1, memory: 300)])
        var configuration = SchedulerConfiguration()
        configuration.memoryOversubscriptionEnabled = allowed
        world.apply([.schedulerConfiguration(configuration)])
        var group = makeGroup(memory: 256)
        group.tasks[0].resources.memoryMaxMB = 512
        world.register(makeJob("web", groups: [group]))
        // More than the node has is no obstacle: only what is asked for counts.
        #expect(world.live("web").map { $0.resources.tasks["t"]?.memoryMaxMB } == [given])
    }
}
