import AgentCore
import Base
import Drivers
import Model

extension NodeAgent {
    /// Makes the group's network. Groups on the host's network have nothing to make.
    func setUpNetwork(_ allocation: Allocation) async throws -> NetworkStatus? {
        guard let network = allocation.group?.networks.first else { return nil }
        switch network.mode {
        case "", "host", "none": return nil
        default:
            throw SetupFailure(
                "network mode \"\(network.mode)\" is not supported yet; use mode \"host\", or a driver that publishes "
                    + "ports itself, such as docker with the port labels in its \"ports\"")
        }
    }

    func tearDownNetwork(_ allocation: Allocation) async {}

    /// What the start of a task says about networks.
    func addNetwork(_ allocation: Allocation, to start: inout TaskStart, _ interpolate: Interpolation) {
        guard let network = allocation.group?.networks.first else { return }
        if !network.hostname.isEmpty { start.hostname = interpolate(network.hostname) }
        if let dns = network.dns {
            start.dns = TaskDNS(
                servers: dns.servers.map { interpolate($0) }, searches: dns.searches.map { interpolate($0) },
                options: dns.options.map { interpolate($0) })
        }
    }
}
