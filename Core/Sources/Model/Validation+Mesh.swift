import Base

extension Validation {
    /// Services with a connect block: their networks, tasks and upstreams.
    static func mesh(_ job: Job, _ problems: inout Problems) {
        for (number, group) in job.taskGroups.enumerated() {
            var binds: Set<String> = []
            for (at, service) in group.services.enumerated() {
                var inner = Problems()
                defer { problems.add(all: inner, at: FieldPath("TaskGroups", number, FieldPath("Services", at))) }
                guard let connect = service.connect?.objectValue else { continue }
                let kinds = [
                    connect["Native"] == true, connect.object("SidecarService") != nil,
                    connect.object("Gateway") != nil,
                ]
                inner.add(
                    if: kinds.filter { $0 }.count != 1, at: "Connect",
                    "Consul Connect must be exclusively native, make use of a sidecar, or represent a Gateway "
                        + "(service \"\(service.name)\" in group \"\(group.name)\")")
                inner.add(
                    if: service.provider != "consul", at: "Provider",
                    "Service with provider \(service.provider) cannot include Connect blocks")
                if connect["Native"] == true { native(service, group, &inner) }
                if let sidecar = connect.object("SidecarService") {
                    network(service, group, allowed: ["bridge"], "Consul Connect sidecar", &inner)
                    upstreams(sidecar, group, &binds, &inner)
                    names(service, group, &inner)
                    transparentProxy(sidecar, group, &inner)
                }
                if let gateway = connect.object("Gateway") {
                    network(service, group, allowed: ["bridge", "host"], "Consul Connect Gateway", &inner)
                    self.gateway(gateway, service, &inner)
                }
            }
        }
    }

    private static func network(
        _ service: ServiceSpec, _ group: GroupSpec, allowed: [String], _ subject: String, _ problems: inout Problems
    ) {
        guard let network = group.networks.first, group.networks.count == 1 else {
            problems.add(
                at: "Connect",
                "\(subject)s require exactly 1 network, found \(group.networks.count) in group \"\(group.name)\"")
            return
        }
        let mode = network.mode.isEmpty ? "host" : network.mode
        if !allowed.contains(mode), !mode.hasPrefix("cni/") {
            problems.add(
                at: "Connect",
                "\(subject) requires \(allowed.joined(separator: " or ")) network, found \"\(mode)\" in group \"\(group.name)\""
            )
        }
    }

    private static func native(_ service: ServiceSpec, _ group: GroupSpec, _ problems: inout Problems) {
        problems.add(
            if: service.portLabel.isEmpty, at: "PortLabel",
            "Consul Connect Native service \"\(service.name)\" requires a port (group \"\(group.name)\")")
        problems.add(
            if: service.taskName.isEmpty, at: "TaskName",
            "Consul Connect Native service \"\(service.name)\" requires task name: set task (group \"\(group.name)\")")
    }

    /// The mesh knows services by their lower-case names only.
    private static func names(_ service: ServiceSpec, _ group: GroupSpec, _ problems: inout Problems) {
        problems.add(
            if: service.name.contains(where: \.isUppercase), at: "Name",
            "Consul Connect service name \"\(service.name)\" in group \"\(group.name)\" must not contain uppercase letters"
        )
        problems.add(
            if: group.name.contains(where: \.isUppercase), at: "Name",
            "Consul Connect group \"\(group.name)\" with service \"\(service.name)\" must not contain uppercase letters"
        )
    }

    private static func transparentProxy(_ sidecar: JSONObject, _ group: GroupSpec, _ problems: inout Problems) {
        guard let proxy = sidecar.object("Proxy")?.object("TransparentProxy") else { return }
        let transparent: FieldPath = "Connect.SidecarService.Proxy.TransparentProxy"
        problems.add(
            if: group.services.filter { $0.connect.map { !$0.isNull } ?? false }.count > 1, at: transparent,
            "Consul Connect transparent proxy requires there is only one connect block in group \"\(group.name)\"")
        problems.add(
            if: proxy["NoDNS"] != true && group.networks.contains { $0.dns != nil }, at: transparent,
            "Consul Connect transparent proxy in group \"\(group.name)\" cannot be used with network.dns unless no_dns=true"
        )
    }

