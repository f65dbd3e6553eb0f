import Model

/// The device requests of a group, with the device groups that can serve each of them on each kind of node: read
/// once, so that a look at a node only compares numbers.
struct DeviceDemand {
    let requests: [DeviceRequest]
    /// Some request has affinities.
    let hasAffinities: Bool
    /// Nodes of one kind may differ.
    let isUnique: Bool
    /// By kind; nothing of kinds that are no candidates.
    private var servers: [[[DeviceChoice.Server]]?] = []

    init(_ group: GroupSpec, _ candidates: Candidates, _ columns: NodeColumns) {
        requests = group.tasks.flatMap(\.resources.devices)
        hasAffinities = requests.contains { !$0.affinities.isEmpty }
        isUnique = requests.contains(where: DeviceChoice.isUnique)
        guard !requests.isEmpty, !isUnique else { return }
        servers = [[[DeviceChoice.Server]]?](repeating: nil, count: columns.kinds.count)
        for kind in candidates.kinds {
            let example = columns.kinds[kind].example
            servers[kind] = requests.map { DeviceChoice.servers($0, example) }
        }
    }

    /// What serves each request on a row.
    func servers(_ row: Int, _ columns: NodeColumns) -> [[DeviceChoice.Server]] {
        let kind = columns.kindOf[row]
        if kind < servers.count, let known = servers[kind] { return known }
        return requests.map { DeviceChoice.servers($0, columns.nodes[row]) }
    }

    /// What serves each request on the nodes of a kind.
    func servers(ofKind kind: Int) -> [[DeviceChoice.Server]] {
        (kind < servers.count ? servers[kind] : nil) ?? requests.map { _ in [] }
    }

    /// Whether so many free devices of each group are enough for all requests together.
    func isMet(_ servers: [[DeviceChoice.Server]], free: [Int]) -> Bool {
        if requests.count == 1 { return DeviceChoice.choose(requests[0], servers[0], free: free) != nil }
        var free = free
        for (request, servers) in zip(requests, servers) {
            guard let chosen = DeviceChoice.choose(request, servers, free: free) else { return false }
            free[chosen.group] -= max(1, request.count)
        }
        return true
    }

    /// What the affinities of the requests say; nil without any.
    func score(_ servers: [[DeviceChoice.Server]], free: [Int]) -> Double? {
        guard hasAffinities else { return nil }
        var (sum, weights) = (0.0, 0.0)
        for (request, servers) in zip(requests, servers) where !request.affinities.isEmpty {
            let weight = request.affinities.reduce(0.0) { $0 + Double(abs($1.weight)) }
            sum += (DeviceChoice.choose(request, servers, free: free)?.liking ?? 0) * weight
            weights += weight
        }
        return weights > 0 ? sum / weights : nil
    }
}
