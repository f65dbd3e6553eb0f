import Base
import Model
import State
import Testing

@testable import Scheduling

/// Placement against a naive model of itself: for every instance, all nodes are scored from scratch.
struct ExactnessTests {
    /// A random cluster and a random job, both from the seed.
    private struct Case {
        var nodes: [Node]
        var filler: [Job] = []
        var job: Job

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            let racks = Int.random(in: 1...4, using: &random)
            nodes = (1...Int.random(in: 2...24, using: &random)).map { number in
                makeNode(
                    number, datacenter: Bool.random(using: &random) ? "dc1" : "dc2",
                    nodeClass: ["a", "b"].randomElement(using: &random) ?? "",
                    cpu: Int.random(in: 500...4000, using: &random),
                    memory: Int.random(in: 500...4000, using: &random),
                    disk: Int.random(in: 500...5000, using: &random),
                    meta: Bool.random(using: &random) ? ["rack": "r\(Int.random(in: 1...racks, using: &random))"] : [:])
            }
            for number in 0..<Int.random(in: 0...3, using: &random) {
                let group = makeGroup(
                    count: Int.random(in: 1...5, using: &random), cpu: Int.random(in: 50...600, using: &random),
                    memory: Int.random(in: 50...600, using: &random))
                filler.append(makeJob("filler\(number)", groups: [group]))
            }
            var group = makeGroup(
                count: Int.random(in: 1...12, using: &random), cpu: Int.random(in: 50...700, using: &random),
                memory: Int.random(in: 50...700, using: &random), disk: Int.random(in: 10...900, using: &random))
            if Bool.random(using: &random) { group.affinities = [affinity("${node.class}", "=", "a", 30)] }
            if Int.random(in: 0..<3, using: &random) == 0 {
                group.spreads = [spread("${meta.rack}", 60, Bool.random(using: &random) ? [("r1", 70)] : [])]
            }
            if Int.random(in: 0..<6, using: &random) == 0 {
                group.constraints = [Constraint(operand: "distinct_hosts")]
            }
            if Int.random(in: 0..<6, using: &random) == 0 {
                group.constraints = [Constraint(lTarget: "${meta.rack}", operand: "distinct_property", rTarget: "2")]
            }
            job = makeJob("job", datacenters: ["dc1", "dc2"], groups: [group])
            if Bool.random(using: &random) { job.affinities = [affinity("${node.datacenter}", "=", "dc2", -50)] }
            if Int.random(in: 0..<3, using: &random) == 0 { job.spreads = [spread("${node.datacenter}", 40)] }
        }
    }

    /// The documented score of one more instance on a node, given where the others are; nil where it may not go.
    private struct Naive {
        let job: Job
        var used: [NodeID: Footprint] = [:]
        var placed: [NodeID] = []
        let nodes: [Node]

        var group: GroupSpec { job.taskGroups[0] }

        func score(_ node: Node) -> Double? {
            let ask = GroupNeed(group).footprint
            let use = used[node.id] ?? Footprint()
            let (cpu, memory) = (use.cpu + ask.cpu, use.memoryMB + ask.memoryMB)
            guard cpu <= node.nodeResources.cpu.cpuShares, memory <= node.nodeResources.memory.memoryMB,
                use.diskMB + ask.diskMB <= node.nodeResources.disk.diskMB, allows(node)
            else { return nil }
            let free = (
                1 - Double(cpu) / Double(node.nodeResources.cpu.cpuShares),
                1 - Double(memory) / Double(node.nodeResources.memory.memoryMB)
            )
            var terms = [min(max(20 - Exponential.exp10(free.0) - Exponential.exp10(free.1), 0), 18) / 18]
            let here = placed.count { $0 == node.id }
            if here > 0 { terms.append(-Double(here + 1) / Double(group.count)) }
            let affinities = job.affinities + group.affinities
            let matched = affinities.filter { Matcher($0).matches(node) }.reduce(0) { $0 + $1.weight }
            if matched != 0 { terms.append(Double(matched) / Double(affinities.reduce(0) { $0 + abs($1.weight) })) }
            let boost = (group.spreads + job.spreads).reduce(0.0) { $0 + self.boost($1, node) }
            if boost != 0 { terms.append(boost) }
            return terms.reduce(0, +) / Double(terms.count)
        }

        private func allows(_ node: Node) -> Bool {
            for rule in group.constraints {
                if rule.operand == "distinct_hosts", placed.contains(node.id) { return false }
                if rule.operand == "distinct_property" {
                    guard let value = value(rule.lTarget, node) else { return false }
                    if uses(rule.lTarget)[value] ?? 0 >= Int(rule.rTarget) ?? 1 { return false }
                }
            }
            return true
        }

        private func value(_ attribute: String, _ node: Node) -> String? { NodeReference(attribute).value(of: node) }

        private func uses(_ attribute: String) -> [String: Int] {
            var uses: [String: Int] = [:]
            for id in placed {
                if let node = nodes.first(where: { $0.id == id }), let value = value(attribute, node) {
                    uses[value, default: 0] += 1
                }
            }
            return uses
        }

        private func boost(_ spread: Spread, _ node: Node) -> Double {
            guard let value = value(spread.attribute, node) else { return -1 }
            let uses = uses(spread.attribute)
            let here = uses[value] ?? 0
            if spread.spreadTarget.isEmpty {
                guard let least = uses.values.min(), let most = uses.values.max() else { return 0 }
                if here != least { return Double(least - here) / Double(least) }
                return least == most ? -1 : Double(most - least) / Double(least)
            }
            let share = Double(spread.weight) / Double((group.spreads + job.spreads).reduce(0) { $0 + $1.weight })
            let named = spread.spreadTarget.first { $0.value == value }
            let rest = 100 - spread.spreadTarget.reduce(0) { $0 + $1.percent }
            let desired = Double(named?.percent ?? rest) / 100 * Double(group.count)
            return desired > 0 ? (desired - Double(here + 1)) / desired * share : -1
        }
    }

    @Test(arguments: [UInt64](1...150)) func bestOfAllNodes(seed: UInt64) {
        let made = Case(seed: seed)
        var world = World(nodes: made.nodes)
        for filler in made.filler { world.register(filler) }
        var naive = Naive(job: made.job, nodes: made.nodes)
        for filler in made.filler {
            for allocation in world.live(filler.id) {
                let (use, more) = (naive.used[allocation.nodeID] ?? Footprint(), allocation.footprint)
                naive.used[allocation.nodeID] = Footprint(
                    cpu: use.cpu + more.cpu, memoryMB: use.memoryMB + more.memoryMB, diskMB: use.diskMB + more.diskMB)
            }
        }
        let plan = world.register(made.job)
        let placed = world.live("job")
        for allocation in placed {
            let scores = made.nodes.compactMap { naive.score($0) }
            let chosen = made.nodes.first { $0.id == allocation.nodeID }.flatMap { naive.score($0) }
            let best = scores.max()
            #expect(chosen != nil && best != nil)
            #expect(
                abs((chosen ?? -9) - (best ?? 9)) < 1e-12, "\(allocation.name): \(chosen ?? -9) is not \(best ?? 9)")
            naive.placed.append(allocation.nodeID)
            let (use, more) = (naive.used[allocation.nodeID] ?? Footprint(), allocation.footprint)
            naive.used[allocation.nodeID] = Footprint(
                cpu: use.cpu + more.cpu, memoryMB: use.memoryMB + more.memoryMB, diskMB: use.diskMB + more.diskMB)
        }
        #expect(placed.count == made.job.taskGroups[0].count || made.nodes.allSatisfy { naive.score($0) == nil })
        #expect(plan.evaluation.queuedAllocations["g"] == made.job.taskGroups[0].count - placed.count)
    }

    /// The cache of node columns must not show: a scheduler that saw everything plans like a fresh one.
    @Test(arguments: [UInt64](1...40)) func cacheNeverShows(seed: UInt64) {
        let made = Case(seed: seed)
        var world = World(nodes: made.nodes)
        for filler in made.filler { world.register(filler) }
        var fresh = Scheduler()
        let warm = world.scheduler.dryRun(made.job, state: world.state, now: world.now)
        #expect(fresh.dryRun(made.job, state: world.state, now: world.now) == warm)
        // Again, after a plan that was not applied, and against a state of another history.
        #expect(world.scheduler.dryRun(made.job, state: world.state, now: world.now) == warm)
        let other = World(nodes: Array(made.nodes.prefix(1)))
        let elsewhere = world.scheduler.dryRun(made.job, state: other.state, now: world.now)
        var another = Scheduler()
        #expect(another.dryRun(made.job, state: other.state, now: world.now) == elsewhere)
    }
}
