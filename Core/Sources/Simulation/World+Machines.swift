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

    mutating func isolate(_ at: Int) {
        if let stream = server.streams[at] { breakStream(at, stream.connection) }
        breakStreams(of: at)
        tell("\(nodes[at].name) is cut off")
        nodes[at].isIsolated = true
    }

    private mutating func breakStreams(of at: Int) { server.streams[at] = nil }
}

// MARK: - Chaos

extension World {
    /// One second of bad luck.
    mutating func chaos() {
        guard now < chaosEnds else { return calm() }
        if server.isUp, chance(faults.serverCrash, &generator) {
            crashServer()
            later(random(.milliseconds(100), .seconds(30)), .startServer)
        }
        for at in nodes.indices {
            if nodes[at].isPowered, chance(faults.nodeCrash, &generator) {
                crashMachine(at, losingDisk: chance(faults.diskLoss, &generator))
                later(random(.seconds(1), .seconds(150)), .powerOn(at))
            } else if nodes[at].isPowered, nodes[at].machine != nil, chance(faults.agentRestart, &generator) {
                stopAgent(at)
                later(random(.milliseconds(100), .seconds(40)), .startAgent(at, life: nodes[at].life))
            }
            if !nodes[at].isIsolated, chance(faults.partition, &generator) {
                isolate(at)
                later(random(.seconds(1), .seconds(100)), .heal(at))
            }
        }
        later(.seconds(1), .chaos)
    }

    /// Nothing goes wrong any more: whoever is down comes back.
    private mutating func calm() {
        let driver = faults.driverMax
        faults = Faults()
        faults.driverMax = driver
        if !server.isUp { later(.milliseconds(10), .startServer) }
        for at in nodes.indices {
            nodes[at].isIsolated = false
            if !nodes[at].isPowered { later(.milliseconds(20), .powerOn(at)) }
        }
    }
}
