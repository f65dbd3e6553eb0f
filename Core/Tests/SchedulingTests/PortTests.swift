import Base
import Model
import State
import Testing

@testable import Scheduling

/// What instances get on their node besides room.
struct PortTests {
    @Test func staticAndDynamicPorts() throws {
        var world = World(nodes: [makeNode(1)])
        world.register(makeJob("web", groups: [makeGroup(staticPort: ("adm", 8080), dynamicPorts: ["http"])]))
        let resources = try #require(world.live("web").first).resources
        let dynamic = try #require(resources.ports.last)
        #expect(resources.ports.map(\.label) == ["adm", "http"])
        #expect(resources.ports.first?.value == 8080)
        #expect((20000..<32000).contains(dynamic.value))
        #expect(dynamic.to == dynamic.value)
        #expect(resources.ports.allSatisfy { $0.hostIP == "127.0.0.1" })
        #expect(resources.networks.first?.ip == "127.0.0.1")
        #expect(resources.networks.first?.dynamicPorts.first?.value == dynamic.value)
        #expect(resources.diskMB == 10)
        #expect(resources.tasks["t"]?.cpuShares == 100)
        #expect(resources.tasks["t"]?.memoryMB == 64)
        #expect(resources.tasks["t"]?.memoryMaxMB == 0)
    }

