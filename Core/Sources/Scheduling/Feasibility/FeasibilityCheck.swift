import Base
import Model

/// One reason for which a node may be unable to run a group, in the order in which they are asked.
struct FeasibilityCheck: Sendable {
    private enum Kind: Sendable {
        case matcher(Matcher)
        case drivers([String])
        case devices([DeviceRequest])
        case networkMode(String)
        case hostNetwork(String)
        case hostVolumes([VolumeRequest])
    }

    private let kind: Kind
    /// How it is named in explanations.
    let reason: String
    /// Nodes of one computed class may differ in it.
    let isPerNode: Bool
    /// It looks at unique properties, so that knowing a class says nothing of its nodes.
    let escapesClass: Bool
    /// Nodes of one kind may differ in it.
    let isPerRow: Bool

    private init(
        _ kind: Kind, _ reason: String, isPerNode: Bool = false, escapesClass: Bool = false, isPerRow: Bool = false
    ) {
        (self.kind, self.reason) = (kind, reason)
        (self.isPerNode, self.escapesClass) = (isPerNode || escapesClass, escapesClass)
        self.isPerRow = isPerRow || escapesClass
    }

    /// The checks of a group: job constraints, drivers, constraints of group and tasks, devices, networks, host volumes.
    /// Volumes of storage plugins change with every placement and have rules of their own (`VolumeRules`).
    static func checks(_ job: Job, _ group: GroupSpec) -> [FeasibilityCheck] {
        var checks = constraints(job.constraints)
        var drivers: [String] = []
        for task in group.tasks where !drivers.contains(task.driver) { drivers.append(task.driver) }
        checks.append(FeasibilityCheck(.drivers(drivers), "missing drivers"))
        checks += constraints(group.constraints + group.tasks.flatMap(\.constraints))
        let devices = group.tasks.flatMap(\.resources.devices)
        if !devices.isEmpty {
            // Nodes of one class have the same kinds of devices, but not as many of them.
            let isPerRow = devices.contains(where: DeviceChoice.isUnique)
            checks.append(
                FeasibilityCheck(.devices(devices), "missing devices", isPerNode: true, isPerRow: isPerRow))
        }
        checks += networks(group)
        let volumes = group.volumes.sorted { $0.key < $1.key }.map(\.value)
        let host = volumes.filter { $0.type == "host" && !$0.perAlloc }
        if !host.isEmpty {
            checks.append(FeasibilityCheck(.hostVolumes(host), "missing compatible host volumes", isPerNode: true))
        }
        return checks
    }

    private static func constraints(_ list: [Constraint]) -> [FeasibilityCheck] {
        list.compactMap { constraint in
            guard constraint.operand != "distinct_hosts", constraint.operand != "distinct_property" else { return nil }
            let matcher = Matcher(constraint)
            return FeasibilityCheck(.matcher(matcher), constraint.text, escapesClass: matcher.isUnique)
        }
    }

    private static func networks(_ group: GroupSpec) -> [FeasibilityCheck] {
        var checks: [FeasibilityCheck] = []
        for network in group.networks {
            if !["", "host", "none"].contains(network.mode) {
                checks.append(FeasibilityCheck(.networkMode(network.mode), "missing network", isPerNode: true))
            }
            for port in network.reservedPorts + network.dynamicPorts
            where port.hostNetwork != "default" && !port.hostNetwork.isEmpty {
                let reason = "missing host network \"\(port.hostNetwork)\" for port \"\(port.label)\""
                checks.append(FeasibilityCheck(.hostNetwork(port.hostNetwork), reason, isPerNode: true))
            }
        }
        return checks
    }

    func holds(_ node: Node) -> Bool {
        switch kind {
        case .matcher(let matcher): matcher.matches(node)
        case .drivers(let names): names.allSatisfy { Self.has(node, driver: $0) }
        case .devices(let requests): DeviceChoice.couldServe(requests, node)
        case .networkMode(let mode):
            node.nodeResources.nodeNetworks.contains { $0.mode == mode }
                || node.nodeResources.networks.contains { $0.mode == mode }
        case .hostNetwork(let name):
            node.nodeResources.nodeNetworks.contains { $0.addresses.contains { $0.alias == name } }
        case .hostVolumes(let requests):
            requests.allSatisfy { Self.has(node, volume: $0.source, readOnly: $0.readOnly) }
        }
    }

    /// What keeps a node from passing; nothing where it does.
    func obstacles(_ node: Node) -> [RemedyChange] {
        guard !holds(node) else { return [] }
        switch kind {
        case .matcher: return [RemedyChange(.constraint, reason)]
        case .drivers(let names):
            return names.filter { !Self.has(node, driver: $0) }.map { RemedyChange(.driver, $0) }
        case .devices(let requests):
            return requests.filter { !DeviceChoice.couldServe([$0], node) }.map {
                RemedyChange(.device, $0.name, amount: max(1, $0.count))
            }
        case .networkMode(let mode): return [RemedyChange(.networkMode, mode)]
        case .hostNetwork(let name): return [RemedyChange(.hostNetwork, name)]
        case .hostVolumes(let requests):
            return requests.filter { !Self.has(node, volume: $0.source, readOnly: $0.readOnly) }.map {
                RemedyChange(.hostVolume, $0.source)
            }
        }
    }

    /// A driver counts when it is there and well; nodes that say nothing of its health say `driver.<name>` = 1.
    private static func has(_ node: Node, driver: String) -> Bool {
        if let info = node.drivers[driver] { return info.detected && info.healthy }
        let attribute = node.attributes["driver.\(driver)"]
        return attribute == "1" || attribute == "true"
    }

    static func has(_ node: Node, volume source: String, readOnly: Bool) -> Bool {
        guard let volume = node.hostVolumes[source] else { return false }
        return readOnly || !volume.readOnly
    }
}
