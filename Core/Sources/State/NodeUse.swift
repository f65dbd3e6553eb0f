public import Base
import HashTreeCollections
public import Model

/// What the allocations of a node take of it, kept current with every change so that reading it costs nothing.
///
/// An allocation counts until its node reports that it ended (or it is known lost).
public struct NodeUse: Hashable, Sendable {
    /// MHz.
    public internal(set) var cpu = 0
    public internal(set) var memoryMB = 0
    public internal(set) var diskMB = 0
    public internal(set) var allocations = 0
    /// Taken ports by address, addresses ascending.
    public internal(set) var ports: [AddressPorts] = []
    /// Whole cores that allocations have for themselves, ascending.
    public internal(set) var cores: [Int] = []
    /// Device instances in use, each `vendor/type/name` with the instance's id, ascending.
    public internal(set) var devices: [DeviceUse] = []

    public init() {}

    /// Counts an allocation in or out.
    public mutating func count(_ allocation: Allocation, by step: Int) {
        let need = allocation.footprint
        cpu += step * need.cpu
        memoryMB += step * need.memoryMB
        diskMB += step * need.diskMB
        allocations += step
        let resources = allocation.resources
        for port in resources.ports { count(port: port.value, on: port.hostIP, by: step) }
        for task in resources.tasks.values {
            for network in task.networks {
                for port in network.reservedPorts { count(port: port.value, on: network.ip, by: step) }
                for port in network.dynamicPorts { count(port: port.value, on: network.ip, by: step) }
            }
            for core in task.reservedCores { Self.change(&cores, core, by: step) }
            for device in task.devices {
                for id in device.deviceIDs {
                    let use = DeviceUse(group: "\(device.vendor)/\(device.type)/\(device.name)", id: id)
                    Self.change(&devices, use, by: step)
                }
            }
        }
    }

    private mutating func count(port: Int, on address: String, by step: Int) {
        guard let port = UInt16(exactly: port), port > 0 else { return }
        let at = ports.firstIndex { $0.address >= address } ?? ports.count
        if at == ports.count || ports[at].address != address {
            guard step > 0 else { return }
            ports.insert(AddressPorts(address: address), at: at)
        }
        Self.change(&ports[at].ports, port, by: step)
        if ports[at].ports.isEmpty { ports.remove(at: at) }
    }

    /// Adds an element to a sorted list, or takes one away. Elements may repeat: what two hold stays held when one ends.
    private static func change<Element: Comparable>(_ list: inout [Element], _ element: Element, by step: Int) {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle] < element { low = middle + 1 } else { high = middle }
        }
        if step > 0 {
            list.insert(element, at: low)
        } else if low < list.count, list[low] == element {
            list.remove(at: low)
        }
    }
}

/// The taken ports of one address of a node, ascending.
public struct AddressPorts: Hashable, Sendable {
    public var address: String
    public var ports: [UInt16] = []

    public init(address: String, ports: [UInt16] = []) {
        self.address = address
        self.ports = ports
    }
}

/// A device instance in use.
public struct DeviceUse: Hashable, Comparable, Sendable {
    /// `vendor/type/name`.
    public var group: String
    public var id: String

    public init(group: String, id: String) {
        self.group = group
        self.id = id
    }

    public static func < (a: DeviceUse, b: DeviceUse) -> Bool {
        a.group != b.group ? a.group < b.group : a.id < b.id
    }
}

/// CPU, memory and disk that something needs at once.
public struct Footprint: Hashable, Sendable {
    /// MHz.
    public var cpu = 0
    public var memoryMB = 0
    public var diskMB = 0

    public init(cpu: Int = 0, memoryMB: Int = 0, diskMB: Int = 0) {
        (self.cpu, self.memoryMB, self.diskMB) = (cpu, memoryMB, diskMB)
    }

    /// The most that tasks need at any stage of their lives: before the main tasks (with sidecars), during
    /// them, or after them. A task with whole cores of its own needs their MHz at every stage.
    public static func peak(_ tasks: [(lifecycle: LifecycleSpec?, need: Footprint, ownsCores: Bool)]) -> Footprint {
        var (before, during, after, always) = (Footprint(), Footprint(), Footprint(), 0)
        for task in tasks {
            var need = task.need
            if task.ownsCores { (always, need.cpu) = (always + need.cpu, 0) }
            switch task.lifecycle?.hook {
            case "prestart":
                before.add(need)
                if task.lifecycle?.sidecar ?? false { during.add(need) }
            case "poststop": after.add(need)
            default: during.add(need)
            }
        }
        return Footprint(
            cpu: max(before.cpu, during.cpu, after.cpu) + always,
            memoryMB: max(before.memoryMB, during.memoryMB, after.memoryMB))
    }

