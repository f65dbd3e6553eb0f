import Base
import Model
import State

/// What stands between a group and each node of the cluster, after a plan that had no place for all instances.
struct NodeSurvey {
    private let job: Job
    private let group: GroupSpec
    private let number: Int
    private let need: GroupNeed
    private let checks: [FeasibilityCheck]
    private let placer: GroupPlacer
    private let proposed: Proposed
    private let state: State
    /// The index of an instance that is missing, for volumes that belong to one.
    private let index: Int

    init?(_ run: EvaluationRun, _ job: Job, group number: Int, missing index: Int) {
        let key = EvaluationRun.PlacerKey(version: job.version, group: number)
        guard let at = run.placerNumbers[key] else { return nil }
        (self.job, self.number, self.index) = (job, number, index)
        (placer, proposed, state) = (run.placers[at], run.proposed, run.state)
        group = job.taskGroups[number]
        need = placer.need
        checks = FeasibilityCheck.checks(job, group)
    }

    /// Rows that are worth a look: for jobs that are bound to nodes, those that they should run on and don't.
    var rows: [Int] {
        let columns = proposed.columns
        guard job.kind.isPerNode else { return (0..<columns.count).filter { columns.isPresent[$0] } }
        let lacking = placer.candidates.rows(columns).filter {
            let status = placer.status($0, columns)
            return status < 0 && status != GroupPlacer.unknown && proposed.ofGroup(number, $0) == 0
        }
        return lacking.isEmpty ? (0..<columns.count).filter { columns.isPresent[$0] } : lacking
    }

    /// Everything that keeps one more instance off a row; nothing where it would fit.
    func obstacles(_ row: Int) -> [RemedyChange] {
        let node = proposed.columns.nodes[row]
        var changes = standing(node)
        for check in checks { changes += check.obstacles(node) }
        for volume in group.volumes.values.sorted(by: { $0.name < $1.name })
        where volume.type == "host" && volume.perAlloc {
            let source = "\(volume.source)[\(index)]"
            if !FeasibilityCheck.has(node, volume: source, readOnly: volume.readOnly) {
                changes.append(RemedyChange(.hostVolume, source))
            }
        }
        changes += volumes(node)
        changes += placer.distinct.obstacles(
            row, kind: proposed.columns.kindOf[row], proposed.ofGroup(number, row), proposed.ofJob(row))
        changes += ports(row)
        if !changes.contains(where: { $0.kind == .device }) { changes += devices(row) }
        return changes + room(row)
    }

    /// What keeps volumes of storage plugins from the node.
    private func volumes(_ node: Node) -> [RemedyChange] {
        guard var rules = placer.volumes else { return [] }
        _ = rules.follow(proposed, index: index)
        var changes: [RemedyChange] = []
        for refusal in rules.refusals(node, proposed) {
            var change = Self.change(refusal)
            switch refusal.reason {
            case .topology:
                let places = state.volume(refusal.volume)?.topologies ?? []
                change.detail = places.map(Self.text).joined(separator: " or ")
            case .writers, .elsewhere:
                let holders = holders(of: refusal.volume, writing: refusal.reason == .writers, but: node.id)
                if let at = changes.firstIndex(where: { $0.kind == .csiClaim && $0.subject == change.subject }) {
                    changes[at].holders = Set(changes[at].holders + holders).sorted()
                    continue
                }
                change.holders = holders
            default: break
            }
            if !changes.contains(change) { changes.append(change) }
        }
        return changes
    }

    private static func change(_ refusal: VolumeRules.Refusal) -> RemedyChange {
        let volume = refusal.volume.id
        switch refusal.reason {
        case .unknownVolume: return RemedyChange(.csiVolume, volume)
        case .noPlugin, .unhealthyPlugin: return RemedyChange(.csiPlugin, refusal.plugin)
        case .noController: return RemedyChange(.csiController, refusal.plugin)
        case .tooMany(let wanted): return RemedyChange(.csiVolumeLimit, refusal.plugin, amount: wanted)
        case .topology: return RemedyChange(.csiTopology, volume)
        case .writers, .elsewhere: return RemedyChange(.csiClaim, volume)
        case .capability(let access, let attachment):
            var change = RemedyChange(.csiCapability, volume)
            change.detail = "\(access) and \(attachment)"
            return change
        case .readOnly:
            var change = RemedyChange(.csiCapability, volume)
            change.detail = "that allows writing, and ask for it"
            return change
        }
    }

    private static func text(_ place: CSITopology) -> String {
        place.segments.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    }

