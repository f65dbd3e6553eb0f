import Base
import Model
import State

/// The nodes of a cluster side by side, one row each, with what placement looks at in columns.
///
/// Follows a state by re-reading only the rows that changed since the state it saw last; a state of another
/// history is read whole. Row numbers depend on that history, so nothing that is decided may depend on them.
struct NodeColumns: Sendable {
    /// The state that the rows show, but for those in `stale`.
    private var followed: LogIndex = 0
    private var history: UInt64 = 0
    private var rows: [NodeID: Int] = [:]
    private var vacant: [Int] = []
    /// Rows that a plan changed; they are read again before the next one.
    private var stale: [Int] = []
    /// What of it the plan changed.
    private var staleness: [Staleness] = []
    private enum Staleness { case none, room, everything }

    private(set) var nodes: [Node] = []
    /// The nodes' ids, apart from the rest so that loops need not touch the records.
    private(set) var ids: [NodeID] = []
    private(set) var names: [String] = []
    private(set) var isPresent: [Bool] = []
    /// Ready and eligible for new allocations.
    private(set) var isReady: [Bool] = []
    /// What rows have room for, with the plan made so far.
    private var rooms: [NodeRoom] = []
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
    private(set) var devices: [DeviceSpace] = []
    /// Dense numbers of computed class, operator's class, datacenter and pool.
    private(set) var classes = Interner()
    private(set) var nodeClasses = Interner()
    private(set) var datacenters = Interner()
    private(set) var pools = Interner()
    /// What rules can see of the nodes, and of which kind each is.
    private(set) var kinds = KindTable()
    private(set) var kindOf: [Int] = []
    /// An order of the nodes that depends on their ids alone; evaluations start in it at different points.
    private(set) var ties: [UInt64] = []
    /// The ready rows as the state has them, by what they have room for.
    private(set) var index = FitIndex()
    /// Where certain ports are taken, and what of it each row was counted with.
    private(set) var portHolders = PortHolders()
    private var portsHeld: [[AddressPorts]] = []
    /// What evictions could free on each row, where somebody asked since the row changed last.
    private var evictable: [EvictableRoom?] = []
    /// What was found out about the kinds for groups that were placed before.
    private var heldFeasibility = HeldFeasibility()
    /// No node has more ports taken than this.
    private(set) var portsTakenMax = 0
    /// Rows that were read for the state that is being followed.
    private var readAt: [UInt64] = []
    private var round: UInt64 = 0

    var count: Int { nodes.count }

    func row(_ id: NodeID) -> Int? { rows[id] }

    func nodeClass(_ row: Int) -> Int { kinds[kindOf[row]].nodeClass }

    /// Which checks of a group the kinds fail, asked once for all groups that ask the same.
    mutating func answer(_ job: Job, _ group: GroupSpec, _ kinds: [Int]) -> FeasibilityAnswer {
        heldFeasibility.answer(job, group, kinds, self.kinds)
    }

    /// What evictions could free on a row at most.
    mutating func evictable(_ row: Int, _ state: State) -> EvictableRoom {
        if let known = evictable[row] { return known }
        let read = EvictableRoom(node: ids[row], state)
        evictable[row] = read
        return read
    }

    /// What a row has room for, with the plan made so far.
    func room(_ row: Int) -> NodeRoom { rooms[row] }

    /// Makes the rows show a state.
    mutating func follow(_ state: State) {
        if let touched = state.nodesTouched(since: followed, history: history) {
            round += 1
            follow(touched, state)
            for row in stale where isPresent[row] && readAt[row] != round { readUse(row, state) }
            for row in stale { staleness[row] = .none }
        } else {
            self = NodeColumns()
            // In order of id, so that equal states give equal rows here.
            for node in state.allNodes { read(node.id, state) }
        }
        stale.removeAll(keepingCapacity: true)
        followed = state.index
        history = state.history
    }

    private mutating func follow(_ touched: [TouchedNode], _ state: State) {
        var told: [Int] = []
        for node in touched {
            guard !node.isDescribedAnew, let row = rows[node.id] else {
                read(node.id, state)
                continue
            }
            guard readAt[row] != round else { continue }
            if let use = node.use, staleness[row] != .everything {
                // The last change of a row says it all; most have one.
                if told.last != row { told.append(row) }
                setUse(row, use)
            } else {
                readUse(row, state)
            }
        }
        for row in told where readAt[row] != round {
            readAt[row] = round
            enter(row)
        }
    }

    private mutating func setUse(_ row: Int, _ use: Footprint) {
        evictable[row] = nil
        (rooms[row].cpuUsed, rooms[row].memoryUsed, rooms[row].diskUsed) = (use.cpu, use.memoryMB, use.diskMB)
    }

    /// Puts a ready row where it belongs in the index.
    private mutating func enter(_ row: Int) {
        guard isReady[row] else { return }
        index.put(row, tie: ties[row], kind: kindOf[row], devices: devices[row].free, rooms[row])
    }

    private mutating func read(_ id: NodeID, _ state: State) {
        guard let node = state.node(id) else {
            if let row = rows.removeValue(forKey: id) {
                index.remove(row, tie: ties[row])
                kinds.remove(kindOf[row], isReady: isReady[row])
                portHolders.change(row, from: portsHeld[row], to: [])
                portsHeld[row] = []
                isPresent[row] = false
                isReady[row] = false
                vacant.append(row)
            }
            return
        }
        let row: Int
        if let known = rows[id] {
            row = known
            if nodes[row].modifyIndex != node.modifyIndex {
                index.remove(row, tie: ties[row])
                kinds.remove(kindOf[row], isReady: isReady[row])
                describe(node, row)
            }
        } else {
            row = vacant.popLast() ?? appendRow(node)
            rows[id] = row
            describe(node, row)
        }
        readUse(row, state)
    }

