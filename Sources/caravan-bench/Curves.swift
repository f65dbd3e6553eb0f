import Base
import Foundation
import Model
import Scheduling
import State

/// `caravan-bench curves [ALLOCATIONS] [--nodes LIST] [--rules LIST] [--rounds N]`: placements a second of the pure
/// scheduler against the number of nodes, with the rules that look at more than room, and against the number of
/// allocations that are there already (up to ALLOCATIONS, 0 for none; ten million take about 5 GiB).
///
/// Processor time of the one thread that works, the best of so many rounds: others on the machine hardly show.
enum Curves {
    /// Instances of each job.
    private static let count = 1000
    /// Jobs that are measured, after one that is not.
    private static let jobs = 10

    /// What a job of a curve asks beside room.
    private enum Rule: String, CaseIterable {
        case plain, affinity, spread
        case distinctHosts = "distinct_hosts"
        case distinctProperty = "distinct_property"
        case devices
        case staticPort = "static_port"
        /// May preempt, and need not.
        case preempting
        /// Every instance takes the place of one of lower priority.
        case evicting
    }

    static func run(_ arguments: [String]) throws {
        let most = arguments.first.flatMap { Int($0) } ?? 1_000_000
        let nodes = list("--nodes", arguments)?.map { Int($0) ?? 0 } ?? [500, 5000, 50_000]
        let rules = list("--rules", arguments)?.compactMap { Rule(rawValue: $0) } ?? Rule.allCases
        let rounds = list("--rounds", arguments)?.first.flatMap { Int($0) } ?? 3
        var result = JSONObject()
        print("placements a second of processor time: plan alone, plan and apply")
        for nodes in nodes where nodes > 0 {
            for rule in rules {
                var best = (plan: 0.0, all: 0.0)
                for _ in 0..<max(1, rounds) {
                    var run = Run(nodes: nodes, allocations: (jobs + 1) * count, rule)
                    // A leader has read its nodes long before; the first evaluation pays for that.
                    if rule == .evicting { run.fillUp(nodes * 9 / 10 * 2) }
                    _ = run.place(1, rule)
                    let rates = run.place(rule == .evicting ? 1 : jobs, rule)
                    best = (max(best.plan, rates.plan), max(best.all, rates.all))
                }
                tell("\(nodes) nodes, \(rule.rawValue)", best, &result, "nodes_\(nodes)_\(rule.rawValue)")
            }
        }
        if most >= 10_000 { fill(most, &result) }
        print(JSON.object(result).text)
    }

    /// The last tenth of each power of ten.
    private static func fill(_ most: Int, _ result: inout JSONObject) {
        var run = Run(nodes: 5000, allocations: most, nil)
        var placed = 0
        for total in [10_000, 100_000, 1_000_000, 10_000_000] where total <= most {
            _ = run.place((total - placed - total / 10) / count, .plain)
            let rates = run.place(total / 10 / count, .plain)
            placed = total
            tell("allocation \(total) on 5000 nodes", rates, &result, "allocations_\(total)")
            print("  \(residentBytes() >> 20) MiB resident")
        }
    }

    /// What follows an option, parted at commas; nil where the option is not there.
    private static func list(_ name: String, _ arguments: [String]) -> [String]? {
        guard let at = arguments.firstIndex(of: name), at + 1 < arguments.count else { return nil }
        return arguments[at + 1].split(separator: ",").map(String.init)
    }

    private static func tell(
        _ name: String, _ rates: (plan: Double, all: Double), _ result: inout JSONObject, _ key: String
    ) {
        print("\(name): \(Int(rates.plan)), \(Int(rates.all))")
        result[key] = .int(Int64(rates.plan))
    }

    /// Processor time of this thread in seconds.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// A cluster that is filled job by job.
    private struct Run {
        var state = State()
        var scheduler = Scheduler()
        var generator = SeededGenerator(seed: 1)
        var jobs = 0

        init(nodes: Int, allocations: Int, _ rule: Rule?) {
            // Room for a fifth more than will be placed; a tenth of the nodes is of no use. For the curves of rules,
            // every instance that fits could have a device.
            let room = rule == .evicting ? 2 : max(20, allocations * 6 / 5 / max(1, nodes * 9 / 10))
            var changes = (0..<nodes).map { number -> Change in
                var node = StormCluster.node(number)
                node.nodeResources.cpu.cpuShares = room * StormCluster.instanceMHz
                node.nodeResources.memory.memoryMB = room * StormCluster.instanceMemoryMB
                node.nodeResources.disk.diskMB = room * 1000
                var network = NodeNetwork()
                (network.mode, network.device) = ("host", "eth0")
                var address = NodeAddress()
                (address.alias, address.address, address.family) = ("default", "10.0.0.1", "ipv4")
                network.addresses = [address]
                node.nodeResources.nodeNetworks = [network]
                if rule != nil { node.nodeResources.devices = [devices(of: number, room)] }
                node.computeClass()
                return .node(node)
            }
            if rule == .preempting || rule == .evicting {
                var configuration = SchedulerConfiguration()
                configuration.preemptionConfig.serviceSchedulerEnabled = true
                changes.append(.schedulerConfiguration(configuration))
            }
            state.apply(Entry(index: 1, time: .zero, cause: "Bench", changes: changes))
        }

