import Base
import Model
import State

/// Fills in what an instance gets on a node: addresses, ports, cores, devices.
struct ResourceFiller {
    private let need: GroupNeed
    /// What can serve the requests that are still to be met, in their order.
    private var servers: ArraySlice<[DeviceChoice.Server]>
    private let space: PortSpace
    private let coresFree: [Int]
    private let coreCPU: Int
    private let oversubscribes: Bool
    private var devices: DeviceSpace
    /// Given by this filling already.
    private var given: [(at: Int, port: UInt16)] = []

    /// Random tries for a dynamic port before all of them are looked through.
    static let randomTries = 20

    /// - Parameter demand: the device requests of the group.
    init(_ need: GroupNeed, _ demand: DeviceDemand, row: Int, _ columns: NodeColumns, oversubscribes: Bool) {
        self.need = need
        servers = need.needsDevices ? demand.servers(row, columns)[...] : []
        space = columns.ports[row]
        coresFree = columns.coresFree[row]
        coreCPU = columns.coreCPU[row]
        devices = columns.devices[row]
        self.oversubscribes = oversubscribes
    }

    /// Nil when the node cannot serve it after all (two requests want the last free port or device).
    mutating func fill(_ generator: inout SeededGenerator) -> AllocatedResources? {
        var resources = AllocatedResources()
        resources.diskMB = need.footprint.diskMB
        for network in need.group.networks {
            guard let (filled, ports) = fill(network, &generator) else { return nil }
            resources.networks.append(filled)
            resources.ports += ports
        }
        var cores = coresFree[...]
        for task in need.group.tasks {
            guard let allocated = fill(task, &cores, &generator) else { return nil }
            resources.tasks[task.name] = allocated
        }
        return resources
    }

    private mutating func fill(
        _ task: TaskSpec, _ cores: inout ArraySlice<Int>, _ generator: inout SeededGenerator
    ) -> AllocatedTask? {
        var allocated = AllocatedTask()
        let asked = task.resources
        guard cores.count >= asked.cores else { return nil }
        allocated.cpuShares = asked.cores > 0 ? asked.cores * coreCPU : asked.cpu
        allocated.reservedCores = Array(cores.prefix(asked.cores))
        cores = cores.dropFirst(asked.cores)
        allocated.memoryMB = asked.memoryMB
        if oversubscribes { allocated.memoryMaxMB = asked.memoryMaxMB }
        for network in asked.networks {
            guard let (filled, _) = fill(network, &generator) else { return nil }
            var own = filled
            if let at = space.address(filled.ip) { own.device = space.addresses[at].device }
            allocated.networks.append(own)
        }
        for request in asked.devices {
            guard let served = servers.popFirst(),
                let chosen = DeviceChoice.choose(request, served, free: devices.free)
            else { return nil }
            let group = devices.groups[chosen.group]
            var device = AllocatedDevice()
            (device.vendor, device.type, device.name) = (group.vendor, group.type, group.name)
            device.deviceIDs = devices.take(max(1, request.count), of: chosen.group)
            // Counted only for requests that follow.
            if !servers.isEmpty { for id in device.deviceIDs { devices.count(id, of: group.id, by: 1) } }
            allocated.devices.append(device)
        }
        return allocated
    }

    private mutating func fill(
        _ network: NetworkSpec, _ generator: inout SeededGenerator
    ) -> (NetworkSpec, [AllocatedPort])? {
        var (network, ports): (NetworkSpec, [AllocatedPort]) = (network, [])
        for at in network.reservedPorts.indices {
            let port = network.reservedPorts[at]
            guard let value = UInt16(exactly: port.value), value > 0 else { return nil }
            let choices = space.choices(port.hostNetwork)
            guard let address = port.ignoreCollision ? choices.first : choices.first(where: { isFree(value, $0) })
            else { return nil }
            network.reservedPorts[at] = take(port, value, address, &network, &ports)
        }
        for at in network.dynamicPorts.indices {
            let port = network.dynamicPorts[at]
            let choices = space.choices(port.hostNetwork)
            var found: (Int, UInt16)?
            for address in choices where found == nil {
                found = pick(address, &generator).map { (address, $0) }
            }
            guard let (address, value) = found else { return nil }
            network.dynamicPorts[at] = take(port, value, address, &network, &ports)
        }
        return (network, ports)
    }

    private mutating func take(
        _ port: PortSpec, _ value: UInt16, _ address: Int, _ network: inout NetworkSpec, _ ports: inout [AllocatedPort]
    ) -> PortSpec {
        given.append((address, value))
        var port = port
        port.value = Int(value)
        if port.to == -1 { port.to = port.value }
        var allocated = AllocatedPort()
        (allocated.label, allocated.value, allocated.to) = (port.label, port.value, port.to)
        allocated.hostIP = space.addresses[address].ip
        if network.ip.isEmpty { network.ip = allocated.hostIP }
        ports.append(allocated)
        return port
    }

    private func isFree(_ port: UInt16, _ address: Int) -> Bool {
        space.isFree(port, at: address) && !given.contains { $0 == (address, port) }
    }

    /// A few random tries, so that nodes do not hand out the same port again at once; then the first free one.
    private func pick(_ address: Int, _ generator: inout SeededGenerator) -> UInt16? {
        guard space.dynamicMin <= space.dynamicMax else { return nil }
        for _ in 0..<Self.randomTries where space.dynamicMin < space.dynamicMax {
            let port = UInt16(Int.random(in: space.dynamicMin..<space.dynamicMax, using: &generator))
            if isFree(port, address) { return port }
        }
        return (space.dynamicMin...space.dynamicMax).lazy.map(UInt16.init).first { isFree($0, address) }
    }
}
