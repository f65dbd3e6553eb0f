import Base
import Model
import State
import Testing

@testable import Scheduling

/// Random histories of scaling, changing, failing, draining and losing, with what must hold at every step.
struct HistoryTests {
    private struct History {
        var world: World
        var random: SeededGenerator
        let key = JobKey(namespace: "default", id: "web")
        var version = 0
        var policy: UpdatePolicy?

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            world = World(nodes: (1...5).map { makeNode($0, cpu: 1500, memory: 3000) })
            if Bool.random(using: &random) {
                policy = update(
                    parallel: Int.random(in: 1...3, using: &random), canary: Int.random(in: 0...2, using: &random))
            }
        }

        mutating func pick(_ list: [Allocation]) -> Allocation? { list.randomElement(using: &random) }

        mutating func register() {
            var job =
                world.state.job(key)?.job ?? makeJob("web", groups: [makeGroup(dynamicPorts: ["http"], update: policy)])
            switch Int.random(in: 0..<3, using: &random) {
            case 0: job.taskGroups[0].count = Int.random(in: 0...8, using: &random)
            case 1: job.taskGroups[0].tasks[0].env["V"] = "\(version)"
            default: job.priority = Int.random(in: 1...90, using: &random)
            }
            version += 1
            world.register(job)
        }

        mutating func step() {
            world.pass(Int64.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1: register()
            case 2: if let one = pick(world.live("web")) { world.report([one], .failed, healthy: false) }
            case 3:
                if let one = pick(world.live("web")) { world.change(one) { $0.desiredTransition.migrate = true } }
            case 4: toggleNode()
            case 5: promote()
            case 6: if let one = pick(world.live("web")) { world.report([one], .complete) }
            default: world.settle("web")
            }
            if let waiting = world.state.evaluations(ofJob: key).last(where: {
                $0.waitUntil != nil && $0.status == .pending
            }),
                let due = waiting.waitUntil?.instant, due <= world.now
            {
                world.schedule(waiting)
            } else {
                world.evaluate(key, .nodeUpdate)
            }
        }

        mutating func toggleNode() {
            let id = NodeID(high: 0, low: UInt64.random(in: 1...4, using: &random))
            let lost = world.state.allocations(onNode: id)
            world.change(id) { $0.status = $0.status == .ready ? .down : .ready }
            // What a lost node ran has ended when it is back.
            if world.state.node(id)?.status == .ready {
                world.report(lost.filter { $0.desiredStatus != .run && !$0.isClientTerminal }, .complete)
            }
        }

        mutating func promote() {
            guard var deployment = world.state.latestDeployment(ofJob: key), deployment.status.isActive else { return }
            for name in deployment.taskGroups.keys { deployment.taskGroups[name]?.promoted = true }
            world.apply([.deployments([deployment])])
        }

        func check(_ seed: UInt64, _ step: Int) {
            let place = "seed \(seed) step \(step): \(world.story("web"))"
            let count = world.state.job(key)?.job.taskGroups[0].count ?? 0
            let live = world.live("web")
            let byVersion = Dictionary(grouping: live, by: \.jobVersion)
            for (version, list) in byVersion {
                #expect(Set(list.map(\.index)).count == list.count, "index twice in version \(version), \(place)")
            }
            let deployment = world.state.latestDeployment(ofJob: key)
            let waitsForPromotion = deployment.map { $0.status.isActive && $0.requiresPromotion } ?? false
            if !waitsForPromotion {
                #expect(Set(live.map(\.index)).count == live.count, "index twice, \(place)")
                #expect(live.allSatisfy { $0.index < count }, "index beyond the count, \(place)")
            }
            checkNodes(place)
            checkReplacements(live, place)
            // Liveness: what is missing failed for good, waits for its time, or waits for room or promotion.
            if !waitsForPromotion, deployment?.status != .failed, deployment?.status != .paused {
                let failed = world.allocations("web").filter {
                    $0.clientStatus == .failed && $0.desiredStatus == .run && $0.nextAllocation.isZero
                }
                let accounted = Set(live.map(\.index) + failed.map(\.index))
                let isShort = (0..<count).contains { !accounted.contains($0) }
                #expect(!isShort || !world.plan.evaluation.failedTGAllocs.isEmpty, "indexes missing, \(place)")
            }
        }

        /// A replacement on the same node waits for what it replaces; apart from that nothing is given twice.
        private func checkNodes(_ place: String) {
            for node in world.state.allNodes where node.status == .ready {
                let holding = world.state.allocations(onNode: node.id).filter { !$0.isClientTerminal }
                let waiting = Set(holding.map(\.previousAllocation))
                let counted = holding.filter { !waiting.contains($0.id) }
                let need = counted.reduce(0) { $0 + $1.footprint.cpu }
                #expect(need <= node.nodeResources.cpu.cpuShares, "node over-committed, \(place)")
                let ports = counted.flatMap { $0.resources.ports.map(\.value) }
                #expect(Set(ports).count == ports.count, "port given twice, \(place)")
                #expect(ports.allSatisfy { (20000...32000).contains($0) })
            }
        }

        private func checkReplacements(_ live: [Allocation], _ place: String) {
            for allocation in live where !allocation.previousAllocation.isZero {
                let previous = world.state.allocation(allocation.previousAllocation)
                #expect(previous?.index == allocation.index, "replacement with another index, \(place)")
                #expect(previous?.nextAllocation == allocation.id, "\(place)")
            }
        }
    }

    @Test(arguments: [UInt64](1...60) + [114, 1328, 1413]) func invariantsHold(seed: UInt64) {
        var history = History(seed: seed)
        history.register()
        for step in 0..<60 {
            history.step()
            history.check(seed, step)
        }
    }

    /// After the storm: healthy nodes, everything reported healthy, promoted. The count is met exactly.
    @Test(arguments: [UInt64](201...240)) func settles(seed: UInt64) {
        var history = History(seed: seed)
        history.register()
        for _ in 0..<30 { history.step() }
        for number in 1...5 { history.world.change(NodeID(high: 0, low: UInt64(number))) { $0.status = .ready } }
        history.version += 1
        var job = history.world.state.job(history.key)?.job ?? Job()
        job.taskGroups[0].tasks[0].env["V"] = "last"
        history.world.register(job)
        for _ in 0..<20 {
            history.world.settle("web")
            history.promote()
            history.world.evaluate(history.key, .deploymentWatcher)
        }
        let live = history.world.live("web")
        #expect(live.map(\.index) == Array(0..<job.taskGroups[0].count), "seed \(seed) \(history.world.story("web"))")
        #expect(live.allSatisfy { $0.jobVersion == history.world.state.job(history.key)?.job.version }, "seed \(seed)")
    }

    /// The same history gives the same plans, bit for bit.
    @Test func deterministic() {
        var (a, b) = (History(seed: 5), History(seed: 5))
        for _ in 0..<20 {
            a.step()
            b.step()
            #expect(a.world.plan == b.world.plan)
        }
    }
}
