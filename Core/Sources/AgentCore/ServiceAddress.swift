import Base
public import Model

/// Where a service, or a check of it, is reached.
public struct ServiceAddress: Hashable, Sendable {
    public var ip: String
    public var port: Int

    public init(ip: String, port: Int) {
        self.ip = ip
        self.port = port
    }

    public var text: String { TaskEnvironment.address(ip, port) }

    /// Finds the address by the rules of `address_mode`. `port` is a label or a number, empty for none.
    /// `driver` is the task's own address if its driver gave it one, `nodeIP` where the node itself is reached.
    /// Throws a sentence that says what is missing.
    public static func resolve(
        port: String, mode: String, allocation: Allocation, task: String, driver: TaskAddress?,
        networkStatus: NetworkStatus?, nodeIP: String
    ) throws(ServiceAddressError) -> ServiceAddress {
        let usesDriver = mode == "driver" || (mode == "auto" && driver?.advertises == true)
        if usesDriver {
            guard let driver else {
                throw ServiceAddressError("cannot use address_mode=\"driver\": the driver gave the task no address")
            }
            if port.isEmpty { return ServiceAddress(ip: driver.address, port: 0) }
            if let mapped = driver.ports[port] ?? Int(port) {
                return ServiceAddress(ip: driver.address, port: mapped)
            }
            throw ServiceAddressError("port label \"\(port)\" is not in the driver's port map")
        }
        let given = find(port, allocation: allocation, task: task)
        if mode == "alloc" || mode == "alloc_ipv6" {
            guard let status = networkStatus else {
                throw ServiceAddressError("cannot use address_mode=\"\(mode)\": the group has no network of its own")
            }
            let ip = mode == "alloc" ? status.address : status.addressIPv6
            if let given { return ServiceAddress(ip: ip, port: given.to > 0 ? given.to : given.value) }
            if port.isEmpty { return ServiceAddress(ip: ip, port: 0) }
            guard let number = Int(port) else { throw unknown(port) }
            return ServiceAddress(ip: ip, port: number)
        }
        if let given { return ServiceAddress(ip: given.hostIP.isEmpty ? nodeIP : given.hostIP, port: given.value) }
        if port.isEmpty { return ServiceAddress(ip: nodeIP, port: 0) }
        guard let number = Int(port) else { throw unknown(port) }
        return ServiceAddress(ip: nodeIP, port: number)
    }

    private static func unknown(_ port: String) -> ServiceAddressError {
        ServiceAddressError("invalid port \"\(port)\": port label not found")
    }

    /// The port of that label, of the group or of the task's own networks.
    private static func find(_ label: String, allocation: Allocation, task: String) -> AllocatedPort? {
        if let port = allocation.resources.ports.first(where: { $0.label == label }) { return port }
        for network in allocation.resources.tasks[task]?.networks ?? [] {
            for port in network.reservedPorts + network.dynamicPorts where port.label == label {
                var found = AllocatedPort()
                found.label = label
                found.value = port.value
                found.to = port.to
                found.hostIP = network.ip
                return found
            }
        }
        return nil
    }
}

public struct ServiceAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    init(_ message: String) { self.message = message }
    public var description: String { message }
}
