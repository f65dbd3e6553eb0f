import Base
import Model
import State
import Testing

@testable import Scheduling

/// Placement against a naive full scan, for what one allocation alone can have: ports, whole cores, devices; and for
/// the evictions that make room for a job of high priority.
struct ScarceExactnessTests {
    /// A random cluster with jobs of low priority on it, and a job that asks for scarce things.
    private struct Case {
        var nodes: [Node]
        var fillers: [Job] = []
        var job: Job

        init(seed: UInt64, count: Int) {
            var random = SeededGenerator(seed: seed)
            func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
            nodes = (1...pick(1...8)).map { number in
                var node = makeNode(
                    number, nodeClass: ["a", "b"][pick(0...1)], cpu: pick(1000...8000), memory: pick(500...4000),
                    disk: pick(500...5000))
                node.nodeResources.cpu.totalCpuCores = pick(2...8)
                node.nodeResources.cpu.reservableCpuCores = Array(0..<pick(0...6))
                let first = pick(20000...20010)
                (node.nodeResources.minDynamicPort, node.nodeResources.maxDynamicPort) = (first, first + pick(0...3))
                for model in ["small", "large"] where pick(0...1) == 1 {
                    var group = PortTests.gpu((0..<pick(1...3)).map { "\(model)\($0)" })
                    group.name = model
                    group.attributes = ["memory": ["Int": model == "large" ? 40 : 10, "Unit": "GiB"]]
                    node.nodeResources.devices.append(group)
                }
                node.computeClass()
                return node
            }
            for number in 0..<pick(0...6) {
                var group = makeGroup(count: pick(1...3), cpu: pick(50...900), memory: pick(50...900))
                Self.ask(&group, &random)
                fillers.append(makeJob("filler\(number)", priority: [10, 30, 45, 70][pick(0...3)], groups: [group]))
            }
            var group = makeGroup(
                count: count, cpu: pick(50...900), memory: pick(50...900), disk: pick(10...900))
            Self.ask(&group, &random)
            if pick(0...1) == 1 { group.affinities = [affinity("${node.class}", "=", "a", 30)] }
            job = makeJob("job", priority: 60, groups: [group])
        }

        /// Ports, cores and devices, each of them now and then.
        private static func ask(_ group: inout GroupSpec, _ random: inout SeededGenerator) {
            func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
            var network = NetworkSpec()
            if pick(0...2) == 0 {
                var port = PortSpec()
                (port.label, port.value) = ("static", [80, 443][pick(0...1)])
                network.reservedPorts = [port]
            }
            for label in 0..<max(0, pick(-2...2)) {
                var port = PortSpec()
                port.label = "dynamic\(label)"
                network.dynamicPorts.append(port)
            }
            if !(network.reservedPorts + network.dynamicPorts).isEmpty { group.networks = [network] }
            if pick(0...2) == 0 { group.tasks[0].resources.cores = pick(1...3) }
            guard pick(0...2) == 0 else { return }
            var request = DeviceRequest()
            (request.name, request.count) = (["gpu", "nvidia/gpu", "nvidia/gpu/large"][pick(0...2)], pick(1...2))
            if pick(0...2) == 0 {
                request.constraints = [Constraint(lTarget: "${device.attr.memory}", operand: ">=", rTarget: "20 GiB")]
            }
            if pick(0...1) == 0 { request.affinities = [affinity("${device.attr.memory}", ">=", "20 GiB", 50)] }
            group.tasks[0].resources.devices = [request]
        }
    }

    /// A node with the allocations that it carries, asked for one more instance from scratch.
    private struct Naive {
        let node: Node
        let job: Job
        var allocations: [Allocation]

        var group: GroupSpec { job.taskGroups[0] }
        var task: ResourceSpec { group.tasks[0].resources }
        private var coreCPU: Int { node.nodeResources.cpu.cpuShares / node.nodeResources.cpu.totalCpuCores }
        private var cpu: Int { task.cores > 0 ? task.cores * coreCPU : task.cpu }

        func score() -> Double? {
            let use = allocations.map(\.footprint)
            let cpu = use.reduce(cpu) { $0 + $1.cpu }
            let memory = use.reduce(task.memoryMB) { $0 + $1.memoryMB }
            let disk = use.reduce(group.ephemeralDisk.sizeMB) { $0 + $1.diskMB }
            let has = node.nodeResources
            guard cpu <= has.cpu.cpuShares, memory <= has.memory.memoryMB, disk <= has.disk.diskMB, hasPorts, hasCores,
                let devices
            else { return nil }
            let free = (1 - Double(cpu) / Double(has.cpu.cpuShares), 1 - Double(memory) / Double(has.memory.memoryMB))
            var terms = [min(max(20 - Exponential.exp10(free.0) - Exponential.exp10(free.1), 0), 18) / 18]
            if let liking = devices { terms.append(liking) }
            let here = allocations.count { $0.jobID == job.id }
            if here > 0 { terms.append(-Double(here + 1) / Double(group.count)) }
            if !group.affinities.isEmpty, node.nodeClass == "a" { terms.append(1) }
            return terms.reduce(0, +) / Double(terms.count)
        }

