import Base
import ControlPlane
import Model
import State

/// Looks for broken promises: after every step, after every restart, and when everything should rest.
struct Checker: Sendable {
    private(set) var violations: [String] = []
    /// The newest log position that somebody was told is durable, and the log's hash there.
    private var acknowledgedIndex: LogIndex = 0
    private var acknowledgedHash: UInt64?
    /// The committed state at the last crash.
    private var before: State?
    private var head = State()
    private var steps = 0
    /// Every so many steps the whole leader is examined, not only what changed.
    private static let thoroughEvery = 64

    mutating func fail(_ text: String) {
        if violations.count < 20 { violations.append(text) }
    }

    // MARK: - Durability

    mutating func acknowledged(_ index: LogIndex, _ journal: FakeJournal) {
        guard index > acknowledgedIndex else { return }
        acknowledgedIndex = index
        acknowledgedHash = journal.hash(at: index)
    }

    mutating func remember(_ server: SimulatedServer) { before = server.committed }

    /// A new leader has read the journal.
    mutating func restarted(_ server: SimulatedServer) {
        if server.journal.durableIndex < acknowledgedIndex {
            fail("entry \(acknowledgedIndex) was acknowledged, but the journal ends at \(server.journal.durableIndex)")
        } else if let hash = acknowledgedHash, server.journal.hash(at: acknowledgedIndex) != hash {
            fail("the log up to the acknowledged entry \(acknowledgedIndex) has changed")
        }
        do {
            if let before, before.index == server.committed.index,
                try before.digest() != server.committed.digest()
            {
                fail("the journal tells another state at \(before.index) than the leader had")
            }
            let copy = try State(snapshot: server.committed.snapshot())
            if try copy.digest() != server.committed.digest() {
                fail("the snapshot at \(server.committed.index) reads back differently")
            }
        } catch {
            fail("a state can't be written: \(error)")
        }
        head = server.committed
        for node in head.allNodes { examineRoom(on: node.id) }
        for job in head.allJobs() { examineIndexes(of: job.job.key) }
    }

    // MARK: - After every step

    mutating func examine(_ entries: [Entry], _ plane: ControlPlane) {
        let old = head
        head = plane.head
        steps += 1
        var nodes: Set<NodeID> = []
        var jobs: Set<JobKey> = []
        for change in entries.flatMap(\.changes) {
            switch change {
            case .allocations(let list):
                for allocation in list {
                    nodes.insert(allocation.nodeID)
                    jobs.insert(allocation.jobKey)
                    examineEnd(of: allocation.id, old)
                }
            case .allocationUpdates(let list): for update in list { examineEnd(of: update.id, old) }
            case .node(let node): nodes.insert(node.id)
            default: break
            }
        }
        for id in nodes.sorted() { examineRoom(on: id) }
        for key in jobs.sorted() { examineIndexes(of: key) }
        if steps % Self.thoroughEvery == 0 { for text in plane.invariantViolations() { fail(text) } }
    }

    /// What has ended stays ended.
    private mutating func examineEnd(of id: AllocationID, _ old: State) {
        guard let before = old.allocation(id), before.isClientTerminal, let after = head.allocation(id) else { return }
        if !after.isClientTerminal {
            fail("allocation \(after.name) \(id.short) was \(before.clientStatus) and is \(after.clientStatus) again")
        }
    }

    /// What allocations hold of a node fits it.
    private mutating func examineRoom(on id: NodeID) {
        guard let node = head.node(id) else { return }
        let present = head.allocations(onNode: id).filter(\.occupiesNode)
        let awaited = Set(present.flatMap(Self.awaits))
        var rest = Dictionary(uniqueKeysWithValues: present.map { ($0.id, $0) })
        var (cpu, memory, disk) = (0, 0, 0)
        var users: [Int: Int] = [:]
        for allocation in present where !awaited.contains(allocation.id) {
            let hold = Self.hold(of: allocation, among: &rest)
            cpu += hold.cpu
            memory += hold.memory
            disk += hold.disk
            for port in hold.ports { users[port, default: 0] += 1 }
        }
        let (has, keeps) = (node.nodeResources, node.reservedResources)
        for (name, used, room) in [
            ("CPU", cpu, has.cpu.cpuShares - keeps.cpu.cpuShares),
            ("memory", memory, has.memory.memoryMB - keeps.memory.memoryMB),
            ("disk", disk, has.disk.diskMB - keeps.disk.diskMB),
        ] where used > room {
            fail("node \(node.name) is over-committed: \(used) of \(room) \(name)")
        }
        for (port, count) in users.sorted(by: { $0.key < $1.key }) where count > 1 {
            fail("port \(port) of node \(node.name) is given away \(count) times")
        }
    }

    /// Those that have to end before an allocation starts: what it replaces and what it preempts.
    private static func awaits(_ allocation: Allocation) -> [AllocationID] {
        [allocation.previousAllocation] + allocation.preemptedAllocations
    }

    /// What an allocation needs together with those on its node that it waits for: never both at a time.
    private static func hold(
        of allocation: Allocation, among rest: inout [AllocationID: Allocation]
    ) -> (cpu: Int, memory: Int, disk: Int, ports: Set<Int>) {
        rest[allocation.id] = nil
        var (cpu, memory, disk, ports) = (0, 0, 0, ports(of: allocation.resources))
        for id in awaits(allocation) {
            guard let before = rest[id], before.desiredStatus != .run else { continue }
            let hold = hold(of: before, among: &rest)
            cpu += hold.cpu
            memory += hold.memory
            disk += hold.disk
            ports.formUnion(hold.ports)
        }
        let own = allocation.resources
        return (max(cpu, own.cpu), max(memory, own.memoryMB), max(disk, own.diskMB), ports)
    }

    private static func ports(of resources: AllocatedResources) -> Set<Int> {
        var ports = Set(resources.ports.map(\.value))
        for network in resources.networks + resources.tasks.values.flatMap(\.networks) {
            ports.formUnion((network.reservedPorts + network.dynamicPorts).map(\.value))
        }
        return ports.filter { $0 > 0 }
    }

    /// Live allocations of a version's group have indexes from 0 to its count, each once.
    private mutating func examineIndexes(of key: JobKey) {
        var seen: Set<String> = []
        for allocation in head.allocations(ofJob: key)
        where allocation.desiredStatus == .run && !allocation.isClientTerminal && !allocation.job.job.kind.isPerNode {
            let name = "\(allocation.job.job.createIndex) v\(allocation.jobVersion) \(allocation.name)"
            if !seen.insert(name).inserted { fail("two live allocations are \(name)") }
            let count = max(allocation.group?.count ?? 0, allocation.group?.update?.canary ?? 0)
            if allocation.index >= count {
                fail("allocation \(allocation.name) v\(allocation.jobVersion) is live with a count of \(count)")
            }
        }
    }
}
