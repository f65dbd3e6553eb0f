import Base

extension Validation {
    /// Services of a group.
    static func services(_ group: GroupSpec) -> Problems {
        var problems = Problems()
        var seen: Set<[String]> = []
        for (place, service, path) in located(group) {
            let task = service.taskName.isEmpty ? place : service.taskName
            problems.add(
                if: !seen.insert([service.name, task, service.portLabel]).inserted, at: path,
                "Service \(service.name) is duplicate")
        }
        let providers = Set(group.services.map(\.provider) + group.tasks.flatMap { $0.services.map(\.provider) })
        problems.add(
            if: providers.count > 1, at: "Services",
            "Multiple service providers used: task group services must use the same provider, not "
                + providers.sorted().joined(separator: " and "))
        for (at, service) in group.services.enumerated() {
            var inner = self.service(service, modes: ["auto", "host", "alloc", "alloc_ipv6"])
            inner.add(
                if: !service.taskName.isEmpty && group.task(service.taskName) == nil, at: "TaskName",
                "Service \(service.name) refers to task \"\(service.taskName)\", which is not in the group")
            for (number, check) in service.checks.enumerated() {
                groupCheck(check, service, group, at: FieldPath("Checks", number), &inner)
            }
            problems.add("Service[\(at)] \(service.name) validation failed", inner, at: FieldPath("Services", at))
        }
        return problems
    }

    /// All services of a group and its tasks, with what they belong to.
    private static func located(_ group: GroupSpec) -> [(place: String, service: ServiceSpec, path: FieldPath)] {
        group.services.enumerated().map { ("group", $1, FieldPath("Services", $0)) }
            + group.tasks.enumerated().flatMap { at, task in
                task.services.enumerated().map { (task.name, $1, FieldPath("Tasks", at, FieldPath("Services", $0))) }
            }
    }

    private static func groupCheck(
        _ check: CheckSpec, _ service: ServiceSpec, _ group: GroupSpec, at path: FieldPath,
        _ problems: inout Problems
    ) {
        problems.add(
            if: !check.taskName.isEmpty && group.task(check.taskName) == nil, at: path + "TaskName",
            "Check \(check.name) invalid: refers to non-existent task \(check.taskName)")
        problems.add(
            if: check.type.lowercased() == "script" && check.taskName.isEmpty && service.taskName.isEmpty
                && !isConnect(service), at: path,
            "Check \(check.name) invalid: script checks of a group service need a task: set task in the service or check"
        )
    }

    /// Services of a task: their ports must exist.
    static func taskServices(_ task: TaskSpec, in group: GroupSpec, _ problems: inout Problems) {
        let networks = group.networks + task.resources.networks
        let labels = Set(networks.flatMap { ($0.reservedPorts + $0.dynamicPorts).map(\.label) })
        var seen: Set<[String]> = []
        for (at, service) in task.services.enumerated() {
            problems.add(
                if: !seen.insert([service.name, service.portLabel]).inserted, at: FieldPath("Services", at),
                "service \"\(service.name)\" is duplicate"
            )
            var inner = self.service(service, modes: ["auto", "host", "driver"])
            inner.add(if: service.connect != nil, at: "Connect", "connect is only possible in services of a group")
            port(
                service.portLabel, mode: service.addressMode, labels, "service \"\(service.name)\"", at: "PortLabel",
                &inner)
            var names: Set<String> = []
            for (number, check) in service.checks.enumerated() {
                let path = FieldPath("Checks", number)
                inner.add(if: !names.insert(check.name).inserted, at: path, "check \"\(check.name)\" is duplicate")
                port(
                    check.portLabel, mode: check.addressMode, labels, "check \"\(check.name)\"", at: path + "PortLabel",
                    &inner)
            }
            problems.add("Service[\(at)] \(service.name) validation failed", inner, at: FieldPath("Services", at))
        }
    }

    private static func port(
        _ label: String, mode: String, _ labels: Set<String>, _ user: String, at path: FieldPath,
        _ problems: inout Problems
    ) {
        if label.isEmpty || labels.contains(label) || label.contains("${") { return }
        if let number = Int(label) {
            problems.add(
                if: mode != "driver", at: path,
                "port \(number) of \(user) is a number, which needs address_mode \"driver\"; use the label of a port otherwise"
            )
            problems.add(
                if: !(1...65535).contains(number), at: path, "port \(number) of \(user) is not between 1 and 65535")
        } else if mode != "driver" {
            problems.add(at: path, "port label \"\(label)\" referenced by \(user) does not exist")
        }
    }

    private static func isConnect(_ service: ServiceSpec) -> Bool { service.connect.map { !$0.isNull } ?? false }

    private static func service(_ service: ServiceSpec, modes: [String]) -> Problems {
        var problems = Problems()
        problems.add(
            if: !isServiceName(service.name), at: "Name",
            "Service name must be valid per RFC 1123 and can contain only alphanumeric characters or dashes and must be "
                + "no longer than 63 characters: \"\(service.name)\"")
        problems.add(
            if: service.provider != "consul" && service.provider != "nomad", at: "Provider",
            "Service provider must be \"consul\" or \"nomad\", not \"\(service.provider)\"")
        problems.add(
            if: !modes.contains(service.addressMode), at: "AddressMode",
            "Service address_mode must be \(list(modes)); not \"\(service.addressMode)\"")
        problems.add(
            if: !service.address.isEmpty && service.addressMode != "auto", at: "Address",
            "Service address_mode must be \"auto\" if address is set")
        problems.add(
            if: !["require_healthy", "ignore_warnings", "ignore"].contains(service.onUpdate), at: "OnUpdate",
            "Service on_update must be \"require_healthy\", \"ignore_warnings\" or \"ignore\"; not \"\(service.onUpdate)\""
        )
        problems.add(
            if: !["", "api-gateway", "ingress-gateway", "mesh-gateway", "terminating-gateway"].contains(service.kind),
            at: "Kind",
            "Service kind \"\(service.kind)\" is unknown")
        if let identity = service.identity?.objectValue {
            problems.add(
                if: identity["Audience"]?.arrayValue?.isEmpty ?? true, at: "Identity.Audience",
                "Service identity must provide at least one target aud value")
        }
        for (at, check) in service.checks.enumerated() {
            var inner = self.check(check, of: service)
            let needsPort = ["tcp", "http", "grpc"].contains(check.type.lowercased())
            inner.add(
                if: needsPort && check.portLabel.isEmpty && service.portLabel.isEmpty && !check.expose, at: "PortLabel",
                "\(check.type) check requires a port but neither check nor service \"\(service.name)\" have a port")
            problems.add(each: "Check \(check.name) invalid", inner, at: FieldPath("Checks", at))
        }
        return problems
    }

    private static func list(_ words: [String]) -> String {
        words.dropLast().map { "\"\($0)\"" }.joined(separator: ", ") + " or \"\(words.last ?? "")\""
    }

    /// Letters, digits and dashes; references in it are taken for letters.
    private static func isServiceName(_ name: String) -> Bool {
        var text = ""
        var rest = Substring(name)
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            text += rest[..<start.lowerBound] + "x"
            rest = rest[rest.index(after: end)...]
        }
        text += rest
        return (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
}
