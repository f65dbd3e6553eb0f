import Base
import Model
import State
import Testing

@testable import Scheduling

/// The index of nodes that is held from one evaluation to the next must never show: over a random history, a scheduler
/// that saw everything, one that starts anew, and one that looks at every node make the same plans to the last byte.
struct IndexExactnessTests {
    /// A cluster, the jobs on it, and what happens to them, all from one seed.
    private struct History {
        var world: World
        var random: SeededGenerator
        var nodes: [NodeID] = []
        var jobs: [String] = []
        var nextNode = 1
        var nextJob = 1

        /// Many nodes of few kinds and all sizes, so that the index has several blocks of cells of one kind.
        let isWide: Bool
        /// Jobs have several priorities, and may evict each other.
        let preempts: Bool

        init(seed: UInt64, isWide: Bool, preempts: Bool) {
            self.preempts = preempts
            random = SeededGenerator(seed: seed)
            world = World()
            self.isWide = isWide
            for _ in 0..<(isWide ? pick(150...300) : pick(1...16)) { addNode() }
        }

        mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func chance(_ one: Int) -> Bool { pick(1...one) == 1 }

        // MARK: Nodes

        mutating func addNode() {
            // Few sizes, so that nodes share cells, and now and then one of its own.
            var node = makeNode(
                nextNode, datacenter: ["dc1", "dc1", "dc2"][pick(0...2)], nodeClass: ["a", "b"][pick(0...1)],
                cpu: chance(5) ? pick(500...4000) : 2000, memory: chance(5) ? pick(500...4000) : 3000, disk: 3000,
                meta: chance(2) ? ["rack": "r\(pick(1...3))"] : [:])
            guard !isWide else { return addWide(&node) }
            node.nodeResources.cpu.totalCpuCores = 4
            node.nodeResources.cpu.reservableCpuCores = chance(2) ? [0, 1, 2] : []
            if chance(5) { node.reservedResources.networks.reservedHostPorts = "80" }
            if chance(4) {
                var second = NodeAddress()
                (second.family, second.address) = ("ipv4", "127.0.0.2")
                node.nodeResources.nodeNetworks[0].addresses.append(second)
            }
            if chance(4) { (node.nodeResources.minDynamicPort, node.nodeResources.maxDynamicPort) = (20_000, 20_002) }
            if chance(2) { node.nodeResources.devices = [PortTests.gpu(["one", "two", "sick"])] }
            if chance(3) {
                var group = PortTests.gpu((0..<pick(1...3)).map { "large\($0)" })
                group.name = "large"
                node.nodeResources.devices.append(group)
            }
            add(&node)
        }

        private mutating func addWide(_ node: inout Node) {
            node.nodeResources.cpu.cpuShares = pick(500...4000)
            node.nodeResources.memory.memoryMB = pick(500...4000)
            node.meta = chance(8) ? ["rack": "r1"] : [:]
            add(&node)
        }

        private mutating func add(_ node: inout Node) {
            node.computeClass()
            nextNode += 1
            nodes.append(node.id)
            world.apply([.node(node)])
        }

        mutating func changeNode() {
            let id = nodes[pick(0...(nodes.count - 1))]
            switch pick(1...8) {
            case 1: world.change(id) { $0.status = .down }
            case 2: world.change(id) { $0.schedulingEligibility = .ineligible }
            case 3: world.change(id) { $0.drainStrategy = DrainStrategy() }
            case 4, 5:
                world.change(id) { node in
                    (node.status, node.schedulingEligibility, node.drainStrategy) = (.ready, .eligible, nil)
                }
            case 6:
                let cpu = pick(500...4000)
                world.change(id) { $0.nodeResources.cpu.cpuShares = cpu }
            case 7:
                let rack = "r\(pick(1...3))"
                world.change(id) { node in
                    node.meta["rack"] = rack
                    node.computeClass()
                }
            default:
                guard nodes.count > 1 else { return }
                nodes.removeAll { $0 == id }
                world.apply([.deleteNode(id)])
            }
        }

        // MARK: Jobs

