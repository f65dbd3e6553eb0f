import Base

/// What a job's `connect` blocks stand for: proxy tasks, their ports, exposed check paths, task kinds.
///
/// Idempotent: a stored job that is submitted again gets nothing twice.
enum MeshExpansion {
    static func expand(_ job: inout Job) {
        for at in job.taskGroups.indices { expand(&job.taskGroups[at]) }
    }

    private static func expand(_ group: inout GroupSpec) {
        for at in group.services.indices {
            let service = group.services[at]
            guard let connect = service.connect else { continue }
            if connect["Native"] == true {
                native(at, &group)
            } else if connect["SidecarService"]?.objectValue != nil {
                sidecar(service, &group)
            } else if let gateway = connect["Gateway"]?.objectValue {
                self.gateway(service, gateway, &group)
            }
        }
        for at in group.services.indices where group.services[at].connect?["SidecarService"]?.objectValue != nil {
            expose(at, &group)
        }
    }

    /// A service that speaks mesh itself marks its task; with one task in the group there is no choice.
    private static func native(_ at: Int, _ group: inout GroupSpec) {
        if group.services[at].taskName.isEmpty, group.tasks.count == 1 {
            group.services[at].taskName = group.tasks[0].name
        }
        let name = group.services[at].taskName
        guard let task = group.tasks.firstIndex(where: { $0.name == name }) else { return }
        group.tasks[task].kind = "connect-native:" + group.services[at].name
    }

    private static func sidecar(_ service: ServiceSpec, _ group: inout GroupSpec) {
        let label = "connect-proxy-" + service.name
        addPort(label, &group)
        let kind = "connect-proxy:" + service.name
        guard !group.tasks.contains(where: { $0.kind == kind }) else { return }
        let usesPodman =
            group.tasks.contains { $0.driver == "podman" } && !group.tasks.contains { $0.driver == "docker" }
        var task = proxyTask(name: label, kind: kind, driver: usesPodman ? "podman" : "docker", group)
        task.lifecycle = LifecycleSpec()
        task.lifecycle?.hook = "prestart"
        task.lifecycle?.sidecar = true
        overlay(service.connect?["SidecarTask"]?.objectValue, on: &task)
        group.tasks.append(task)
    }

    private static func gateway(_ service: ServiceSpec, _ gateway: JSONObject, _ group: inout GroupSpec) {
        let names = [("Ingress", "ingress"), ("Terminating", "terminating"), ("Mesh", "mesh")]
        guard let word = names.first(where: { gateway.object($0.0) != nil })?.1 else { return }
        let kind = "connect-\(word):\(service.name)"
        guard !group.tasks.contains(where: { $0.kind == kind }) else { return }
        var task = proxyTask(name: "connect-\(word)-\(service.name)", kind: kind, driver: "docker", group)
        overlay(service.connect?["SidecarTask"]?.objectValue, on: &task)
        group.tasks.append(task)
    }

    private static func proxyTask(name: String, kind: String, driver: String, _ group: GroupSpec) -> TaskSpec {
        var task = TaskSpec()
        task.name = name
        task.kind = kind
        task.driver = driver
        let isGateway = !kind.hasPrefix("connect-proxy:")
        task.config = [
            "image": .string(isGateway ? "${meta.connect.gateway_image}" : "${meta.connect.sidecar_image}"),
            "args": [
                "-c", "${NOMAD_SECRETS_DIR}/envoy_bootstrap.json", "-l", "${meta.connect.log_level}", "--concurrency",
                "${meta.connect.proxy_concurrency}", "--disable-hot-restart",
            ],
        ]
        task.resources.cpu = 250
        task.resources.memoryMB = 128
        task.shutdownDelay = .seconds(5)
        task.logConfig.maxFiles = 2
        task.logConfig.maxFileSizeMB = 2
        task.restartPolicy = group.restartPolicy
        task.constraints = [
            Constraint(lTarget: "${attr.consul.version}", operand: "semver", rTarget: ">= 1.6.0-beta1"),
            Constraint(lTarget: "${attr.consul.grpc}", operand: ">", rTarget: "0"),
        ]
        return task
    }