    mutating func add(_ other: Footprint) {
        cpu += other.cpu
        memoryMB += other.memoryMB
    }
}

extension Allocation {
    /// What it takes of its node while it counts.
    public var footprint: Footprint {
        var result: Footprint
        if resources.tasks.count == 1, let task = resources.tasks.values.first {
            result = Footprint(cpu: task.cpuShares, memoryMB: task.memoryMB)
        } else {
            let spec = group
            result = Footprint.peak(
                resources.tasks.map { name, task in
                    (
                        spec?.task(name)?.lifecycle, Footprint(cpu: task.cpuShares, memoryMB: task.memoryMB),
                        !task.reservedCores.isEmpty
                    )
                })
        }
        result.diskMB = resources.diskMB
        return result
    }
}

/// The nodes that an entry changed for placement, and a number that names the history up to it.
struct NodeTouches: Sendable {
    var history: UInt64
    var nodes: [TouchedNode]
}

/// A node that an entry changed for placement.
public struct TouchedNode: Hashable, Sendable {
    public var id: NodeID
    /// Its record changed, not only what allocations take of it.
    public var isDescribedAnew: Bool
}

extension State {
    /// Entries for which the touched nodes are remembered.
    static let touchesMax: LogIndex = 512

    public func use(ofNode id: NodeID) -> NodeUse { nodeUse[id] ?? NodeUse() }

    /// Nodes whose own record or use changed since an earlier state; nil when that state is too old or of
    /// another history, so that nothing is known. May repeat nodes.
    /// - Parameter history: `history` of the earlier state.
    public func nodesTouched(since earlier: LogIndex, history: UInt64) -> [TouchedNode]? {
        // 0 is the history of a state that was read from a snapshot: nothing is known of what came before.
        guard history != 0, earlier <= index, touches[earlier]?.history == history else { return nil }
        if earlier == index { return [] }
        var nodes: [TouchedNode] = []
        for at in (earlier + 1)...index {
            guard let entry = touches[at] else { return nil }
            nodes += entry.nodes
        }
        return nodes
    }

    /// Names the sequence of changes to nodes and to what they carry: equal for equal histories.
    public var history: UInt64 { touches[index]?.history ?? 0 }

    /// Counts an allocation's change into its node's use. Reports that change nothing for placement touch nothing.
    mutating func account(_ old: Allocation?, _ new: Allocation?) {
        let before = old.flatMap { $0.occupiesNode ? $0 : nil }
        let after = new.flatMap { $0.occupiesNode ? $0 : nil }
        guard let node = (new ?? old)?.nodeID, before != nil || after != nil else { return }
        if let before, let after, before.sharedResources == after.sharedResources { return }
        var use = nodeUse[node] ?? NodeUse()
        if let before { use.count(before, by: -1) }
        if let after { use.count(after, by: 1) }
        nodeUse[node] = use.allocations == 0 ? nil : use
        touch(node: node, (new ?? old)?.id.low ?? 0, isDescribedAnew: false)
    }

    /// Notes that a node changed for placement. `detail` tells histories apart that touch the same node.
    mutating func touch(node: NodeID, _ detail: UInt64, isDescribedAnew: Bool = true) {
        let touched = TouchedNode(id: node, isDescribedAnew: isDescribedAnew)
        if touchedNodes.last != touched { touchedNodes.append(touched) }
        touchedDetail = (touchedDetail ^ detail) &* 0x9E37_79B9_7F4A_7C15 ^ node.low
    }

    /// Closes the notes of the entry that was just applied.
    mutating func closeTouches() {
        var hash = StableHash()
        hash.combine(touches[index - 1]?.history ?? 0)
        hash.combine(index)
        hash.combine(time.nanoseconds)
        hash.combine(touchedDetail)
        touches[index] = NodeTouches(history: hash.value, nodes: touchedNodes)
        if index > Self.touchesMax { touches[index - Self.touchesMax] = nil }
        (touchedNodes, touchedDetail) = ([], 0)
    }
}
