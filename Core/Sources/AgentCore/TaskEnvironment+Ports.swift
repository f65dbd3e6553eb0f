import Model

extension TaskEnvironment {
    /// Ports of the group's network.
    func addGroupPorts(_ variables: inout [String: String]) {
        for port in allocation.resources.ports {
            let inside = port.to > 0 ? port.to : port.value
            addPort(&variables, port.label, ip: port.hostIP, host: port.value, inside: inside)
            variables["NOMAD_ALLOC_PORT_" + port.label] = "\(inside)"
            guard let status = networkStatus, !status.address.isEmpty else { continue }
            variables["NOMAD_ALLOC_IP_" + port.label] = status.address
            variables["NOMAD_ALLOC_INTERFACE_" + port.label] = status.interfaceName
            variables["NOMAD_ALLOC_ADDR_" + port.label] = Self.address(status.address, inside)
        }
    }

    /// Ports of the task's own networks (the form of 2019).
    func addTaskPorts(_ variables: inout [String: String]) {
        for network in allocation.resources.tasks[task.name]?.networks ?? [] {
            for port in network.reservedPorts + network.dynamicPorts {
                let inside = portMap[port.label] ?? (port.to > 0 ? port.to : port.value)
                addPort(&variables, port.label, ip: network.ip, host: port.value, inside: inside)
                let family = network.ip.contains(":") ? "IPv6" : "IPv4"
                if !network.ip.isEmpty { variables["NOMAD_\(family)_\(port.label)"] = network.ip }
            }
        }
    }

    /// Ports of the other tasks' own networks, with what the host sees.
    func addOtherTasks(_ variables: inout [String: String]) {
        for (name, given) in allocation.resources.tasks.sorted(by: { $0.key < $1.key }) where name != task.name {
            for network in given.networks {
                for port in network.reservedPorts + network.dynamicPorts {
                    let label = Self.cleaned("\(name)_\(port.label)")
                    variables["NOMAD_IP_" + label] = network.ip
                    variables["NOMAD_PORT_" + label] = "\(port.value)"
                    variables["NOMAD_ADDR_" + label] = Self.address(network.ip, port.value)
                }
            }
        }
    }

    private func addPort(_ variables: inout [String: String], _ label: String, ip: String, host: Int, inside: Int) {
        let clean = Self.cleaned(label)
        variables["NOMAD_PORT_" + clean] = "\(inside)"
        variables["NOMAD_HOST_PORT_" + clean] = "\(host)"
        guard !ip.isEmpty else { return }
        variables["NOMAD_IP_" + clean] = ip
        variables["NOMAD_ADDR_" + clean] = Self.address(ip, host)
        // The label stays as it is in these two.
        variables["NOMAD_HOST_IP_" + label] = ip
        variables["NOMAD_HOST_ADDR_" + label] = Self.address(ip, host)
    }

    /// `ip:port`, with brackets around IPv6.
    static func address(_ ip: String, _ port: Int) -> String { ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)" }
}
