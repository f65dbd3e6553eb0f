import Base
import Model
import State

/// The nodes of a cluster side by side, one row each, with what placement looks at in columns.
///
/// Follows a state by re-reading only the rows that changed since the state it saw last; a state of another
/// history is read whole. Row numbers depend on that history, so nothing that is decided may depend on them.
struct NodeColumns: Sendable {
    /// The state that the rows show, but for those in `stale`.
    private var index: LogIndex = 0
    private var history: UInt64 = 0
    private var rows: [NodeID: Int] = [:]
    private var vacant: [Int] = []
    /// Rows that a plan changed; they are read again before the next one.
    private var stale: [Int] = []
    private var isStale: [Bool] = []

    private(set) var nodes: [Node] = []
    /// The nodes' ids, apart from the rest so that loops need not touch the records.
    private(set) var ids: [NodeID] = []
    private(set) var isPresent: [Bool] = []
    /// Ready and eligible for new allocations.
    private(set) var isReady: [Bool] = []
    /// What allocations may have: MHz, MB, MB.
    private(set) var cpuTotal: [Int] = []
    private(set) var memoryTotal: [Int] = []
    private(set) var diskTotal: [Int] = []
    private(set) var cpuUsed: [Int] = []
    private(set) var memoryUsed: [Int] = []
    private(set) var diskUsed: [Int] = []
    /// MHz of one whole core.
    private(set) var coreCPU: [Int] = []
    /// Whole cores that allocations may have for themselves, ascending; and those of them that nobody has.
    private(set) var cores: [[Int]] = []
    private(set) var coresFree: [[Int]] = []
    /// Cores that allocations have. One may be there twice: as that of an allocation that ends, and of the one that
    /// waits for its end.
    private var coresUsed: [[Int]] = []
    private(set) var ports: [PortSpace] = []
    private(set) var devicesUsed: [[DeviceUse]] = []
    /// Dense numbers of computed class, operator's class, datacenter and pool.
    private(set) var classes = Interner()
    private(set) var nodeClasses = Interner()
    private(set) var datacenters = Interner()
    private(set) var pools = Interner()
    private(set) var classOf: [Int] = []
    private(set) var nodeClassOf: [Int] = []
    private(set) var datacenterOf: [Int] = []
    private(set) var poolOf: [Int] = []

    var count: Int { nodes.count }

    func row(_ id: NodeID) -> Int? { rows[id] }

    /// Makes the rows show a state.
    mutating func follow(_ state: State) {
        if let touched = state.nodesTouched(since: index, history: history) {
            for row in stale { isStale[row] = false }
            for row in stale where isPresent[row] { readUse(row, state) }
            for node in touched {
                if !node.isDescribedAnew, let row = rows[node.id] { readUse(row, state) } else { read(node.id, state) }
            }
        } else {
            self = NodeColumns()
            // In order of id, so that equal states give equal rows here.
            for node in state.allNodes { read(node.id, state) }
        }
        stale.removeAll(keepingCapacity: true)
        index = state.index
        history = state.history
    }

    private mutating func read(_ id: NodeID, _ state: State) {
        guard let node = state.node(id) else {
            if let row = rows.removeValue(forKey: id) {
                isPresent[row] = false
                isReady[row] = false
                vacant.append(row)
            }
            return
        }
        let row: Int
        if let known = rows[id] {
            row = known
            if nodes[row].modifyIndex != node.modifyIndex { describe(node, row) }
        } else {
            row = vacant.popLast() ?? appendRow(node)
            rows[id] = row
            describe(node, row)
        }
        readUse(row, state)
    }

    private mutating func readUse(_ row: Int, _ state: State) {
        let use = state.use(ofNode: ids[row])
        (cpuUsed[row], memoryUsed[row], diskUsed[row]) = (use.cpu, use.memoryMB, use.diskMB)
        ports[row].load(use)
        devicesUsed[row] = use.devices
        coresUsed[row] = use.cores
        if !cores[row].isEmpty { coresFree[row] = cores[row].filter { !use.cores.contains($0) } }
    }