        private func devices(of node: Int, _ count: Int) -> NodeDeviceGroup {
            var group = NodeDeviceGroup()
            (group.vendor, group.type, group.name) = ("acme", "gpu", "one")
            group.instances = (0..<count).map {
                var instance = NodeDevice()
                (instance.id, instance.healthy) = ("gpu-\(node)-\($0)", true)
                return instance
            }
            return group
        }

        /// Takes all the room there is with a job of low priority.
        mutating func fillUp(_ count: Int) {
            var job = Curves.job("filler", .plain, nodes: state.nodeCount, number: 0)
            (job.priority, job.taskGroups[0].count) = (10, count)
            state.apply(Entry(index: state.index + 1, time: .zero, cause: "Bench", changes: [.job(job)]))
            var evaluation = Evaluation()
            (evaluation.id, evaluation.jobID, evaluation.type) = (EvaluationID(high: 1, low: 0), job.id, .service)
            let plan = scheduler.plan(evaluation, state: state, now: .zero, generator: &generator)
            state.apply(Entry(index: state.index + 1, time: .zero, cause: "Bench", changes: plan.changes))
        }

        mutating func place(_ number: Int, _ rule: Rule) -> (plan: Double, all: Double) {
            guard number > 0 else { return (0, 0) }
            var (plans, whole) = (0.0, 0.0)
            var placed = 0
            for _ in 0..<number {
                jobs += 1
                let job = Curves.job("job-\(jobs)", rule, nodes: state.nodeCount, number: jobs)
                state.apply(Entry(index: state.index + 1, time: .zero, cause: "Bench", changes: [.job(job)]))
                var evaluation = Evaluation()
                (evaluation.id, evaluation.jobID) = (EvaluationID(high: 1, low: UInt64(jobs)), job.id)
                evaluation.type = .service
                let start = Curves.processorTime()
                let plan = scheduler.plan(evaluation, state: state, now: .zero, generator: &generator)
                plans += Curves.processorTime() - start
                state.apply(Entry(index: state.index + 1, time: .zero, cause: "Bench", changes: plan.changes))
                whole += Curves.processorTime() - start
                placed += plan.allocations.count
            }
            return (Double(placed) / plans, Double(placed) / whole)
        }
    }

    private static func job(_ id: String, _ rule: Rule, nodes: Int, number: Int) -> Job {
        var job = BenchmarkCluster.job(count: count)
        (job.id, job.name, job.datacenters) = (id, id, [StormCluster.datacenter])
        job.taskGroups[0].tasks[0].resources.memoryMB = StormCluster.instanceMemoryMB
        job.priority = 50
        switch rule {
        case .plain, .preempting: break
        case .evicting: job.taskGroups[0].count = min(count, nodes / 5)
        case .affinity:
            var affinity = Affinity()
            (affinity.lTarget, affinity.rTarget, affinity.weight) = ("${meta.rack}", "r7", 50)
            job.affinities = [affinity]
        case .spread:
            var spread = Spread()
            (spread.attribute, spread.weight) = ("${meta.rack}", 50)
            job.spreads = [spread]
        case .distinctHosts:
            job.constraints.append(Constraint(operand: "distinct_hosts", rTarget: "true"))
            job.taskGroups[0].count = min(count, nodes * 9 / 10)
        case .distinctProperty:
            // So many for each of the 36 racks whose nodes are of use.
            job.constraints.append(
                Constraint(lTarget: "${meta.rack}", operand: "distinct_property", rTarget: "\((count + 35) / 36)"))
        case .devices:
            var device = DeviceRequest()
            (device.name, device.count) = ("acme/gpu", 1)
            job.taskGroups[0].tasks[0].resources.devices = [device]
        case .staticPort:
            var port = PortSpec()
            (port.label, port.value) = ("http", 8000 + number)
            var network = NetworkSpec()
            network.reservedPorts = [port]
            job.taskGroups[0].networks = [network]
            job.taskGroups[0].count = min(count, nodes * 9 / 10)
        }
        return job
    }
}
