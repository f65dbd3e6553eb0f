import Base
import Model
import State
import Testing

@testable import Scheduling

/// Who has to go for devices and whole cores, which one allocation alone can have.
struct PreemptionTests {
    /// What a job of low priority holds: instances of `gpu` and cores.
    struct Low: Sendable {
        var name: String
        var priority: Int
        var gpu = 0
        var model = ""
        var cores = 0
    }

    struct Row: Sendable {
        var about: String
        var models: [String: Int]
        var cores = 0
        var low: [Low]
        /// What the job of high priority asks for.
        var gpu = 0
        var asksCores = 0
        var goes: [String]
        var places = true
    }

    static let rows = [
        Row(
            about: "the only holder", models: ["a": 1], low: [Low(name: "x", priority: 10, gpu: 1)], gpu: 1, goes: ["x"]
        ),
        Row(
            about: "free ones need nobody", models: ["a": 2], low: [Low(name: "x", priority: 10, gpu: 1)], gpu: 1,
            goes: []),
        Row(
            about: "the lowest priority", models: ["a": 2],
            low: [Low(name: "x", priority: 30, gpu: 1), Low(name: "y", priority: 10, gpu: 1)], gpu: 1, goes: ["y"]),
        Row(
            about: "within a priority the one that holds most", models: ["a": 3],
            low: [Low(name: "x", priority: 10, gpu: 1), Low(name: "y", priority: 10, gpu: 2)], gpu: 2, goes: ["y"]),
        Row(
            about: "the device group whose holders weigh least", models: ["a": 2, "b": 2],
            low: [
                Low(name: "x", priority: 30, gpu: 2, model: "a"), Low(name: "y", priority: 20, gpu: 2, model: "b"),
            ], gpu: 2, goes: ["y"]),
        Row(
            about: "one group must have them all", models: ["a": 1, "b": 1],
            low: [
                Low(name: "x", priority: 10, gpu: 1, model: "a"), Low(name: "y", priority: 10, gpu: 1, model: "b"),
            ], gpu: 2, goes: [], places: false),
        Row(
            about: "too near in priority", models: ["a": 1], low: [Low(name: "x", priority: 75, gpu: 1)], gpu: 1,
            goes: [], places: false),
        Row(
            about: "bystanders stay", models: ["a": 1],
            low: [Low(name: "x", priority: 10), Low(name: "y", priority: 30, gpu: 1)], gpu: 1, goes: ["y"]),
        Row(
            about: "cores", models: [:], cores: 4,
            low: [Low(name: "x", priority: 10, cores: 2), Low(name: "y", priority: 20, cores: 2)], asksCores: 2,
            goes: ["x"]),
        Row(
            about: "cores of several", models: [:], cores: 4,
            low: [Low(name: "x", priority: 10, cores: 1), Low(name: "y", priority: 20, cores: 3)], asksCores: 4,
            goes: ["x", "y"]),
        Row(
            about: "more cores than there are", models: [:], cores: 4, low: [Low(name: "x", priority: 10, cores: 4)],
            asksCores: 5, goes: [], places: false),
    ]

    @Test(arguments: rows, [JobType.system, .service]) func holdersGo(row: Row, type: JobType) throws {
        var node = makeNode(1, cpu: 8000)
        node.nodeResources.devices = row.models.sorted { $0.key < $1.key }.map { model, count in
            var group = PortTests.gpu((0..<count).map { "\(model)\($0)" })
            group.name = model
            return group
        }
        node.nodeResources.cpu.totalCpuCores = 8
        node.nodeResources.cpu.reservableCpuCores = Array(0..<row.cores)
        node.computeClass()
        var world = World(nodes: [node])
        var configuration = SchedulerConfiguration()
        configuration.preemptionConfig.serviceSchedulerEnabled = true
        world.apply([.schedulerConfiguration(configuration)])
        for low in row.low {
            var group = makeGroup()
            Self.ask(&group, gpu: low.gpu, model: low.model, cores: low.cores)
            world.register(makeJob(low.name, priority: low.priority, groups: [group]))
            try #require(world.live(low.name).count == 1)
        }
        var group = makeGroup()
        Self.ask(&group, gpu: row.gpu, model: "", cores: row.asksCores)
        world.register(makeJob("high", type, priority: 80, groups: [group]))
        #expect(world.live("high").count == (row.places ? 1 : 0))
        let gone = row.low.map(\.name).filter { world.allocations($0).contains { $0.desiredStatus == .evict } }
        #expect(gone == row.goes)
        #expect(world.live("high").first?.preemptedAllocations.count ?? 0 == row.goes.count)
    }

    private static func ask(_ group: inout GroupSpec, gpu: Int, model: String, cores: Int) {
        if gpu > 0 {
            var request = DeviceRequest()
            (request.name, request.count) = (model.isEmpty ? "gpu" : "nvidia/gpu/\(model)", gpu)
            group.tasks[0].resources.devices = [request]
        }
        group.tasks[0].resources.cores = cores
    }
}
