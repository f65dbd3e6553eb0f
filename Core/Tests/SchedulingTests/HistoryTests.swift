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

        /// Disconnects, evictions, failed and paused rollouts, purges: what makes indexes hardest to keep.
        let isWild: Bool
        let disconnect: DisconnectPolicy?

        init(seed: UInt64, wild: Bool = false) {
            random = SeededGenerator(seed: seed)
            isWild = wild
            world = World(nodes: (1...5).map { makeNode($0, cpu: wild ? 600 : 1500, memory: 3000) })
            if Bool.random(using: &random) {
                policy = update(
                    parallel: Int.random(in: 1...3, using: &random), canary: Int.random(in: 0...2, using: &random))
            }
            guard wild else {
                disconnect = nil
                return
            }
            if Int.random(in: 0..<3, using: &random) == 0 {
                var keeps = DisconnectPolicy()
                keeps.lostAfter = .seconds(Int64.random(in: 20...200, using: &random))
                keeps.replace = Bool.random(using: &random)
                keeps.reconcile =
                    ["best_score", "keep_original", "keep_replacement", "longest_running"]
                    .randomElement(using: &random) ?? ""
                disconnect = keeps
            } else {
                disconnect = nil
            }
            var configuration = SchedulerConfiguration()
            configuration.preemptionConfig.serviceSchedulerEnabled = true
            world.apply([.schedulerConfiguration(configuration)])
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
            job.taskGroups[0].disconnect = disconnect
            if isWild, var update = policy, Int.random(in: 0..<3, using: &random) == 0 {
                update.canary = Int.random(in: 0...4, using: &random)
                job.taskGroups[0].update = update
            }
            version += 1
            world.register(job)
        }

        /// A job of higher priority comes or goes and takes room from this one.
        mutating func intrude() {
            let id = "big\(Int.random(in: 0..<3, using: &random))"
            if world.live(id).isEmpty {
                world.register(makeJob(id, priority: 100, groups: [makeGroup(count: 2, cpu: 500)]))
                world.settle(id)
            } else {
                world.stop(JobKey(namespace: "default", id: id))
                world.report(world.allocations(id).filter { !$0.isClientTerminal }, .complete)
            }
        }

        mutating func decideRollout(_ status: DeploymentStatus) {
            guard var deployment = world.state.latestDeployment(ofJob: key), deployment.status.isActive else { return }
            deployment.status = status
            world.apply([.deployments([deployment])])
        }

        mutating func stepWild() {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: intrude()
            case 2: decideRollout(.failed)
            case 3: decideRollout(.paused)
            case 4: decideRollout(.running)
            case 5:
                let id = NodeID(high: 0, low: UInt64.random(in: 1...4, using: &random))
                world.change(id) { node in
                    if node.status == .ready { node.status = .disconnected }
                }
            case 6:
                // Heard of again: what was unknown runs on.
                for node in world.state.allNodes where node.status == .disconnected {
                    world.change(node.id) { $0.status = .ready }
                    world.report(
                        world.state.allocations(onNode: node.id).filter { $0.clientStatus == .unknown }, .running)
                }
            default:
                if Int.random(in: 0..<4, using: &random) == 0 {
                    world.apply([.deleteJob(key)])
                    world.evaluate(key, .jobDeregister)
                    register()
                }
            }
        }

        mutating func step() {
            world.pass(Int64.random(in: 1...40, using: &random))
            if isWild { stepWild() }
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
            let place = Place { "seed \(seed) step \(step): \(story)" }
            let count = world.state.job(key)?.job.taskGroups[0].count ?? 0
            let live = world.live("web").filter { $0.clientStatus != .unknown }
            // A job that was purged and registered again counts its versions anew.
            let byVersion = Dictionary(grouping: live) { "\($0.jobVersion) since \($0.job.job.createIndex)" }
            for (version, list) in byVersion {
                #expect(Set(list.map(\.index)).count == list.count, "index twice in version \(version), \(place)")
            }
            for allocation in live {
                let group = allocation.group
                let places = max(group?.count ?? 0, group?.update?.canary ?? 0)
                #expect(allocation.index < places, "\(allocation.name) v\(allocation.jobVersion), \(place)")
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
                // Out of reach, and the group wants nobody in its place, or not yet.
                let waits = world.state.evaluations(ofJob: key).contains {
                    $0.status == .pending && $0.triggeredBy == .allocFailure && $0.waitUntil != nil
                }
                let kept = world.live("web").filter {
                    let isAwaited = disconnect?.replace == false || waits && $0.nextAllocation.isZero
                    return $0.clientStatus == .unknown && isAwaited
                }
                let accounted = Set((live + failed + kept).map(\.index))
                let isShort = (0..<count).contains { !accounted.contains($0) }
                #expect(!isShort || !world.plan.evaluation.failedTGAllocs.isEmpty, "indexes missing, \(place)")
            }
        }

        /// What is not long past: `index v version status`, canaries and the wanted ones marked.
        var story: String {
            let deployment = world.state.latestDeployment(ofJob: key)
            let rollout = deployment.map { deployment in
                "v\(deployment.jobVersion) \(deployment.status)"
                    + " canaries \(deployment.taskGroups["g"]?.desiredCanaries ?? 0)"
                    + (deployment.taskGroups["g"]?.promoted ?? false ? " promoted" : "")
            }
            let job = world.state.job(key)?.job
            let lines = world.allocations("web").filter { !$0.isClientTerminal || $0.nextAllocation.isZero }.map {
                one in
                "\(one.index) v\(one.jobVersion)\(one.job.job.createIndex == job?.createIndex ? "" : "!")"
                    + (one.deploymentStatus?.canary ?? false ? "c" : "")
                    + " \(one.clientStatus.rawValue) \(one.desiredStatus.rawValue)"
            }
            return
                "job v\(job?.version ?? 0) count \(job?.taskGroups[0].count ?? 0), \(rollout ?? "no rollout"): \(lines)"
        }

        /// Said only where an expectation fails: making it for each one takes most of the time.
        struct Place: CustomStringConvertible {
            let text: () -> String
            var description: String { text() }
        }

        /// A replacement on the same node waits for what it replaces; apart from that nothing is given twice.
        private func checkNodes(_ place: Place) {
            for node in world.state.allNodes where node.status == .ready {
                let holding = world.state.allocations(onNode: node.id).filter { !$0.isClientTerminal }
                let waiting = Set(holding.flatMap { [$0.previousAllocation] + $0.preemptedAllocations })
                let counted = holding.filter { !waiting.contains($0.id) }
                let need = counted.reduce(0) { $0 + $1.footprint.cpu }
                #expect(need <= node.nodeResources.cpu.cpuShares, "\(node.name) over-committed, \(place)")
                let ports = counted.flatMap { $0.resources.ports.map(\.value) }
                #expect(Set(ports).count == ports.count, "port given twice, \(place)")
                #expect(ports.allSatisfy { (20000...32000).contains($0) })
            }
        }

        private func checkReplacements(_ live: [Allocation], _ place: Place) {
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

    @Test(arguments: [UInt64](1...60) + [68, 77, 96, 188, 269]) func indexesStayHonestInTheWild(seed: UInt64) {
        var history = History(seed: seed, wild: true)
        history.register()
        for step in 0..<80 {
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
