internal import Base

/// Turns a task into the Engine API's request to create a container. Pure: everything comes in.
struct ContainerSpec {
    let task: TaskStart
    let config: DockerConfig
    let settings: DockerSettings
    /// Frequency of one core in MHz, for `cpu_hard_limit`; 0 if unknown.
    let coreMHz: Double
    private var problems: [String] = []

    /// Docker's own default capabilities.
    static let dockerCapabilities = (DockerSettings.defaultCapabilities + ["net_raw"]).sorted()

    init(task: TaskStart, config: DockerConfig, settings: DockerSettings, coreMHz: Double) {
        self.task = task
        self.config = config
        self.settings = settings
        self.coreMHz = coreMHz
    }

    /// Name of the container: the task and its allocation, as people look for it.
    static func name(_ task: TaskStart) -> String { name(task: task.taskName, allocation: task.allocationID) }

    static func name(task: String, allocation: String) -> String { "\(task)-\(allocation)" }

    /// The request's body. `image` is the id of the image to run. Throws `.startFailed` with everything that
    /// this node's settings do not allow.
    mutating func body(image: String) throws(DriverError) -> JSON {
        problems = []
        let ports = publishedPorts()
        var body: JSONObject = [
            "Image": .string(image), "Env": .array(environment()), "Labels": .object(labels()),
            "HostConfig": .object(hostConfig(ports)),
        ]
        var command: [String] = config.arguments
        if let first = config.command { command.insert(first, at: 0) }
        if !command.isEmpty { body["Cmd"] = Self.strings(command) }
        if !config.entrypoint.isEmpty { body["Entrypoint"] = Self.strings(config.entrypoint) }
        if let directory = config.workDirectory { body["WorkingDir"] = .string(directory) }
        if !task.user.isEmpty { body["User"] = .string(task.user) }
        if !sharesNetwork, let hostname = config.hostname ?? task.hostname { body["Hostname"] = .string(hostname) }
        if let address = config.macAddress { body["MacAddress"] = .string(address) }
        if config.terminal { body["Tty"] = true }
        if config.interactive { body["OpenStdin"] = true }
        if config.healthchecksDisabled { body["Healthcheck"] = ["Test": ["NONE"]] }
        if let signal = task.killSignal, !signal.isEmpty { body["StopSignal"] = .string(signal) }
        if !ports.isEmpty { body["ExposedPorts"] = .object(JSONObject(ports.map { ($0.inside, JSON.object([:])) })) }
        if let network = networking() { body["NetworkingConfig"] = network }
        if problems.isEmpty { return .object(body) }
        throw DriverError(.startFailed, problems.joined(separator: "; "))
    }

