import AgentCore
import Base
import Model

// MARK: - Machines

extension World {
    /// Adds a machine and switches it on.
    /// - Returns: its number, from 0.
    @discardableResult
    mutating func addMachine(_ shape: (inout Node) -> Void = { _ in }) -> Int {
        let number = nodes.count
        var node = Node()
        node.name = "n\(number + 1)"
        node.attributes = ["kernel.name": "linux", "driver.mock": "1", "unique.hostname": node.name]
        var driver = DriverInfo()
        (driver.detected, driver.healthy) = (true, true)
        node.drivers["mock"] = driver
        node.nodeResources.cpu.cpuShares = 4000
        node.nodeResources.memory.memoryMB = 8000
        node.nodeResources.disk.diskMB = 50_000
        var network = NodeNetwork()
        network.device = "eth0"
        var address = NodeAddress()
        (address.family, address.address) = ("ipv4", "10.0.0.\(number + 1)")
        network.addresses = [address]
        node.nodeResources.nodeNetworks = [network]
        var legacy = NetworkSpec()
        (legacy.mode, legacy.device, legacy.ip, legacy.mBits) = ("host", "eth0", address.address, 1000)
        legacy.cidr = address.address + "/32"
        node.nodeResources.networks = [legacy]
        shape(&node)
        identify(&node)
        nodes.append(SimulatedNode(number: number, node: node))
        startAgent(number)
        return number
    }

    /// Whole cores and devices to give away.
    static func equip(_ node: inout Node) {
        node.nodeResources.cpu.totalCpuCores = 4
        node.nodeResources.cpu.reservableCpuCores = [0, 1, 2, 3]
        var group = NodeDeviceGroup()
        (group.vendor, group.type, group.name) = ("acme", "gpu", "g1")
        for number in 1...3 {
            var device = NodeDevice()
            device.id = "\(node.name)-gpu\(number)"
            group.instances.append(device)
        }
        node.nodeResources.devices = [group]
        var plugin = CSIPluginInfo()
        (plugin.pluginID, plugin.healthy, plugin.nodeInfo) = (Workload.plugin, true, CSINodeInfo())
        plugin.nodeInfo?.maxVolumes = 3
        node.csiNodePlugins[Workload.plugin] = plugin
    }

    private mutating func identify(_ node: inout Node) {
        node.id = NodeID(using: &generator)
        node.secretID = NodeID(using: &generator).text
    }

    mutating func crashMachine(_ at: Int, losingDisk: Bool) {
        tell("\(nodes[at].name) crashes\(losingDisk ? " and loses its disk" : "")")
        breakStreams(of: at)
        nodes[at].powerOff()
        guard losingDisk else { return }
        nodes[at].disk = [:]
        var node = nodes[at].node
        identify(&node)
        nodes[at].node = node
    }

    mutating func stopAgent(_ at: Int) {
        tell("the agent of \(nodes[at].name) stops")
        breakStreams(of: at)
        nodes[at].stopAgent()
    }

    mutating func isolate(_ at: Int, for span: TimeSpan? = nil) {
        tell("\(nodes[at].name) is cut off")
        breakStreams(of: at)
        cut(isolation(of: at), for: span)
    }

    func isolation(of at: Int) -> [Network.Way] {
        servers.indices.flatMap {
            [
                Network.Way(from: .node(at), to: .server($0)),
                Network.Way(from: .server($0), to: .node(at)),
            ]
        }
    }

    /// Takes a machine away for good: an operator purges its node.
    mutating func retire(_ at: Int) {
        crashMachine(at, losingDisk: false)
        nodes[at].isRetired = true
        wishes.append(Wish(time: .zero, seed: 0, purges: at))
        later(.seconds(20), .wish(wishes.count - 1, attempt: 0))
    }

    /// Nothing goes wrong any more: whoever is down comes back, clocks are right.
    mutating func calm() {
        isCalm = true
        let driver = faults.driverMax
        faults = Faults()
        faults.driverMax = driver
        network.healAll()
        for at in servers.indices {
            if servers[at].skew != .zero { setClock(ofServer: at, to: .zero) }
            later(.milliseconds(10), .startServer(at))
        }
        for at in nodes.indices {
            if nodes[at].skew != .zero { setClock(ofNode: at, to: .zero) }
            if !nodes[at].isPowered { later(.milliseconds(20), .powerOn(at)) }
        }
    }
}
