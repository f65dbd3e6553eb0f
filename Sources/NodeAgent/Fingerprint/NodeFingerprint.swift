public import Base
import Drivers
import Glibc
public import Model

/// Finds out what the machine is and has, and makes the node's description from it and from the agent's
/// configuration.
struct NodeFingerprint: Sendable {
    var configuration: NodeAgentConfiguration
    var identity: NodeIdentity

    /// The description without drivers. Blocks.
    func node() -> Node {
        var node = Node()
        node.id = identity.id
        node.secretID = identity.secret
        node.datacenter = configuration.datacenter
        node.nodeClass = configuration.nodeClass
        node.nodePool = configuration.nodePool
        node.meta = configuration.meta
        node.httpAddr = configuration.httpAddress
        node.tlsEnabled = configuration.tlsEnabled
        node.cgroupParent = configuration.cgroupParent
        node.reservedResources = configuration.reserved
        for (name, volume) in configuration.hostVolumes {
            var volume = volume
            volume.name = name
            node.hostVolumes[name] = volume
        }
        node.nodeResources.minDynamicPort = configuration.minDynamicPort
        node.nodeResources.maxDynamicPort = configuration.maxDynamicPort
        addSystem(&node)
        addProcessors(&node)
        addMemory(&node)
        addStorage(&node)
        addNetwork(&node)
        addGroupNetworks(&node)
        node.attributes.merge(configuration.attributes) { $1 }
        return node
    }

    private func addSystem(_ node: inout Node) {
        var names = utsname()
        uname(&names)
        let host = Self.text(names.nodename)
        node.name = configuration.name ?? host
        let release = SystemFacts.release(HostPath.text("/etc/os-release") ?? "")
        node.attributes["kernel.name"] = "linux"
        node.attributes["kernel.version"] = Self.text(names.release)
        node.attributes["kernel.arch"] = Self.text(names.machine)
        node.attributes["os.name"] = release.name
        node.attributes["os.version"] = release.version
        node.attributes["os.signals"] = SystemFacts.signals.joined(separator: ",")
        node.attributes["unique.hostname"] = host
        node.attributes["nomad.version"] = configuration.version
        node.attributes["caravan.version"] = configuration.version
        if !configuration.httpAddress.isEmpty {
            node.attributes["unique.advertise.address"] = configuration.httpAddress
            node.attributes["nomad.advertise.address"] = configuration.httpAddress
        }
        node.attributes["nomad.service_discovery"] = "true"
        if let cgroups = SystemFacts.cgroups(mounts: HostPath.text("/proc/self/mounts") ?? "") {
            node.attributes["os.cgroups.version"] = "\(cgroups.version)"
            node.attributes["unique.cgroup.version"] = "v\(cgroups.version)"
            node.attributes["unique.cgroup.mountpoint"] = cgroups.path
        }
    }

    static func processors() -> CPUFacts {
        var names = utsname()
        uname(&names)
        let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let maximum = (0..<max(1, online)).compactMap {
            HostPath.text("/sys/devices/system/cpu/cpu\($0)/cpufreq/cpuinfo_max_freq")
        }
        return CPUFacts(
            architecture: Self.text(names.machine), cpuinfo: HostPath.text("/proc/cpuinfo") ?? "", maximum: maximum,
            online: online)
    }

    private func addProcessors(_ node: inout Node) {
        let facts = Self.processors()
        let total = configuration.cpuTotalCompute ?? facts.totalCompute
        node.attributes["cpu.arch"] = facts.architecture
        node.attributes["cpu.modelname"] = facts.modelName.isEmpty ? "unknown" : facts.modelName
        node.attributes["cpu.numcores"] = "\(facts.cores)"
        node.attributes["cpu.frequency"] = "\(facts.frequency)"
        node.attributes["cpu.totalcompute"] = "\(total)"
        node.attributes["cpu.reservablecores"] = "\(facts.cores)"
        node.attributes["cpu.usablecompute"] = "\(max(0, total - configuration.reserved.cpu.cpuShares))"
        node.nodeResources.cpu.cpuShares = total
        node.nodeResources.cpu.totalCpuCores = facts.cores
        let kept = Set(configuration.reserved.cpu.reservedCpuCores)
        node.nodeResources.cpu.reservableCpuCores = (0..<facts.cores).filter { !kept.contains($0) }
    }

