import Base
import Foundation
import Model
import Scheduling
import State

/// `caravan-bench curves`: placements a second of the pure scheduler against the number of nodes, against the
/// number of allocations that are there already, and with the rules that look at more than room.
enum Curves {
    /// Instances of each job.
    private static let count = 1000

    /// What a job of a curve asks beside room.
    private enum Rule: String, CaseIterable {
        case plain, affinity, spread, distinctHosts = "distinct_hosts", devices
    }

    static func run(_ arguments: [String]) throws {
        let most = arguments.first.flatMap { Int($0) } ?? 1_000_000
        var result = JSONObject()
        print("placements a second: plan alone, plan and apply")
        for nodes in [500, 5000, 50_000] {
            for rule in Rule.allCases {
                var run = Run(nodes: nodes, allocations: 11_000)
                // A leader has read its nodes long before; the first evaluation pays for that.
                _ = run.place(1, rule)
                let rates = run.place(10, rule)
                tell("\(nodes) nodes, \(rule.rawValue)", rates, &result, "nodes_\(nodes)_\(rule.rawValue)")
            }
        }
        var run = Run(nodes: 5000, allocations: most)
        var placed = 0
        for total in [10_000, 100_000, 1_000_000, 10_000_000] where total <= most {
            // The last tenth of each power of ten is what the curve shows.
            _ = run.place((total - placed - total / 10) / count, .plain)
            let rates = run.place(total / 10 / count, .plain)
            placed = total
            tell("allocation \(total) on 5000 nodes", rates, &result, "allocations_\(total)")
        }
        print(JSON.object(result).text)
    }

    private static func tell(
        _ name: String, _ rates: (plan: Double, all: Double), _ result: inout JSONObject, _ key: String
    ) {
        print("\(name): \(Int(rates.plan)), \(Int(rates.all))")
        result[key] = .int(Int64(rates.plan))
    }

    /// A cluster that is filled job by job.
    private struct Run {
        var state = State()
        var scheduler = Scheduler()
        var generator = SeededGenerator(seed: 1)
        var jobs = 0

        init(nodes: Int, allocations: Int) {
            // Room for a fifth more than will be placed; every node has devices, and a tenth is of no use.
            let room = max(20, allocations * 6 / 5 / max(1, nodes * 9 / 10))
            let list = (0..<nodes).map { number -> Change in
                var node = StormCluster.node(number)
                node.nodeResources.cpu.cpuShares = room * StormCluster.instanceMHz
                node.nodeResources.memory.memoryMB = room * StormCluster.instanceMemoryMB
                node.nodeResources.disk.diskMB = room * 1000
                var device = NodeDeviceGroup()
                (device.vendor, device.type, device.name) = ("acme", "gpu", "one")
                device.instances = (0..<room).map {
                    var instance = NodeDevice()
                    (instance.id, instance.healthy) = ("gpu-\(number)-\($0)", true)
                    return instance
                }
                node.nodeResources.devices = [device]
                node.computeClass()
                return .node(node)
            }
            state.apply(Entry(index: 1, time: .zero, cause: "Bench", changes: list))
        }

        mutating func place(_ number: Int, _ rule: Rule) -> (plan: Double, all: Double) {
            guard number > 0 else { return (0, 0) }
            let clock = ContinuousClock()
            var (plans, whole) = (Duration.zero, Duration.zero)
            var placed = 0
            for _ in 0..<number {
                jobs += 1
                let job = Curves.job("job-\(jobs)", rule, nodes: state.nodeCount)
                state.apply(Entry(index: state.index + 1, time: .zero, cause: "Bench", changes: [.job(job)]))
                var evaluation = Evaluation()
                (evaluation.id, evaluation.jobID) = (EvaluationID(high: 1, low: UInt64(jobs)), job.id)
                evaluation.type = .service
                let start = clock.now
                let plan = scheduler.plan(evaluation, state: state, now: .zero, generator: &generator)
                plans += clock.now - start
                state.apply(Entry(index: state.index + 1, time: .zero, cause: "Bench", changes: plan.changes))
                whole += clock.now - start
                placed += plan.allocations.count
            }
            return (Double(placed) / seconds(plans), Double(placed) / seconds(whole))
        }
    }

    private static func job(_ id: String, _ rule: Rule, nodes: Int) -> Job {
        var job = BenchmarkCluster.job(count: count)
        (job.id, job.name, job.datacenters) = (id, id, [StormCluster.datacenter])
        job.taskGroups[0].tasks[0].resources.memoryMB = StormCluster.instanceMemoryMB
        switch rule {
        case .plain: break
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
        case .devices:
            var device = DeviceRequest()
            (device.name, device.count) = ("acme/gpu", 1)
            job.taskGroups[0].tasks[0].resources.devices = [device]
        }
        return job
    }
}