    private static func upstreams(
        _ sidecar: JSONObject, _ group: GroupSpec, _ binds: inout Set<String>, _ problems: inout Problems
    ) {
        for (at, upstream) in (sidecar.object("Proxy")?.objects("Upstreams") ?? []).enumerated() {
            let path = FieldPath("Connect.SidecarService.Proxy.Upstreams", at)
            let name = upstream.text("DestinationName")
            let address = upstream.text("LocalBindAddress")
            let port = upstream["LocalBindPort"]?.intValue ?? 0
            let mode = upstream.object("MeshGateway")?.text("Mode") ?? ""
            problems.add(
                if: !["", "local", "remote", "none"].contains(mode), at: path + "MeshGateway.Mode",
                "upstream \"\(name)\" has an invalid mesh gateway mode \"\(mode)\"; must be local, remote or none")
            if port == 0 { continue }
            problems.add(
                if: !binds.insert("\(address.isEmpty ? "127.0.0.1" : address):\(port)").inserted,
                at: path + "LocalBindPort",
                "upstream \"\(name)\" in group \"\(group.name)\" binds an address and port that another upstream has: \(port)"
            )
        }
    }

    private static func gateway(_ gateway: JSONObject, _ service: ServiceSpec, _ problems: inout Problems) {
        let kinds = ["Ingress", "Terminating", "Mesh"].filter { gateway.object($0) != nil }
        problems.add(
            if: kinds.count != 1, at: "Connect.Gateway",
            "One Consul Gateway Configuration must be set in service \"\(service.name)\": ingress, terminating or mesh")
        let discovery = gateway.object("Proxy")?.text("EnvoyDNSDiscoveryType") ?? ""
        problems.add(
            if: !["", "STRICT_DNS", "LOGICAL_DNS"].contains(discovery),
            at: "Connect.Gateway.Proxy.EnvoyDNSDiscoveryType",
            "Consul Gateway Envoy DNS Discovery Type \"\(discovery)\" is unknown; must be STRICT_DNS or LOGICAL_DNS")
        guard let ingress = gateway.object("Ingress") else {
            if let terminating = gateway.object("Terminating") {
                problems.add(
                    if: terminating.objects("Services").isEmpty, at: "Connect.Gateway.Terminating",
                    "Consul Terminating Gateway must declare at least one service")
            }
            return
        }
        let listeners = ingress.objects("Listeners")
        problems.add(
            if: listeners.isEmpty, at: "Connect.Gateway.Ingress",
            "Consul Ingress Gateway must have at least one listener")
        for (at, listener) in listeners.enumerated() {
            var inner = Problems()
            self.listener(listener, &inner)
            problems.add(all: inner, at: FieldPath("Connect.Gateway.Ingress.Listeners", at))
        }
    }

    private static func listener(_ listener: JSONObject, _ problems: inout Problems) {
        let port = listener["Port"]?.intValue ?? 0
        let proto = listener.text("Protocol")
        problems.add(
            if: !(1...65535).contains(port), at: "Port", "Consul Ingress Listener requires valid Port, not \(port)")
        problems.add(
            if: !["tcp", "http", "http2", "grpc"].contains(proto), at: "Protocol",
            "Consul Ingress Listener requires protocol of tcp, http, http2, grpc, got \"\(proto)\"")
        let services = listener.objects("Services")
        problems.add(if: services.isEmpty, at: FieldPath(), "Consul Ingress Listener requires one or more services")
        problems.add(
            if: proto == "tcp" && services.count > 1, at: "Services",
            "Consul Ingress Listener with \"tcp\" protocol has one service only")
        for (at, service) in services.enumerated() {
            let path = FieldPath("Services", at)
            let name = service.text("Name")
            problems.add(if: name.isEmpty, at: path, "Consul Ingress Service requires a name")
            problems.add(
                if: name == "*" && proto == "tcp", at: path + "Name",
                "Consul Ingress Service wildcard is not possible with protocol \"tcp\"")
            let hosts = service["Hosts"]?.arrayValue ?? []
            problems.add(
                if: proto == "tcp" && !hosts.isEmpty, at: path + "Hosts",
                "Consul Ingress Service hosts are not possible with protocol \"tcp\"")
            problems.add(
                if: name == "*" && !hosts.isEmpty, at: path + "Hosts",
                "Consul Ingress Service wildcard \"*\" cannot have hosts")
        }
    }
}
