import Base

/// What a new version of a job does to the running allocations of one of its groups.
///
/// Decided from the two specifications alone. Whether an in-place update also fits its node (constraints,
/// datacenters, free resources) is the scheduler's question: where it doesn't, it becomes a destructive one.
public enum GroupChange: String, Hashable, Sendable, Codable {
    /// The allocation already belongs to this version.
    case ignore
    /// The allocation keeps running and learns of the new version.
    case inPlace
    /// The allocation is stopped and a new one takes its place.
    case destructive

    /// The kind of change for the allocations of `group` that belong to `old` when `new` takes over.
    ///
    /// The same version with the same specification index means there is nothing to do. A group that exists in only one of the jobs
    /// counts as destructive: there is nothing that could be kept.
    public static func kind(old: Job, new: Job, group: String) -> GroupChange {
        let isSameVersion = old.version == new.version
        if isSameVersion, old.jobModifyIndex == new.jobModifyIndex, old.createIndex == new.createIndex {
            return .ignore
        }
        guard let before = old.group(group), let after = new.group(group) else { return .destructive }
        return GroupComparison(oldJob: old, newJob: new, old: before, new: after).needsReplacement
            ? .destructive : .inPlace
    }

    /// Whether the allocations of a group must be replaced: the fields that a running task can't take over.
    public static func isDestructive(old: Job, new: Job, group: String) -> Bool {
        kind(old: old, new: new, group: group) == .destructive
    }
}

/// The comparison of one group in two versions of its job, field by field of the documented list.
private struct GroupComparison {
    let oldJob: Job
    let newJob: Job
    let old: GroupSpec
    let new: GroupSpec

    var needsReplacement: Bool {
        old.tasks.count != new.tasks.count
            || old.ephemeralDisk != new.ephemeralDisk
            || old.networks.map(NetworkNeed.init) != new.networks.map(NetworkNeed.init)
            || consulDiffers(old.consul, new.consul)
            || connectDiffers
            || (old.restartPolicy.renderTemplates ?? false) != (new.restartPolicy.renderTemplates ?? false)
            || affinities(oldJob, old) != affinities(newJob, new)
            || oldJob.spreads + old.spreads != newJob.spreads + new.spreads
            || new.tasks.contains(where: taskNeedsReplacement)
    }

    /// Preferences of all levels count together: moving one from job to group changes nothing.
    private func affinities(_ job: Job, _ group: GroupSpec) -> [Affinity] {
        job.affinities + group.affinities + group.tasks.flatMap(\.affinities)
    }

    private func taskNeedsReplacement(_ after: TaskSpec) -> Bool {
        guard let before = old.task(after.name) else { return true }
        return before.driver != after.driver
            || before.user != after.user
            || before.config != after.config
            || before.env != after.env
            || before.artifacts != after.artifacts
            || before.vault != after.vault
            || before.secrets != after.secrets
            || before.templates != after.templates
            || before.csiPluginConfig != after.csiPluginConfig
            || before.identity != after.identity
            || before.identities != after.identities
            || before.logConfig.disabled != after.logConfig.disabled
            || (before.restartPolicy?.renderTemplates ?? false) != (after.restartPolicy?.renderTemplates ?? false)
            || consulDiffers(before.consul, after.consul)
            || combinedMeta(oldJob, old, before) != combinedMeta(newJob, new, after)
            || ResourceNeed(before.resources) != ResourceNeed(after.resources)
    }

    private func combinedMeta(_ job: Job, _ group: GroupSpec, _ task: TaskSpec) -> [String: String] {
        job.meta.merging(group.meta) { $1 }.merging(task.meta) { $1 }
    }

    /// The namespace always counts; cluster and partition only where both versions name them.
    private func consulDiffers(_ before: JSON?, _ after: JSON?) -> Bool {
        func text(_ tree: JSON?, _ name: String) -> String { tree?[name]?.stringValue ?? "" }
        if text(before, "Namespace") != text(after, "Namespace") { return true }
        guard let before, let after, !before.isNull, !after.isNull else { return false }
        return ["Cluster", "Partition"].contains { name in
            let pair = (text(before, name), text(after, name))
            return !pair.0.isEmpty && !pair.1.isEmpty && pair.0 != pair.1
        }
    }

    /// Services are matched by name; only the parts of a mesh service that its proxy task depends on count.
    private var connectDiffers: Bool {
        for before in old.services where hasConnect(before) {
            guard let after = new.services.first(where: { $0.name == before.name }), hasConnect(after) else {
                return true
            }
            if before.portLabel != after.portLabel || before.cluster != after.cluster { return true }
            for path in [["Native"], ["Gateway"], ["SidecarTask"], ["SidecarService", "Port"]]
            where member(before.connect, path) != member(after.connect, path) {
                return true
            }
        }
        return new.services.contains { after in
            guard hasConnect(after) else { return false }
            return !old.services.contains { $0.name == after.name && hasConnect($0) }
        }
    }

    private func hasConnect(_ service: ServiceSpec) -> Bool { !(service.connect?.isNull ?? true) }

    private func member(_ tree: JSON?, _ path: [String]) -> JSON {
        path.reduce(tree) { $0?[$1] } ?? .null
    }
}

/// What a network asks of the node; collision handling and addresses are left out.
private struct NetworkNeed: Equatable {
    let mode: String
    let mBits: Int
    let hostname: String
    let dns: DNSSpec?
    let cni: JSON?
    let reserved: [String: PortSpec]
    let dynamic: [String: PortSpec]

    init(_ network: NetworkSpec) {
        mode = network.mode
        mBits = network.mBits
        hostname = network.hostname
        dns = network.dns
        cni = network.cni
        reserved = Self.byLabel(network.reservedPorts, keepsValue: true)
        dynamic = Self.byLabel(network.dynamicPorts, keepsValue: false)
    }

    private static func byLabel(_ ports: [PortSpec], keepsValue: Bool) -> [String: PortSpec] {
        var result: [String: PortSpec] = [:]
        for port in ports {
            var asked = port
            asked.ignoreCollision = false
            if !keepsValue { asked.value = 0 }
            result[port.label] = asked
        }
        return result
    }
}

/// What a task asks of its node.
private struct ResourceNeed: Equatable {
    let numbers: [Int]
    let devices: [DeviceRequest]
    let numa: JSON?
    let networks: [NetworkNeed]

    init(_ resources: ResourceSpec) {
        numbers = [
            resources.cpu, resources.cores, resources.memoryMB, resources.memoryMaxMB, resources.secretsMB,
        ]
        devices = resources.devices
        numa = resources.numa
        networks = resources.networks.map(NetworkNeed.init)
    }
}