    /// What the job's `sidecar_task` block says wins over the proxy task's own settings.
    private static func overlay(_ block: JSONObject?, on task: inout TaskSpec) {
        guard let block else { return }
        func text(_ name: String, _ place: inout String) {
            let value = block.text(name)
            if !value.isEmpty { place = value }
        }
        func texts(_ name: String) -> [String: String]? {
            block.object(name).map { object in
                Dictionary(object.members.map { ($0.name, $0.value.stringValue ?? "") }) { $1 }
            }
        }
        text("Name", &task.name)
        text("Driver", &task.driver)
        text("User", &task.user)
        text("KillSignal", &task.killSignal)
        if let config = block["Config"], !config.isNull { task.config = config }
        task.env = texts("Env") ?? task.env
        task.meta = texts("Meta") ?? task.meta
        if let span = block["KillTimeout"]?.intValue { task.killTimeout = TimeSpan(nanoseconds: span) }
        if let span = block["ShutdownDelay"]?.intValue, span != 0 { task.shutdownDelay = TimeSpan(nanoseconds: span) }
        if let resources = block["Resources"], !resources.isNull,
            let decoded = try? WireDecoder().decode(ResourceSpec.self, from: resources)
        {
            task.resources = decoded
        }
        if let logs = block["LogConfig"], !logs.isNull,
            let decoded = try? WireDecoder().decode(LogSpec.self, from: logs)
        {
            task.logConfig = decoded
        }
        if let mounts = block["VolumeMounts"], !mounts.isNull,
            let decoded = try? WireDecoder().decode([VolumeMount].self, from: mounts)
        {
            task.volumeMounts = decoded
        }
    }

    /// A check with `expose` gets a port of its own that leads past the proxy's authentication to its path.
    private static func expose(_ at: Int, _ group: inout GroupSpec) {
        let service = group.services[at]
        for index in service.checks.indices where service.checks[index].expose {
            let check = service.checks[index]
            if check.portLabel.isEmpty {
                let label = "svc_\(service.name)_ck_\(fingerprint(check, service.name))"
                addPort(label, &group)
                group.services[at].checks[index].portLabel = label
            }
            let label = group.services[at].checks[index].portLabel
            addPath(
                [
                    "ListenerPort": .string(label), "LocalPathPort": .int(Int64(localPort(service, group))),
                    "Path": .string(check.type == "grpc" ? "/grpc.health.v1.Health/Check" : check.path),
                    "Protocol": .string(check.type == "grpc" ? "http2" : check.protocol),
                ], to: &group.services[at])
        }
    }

    private static func addPath(_ path: JSON, to service: inout ServiceSpec) {
        guard var connect = service.connect?.objectValue else { return }
        connect.mapObject("SidecarService") { sidecar in
            var proxy = sidecar.object("Proxy") ?? JobSchema.sidecarProxy.unset
            var expose = proxy.object("ExposeConfig") ?? JobSchema.expose.unset
            var paths = expose["Path"]?.arrayValue ?? []
            if !paths.contains(path) { paths.append(path) }
            expose["Path"] = .array(paths)
            proxy["ExposeConfig"] = .object(expose)
            sidecar["Proxy"] = .object(proxy)
        }
        service.connect = .object(connect)
    }

    /// Where the service listens inside the group's network.
    private static func localPort(_ service: ServiceSpec, _ group: GroupSpec) -> Int {
        if let number = Int(service.portLabel) { return number }
        let ports = group.networks.first.map { $0.dynamicPorts + $0.reservedPorts } ?? []
        guard let port = ports.first(where: { $0.label == service.portLabel }) else { return 0 }
        return port.to > 0 ? port.to : port.value
    }

    private static func addPort(_ label: String, _ group: inout GroupSpec) {
        guard !group.networks.isEmpty, !group.networks[0].dynamicPorts.contains(where: { $0.label == label }) else {
            return
        }
        var port = PortSpec()
        port.label = label
        port.to = -1
        group.networks[0].dynamicPorts.append(port)
    }

    /// Six hexadecimal digits that stay the same as long as the check does.
    private static func fingerprint(_ check: CheckSpec, _ service: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let text = [
            service, check.name, check.type, check.path, check.protocol, check.interval.text, check.timeout.text,
        ]
        for byte in text.joined(separator: "\u{0}").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash & 0xff_ffff, radix: 16)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
