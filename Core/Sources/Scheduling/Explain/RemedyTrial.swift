import Base
import Model
import State

/// A remedy carried out, so that it can be seen whether it helps before it is given as advice.
struct RemedyTrial {
    var job: Job
    var node: Node
    private let group: Int

    init(_ remedy: Remedy, _ job: Job, group: Int, _ node: Node) {
        (self.job, self.node, self.group) = (job, node, group)
        for change in remedy.changes { apply(change) }
    }

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
        case .csiVolume:
            job.taskGroups[group].volumes = job.taskGroups[group].volumes.filter { $0.value.source != change.subject }
        case .datacenter: job.datacenters.append(change.subject)
        case .nodePool: job.nodePool = change.subject
        case .eligibility: node.schedulingEligibility = .eligible
        case .drain: (node.drainStrategy, node.schedulingEligibility) = (nil, .eligible)
        case .nodeStatus: node.status = .ready
        }
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
