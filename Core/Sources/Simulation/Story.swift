import Base
import Model
import State

/// Words for what happens, for people who look for a fault.
enum Story {
    static func text(of entry: Entry, _ state: State) -> String {
        "#\(entry.index) \(entry.cause): " + entry.changes.map { text(of: $0, state) }.joined(separator: "; ")
    }

    private static func text(of change: Change, _ state: State) -> String {
        switch change {
        case .job(let job): "job \(job.id) v\(job.version) count \(job.taskGroups.map(\.count)) stop \(job.stop)"
        case .jobStability(let key, let version, let stable): "job \(key.id) v\(version) stable \(stable)"
        case .jobVersionTag(let key, let version, let tag):
            "job \(key.id) v\(version) tag \(tag?["Name"]?.stringValue ?? "none")"
        case .deleteJob(let key): "no job \(key.id)"
        case .node(let node):
            "node \(node.name) \(node.status) \(node.schedulingEligibility)\(node.drainStrategy == nil ? "" : " draining")"
        case .deleteNode(let id): "no node \(id.short)"
        case .allocations(let list): list.map(text(of:)).joined(separator: ", ")
        case .allocationUpdates(let list):
            list.map { update in
                let allocation = state.allocation(update.id)
                let health = update.deploymentHealthy.map { $0 ? " healthy" : " unhealthy" } ?? ""
                return "\(allocation?.name ?? "?") \(update.id.short) reports \(update.clientStatus)\(health)"
            }.joined(separator: ", ")
        case .deleteAllocations(let ids): "\(ids.count) allocations collected"
        case .evaluations(let list):
            list.map { "\($0.status) \($0.triggeredBy.rawValue) of \($0.jobID) \($0.id.short)" }
                .joined(separator: ", ")
        case .deleteEvaluations(let ids): "\(ids.count) evaluations collected"
        case .deployments(let list):
            list.map { "deployment of \($0.jobID) v\($0.jobVersion) \($0.status)" }.joined(separator: ", ")
        case .deleteDeployments(let ids): "\(ids.count) deployments collected"
        case .scalingEvent(let key, _, _): "scaling event of \(key.id)"
        case .periodicLaunch(let key, _): "launch of \(key.id)"
        case .namespace(let namespace): "namespace \(namespace.name)"
        case .deleteNamespace(let name): "no namespace \(name)"
        case .schedulerConfiguration: "scheduler configuration"
        case .volume(let volume): "volume \(volume.id)"
        case .deleteVolume(let key): "no volume \(key.id)"
        case .record(let table, let key, _): "record \(table) \(key)"
        }
    }

    static func text(of allocation: Allocation) -> String {
        var words = [
            allocation.name, "v\(allocation.jobVersion)", allocation.id.short, "on \(allocation.nodeName)",
            allocation.desiredStatus.rawValue, allocation.clientStatus.rawValue, "\(allocation.resources.cpu)MHz",
        ]
        if allocation.desiredTransition.migrate ?? false { words.append("migrate") }
        if allocation.deploymentStatus?.canary ?? false { words.append("canary") }
        if !allocation.previousAllocation.isZero { words.append("after \(allocation.previousAllocation.short)") }
        return words.joined(separator: " ")
    }
}
