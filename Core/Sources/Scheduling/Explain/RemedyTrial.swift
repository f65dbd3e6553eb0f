import Base
import Model
import State

/// A remedy carried out, so that it can be seen whether it helps before it is given as advice.
struct RemedyTrial {
    var job: Job
    var node: Node
    /// What else changes: volumes, and allocations that have ended.
    private(set) var others: [Change] = []
    private let group: Int
    private let state: State

    init(_ remedy: Remedy, _ job: Job, group: Int, _ node: Node, _ state: State) {
        (self.job, self.node, self.group, self.state) = (job, node, group, state)
        for change in remedy.changes { apply(change) }
    }

    /// All that changes.
    var changes: [Change] { others + [.node(node), .job(job)] }

    private mutating func apply(_ change: RemedyChange) {
        switch change.kind {
        case .cpu: node.nodeResources.cpu.cpuShares += change.amount
        case .memory: node.nodeResources.memory.memoryMB += change.amount
        case .disk: node.nodeResources.disk.diskMB += change.amount
        case .cores: addCores(change.amount)
        case .port: forEachNetwork { $0.reservedPorts.removeAll { $0.value == change.amount } }
        case .dynamicPorts: node.nodeResources.maxDynamicPort += change.amount
        case .device: dropDevices(change.subject)
        case .constraint:
            dropConstraints { $0.text == change.subject || "distinct_property \($0.lTarget)" == change.subject }
        case .distinctHosts: dropConstraints { $0.operand == "distinct_hosts" }
        case .distinctProperty: raiseLimit(change)
        case .driver:
            var info = DriverInfo()
            (info.detected, info.healthy) = (true, true)
            node.drivers[change.subject] = info
        case .hostNetwork: forEachNetwork { network in Self.leave(change.subject, &network) }
        case .networkMode:
            job.taskGroups[group].networks.indices.forEach { job.taskGroups[group].networks[$0].mode = "" }
        case .hostVolume:
            var volume = HostVolume()
            volume.name = change.subject
            node.hostVolumes[change.subject] = volume
        case .csiVolume, .csiCapability: registerVolume(change.subject)
        case .csiPlugin: runPlugin(change.subject)
        case .csiController:
            var info = CSIPluginInfo()
            (info.pluginID, info.healthy, info.controllerInfo) = (change.subject, true, CSIControllerInfo())
            node.csiControllerPlugins[change.subject] = info
        case .csiVolumeLimit: node.csiNodePlugins[change.subject]?.nodeInfo?.maxVolumes = Int64(change.amount)
        case .csiTopology:
            let volume = state.volume(VolumeKey(namespace: job.namespace, id: change.subject))
            let plugin = volume?.pluginID ?? ""
            var info = node.csiNodePlugins[plugin]?.nodeInfo ?? CSINodeInfo()
            info.accessibleTopology = volume?.topologies.first
            node.csiNodePlugins[plugin]?.nodeInfo = info
        case .csiClaim: endClaims(change)
        case .datacenter: job.datacenters.append(change.subject)
        case .nodePool: job.nodePool = change.subject
        case .eligibility: node.schedulingEligibility = .eligible
        case .drain: (node.drainStrategy, node.schedulingEligibility) = (nil, .eligible)
        case .nodeStatus: node.status = .ready
        }
    }

    /// Makes a volume known that can be mounted on the node as the group asks for.
    private mutating func registerVolume(_ id: String) {
        let key = VolumeKey(namespace: job.namespace, id: id)
        var volume = state.volume(key) ?? CSIVolume()
        if volume.id.isEmpty {
            (volume.namespace, volume.id, volume.externalID) = (key.namespace, key.id, key.id)
            let known = node.csiNodePlugins.filter { $0.value.healthy && !state.lacksController(plugin: $0.key) }
            volume.pluginID = known.keys.min() ?? id
            if known.isEmpty { runPlugin(id) }
        }
        for (name, request) in job.taskGroups[group].volumes
        where request.type == "csi" && (request.perAlloc ? id.hasPrefix(request.source + "[") : id == request.source) {
            let isWritable = VolumeAccessMode(rawValue: request.accessMode)?.allowsWriting ?? false
            if !isWritable { job.taskGroups[group].volumes[name]?.readOnly = true }
            let modes = CSIVolumeCapability(accessMode: request.accessMode, attachmentMode: request.attachmentMode)
            volume.requestedCapabilities.append(modes)
        }
        others.append(.volume(volume))
    }