    private mutating func readUse(_ row: Int, _ state: State) {
        let use = state.use(ofNode: ids[row])
        setUse(row, Footprint(cpu: use.cpu, memoryMB: use.memoryMB, diskMB: use.diskMB))
        if portsHeld[row] != use.ports {
            portHolders.change(row, from: portsHeld[row], to: use.ports)
            portsHeld[row] = use.ports
        }
        if ports[row].load(use) {
            portsTakenMax = max(portsTakenMax, use.ports.reduce(0) { $0 + $1.ports.count })
        }
        // Most of the time it is what the plan before expected.
        if devicesUsed[row] != use.devices {
            devicesUsed[row] = use.devices
            devices[row].load(use.devices)
        }
        coresUsed[row] = use.cores
        if !cores[row].isEmpty {
            coresFree[row] = cores[row].filter { !use.cores.contains($0) }
            rooms[row].coresFree = coresFree[row].count
        }
        readAt[row] = round
        enter(row)
    }

    private mutating func appendRow(_ node: Node) -> Int {
        nodes.append(node)
        isPresent.append(true)
        staleness.append(.none)
        isReady.append(false)
        rooms.append(NodeRoom())
        coreCPU.append(0)
        kindOf.append(0)
        ids.append(node.id)
        names.append(node.name)
        ties.append(0)
        readAt.append(0)
        cores.append([])
        coresFree.append([])
        coresUsed.append([])
        devicesUsed.append([])
        ports.append(PortSpace(node))
        portsHeld.append([])
        evictable.append(nil)
        devices.append(DeviceSpace(node))
        return nodes.count - 1
    }

    private mutating func describe(_ node: Node, _ row: Int) {
        nodes[row] = node
        isPresent[row] = true
        isReady[row] = node.isReady
        let (has, kept) = (node.nodeResources, node.reservedResources)
        rooms[row] = NodeRoom(
            cpuTotal: has.cpu.cpuShares - kept.cpu.cpuShares,
            memoryTotal: has.memory.memoryMB - kept.memory.memoryMB, diskTotal: has.disk.diskMB - kept.disk.diskMB)
        coreCPU[row] = has.cpu.totalCpuCores > 0 ? has.cpu.cpuShares / has.cpu.totalCpuCores : 0
        (ids[row], names[row]) = (node.id, node.name)
        let reserved = Set(kept.cpu.reservedCpuCores)
        cores[row] = has.cpu.reservableCpuCores.filter { !reserved.contains($0) }.sorted()
        coresFree[row] = []
        ports[row] = PortSpace(node)
        (devices[row], devicesUsed[row]) = (DeviceSpace(node), [])
        ties[row] = Self.tie(node.id)
        // A node without a computed class is a class of its own.
        let className = node.computedClass.isEmpty ? "node:" + node.id.text : node.computedClass
        let key = NodeKind(node, className: className, ports[row], coreCPU: coreCPU[row])
        let entry = KindTable.Entry(
            example: node, ports: ports[row], computedClass: classes.number(className),
            nodeClass: nodeClasses.number(node.nodeClass), datacenter: datacenters.number(node.datacenter),
            pool: pools.number(node.nodePool.isEmpty ? "default" : node.nodePool), coreCPU: coreCPU[row])
        kindOf[row] = kinds.add(key, entry, isReady: isReady[row])
    }

    private static func tie(_ id: NodeID) -> UInt64 {
        var x = id.low ^ (id.high &* 0x9E37_79B9_7F4A_7C15)
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }

    /// Counts an allocation in (a placement of the plan) or out (a stop of the plan).
    mutating func count(_ allocation: Allocation, _ need: Footprint, row: Int, by step: Int) {
        count(need, row: row, by: step)
        guard !allocation.sharedResources.isSimple else { return }
        staleness[row] = .everything
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
                let group = devices[row].group(of: device)
                for id in device.deviceIDs {
                    devices[row].count(id, of: group, by: Int32(step))
                    let use = DeviceUse(group: group, id: id)
                    if step > 0 {
                        // In order, as the state has them.
                        devicesUsed[row].insert(use, at: devicesUsed[row].lastIndex { $0 < use }.map { $0 + 1 } ?? 0)
                    } else if let at = devicesUsed[row].firstIndex(of: use) {
                        // What another one has too stays taken.
                        devicesUsed[row].remove(at: at)
                    }
                }
            }
        }
    }

    /// Counts what takes CPU, memory and disk alone.
    mutating func count(_ need: Footprint, row: Int, by step: Int) {
        if staleness[row] == .none {
            staleness[row] = .room
            stale.append(row)
        }
        rooms[row].cpuUsed += step * need.cpu
        rooms[row].memoryUsed += step * need.memoryMB
        rooms[row].diskUsed += step * need.diskMB
    }

    private mutating func count(core: Int, _ row: Int, _ step: Int) {
        if step > 0 {
            coresUsed[row].append(core)
            coresFree[row].removeAll { $0 == core }
            rooms[row].coresFree = coresFree[row].count
        } else if let at = coresUsed[row].firstIndex(of: core) {
            coresUsed[row].remove(at: at)
            // What another one has too stays taken.
            guard !coresUsed[row].contains(core), cores[row].contains(core), !coresFree[row].contains(core) else {
                return
            }
            coresFree[row] = (coresFree[row] + [core]).sorted()
            rooms[row].coresFree = coresFree[row].count
        }
    }

    /// How many whole cores nobody would have if these were given back.
    func freeCores(_ row: Int, without given: [Int]) -> Int {
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