        mutating func makeRandomJob(_ id: String) -> Job {
            var group = makeGroup(
                count: isWide ? pick(1...150) : pick(1...8), cpu: chance(2) ? 300 : pick(50...900),
                memory: chance(2) ? 200 : pick(50...900),
                staticPort: chance(4) ? ("web", [80, 8080, 20_001][pick(0...2)]) : nil,
                dynamicPorts: chance(4) ? ["http"] : [])
            if chance(3) { group.affinities = [affinity("${node.class}", "=", "a", chance(2) ? 30 : -30)] }
            if chance(4) {
                let targets: [[(String, Int)]] = [
                    [], [("r1", 70)], [("r1", 100), ("r2", 0)], [("r1", 50), ("*", 50)],
                ]
                group.spreads = [spread("${meta.rack}", 60, targets[pick(0...3)])]
                if chance(3) { group.spreads.append(spread("${node.class}", 40, [])) }
                if chance(6) { group.spreads = [spread("${node.unique.name}", 50, [])] }
            }
            if chance(8) { group.constraints = [Constraint(operand: "distinct_hosts")] }
            if chance(5) {
                let limit = isWide ? "\(pick(2...30))" : "\(pick(1...2))"
                group.constraints = [Constraint(lTarget: "${meta.rack}", operand: "distinct_property", rTarget: limit)]
            }
            if chance(8) { group.constraints.append(Constraint(lTarget: "${meta.rack}", operand: "is_set")) }
            if chance(8) {
                let name = Constraint(lTarget: "${node.unique.name}", operand: "!=", rTarget: "n3")
                group.constraints.append(name)
            }
            if chance(6) { group.tasks[0].resources.cores = pick(1...2) }
            if chance(4) {
                var request = DeviceRequest()
                (request.name, request.count) = (["gpu", "nvidia/gpu/large"][pick(0...1)], pick(1...2))
                if chance(6) {
                    request.constraints = [
                        Constraint(lTarget: "${device.ids}", operand: "set_contains", rTarget: "large1")
                    ]
                }
                if chance(2) {
                    request.affinities = [affinity("${device.model}", "=", "large", 50)]
                }
                group.tasks[0].resources.devices = [request]
            }
            if chance(6) { group.ephemeralDisk.sticky = true }
            var groups = [group]
            if chance(4) {
                var second = group
                second.name = "h"
                groups.append(second)
            }
            var job = makeJob(
                id, chance(8) ? .system : chance(4) ? .batch : .service,
                datacenters: chance(3) ? ["dc1"] : ["dc*"], groups: groups)
            job.allAtOnce = chance(10)
            if preempts { job.priority = [20, 50, 80][pick(0...2)] }
            if chance(8) {
                job.constraints = [
                    Constraint(lTarget: "${node.class}", operand: "distinct_property", rTarget: "\(pick(1...6))")
                ]
            }
            return job
        }

        /// Something happens; returns what is to be evaluated.
        mutating func step() -> JobKey? {
            world.pass(30)
            switch pick(1...10) {
            case 1...4:
                let id = jobs.isEmpty || chance(2) ? "job\(nextJob)" : jobs[pick(0...(jobs.count - 1))]
                if id == "job\(nextJob)" {
                    nextJob += 1
                    jobs.append(id)
                }
                var job = makeRandomJob(id)
                if let old = world.state.job(job.key)?.job {
                    (job.type, job.version) = (old.type, old.version + 1)
                }
                world.apply([.job(job)])
                return job.key
            case 5: changeNode()
            case 6: addNode()
            default:
                guard let id = jobs.isEmpty ? nil : jobs[pick(0...(jobs.count - 1))] else { return nil }
                let live = world.live(id)
                if let one = live.isEmpty ? nil : live[pick(0...(live.count - 1))] {
                    switch pick(1...3) {
                    case 1: world.report([one], .failed)
                    case 2: world.report([one], .running)
                    default: world.report([one], .complete)
                    }
                }
                if chance(8), var job = world.state.job(JobKey(namespace: "default", id: id))?.job {
                    job.stop = true
                    job.version += 1
                    world.apply([.job(job)])
                }
                return JobKey(namespace: "default", id: id)
            }
            guard let id = jobs.isEmpty ? nil : jobs[pick(0...(jobs.count - 1))] else { return nil }
            return JobKey(namespace: "default", id: id)
        }
    }

    @Test(arguments: [UInt64](1...90)) func neverShows(seed: UInt64) throws {
        var history = History(seed: seed, isWide: seed % 6 == 0, preempts: seed % 3 == 1)
        var configuration = SchedulerConfiguration()
        if seed % 4 == 0 { configuration.schedulerAlgorithm = "spread" }
        configuration.preemptionConfig.serviceSchedulerEnabled = history.preempts
        configuration.preemptionConfig.batchSchedulerEnabled = history.preempts
        configuration.preemptionConfig.systemSchedulerEnabled = history.preempts
        history.world.apply([.schedulerConfiguration(configuration)])
        var held = Scheduler()
        for step in 0..<(history.isWide ? 15 : 40) {
            guard let key = history.step() else { continue }
            var evaluation = Evaluation()
            evaluation.id = EvaluationID(using: &history.world.generator)
            (evaluation.namespace, evaluation.jobID) = (key.namespace, key.id)
            evaluation.type = history.world.state.job(key)?.job.kind ?? .service
            evaluation.triggeredBy = .jobRegister
            history.world.apply([.evaluations([evaluation])])
            let (state, now) = (history.world.state, history.world.now)
            var plans: [Plan] = []
            var (fresh, naive) = (Scheduler(), Scheduler(looksAtAll: true))
            var generators = [history.world.generator, history.world.generator, history.world.generator]
            plans.append(naive.plan(evaluation, state: state, now: now, generator: &generators[0]))
            plans.append(held.plan(evaluation, state: state, now: now, generator: &generators[1]))
            plans.append(fresh.plan(evaluation, state: state, now: now, generator: &generators[2]))
            try #require(plans[1] == plans[0], "step \(step): the held index shows")
            try #require(plans[2] == plans[0], "step \(step): a new index shows")
            try #require(generators[0] == generators[1] && generators[0] == generators[2])
            // Every few plans fail: nothing of them comes to be.
            if history.chance(6) { continue }
            history.world.generator = generators[0]
            history.world.apply(plans[0].changes)
        }
    }
}
