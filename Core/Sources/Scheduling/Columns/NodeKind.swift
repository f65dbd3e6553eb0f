import Base
import Model

/// Everything about a node that rules look at and that other nodes may share: all but its name, its unique
/// properties, its size and what is used of it.
///
/// Finer than a computed class: nodes of one class may differ in volumes, networks and healthy devices.
struct NodeKind: Hashable, Sendable {
    private struct Address: Hashable, Sendable {
        var network: String
        var isIPv6: Bool
        var reserved: [UInt16]
    }

    private struct Volume: Hashable, Comparable, Sendable {
        var name: String
        var isReadOnly: Bool

        static func < (a: Volume, b: Volume) -> Bool { a.name < b.name }
    }

    private let computedClass: String
    private let places: [String]
    private let drivers: [String]
    private let volumes: [Volume]
    private let networkModes: [String]
    private let hostNetworks: [String]
    private let addresses: [Address]
    private let dynamicPorts: [Int]
    /// Healthy instances of each group of devices.
    private let devices: [Int]
    private let coreCPU: Int

    init(_ node: Node, className: String, _ ports: PortSpace, coreCPU: Int) {
        computedClass = className
        places = [node.datacenter, node.nodeClass, node.nodePool]
        drivers = node.drivers.filter { $0.value.detected && $0.value.healthy }.map(\.key).sorted()
        volumes = node.hostVolumes.map { Volume(name: $0.key, isReadOnly: $0.value.readOnly) }.sorted()
        let resources = node.nodeResources
        networkModes = resources.nodeNetworks.map(\.mode) + resources.networks.map(\.mode)
        hostNetworks = resources.nodeNetworks.flatMap { $0.addresses.map(\.alias) }
        addresses = ports.addresses.map { Address(network: $0.network, isIPv6: $0.isIPv6, reserved: $0.reserved) }
        dynamicPorts = [ports.dynamicMin, ports.dynamicMax]
        devices = resources.devices.map { $0.instances.count(where: \.healthy) }
        self.coreCPU = coreCPU
    }
}

/// The kinds of nodes that there are, numbered, with how many nodes are of each.
struct KindTable: Sendable {
    struct Entry: Sendable {
        /// One of the kind's nodes: what it is asked about, all are.
        var example: Node
        /// Its addresses with nothing taken.
        var ports: PortSpace
        /// Numbers of the computed class, the operator's class, the datacenter and the pool.
        var computedClass: Int
        var nodeClass: Int
        var datacenter: Int
        var pool: Int
        var coreCPU: Int
        /// Nodes of the kind, and those of them that take new allocations.
        var present = 0
        var ready = 0
    }

    private var numbers: [NodeKind: Int] = [:]
    private var keys: [NodeKind] = []
    private var vacant: [Int] = []
    private(set) var entries: [Entry] = []
    /// Counts how often a number went over to another kind.
    private(set) var generation: UInt64 = 0

    var count: Int { entries.count }

    subscript(kind: Int) -> Entry { entries[kind] }

    /// Counts a node in. Numbers of kinds that no node is of are given again.
    mutating func add(_ key: NodeKind, _ entry: @autoclosure () -> Entry, isReady: Bool) -> Int {
        let number: Int
        if let known = numbers[key] {
            number = known
        } else {
            number = vacant.popLast() ?? entries.count
            if number == entries.count {
                entries.append(entry())
                keys.append(key)
            } else {
                (entries[number], keys[number]) = (entry(), key)
                generation += 1
            }
            numbers[key] = number
        }
        entries[number].present += 1
        if isReady { entries[number].ready += 1 }
        return number
    }

    /// Counts a node out.
    mutating func remove(_ kind: Int, isReady: Bool) {
        entries[kind].present -= 1
        if isReady { entries[kind].ready -= 1 }
        guard entries[kind].present == 0 else { return }
        numbers[keys[kind]] = nil
        vacant.append(kind)
    }
}

/// Something that is known of every node: by kind where nodes of a kind agree in it, by row otherwise.
struct NodeFacts<Value> {
    let isByRow: Bool
    private var values: [Value]

    init(_ value: Value, isByRow: Bool, _ columns: NodeColumns) {
        self.isByRow = isByRow
        values = [Value](repeating: value, count: isByRow ? columns.count : columns.kinds.count)
    }

    init(ofKinds values: [Value]) { (isByRow, self.values) = (false, values) }

    subscript(row: Int, kind: Int) -> Value {
        get { values[isByRow ? row : kind] }
        set { values[isByRow ? row : kind] = newValue }
    }
}
