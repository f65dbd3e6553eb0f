import Base

extension Validation {
    /// Ports of the group and of its tasks share one set of labels and, per host network, of static numbers.
    static func networks(_ group: GroupSpec) -> Problems {
        var problems = Problems()
        var ports = PortCheck()
        for (at, network) in group.networks.enumerated() {
            ports.check(network, place: "taskgroup network", at: FieldPath("Networks", at), &problems)
        }
        for (at, task) in group.tasks.enumerated() {
            for (number, network) in task.resources.networks.enumerated() {
                let path = FieldPath("Tasks", at, "Resources") + FieldPath("Networks", number)
                ports.check(network, place: "task \(task.name) network", at: path, &problems)
            }
        }
        var arguments: Set<String> = []
        for (at, network) in group.networks.enumerated() {
            hostname(network, at: FieldPath("Networks", at, "Hostname"), &problems)
            for (key, value) in network.cni?["Args"]?.objectValue?.members.map({ ($0.name, $0.value) }) ?? [] {
                problems.add(
                    if: key.contains(";") || (value.stringValue ?? "").contains(";"),
                    at: FieldPath("Networks", at, "CNI.Args"),
                    "invalid ';' character in CNI arg \"\(key)\"")
                problems.add(
                    if: !arguments.insert(key).inserted, at: FieldPath("Networks", at, "CNI.Args"),
                    "duplicate CNI arg \"\(key)\"")
            }
        }
        return problems
    }

    private static func hostname(_ network: NetworkSpec, at path: FieldPath, _ problems: inout Problems) {
        let name = network.hostname
        guard !name.isEmpty, !name.contains("${") else { return }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isValid =
            name.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
        problems.add(if: !isValid, at: path, "Hostname \"\(name)\" is not a valid DNS name")
    }

    private struct PortCheck {
        /// Where each label is used.
        var labels: [String: String] = [:]
        /// Host network and number to where it is used.
        var statics: [String: [Int: String]] = [:]

        mutating func check(_ network: NetworkSpec, place: String, at path: FieldPath, _ problems: inout Problems) {
            for port in network.reservedPorts + network.dynamicPorts {
                let path = path + FieldPath("Ports", key: port.label)
                if let other = labels[port.label] {
                    problems.add(at: path, "Port label \(port.label) already in use by \(other)")
                } else {
                    labels[port.label] = place
                }
                problems.add(if: port.label.isEmpty, at: path, "Port without a label in \(place)")
                problems.add(
                    if: port.to > 65535, at: path + "To",
                    "Port \"\(port.label)\" cannot be mapped to a port (\(port.to)) greater than 65535")
                problems.add(
                    if: port.to < -1, at: path + "To",
                    "Port \"\(port.label)\" cannot be mapped to a port (\(port.to)) less than -1")
                problems.add(
                    if: port.ignoreCollision && !["", "host"].contains(network.mode), at: path + "IgnoreCollision",
                    "Port \"\(port.label)\": ignore_collision is only possible in network mode \"host\", not \"\(network.mode)\""
                )
            }
            for port in network.reservedPorts { checkStatic(port, place, path, &problems) }
        }

        private mutating func checkStatic(
            _ port: PortSpec, _ place: String, _ network: FieldPath, _ problems: inout Problems
        ) {
            let path = network + FieldPath("Ports", key: port.label)
            problems.add(
                if: port.value > 65535, at: path + "Value",
                "Port \(port.label) (\(port.value)) cannot be greater than 65535")
            problems.add(
                if: port.value < 0, at: path + "Value", "Port \(port.label) (\(port.value)) cannot be negative")
            if port.ignoreCollision { return }
            let network = port.hostNetwork.isEmpty ? "default" : port.hostNetwork
            if let other = statics[network]?[port.value] {
                problems.add(at: path + "Value", "Static port \(port.value) already reserved by \(other)")
            } else {
                statics[network, default: [:]][port.value] = "\(place):\(port.label)"
            }
        }
    }
}