    @Test func taskNetworkOf2019() throws {
        var world = World(nodes: [makeNode(1)])
        var group = makeGroup()
        var network = NetworkSpec()
        network.mBits = 10
        var (port, fixed) = (PortSpec(), PortSpec())
        port.label = "http"
        (fixed.label, fixed.value) = ("lb", 9999)
        (network.dynamicPorts, network.reservedPorts) = ([port], [fixed])
        group.tasks[0].resources.networks = [network]
        world.register(makeJob("web", groups: [group]))
        let task = try #require(world.live("web").first?.resources.tasks["t"]?.networks.first)
        #expect(task.ip == "127.0.0.1")
        #expect(task.device == "lo")
        #expect(task.mBits == 10)
        #expect(task.reservedPorts.map(\.value) == [9999])
        #expect(task.dynamicPorts.allSatisfy { (20000...32000).contains($0.value) })
        // It is taken for everyone.
        world.register(makeJob("other", groups: [makeGroup(staticPort: ("p", 9999))]))
        let reason = "network: reserved port collision p=9999"
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.dimensionExhausted == [reason: 1])
    }

    @Test func reservedByTheOperator() {
        var node = makeNode(1)
        node.reservedResources.networks.reservedHostPorts = "22,80,8000-9000"
        var world = World(nodes: [node])
        world.register(makeJob("web", groups: [makeGroup(staticPort: ("p", 8500))]))
        #expect(world.live("web").isEmpty)
        world.register(makeJob("ssh", groups: [makeGroup(staticPort: ("p", 9001))]))
        #expect(world.live("ssh").count == 1)
    }

    @Test func dynamicPortsRunOut() {
        var node = makeNode(1)
        (node.nodeResources.minDynamicPort, node.nodeResources.maxDynamicPort) = (25000, 25003)
        var world = World(nodes: [node])
        world.register(makeJob("web", groups: [makeGroup(count: 3, dynamicPorts: ["a", "b"])]))
        let ports = world.live("web").flatMap { $0.resources.ports.map(\.value) }
        #expect(ports.sorted() == [25000, 25001, 25002, 25003])
        let reason = "network: dynamic port selection failed"
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.dimensionExhausted == [reason: 1])
    }

    @Test func hostNetworksAndModes() {
        var node = makeNode(1)
        var address = NodeAddress()
        (address.alias, address.address) = ("public", "10.0.0.7")
        node.nodeResources.nodeNetworks[0].addresses.append(address)
        var world = World(nodes: [node])
        var group = makeGroup(staticPort: ("p", 80))
        group.networks[0].reservedPorts[0].hostNetwork = "public"
        world.register(makeJob("web", groups: [group]))
        #expect(world.live("web").first?.resources.ports.map(\.hostIP) == ["10.0.0.7"])
        // Another address, another port space.
        world.register(makeJob("other", groups: [makeGroup(staticPort: ("p", 80))]))
        #expect(world.live("other").first?.resources.ports.map(\.hostIP) == ["127.0.0.1"])
        group.networks[0].reservedPorts[0].hostNetwork = "private"
        world.register(makeJob("none", groups: [group]))
        let missing = "missing host network \"private\" for port \"p\""
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.constraintFiltered == [missing: 1])
        var bridged = makeGroup()
        bridged.networks = [NetworkSpec()]
        bridged.networks[0].mode = "bridge"
        world.register(makeJob("bridged", groups: [bridged]))
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.constraintFiltered == ["missing network": 1])
    }

    @Test func replacementTakesOverItsStaticPort() {
        var world = World(nodes: [makeNode(1)])
        var group = makeGroup(staticPort: ("p", 80))
        world.register(makeJob("web", groups: [group]))
        world.settle("web")
        group.tasks[0].env["A"] = "2"
        world.register(makeJob("web", groups: [group]))
        #expect(world.story("web") == ["0:running:stop", "0:pending:run"])
        // Until the old one has ended, both hold it, and nobody else gets it.
        world.register(makeJob("other", groups: [makeGroup(staticPort: ("p", 80))]))
        #expect(world.live("other").isEmpty)
        world.settle("web")
        #expect(world.state.use(ofNode: NodeID(high: 0, low: 1)).ports.map(\.ports) == [[80]])
    }

    @Test func wholeCores() {
        var node = makeNode(1)
        node.nodeResources.cpu.totalCpuCores = 4
        node.nodeResources.cpu.reservableCpuCores = [0, 1, 2, 3]
        var world = World(nodes: [node])
        var group = makeGroup(count: 3)
        group.tasks[0].resources.cores = 2
        world.register(makeJob("web", groups: [group]))
        #expect(world.live("web").map { $0.resources.tasks["t"]?.reservedCores } == [[0, 1], [2, 3]])
        #expect(world.live("web").allSatisfy { $0.resources.tasks["t"]?.cpuShares == 2000 })
        #expect(world.plan.evaluation.failedTGAllocs["g"]?.dimensionExhausted == ["cores": 1])
    }

    /// A group of devices; the one called `sick` is.
    static func gpu(_ ids: [String]) -> NodeDeviceGroup {
        var gpus = NodeDeviceGroup()
        (gpus.vendor, gpus.type, gpus.name) = ("nvidia", "gpu", "a100")
        gpus.instances = ids.map { id in
            var device = NodeDevice()
            (device.id, device.healthy) = (id, id != "sick")
            return device
        }
        return gpus
    }

    @Test func devices() {
        var node = makeNode(1)
        node.nodeResources.devices = [Self.gpu(["one", "two", "sick"])]
        node.computeClass()
        var world = World(nodes: [node, makeNode(2)])
        var group = makeGroup(count: 3)
        var request = DeviceRequest()
        request.name = "nvidia/gpu"
        group.tasks[0].resources.devices = [request]
        world.register(makeJob("web", groups: [group]))
        #expect(
            world.live("web").flatMap { $0.resources.tasks["t"]?.devices.flatMap(\.deviceIDs) ?? [] } == ["one", "two"])
        let metric = world.plan.evaluation.failedTGAllocs["g"]
        #expect(metric?.constraintFiltered == ["missing devices": 1])
        #expect(metric?.nodesExhausted == 1)
    }

    @Test func stagesOfTasks() {
        func task(_ name: String, _ hook: String?, sidecar: Bool = false, cpu: Int) -> TaskSpec {
            var task = TaskSpec()
            (task.name, task.driver) = (name, "raw_exec")
            (task.resources.cpu, task.resources.memoryMB) = (cpu, cpu)
            if let hook {
                var lifecycle = LifecycleSpec()
                (lifecycle.hook, lifecycle.sidecar) = (hook, sidecar)
                task.lifecycle = lifecycle
            }
            return task
        }
        var group = makeGroup()
        group.tasks = [
            task("init", "prestart", cpu: 900), task("proxy", "prestart", sidecar: true, cpu: 50),
            task("main", nil, cpu: 500),
            task("after", "poststart", cpu: 100), task("clean", "poststop", cpu: 700),
        ]
        #expect(GroupNeed(group).footprint == Footprint(cpu: 950, memoryMB: 950, diskMB: 10))
        var world = World(nodes: [makeNode(1, cpu: 1000)])
        world.register(makeJob("web", groups: [group]))
        #expect(world.state.use(ofNode: NodeID(high: 0, low: 1)).cpu == 950)
    }

    @Test func hostVolumes() {
        var (with, without) = (makeNode(1), makeNode(2))
        without.hostVolumes = [:]
        var volume = HostVolume()
        (volume.name, volume.readOnly) = ("data[1]", false)
        with.hostVolumes = ["data[1]": volume, "static": HostVolume()]
        var world = World(nodes: [with, without])
        var group = makeGroup(count: 1)
        var request = VolumeRequest()
        (request.name, request.type, request.source) = ("v", "host", "static")
        group.volumes = ["v": request]
        world.register(makeJob("web", groups: [group]))
        #expect(world.places("web") == ["0@n1"])
        request.perAlloc = true
        request.source = "data"
        group.volumes = ["v": request]
        group.count = 2
        world.register(makeJob("each", groups: [group]))
        #expect(world.places("each") == ["1@n1"])
    }
}
