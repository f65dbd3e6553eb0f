import Base
import Model
import State
import Testing

@testable import Scheduling

/// The advice of `job explain`: said of small clusters, and carried out in a thousand random ones.
struct ExplainTests {
    private func explain(_ world: inout World, _ job: String) throws -> JobExplanation {
        let key = JobKey(namespace: "default", id: job)
        let explanation = world.scheduler.explain(key, state: world.state, now: world.now)
        return try #require(explanation)
    }

    @Test func smallestShortageFirst() throws {
        var world = World(nodes: [makeNode(1, cpu: 500), makeNode(2, cpu: 900), makeNode(3, memory: 100)])
        world.register(makeJob("web", groups: [makeGroup(count: 2, cpu: 1000, memory: 200)]))
        let group = try #require(try explain(&world, "web").groups.first)
        #expect(group.missing == 2)
        let best = try #require(group.remedies.first)
        #expect(best.nodeName == "n2")
        #expect(best.changes == [RemedyChange(.cpu, amount: 100, asked: 1000, free: 900)])
        #expect(best.places == 1)
        #expect(best.nodes == 2)
        #expect(
            best.text == "Free 100 MHz of CPU on n2 (it has 900 left), or ask for 100 less than 1000")
        #expect(group.remedies.dropFirst().first?.changes.map(\.kind) == [.memory])
    }

    @Test func namesRulesPortsAndVolumes() throws {
        var nodes = [makeNode(1, datacenter: "dc2"), makeNode(2), makeNode(3)]
        nodes[2].schedulingEligibility = .ineligible
        var world = World(nodes: nodes)
        world.register(makeJob("first", groups: [makeGroup(staticPort: ("http", 8080))]))
        world.register(makeJob("second", groups: [makeGroup(staticPort: ("http", 8080))]))
        let remedies = try explain(&world, "second").groups.flatMap(\.remedies)
        #expect(remedies.map { $0.changes.map(\.kind) } == [[.eligibility], [.datacenter], [.port]])
        #expect(remedies.last?.changes.first?.holders == ["first.g[0]"])
        var group = makeGroup(constraints: [Constraint(lTarget: "${meta.rack}", rTarget: "r9")])
        group.volumes["data"] = VolumeRequest()
        group.volumes["data"]?.type = "host"
        group.volumes["data"]?.source = "ssd"
        world.register(makeJob("third", groups: [group]))
        let third = try explain(&world, "third").groups.flatMap(\.remedies)
        #expect(third.first?.changes.map(\.kind) == [.constraint, .hostVolume])
        #expect(third.first?.changes.map(\.subject) == ["${meta.rack} = r9", "ssd"])
    }

    @Test func saysWhatElseIsWaitedFor() throws {
        var world = World(nodes: [makeNode(1), makeNode(2)])
        let policy = update(parallel: 1, canary: 1)
        world.register(makeJob("web", groups: [makeGroup(count: 2, update: policy)]))
        #expect(try explain(&world, "web").waits.count == 3)
        world.settle("web")
        world.evaluate(JobKey(namespace: "default", id: "web"), .deploymentWatcher)
        #expect(try explain(&world, "web").isSettled)
        #expect(try explain(&world, "web").summary == "Nothing is missing.")
        var changed = makeJob("web", groups: [makeGroup(count: 2, update: policy)])
        changed.taskGroups[0].tasks[0].env["V"] = "2"
        world.register(changed)
        world.settle("web")
        let waits = try explain(&world, "web").waits
        #expect(waits.count == 1 && waits[0].contains("deployment promote"), "\(waits)")
        world.stop(JobKey(namespace: "default", id: "web"))
        #expect(try explain(&world, "web").summary == "The job is stopped: nothing is to be placed.")
    }

    @Test func noNodeNoAdvice() throws {
        var world = World()
        world.register(makeJob("web", groups: [makeGroup()]))
        let group = try #require(try explain(&world, "web").groups.first)
        #expect(group.remedies.isEmpty && group.metric.nodesEvaluated == 0)
    }

    // MARK: - A thousand random clusters

    private struct Case {
        var world: World
        var job: Job

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
            let nodes = (1...Int.random(in: 1...8, using: &random)).map { number in
                var node = makeNode(
                    number, datacenter: chance(4) ? "dc2" : "dc1", cpu: Int.random(in: 200...2000, using: &random),
                    memory: Int.random(in: 200...2000, using: &random),
                    disk: Int.random(in: 100...1000, using: &random),
                    meta: chance(2) ? ["rack": "r\(Int.random(in: 1...3, using: &random))"] : [:],
                    drivers: chance(6) ? [] : ["raw_exec"])
                if chance(6) { node.schedulingEligibility = .ineligible }
                if chance(12) { node.status = .down }
                if chance(8) { node.nodePool = "gpu" }
                if chance(4) { node.hostVolumes["data"] = HostVolume() }
                if chance(4) { node.nodeResources.devices = [PortTests.gpu(["a", "b"])] }
                if chance(3) {
                    node.nodeResources.cpu.totalCpuCores = 4
                    node.nodeResources.cpu.reservableCpuCores = [0, 1, 2, 3]
                }
                if chance(2) {
                    node.csiNodePlugins["disk"] = VolumeTests.plugin(
                        healthy: !chance(4), most: chance(4) ? 1 : 0, place: chance(3) ? ["zone": "a"] : nil,
                        needsController: chance(8))
                }
                if chance(5) { (node.nodeResources.minDynamicPort, node.nodeResources.maxDynamicPort) = (20000, 20001) }
                node.computeClass()
                return node
            }
            world = World(nodes: nodes)
            let modes = VolumeAccessMode.allCases.filter { _ in chance(2) }
            for id in ["data", "data[0]"] where !chance(3) {
                let place = chance(2) ? "a" : "b"
                world.apply([VolumeTests.volume(id, modes, places: chance(3) ? [["zone": place]] : [])])
            }
            let modeOfWriter = chance(2) ? VolumeAccessMode.singleNodeWriter : .multiNodeMultiWriter
            if chance(2) { world.register(makeJob("writer", groups: [VolumeTests.group("data", modeOfWriter)])) }
            for number in 0..<Int.random(in: 0...3, using: &random) {
                let port = chance(2) ? ("p", 8000 + Int.random(in: 0...1, using: &random)) : nil
                world.register(
                    makeJob("filler\(number)", groups: [makeGroup(count: 2, cpu: 300, memory: 300, staticPort: port)]))
            }
            var group = makeGroup(
                count: Int.random(in: 1...4, using: &random), cpu: Int.random(in: 100...2500, using: &random),
                memory: Int.random(in: 100...2500, using: &random), disk: Int.random(in: 10...1200, using: &random),
                staticPort: chance(3) ? ("http", 8000 + Int.random(in: 0...1, using: &random)) : nil,
                dynamicPorts: chance(3) ? ["a", "b", "c"] : [])
            if chance(3) { group.constraints.append(Constraint(lTarget: "${meta.rack}", rTarget: "r9")) }
            if chance(4) {
                group.tasks[0].constraints.append(Constraint(lTarget: "${attr.cpu.arch}", operand: "is_set"))
            }
            if chance(4) { group.constraints.append(Constraint(operand: "distinct_hosts")) }
            if chance(5) {
                group.constraints.append(
                    Constraint(lTarget: "${meta.rack}", operand: "distinct_property", rTarget: "1"))
            }
            if chance(6) {
                group.tasks[0].resources.devices = [DeviceRequest()]
                group.tasks[0].resources.devices[0].name = "nvidia/gpu"
                group.tasks[0].resources.devices[0].count = Int.random(in: 1...3, using: &random)
            }
            if chance(8) { group.tasks[0].resources.cores = Int.random(in: 1...5, using: &random) }
            if chance(5) {
                var volume = VolumeRequest()
                (volume.name, volume.type, volume.source, volume.perAlloc) = ("v", "host", "data", chance(2))
                group.volumes["v"] = volume
            } else if chance(4) {
                let mode = VolumeAccessMode.allCases.randomElement(using: &random) ?? .singleNodeWriter
                group.volumes = VolumeTests.group("data", mode, perAlloc: chance(2)).volumes
            }
            if chance(8) { group.networks.indices.forEach { group.networks[$0].mode = "bridge" } }
            job = makeJob("job", chance(4) ? .batch : .service, groups: [group])
            world.register(job)
        }
    }

    /// Carries out what the sentences say on the cluster and on the job, and looks whether it places.
    @Test func adviceHelps() throws {
        let key = JobKey(namespace: "default", id: "job")
        var (infeasible, helped, unhelped, seed) = (0, 0, [UInt64](), UInt64(0))
        while infeasible < 1000 {
            seed += 1
            var made = Case(seed: seed)
            guard !made.world.plan.evaluation.failedTGAllocs.isEmpty else { continue }
            infeasible += 1
            let before = made.world.live("job").count
            let explanation = try explain(&made.world, "job")
            guard let remedy = explanation.groups.first?.remedies.first,
                let node = made.world.state.node(remedy.nodeID), let job = made.world.state.job(key)?.job
            else {
                unhelped.append(seed)
                continue
            }
            let trial = RemedyTrial(remedy, job, group: 0, node, made.world.state)
            made.world.apply(trial.others + [.node(trial.node)])
            made.world.register(trial.job)
            if made.world.live("job").count > before { helped += 1 } else { unhelped.append(seed) }
        }
        #expect(helped >= 990, "\(helped) of 1000 placed; not \(unhelped.prefix(20))")
    }
}