    /// Lets a healthy node plugin run on the node, in a place from which the group's volumes can be reached.
    private mutating func runPlugin(_ id: String) {
        var info = node.csiNodePlugins[id] ?? CSIPluginInfo()
        (info.pluginID, info.healthy) = (id, true)
        info.nodeInfo = info.nodeInfo ?? CSINodeInfo()
        let volumes = state.allVolumes(namespace: job.namespace).filter { $0.pluginID == id }
        if info.nodeInfo?.accessibleTopology == nil {
            info.nodeInfo?.accessibleTopology = volumes.lazy.compactMap { $0.topologies.first }.first
        }
        node.csiNodePlugins[id] = info
    }

    /// Ends the allocations that keep a volume from others.
    private mutating func endClaims(_ change: RemedyChange) {
        let key = VolumeKey(namespace: job.namespace, id: change.subject)
        var ended = state.claims(on: key).compactMap { state.allocation($0.allocation) }
        ended.removeAll { !change.holders.contains($0.name) }
        for at in ended.indices { (ended[at].desiredStatus, ended[at].clientStatus) = (.stop, .complete) }
        others.append(.allocations(ended))
    }

    private mutating func addCores(_ amount: Int) {
        let cpu = node.nodeResources.cpu
        let next = (cpu.reservableCpuCores.max() ?? -1) + 1
        let perCore = cpu.totalCpuCores > 0 ? cpu.cpuShares / cpu.totalCpuCores : 1000
        node.nodeResources.cpu.reservableCpuCores += next..<(next + amount)
        node.nodeResources.cpu.totalCpuCores += amount
        node.nodeResources.cpu.cpuShares += amount * perCore
        // What the cores themselves bring may not be enough for what is used already.
        let asked = job.taskGroups[group].tasks.reduce(0) { $0 + $1.resources.cores } * perCore
        node.nodeResources.cpu.cpuShares += asked
    }

    private mutating func forEachNetwork(_ body: (inout NetworkSpec) -> Void) {
        for at in job.taskGroups[group].networks.indices { body(&job.taskGroups[group].networks[at]) }
        for task in job.taskGroups[group].tasks.indices {
            for at in job.taskGroups[group].tasks[task].resources.networks.indices {
                body(&job.taskGroups[group].tasks[task].resources.networks[at])
            }
        }
    }

    private static func leave(_ name: String, _ network: inout NetworkSpec) {
        for at in network.reservedPorts.indices where network.reservedPorts[at].hostNetwork == name {
            network.reservedPorts[at].hostNetwork = "default"
        }
        for at in network.dynamicPorts.indices where network.dynamicPorts[at].hostNetwork == name {
            network.dynamicPorts[at].hostNetwork = "default"
        }
        if name == "default" { (network.reservedPorts, network.dynamicPorts) = ([], []) }
    }

    private mutating func dropDevices(_ name: String) {
        for at in job.taskGroups[group].tasks.indices {
            job.taskGroups[group].tasks[at].resources.devices.removeAll { $0.name == name }
        }
    }

    private mutating func dropConstraints(_ matches: (Constraint) -> Bool) {
        job.constraints.removeAll(where: matches)
        job.taskGroups[group].constraints.removeAll(where: matches)
        for at in job.taskGroups[group].tasks.indices {
            job.taskGroups[group].tasks[at].constraints.removeAll(where: matches)
        }
    }

    private mutating func raiseLimit(_ change: RemedyChange) {
        func raise(_ list: inout [Constraint]) {
            for at in list.indices where list[at].operand == "distinct_property" && list[at].lTarget == change.subject {
                list[at].rTarget = "\(max(change.amount, Int(list[at].rTarget) ?? 1))"
            }
        }
        raise(&job.constraints)
        raise(&job.taskGroups[group].constraints)
    }
}