    private static func strings(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

    private static func object(_ pairs: [DockerConfig.Pair]) -> JSON {
        .object(JSONObject(pairs.map { ($0.key, JSON.string($0.value)) }))
    }

    private func environment() -> [JSON] {
        task.environment.sorted { $0.key < $1.key }.map { .string("\($0.key)=\($0.value)") }
    }

    private func labels() -> JSONObject {
        var labels = JSONObject(config.labels.map { ($0.key, JSON.string($0.value)) })
        let all = [
            ("job_id", task.jobID), ("job_name", task.jobName), ("namespace", task.namespace),
            ("node_id", task.nodeID), ("node_name", task.nodeName), ("task_group_name", task.groupName),
            ("task_name", task.taskName),
        ]
        for (name, value) in all where settings.extraLabels.contains(where: { RawExecConfig.isDenied(name, by: [$0]) })
        {
            labels["com.hashicorp.nomad." + name] = .string(value)
        }
        labels["com.hashicorp.nomad.alloc_id"] = .string(task.allocationID)
        return labels
    }

    // MARK: - Network

    /// One published port: "8080/tcp" inside, and where it is on the host.
    struct Published: Hashable {
        var inside: String
        var hostIP: String
        var hostPort: Int
    }

    /// Label to port inside, for those that are published.
    static func insidePorts(_ task: TaskStart, _ config: DockerConfig) throws(DriverError) -> [(PortMapping, Int)] {
        var found: [(PortMapping, Int)] = []
        for label in config.ports {
            guard let port = task.groupPorts.first(where: { $0.label == label }) else {
                throw DriverError(
                    .startFailed,
                    "port \"\(label)\" of \"ports\" is not in the group's network; its ports are: "
                        + (task.groupPorts.isEmpty ? "none" : task.groupPorts.map(\.label).joined(separator: ", ")))
            }
            found.append((port, port.to > 0 ? port.to : port.value))
        }
        for label in config.portMap.keys.sorted() where !task.taskPorts.contains(where: { $0.label == label }) {
            throw DriverError(
                .startFailed,
                task.groupPorts.contains { $0.label == label }
                    ? "port_map can't map port \"\(label)\" of a group's network: list it in \"ports\" and set \"to\""
                    : "port \"\(label)\" of port_map is not in the task's network")
        }
        for port in task.taskPorts { found.append((port, config.portMap[port.label] ?? port.value)) }
        return found
    }

    /// Docker's network mode: the job's, else the one of the container that holds the group's network.
    private var networkMode: String {
        let mode = config.networkMode ?? ""
        if !mode.isEmpty || task.networkNamespace == nil { return mode }
        return "container:" + DockerDriver.networkContainer(allocationID: task.allocationID)
    }

    private var sharesNetwork: Bool {
        let mode = networkMode
        return mode == "host" || mode == "none" || mode.hasPrefix("container:")
    }

    private mutating func publishedPorts() -> [Published] {
        do {
            let ports = try Self.insidePorts(task, config)
            if sharesNetwork { return [] }
            return ports.flatMap { port, inside in
                ["tcp", "udp"].map {
                    Published(inside: "\(inside)/\($0)", hostIP: port.hostIP, hostPort: port.value)
                }
            }
        } catch {
            problems.append(error.message)
            return []
        }
    }

    private func networking() -> JSON? {
        guard let mode = config.networkMode, !mode.isEmpty, !sharesNetwork else { return nil }
        var endpoint = JSONObject()
        if !config.networkAliases.isEmpty { endpoint["Aliases"] = Self.strings(config.networkAliases) }
        var addresses = JSONObject()
        if let address = config.addressV4 { addresses["IPv4Address"] = .string(address) }
        if let address = config.addressV6 { addresses["IPv6Address"] = .string(address) }
        if !addresses.isEmpty { endpoint["IPAMConfig"] = .object(addresses) }
        return endpoint.isEmpty ? nil : ["EndpointsConfig": .object([mode: .object(endpoint)])]
    }

    // MARK: - Host

    private mutating func hostConfig(_ ports: [Published]) -> JSONObject {
        var host: JSONObject = ["LogConfig": logging(), "AutoRemove": false]
        if !ports.isEmpty {
            var bindings = JSONObject()
            for port in ports {
                let binding: JSON = ["HostIp": .string(port.hostIP), "HostPort": .string(String(port.hostPort))]
                bindings[port.inside] = .array((bindings[port.inside]?.arrayValue ?? []) + [binding])
            }
            host["PortBindings"] = .object(bindings)
        }
        if !networkMode.isEmpty { host["NetworkMode"] = .string(networkMode) }
        // Names in another container's network are that container's affair; the agent mounts files for the group's.
        let joins = networkMode.hasPrefix("container:")
        let dns = joins ? TaskDNS() : task.dns ?? TaskDNS()
        let lists: [(String, [String])] = [
            ("Dns", config.dnsServers.isEmpty || joins ? dns.servers : config.dnsServers),
            ("DnsSearch", config.dnsSearches.isEmpty || joins ? dns.searches : config.dnsSearches),
            ("DnsOptions", config.dnsOptions.isEmpty || joins ? dns.options : config.dnsOptions),
            ("ExtraHosts", joins ? [] : config.extraHosts), ("SecurityOpt", config.securityOptions),
            ("GroupAdd", config.groups),
        ]
        for (name, list) in lists where !list.isEmpty { host[name] = Self.strings(list) }
        addModes(&host)
        addLimits(&host)
        addRights(&host)
        addStorage(&host)
        return host
    }

    private func logging() -> JSON {
        if let logging = config.logging {
            return ["Type": .string(logging.type), "Config": Self.object(logging.options)]
        }
        let options = settings.logOptions.sorted { $0.key < $1.key }
        return [
            "Type": .string(settings.logType),
            "Config": .object(JSONObject(options.map { ($0.key, JSON.string($0.value)) })),
        ]
    }

    private mutating func addModes(_ host: inout JSONObject) {
        let modes = [
            ("PidMode", config.pidMode), ("IpcMode", config.ipcMode), ("UTSMode", config.utsMode),
            ("UsernsMode", config.usernsMode), ("CgroupnsMode", config.cgroupnsMode),
        ]
        for (name, mode) in modes { if let mode, !mode.isEmpty { host[name] = .string(mode) } }
        if config.usesInit { host["Init"] = true }
        if let runtime = config.runtime, !runtime.isEmpty {
            if !settings.allowedRuntimes.contains(runtime) {
                problems.append(
                    "runtime \"\(runtime)\" is not allowed here; allow_runtimes has: "
                        + settings.allowedRuntimes.joined(separator: ", "))
            }
            host["Runtime"] = .string(runtime)
        }
    }

    private func addLimits(_ host: inout JSONObject) {
        let resources = task.resources
        func set(_ name: String, _ number: Int) { host[name] = .int(Int64(number)) }
        set("CpuShares", max(2, resources.cpuMHz))
        let cores = resources.cores.sorted().map(String.init).joined(separator: ",")
        if let cpuset = config.cpuset ?? (cores.isEmpty ? nil : cores) { host["CpusetCpus"] = .string(cpuset) }
        if config.cpuHardLimit, coreMHz > 0 {
            set("CpuPeriod", config.cpuPeriod)
            set("CpuQuota", max(1000, Int(Double(resources.cpuMHz) / coreMHz * Double(config.cpuPeriod))))
        }
        var hard = resources.memoryMB
        if let limit = config.memoryHardLimitMB, limit > 0 {
            hard = limit
        } else if resources.memoryMaxMB != 0 {
            hard = resources.memoryMaxMB
        }
        if hard > 0 {
            set("Memory", hard << 20)
            set("MemorySwap", hard << 20)  // the sum of both: no swap
        }
        if hard != resources.memoryMB { set("MemoryReservation", resources.memoryMB << 20) }
        let pids = config.pidsLimit ?? settings.pidsLimit
        if pids > 0 { set("PidsLimit", pids) }
        let oom = config.oomScore ?? settings.oomScore
        if oom != 0 { set("OomScoreAdj", oom) }
        if let size = config.sharedMemoryBytes, size > 0 { set("ShmSize", size) }
        if !config.sysctls.isEmpty { host["Sysctls"] = Self.object(config.sysctls) }
        if !config.ulimits.isEmpty {
            host["Ulimits"] = .array(
                config.ulimits.compactMap { limit in
                    DockerConfig.limits(limit.value).map {
                        ["Name": .string(limit.key), "Soft": .int(Int64($0.soft)), "Hard": .int(Int64($0.hard))]
                    }
                })
        }
    }

    private mutating func addRights(_ host: inout JSONObject) {
        if config.privileged {
            if !settings.allowsPrivileged {
                problems.append("privileged containers are disabled on this node (allow_privileged = false)")
            }
            host["Privileged"] = true
        }
        let allowsAll = settings.allowedCapabilities.contains("all")
        let refused = config.capabilitiesAdded.filter { !allowsAll && !settings.allowedCapabilities.contains($0) }
        if !refused.isEmpty {
            problems.append("these capabilities are not allowed here (allow_caps): " + refused.joined(separator: ", "))
        }
        if config.capabilitiesAdded.contains("all"), allowsAll {
            host["CapAdd"] = ["ALL"]
            if !config.capabilitiesDropped.isEmpty {
                host["CapDrop"] = Self.strings(config.capabilitiesDropped.map { $0.uppercased() })
            }
            return
        }
        // What the task ends up with: the defaults that this node allows, and what it asked for.
        let defaults = DockerSettings.defaultCapabilities.filter {
            allowsAll || settings.allowedCapabilities.contains($0)
        }
        var wanted = Set(defaults + config.capabilitiesAdded)
        if allowsAll { wanted.formUnion(Self.dockerCapabilities) }
        if config.capabilitiesDropped.contains("all") { wanted = Set(config.capabilitiesAdded) }
        wanted.subtract(config.capabilitiesDropped)
        let added = wanted.subtracting(Self.dockerCapabilities).sorted()
        let dropped = Set(Self.dockerCapabilities).subtracting(wanted).sorted()
        if !added.isEmpty { host["CapAdd"] = Self.strings(added.map { $0.uppercased() }) }
        if !dropped.isEmpty { host["CapDrop"] = Self.strings(dropped.map { $0.uppercased() }) }
    }

    // MARK: - Storage

    private mutating func addStorage(_ host: inout JSONObject) {
        let label = settings.selinuxLabel.isEmpty ? "" : ":" + settings.selinuxLabel
        var binds = [
            "\(task.directories.shared):/alloc\(label)", "\(task.directories.local):/local\(label)",
            "\(task.directories.secrets):/secrets\(label)",
        ]
        for volume in config.volumes { if let bind = bind(volume) { binds.append(bind) } }
        host["Binds"] = Self.strings(binds)
        if let driver = config.volumeDriver, !driver.isEmpty { host["VolumeDriver"] = .string(driver) }
        var mounts: [JSON] = config.mounts.compactMap { mount($0) }
        for mount in task.mounts { mounts.append(self.mount(mount)) }
        if !mounts.isEmpty { host["Mounts"] = .array(mounts) }
        if config.readOnlyRoot { host["ReadonlyRootfs"] = true }
        if !config.storageOptions.isEmpty { host["StorageOpt"] = Self.object(config.storageOptions) }
        let devices =
            config.devices.map { ($0.hostPath, $0.containerPath, $0.permissions) }
            + task.devices.map { ($0.hostPath, $0.taskPath, $0.permissions) }
        if !devices.isEmpty {
            host["Devices"] = .array(
                devices.map {
                    [
                        "PathOnHost": .string($0.0), "PathInContainer": .string($0.1),
                        "CgroupPermissions": .string($0.2),
                    ]
                })
        }
    }

    /// "source:target[:options]", a source inside the task's directory without anybody's leave.
    private mutating func bind(_ volume: String) -> String? {
        let parts = volume.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts[0].isEmpty, !parts[1].isEmpty else {
            problems.append("volume \"\(volume)\" must be source:target or source:target:options")
            return nil
        }
        if let driver = config.volumeDriver, !driver.isEmpty {
            if !settings.volumesEnabled {
                problems.append("volumes are not enabled here, so no volume_driver can be used")
            }
            return volume
        }
        guard let source = hostPath(parts[0], of: "volume \"\(volume)\"") else { return nil }
        let label = settings.selinuxLabel.isEmpty ? [] : [settings.selinuxLabel]
        let options = (parts.count > 2 ? [parts[2]] : []) + label
        return "\(source):\(parts[1])" + (options.isEmpty ? "" : ":" + options.joined(separator: ","))
    }

    /// The path on the host, if it may be mounted.
    private mutating func hostPath(_ path: String, of what: String) -> String? {
        if path.hasPrefix("/") {
            if settings.volumesEnabled { return path }
            problems.append(
                "\(what): volumes are not enabled here, so host paths can't be mounted "
                    + "(plugin \"docker\" { config { volumes { enabled = true } } })")
            return nil
        }
        var components: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                components.append(part)
            } else if components.popLast() == nil {
                problems.append("\(what): a relative path must stay inside the task's directory")
                return nil
            }
        }
        return ([task.directories.task] + components.map(String.init)).joined(separator: "/")
    }

    private mutating func mount(_ mount: DockerConfig.Mount) -> JSON? {
        var result: JSONObject = ["Type": .string(mount.type), "Target": .string(mount.target)]
        if mount.readOnly { result["ReadOnly"] = true }
        switch mount.type {
        case "bind":
            guard let source = hostPath(mount.source, of: "mount of \"\(mount.source)\"") else { return nil }
            result["Source"] = .string(source)
            if let propagation = mount.propagation { result["BindOptions"] = ["Propagation": .string(propagation)] }
        case "tmpfs":
            var options = JSONObject()
            if let size = mount.tmpfsSize { options["SizeBytes"] = .int(Int64(size)) }
            if let mode = mount.tmpfsMode { options["Mode"] = .int(Int64(mode)) }
            if !options.isEmpty { result["TmpfsOptions"] = .object(options) }
        default:
            if !mount.source.isEmpty { result["Source"] = .string(mount.source) }
            var options: JSONObject = ["NoCopy": .bool(mount.noCopy), "Labels": Self.object(mount.volumeLabels)]
            if let driver = mount.volumeDriver {
                if !settings.volumesEnabled {
                    problems.append("volumes are not enabled here, so no volume driver can be used")
                }
                options["DriverConfig"] = ["Name": .string(driver), "Options": Self.object(mount.volumeDriverOptions)]
            }
            result["VolumeOptions"] = .object(options)
        }
        return .object(result)
    }

    private func mount(_ mount: TaskMount) -> JSON {
        let propagation = ["host-to-task": "rslave", "bidirectional": "rshared"][mount.propagation] ?? "rprivate"
        return [
            "Type": "bind", "Source": .string(mount.hostPath), "Target": .string(mount.taskPath),
            "ReadOnly": .bool(mount.readOnly), "BindOptions": ["Propagation": .string(propagation)],
        ]
    }
}