    /// Who uses a volume so that nobody else can: its writers, or those who have it on other nodes.
    private func holders(of volume: VolumeKey, writing: Bool, but node: NodeID) -> [String] {
        state.claims(on: volume).filter { writing ? $0.writes : $0.node != node }
            .compactMap { state.allocation($0.allocation)?.name }.sorted()
    }

    /// What keeps everybody, or every instance of the job, off the node.
    private func standing(_ node: Node) -> [RemedyChange] {
        var changes: [RemedyChange] = []
        if node.status != .ready { changes.append(RemedyChange(.nodeStatus, node.status.rawValue)) }
        if node.drainStrategy != nil {
            changes.append(RemedyChange(.drain))
        } else if node.schedulingEligibility != .eligible {
            changes.append(RemedyChange(.eligibility))
        }
        if !Candidates.isIn(job, datacenter: node.datacenter) {
            changes.append(RemedyChange(.datacenter, node.datacenter))
        }
        if !Candidates.mayUse(pool: node.nodePool, job) {
            changes.append(RemedyChange(.nodePool, node.nodePool.isEmpty ? "default" : node.nodePool))
        }
        return changes
    }

    private func room(_ row: Int) -> [RemedyChange] {
        let columns = proposed.columns
        let (ask, left) = (need.footprint(coreCPU: columns.coreCPU[row]), columns.room(row).left)
        var changes: [RemedyChange] = []
        func compare(_ kind: RemedyKind, _ asked: Int, _ free: Int) {
            guard asked > free else { return }
            changes.append(RemedyChange(kind, amount: asked - free, asked: asked, free: free))
        }
        compare(.cores, need.cores, columns.coresFree[row].count)
        // Cores bring their MHz along: those that are missing would be missed twice.
        if changes.isEmpty { compare(.cpu, ask.cpu, left.cpu) }
        compare(.memory, ask.memoryMB, left.memoryMB)
        compare(.disk, ask.diskMB, left.diskMB)
        return changes
    }

    private func ports(_ row: Int) -> [RemedyChange] {
        let space = proposed.columns.ports[row]
        var changes: [RemedyChange] = []
        var taken: Set<UInt16> = []
        for port in need.ports {
            let choices = space.choices(port.network)
            let name = port.network.isEmpty ? "default" : port.network
            guard !choices.isEmpty else {
                let missing = RemedyChange(.hostNetwork, name)
                if !changes.contains(missing) { changes.append(missing) }
                continue
            }
            guard let value = UInt16(exactly: port.value), value > 0, !port.ignoresCollision else { continue }
            guard !choices.contains(where: { space.isFree(value, at: $0) }) || !taken.insert(value).inserted else {
                continue
            }
            var change = RemedyChange(.port, port.label, amount: port.value)
            change.holders = holders(of: port.value, row)
            changes.append(change)
        }
        for network in Set(need.ports.filter { $0.value == 0 }.map(\.network)).sorted() {
            let wanted = need.ports.count { $0.value == 0 && $0.network == network }
            let free = space.choices(network).reduce(0) { $0 + max(0, space.freeDynamic(at: $1)) }
            if free < wanted, !space.choices(network).isEmpty {
                changes.append(RemedyChange(.dynamicPorts, network, amount: wanted - free, asked: wanted, free: free))
            }
        }
        return changes
    }

    private func holders(of port: Int, _ row: Int) -> [String] {
        state.allocations(onNode: proposed.columns.ids[row]).filter { allocation in
            allocation.occupiesNode
                && (allocation.resources.ports.contains { $0.value == port }
                    || allocation.resources.tasks.values.contains { task in
                        task.networks.contains { ($0.reservedPorts + $0.dynamicPorts).contains { $0.value == port } }
                    })
        }.map { $0.namespace == job.namespace ? $0.name : "an allocation of another namespace" }.sorted()
    }

    private func devices(_ row: Int) -> [RemedyChange] {
        guard need.needsDevices else { return [] }
        var used = proposed.columns.devicesUsed[row]
        var changes: [RemedyChange] = []
        for request in group.tasks.flatMap(\.resources.devices) {
            if let (device, _) = DeviceChoice.choose(request, proposed.columns.nodes[row], used: used) {
                used += device.deviceIDs.map {
                    DeviceUse(group: "\(device.vendor)/\(device.type)/\(device.name)", id: $0)
                }
            } else {
                changes.append(RemedyChange(.device, request.name, amount: max(1, request.count)))
            }
        }
        return changes
    }
}
