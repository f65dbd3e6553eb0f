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
    /// Volumes of storage plugins in use, ascending, one for each allocation that uses it.
    public internal(set) var volumes: [VolumeKey] = []

    public init() {}

    /// Counts an allocation in or out.
    public mutating func count(_ allocation: Allocation, by step: Int) {
        let need = allocation.footprint
        cpu += step * need.cpu
        memoryMB += step * need.memoryMB
        diskMB += step * need.diskMB
        allocations += step
        for claim in allocation.volumeClaims { Self.change(&volumes, claim.volume, by: step) }
        guard !allocation.sharedResources.isSimple else { return }
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

/// The nodes that an entry changed for placement, and a number that names the history up to it.
struct NodeTouches: Sendable {
    var history: UInt64
    var nodes: [TouchedNode]
}

/// A node that an entry changed for placement.
public struct TouchedNode: Hashable, Sendable {
    public let id: NodeID
    /// Its record changed, not only what allocations take of it.
    public let isDescribedAnew: Bool
    // Hundreds of entries remember them: kept short.
    private let isSimple: Bool
    private let (cpu, memoryMB, diskMB): (Int32, Int32, Int32)

    /// - Parameter use: what its allocations take now, where nothing of it changed but CPU, memory and disk.
    init(id: NodeID, isDescribedAnew: Bool, _ use: Footprint?) {
        (self.id, self.isDescribedAnew) = (id, isDescribedAnew)
        if let use, let cpu = Int32(exactly: use.cpu), let memoryMB = Int32(exactly: use.memoryMB),
            let diskMB = Int32(exactly: use.diskMB)
        {
            (isSimple, self.cpu, self.memoryMB, self.diskMB) = (true, cpu, memoryMB, diskMB)
        } else {
            (isSimple, cpu, memoryMB, diskMB) = (false, 0, 0, 0)
        }
    }

    /// What its allocations take after this change, where the change was one of CPU, memory and disk alone; nil where
    /// the state has to be asked.
    public var use: Footprint? {
        isSimple ? Footprint(cpu: Int(cpu), memoryMB: Int(memoryMB), diskMB: Int(diskMB)) : nil
    }
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
        if let before, let after, before.sharedResources == after.sharedResources,
            before.job === after.job || before.job.job.priority == after.job.job.priority
        {
            return
        }
        var use = nodeUse[node] ?? NodeUse()
        var isSimple = true
        for (allocation, step) in [(before, -1), (after, 1)] {
            guard let allocation else { continue }
            use.count(allocation, by: step)
            isSimple = isSimple && allocation.sharedResources.isSimple
        }
        nodeUse[node] = use.allocations == 0 ? nil : use
        let simple = isSimple ? Footprint(cpu: use.cpu, memoryMB: use.memoryMB, diskMB: use.diskMB) : nil
        touch(TouchedNode(id: node, isDescribedAnew: false, simple), (new ?? old)?.id.low ?? 0)
    }

    /// Notes that a node's record changed. `detail` tells histories apart that touch the same node.
    mutating func touch(node: NodeID, _ detail: UInt64) {
        touch(TouchedNode(id: node, isDescribedAnew: true, nil), detail)
    }

    private mutating func touch(_ touched: TouchedNode, _ detail: UInt64) {
        let node = touched.id
        if let last = touchedNodes.last, last.id == node, last.isDescribedAnew == touched.isDescribedAnew {
            // The later figures hold, where all changes since were of the kind that figures tell.
            if last.use != nil || touched.use == nil { touchedNodes[touchedNodes.count - 1] = touched }
        } else {
            touchedNodes.append(touched)
        }
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