    private func addMemory(_ node: inout Node) {
        let bytes = SystemFacts.memory(HostPath.text("/proc/meminfo") ?? "")["MemTotal"] ?? 0
        node.nodeResources.memory.memoryMB = configuration.memoryTotalMB ?? Int(bytes >> 20)
        node.attributes["memory.totalbytes"] = "\(configuration.memoryTotalMB.map { UInt64($0) << 20 } ?? bytes)"
    }

    private func addStorage(_ node: inout Node) {
        guard let disk = DiskSpace(path: configuration.allocationsDirectory) else { return }
        let free = configuration.diskFreeMB.map { UInt64($0) << 20 } ?? disk.available
        let total = configuration.diskTotalMB.map { UInt64($0) << 20 } ?? disk.size
        let mount = MountedDisk.of(path: configuration.allocationsDirectory)
        node.attributes["unique.storage.volume"] = mount?.device ?? ""
        node.attributes["unique.storage.bytestotal"] = "\(total)"
        node.attributes["unique.storage.bytesfree"] = "\(free)"
        node.nodeResources.disk.diskMB = Int(free >> 20)
    }

    private func addNetwork(_ node: inout Node) {
        let facts = NetworkFacts.read()
        let routed = NetworkFacts.defaultInterface(routes: HostPath.text("/proc/net/route") ?? "")
        guard let chosen = facts.choose(wished: configuration.networkInterface, routed: routed) else { return }
        func speed(_ name: String) -> Int { configuration.networkSpeed ?? NetworkFacts.speed(of: name) ?? 1000 }
        node.attributes["unique.network.ip-address"] = chosen.primary ?? ""
        node.nodeResources.networks = chosen.specifications(speed: speed(chosen.name))
        let reserved = configuration.reserved.networks.reservedHostPorts
        node.nodeResources.nodeNetworks = facts.interfaces.compactMap {
            $0.nodeNetwork(
                speed: speed($0.name), isDefault: $0.name == chosen.name, hostNetworks: configuration.hostNetworks,
                reservedPorts: reserved)
        }
    }

    /// Whether groups can have networks of their own, and the plugins that make them.
    private func addGroupNetworks(_ node: inout Node) {
        for type in CNIPlugin.installed(in: configuration.cniPath) {
            node.attributes["plugins.cni.version.\(type)"] = CNIPlugin.version
        }
        let isThere = GroupNetwork.bridgePlugins.allSatisfy { node.attributes["plugins.cni.version.\($0)"] != nil }
        guard geteuid() == 0 else { return }
        func add(_ mode: String, device: String) {
            var network = NetworkSpec()
            (network.mode, network.device) = (mode, device)
            node.nodeResources.networks.append(network)
        }
        if isThere { add("bridge", device: configuration.bridgeName) }
        for entry in NetworkConfigurations(directory: configuration.cniConfigDirectory).read().entries {
            add("cni/" + entry.name, device: "")
        }
    }

    static func text<T>(_ field: T) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    // MARK: - Drivers

    /// Asks the drivers and puts what they say into the description.
    static func addDrivers(_ drivers: DriverSet, to node: inout Node, now: Instant) async {
        for name in drivers.names {
            guard let driver = try? drivers.driver(name) else { continue }
            add(await driver.fingerprint(), of: name, to: &node, now: now)
        }
    }

    /// A driver's word replaces what it said before; the time only changes with it.
    static func add(_ print: DriverFingerprint, of name: String, to node: inout Node, now: Instant) {
        let old = node.drivers[name]
        for key in old?.attributes.keys.sorted() ?? [] { node.attributes[key] = nil }
        guard print.detected else {
            node.drivers[name] = nil
            return
        }
        var info = DriverInfo()
        info.attributes = print.attributes
        info.detected = print.detected
        info.healthy = print.healthy
        info.healthDescription = print.description
        info.updateTime = old?.updateTime ?? Timestamp(now)
        if info != old { info.updateTime = Timestamp(now) }
        node.drivers[name] = info
        for (key, value) in print.attributes { node.attributes[key] = key == "driver.\(name)" ? "1" : value }
    }
}

/// Who the node is: kept for life in its state directory.
public struct NodeIdentity: Hashable, Sendable {
    public var id: NodeID
    /// Proves to the servers that it is the same agent.
    public var secret: String

    public init(id: NodeID, secret: String) {
        self.id = id
        self.secret = secret
    }
}