    private mutating func appendRow(_ node: Node) -> Int {
        nodes.append(node)
        isPresent.append(true)
        isStale.append(false)
        isReady.append(false)
        for column in [\NodeColumns.cpuTotal, \.memoryTotal, \.diskTotal, \.cpuUsed, \.memoryUsed, \.diskUsed] {
            self[keyPath: column].append(0)
        }
        for column in [\NodeColumns.coreCPU, \.classOf, \.nodeClassOf, \.datacenterOf, \.poolOf] {
            self[keyPath: column].append(0)
        }
        ids.append(node.id)
        cores.append([])
        coresFree.append([])
        coresUsed.append([])
        devicesUsed.append([])
        ports.append(PortSpace(node))
        return nodes.count - 1
    }

    private mutating func describe(_ node: Node, _ row: Int) {
        nodes[row] = node
        isPresent[row] = true
        isReady[row] = node.isReady
        let (has, kept) = (node.nodeResources, node.reservedResources)
        cpuTotal[row] = has.cpu.cpuShares - kept.cpu.cpuShares
        memoryTotal[row] = has.memory.memoryMB - kept.memory.memoryMB
        diskTotal[row] = has.disk.diskMB - kept.disk.diskMB
        coreCPU[row] = has.cpu.totalCpuCores > 0 ? has.cpu.cpuShares / has.cpu.totalCpuCores : 0
        ids[row] = node.id
        let reserved = Set(kept.cpu.reservedCpuCores)
        cores[row] = has.cpu.reservableCpuCores.filter { !reserved.contains($0) }.sorted()
        coresFree[row] = []
        ports[row] = PortSpace(node)
        // A node without a computed class is a class of its own.
        classOf[row] = classes.number(node.computedClass.isEmpty ? "node:" + node.id.text : node.computedClass)
        nodeClassOf[row] = nodeClasses.number(node.nodeClass)
        datacenterOf[row] = datacenters.number(node.datacenter)
        poolOf[row] = pools.number(node.nodePool.isEmpty ? "default" : node.nodePool)
    }

    /// Counts an allocation in (a placement of the plan) or out (a stop of the plan).
    mutating func count(_ allocation: Allocation, _ need: Footprint, row: Int, by step: Int) {
        if !isStale[row] {
            isStale[row] = true
            stale.append(row)
        }
        cpuUsed[row] += step * need.cpu
        memoryUsed[row] += step * need.memoryMB
        diskUsed[row] += step * need.diskMB
        let resources = allocation.resources
        for port in resources.ports { count(port.value, port.hostIP, row, step) }
        for task in resources.tasks.values {
            for network in task.networks {
                for port in network.reservedPorts + network.dynamicPorts { count(port.value, network.ip, row, step) }
            }
            for core in task.reservedCores {
                count(core: core, row, step)
            }
            for device in task.devices {
                let group = "\(device.vendor)/\(device.type)/\(device.name)"
                for id in device.deviceIDs {
                    let use = DeviceUse(group: group, id: id)
                    if step > 0 {
                        devicesUsed[row].append(use)
                    } else if let at = devicesUsed[row].firstIndex(of: use) {
                        // What another one has too stays taken.
                        devicesUsed[row].remove(at: at)
                    }
                }
            }
        }
    }

    private mutating func count(core: Int, _ row: Int, _ step: Int) {
        if step > 0 {
            coresUsed[row].append(core)
            coresFree[row].removeAll { $0 == core }
        } else if let at = coresUsed[row].firstIndex(of: core) {
            coresUsed[row].remove(at: at)
            // What another one has too stays taken.
            guard !coresUsed[row].contains(core), cores[row].contains(core), !coresFree[row].contains(core) else {
                return
            }
            coresFree[row] = (coresFree[row] + [core]).sorted()
        }
    }

    /// How many whole cores nobody would have if these were given back.
    func coresFree(_ row: Int, without given: [Int]) -> Int {
        var used = coresUsed[row]
        for core in given {
            if let at = used.firstIndex(of: core) { used.remove(at: at) }
        }
        return cores[row].count { !used.contains($0) }
    }

    private mutating func count(_ port: Int, _ ip: String, _ row: Int, _ step: Int) {
        guard let port = UInt16(exactly: port), port > 0 else { return }
        if step > 0 { ports[row].take(port, on: ip) } else { ports[row].give(port, on: ip) }
    }
}

/// Gives texts dense numbers, so that loops over nodes compare integers.
struct Interner: Sendable {
    private var numbers: [String: Int] = [:]
    private(set) var texts: [String] = []

    mutating func number(_ text: String) -> Int {
        if let number = numbers[text] { return number }
        numbers[text] = texts.count
        texts.append(text)
        return texts.count - 1
    }
}