        private var hasPorts: Bool {
            let taken = Set(allocations.flatMap { $0.resources.ports.map(\.value) })
            let network = group.networks.first ?? NetworkSpec()
            guard network.reservedPorts.allSatisfy({ !taken.contains($0.value) }) else { return false }
            let range = node.nodeResources.minDynamicPort...node.nodeResources.maxDynamicPort
            return range.count { !taken.contains($0) } >= network.dynamicPorts.count
        }

        private var hasCores: Bool {
            let taken = Set(allocations.flatMap { $0.resources.tasks.values.flatMap(\.reservedCores) })
            return node.nodeResources.cpu.reservableCpuCores.count { !taken.contains($0) } >= task.cores
        }

        /// Nil: no group of devices has enough; otherwise what the request's affinities say, if it has any.
        private var devices: Double?? {
            guard let request = task.devices.first else { return .some(nil) }
            let taken = Set(
                allocations.flatMap { $0.resources.tasks.values.flatMap { $0.devices.flatMap(\.deviceIDs) } })
            let served = node.nodeResources.devices.filter { group in
                (request.name != "nvidia/gpu/large" || group.name == "large")
                    && (request.constraints.isEmpty || group.name == "large")
                    && group.instances.count { $0.healthy && !taken.contains($0.id) } >= request.count
            }
            guard !served.isEmpty else { return nil }
            guard !request.affinities.isEmpty else { return .some(nil) }
            return .some(served.contains { $0.name == "large" } ? 1 : 0)
        }
    }

    private static func loaded(_ world: World, _ made: Case) -> [Naive] {
        made.nodes.map { node in
            Naive(
                node: node, job: made.job, allocations: world.state.allocations(onNode: node.id).filter(\.occupiesNode))
        }
    }

    @Test(arguments: [UInt64](1...200)) func bestOfAllNodes(seed: UInt64) throws {
        let made = Case(seed: seed, count: Int(seed % 5) + 1)
        var world = World(nodes: made.nodes)
        for filler in made.fillers { world.register(filler) }
        var naive = Self.loaded(world, made)
        let plan = world.register(made.job)
        let placed = world.live("job")
        for allocation in placed {
            let scores = naive.map { $0.score() }
            let at = try #require(made.nodes.firstIndex { $0.id == allocation.nodeID })
            let best = try #require(scores.compactMap { $0 }.max())
            let chosen = try #require(scores[at], "\(allocation.name) does not fit on \(allocation.nodeName)")
            #expect(abs(chosen - best) < 1e-12, "\(allocation.name): \(chosen) is not \(best)")
            naive[at].allocations.append(allocation)
        }
        let missing = made.job.taskGroups[0].count - placed.count
        let free = naive.filter { $0.score() != nil }.map(\.node.name)
        #expect(missing == 0 || free.isEmpty, "\(plan.evaluation.failedTGAllocs)")
        #expect(plan.evaluation.queuedAllocations["g"] == missing)
        let ports = placed.flatMap { allocation in
            allocation.resources.ports.map { "\(allocation.nodeID) \($0.hostIP):\($0.value)" }
        }
        #expect(Set(ports).count == ports.count)
    }

    /// A job that may preempt is placed wherever evictions can make room, nobody of a near priority goes, and nobody
    /// goes whose staying would have done no harm.
    @Test(arguments: [UInt64](1...200), [JobType.service, .batch]) func evictsWhatIsNeeded(
        seed: UInt64, type: JobType
    ) throws {
        var made = Case(seed: seed, count: 1)
        made.job.type = type.rawValue
        var world = World(nodes: made.nodes)
        var configuration = SchedulerConfiguration()
        configuration.preemptionConfig.serviceSchedulerEnabled = true
        configuration.preemptionConfig.batchSchedulerEnabled = true
        world.apply([.schedulerConfiguration(configuration)])
        for filler in made.fillers.sorted(by: { $0.priority > $1.priority }) { world.register(filler) }
        let naive = Self.loaded(world, made)
        world.register(made.job)
        let fits = naive.contains { $0.score() != nil }
        func mayGo(_ allocation: Allocation) -> Bool { allocation.job.job.priority <= made.job.priority - 10 }
        let fitsWithoutThem = naive.contains { node in
            var emptied = node
            emptied.allocations.removeAll(where: mayGo)
            return emptied.score() != nil
        }
        // Dynamic ports are the one thing that nobody is evicted for.
        let asksDynamic = !(made.job.taskGroups[0].networks.first?.dynamicPorts ?? []).isEmpty
        let placed = world.live("job").first
        #expect(!fits || placed != nil)
        #expect(placed == nil || fitsWithoutThem)
        if fitsWithoutThem, !asksDynamic { #expect(placed != nil) }
        guard let placed else { return }
        let node = try #require(naive.first { $0.node.id == placed.nodeID })
        let gone = Set(placed.preemptedAllocations)
        #expect(gone.isEmpty || !fits)
        #expect(node.allocations.filter { gone.contains($0.id) }.allSatisfy(mayGo))
        var rest = node
        rest.allocations.removeAll { gone.contains($0.id) }
        #expect(rest.score() != nil)
        for one in node.allocations where gone.contains(one.id) {
            var spared = rest
            spared.allocations.append(one)
            #expect(spared.score() == nil, "\(one.name) went for nothing")
        }
    }
}
