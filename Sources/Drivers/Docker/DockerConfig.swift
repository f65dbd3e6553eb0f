internal import Base

/// The `config` of a docker task.
struct DockerConfig: Hashable, Sendable {
    struct Pair: Hashable, Sendable {
        var key: String
        var value: String
    }

    struct Auth: Hashable, Sendable {
        var username: String
        var password: String
        var email: String
        var server: String
    }

    struct Device: Hashable, Sendable {
        var hostPath: String
        var containerPath: String
        var permissions: String
    }

    struct Mount: Hashable, Sendable {
        var type: String
        var target: String
        var source: String
        var readOnly: Bool
        var propagation: String?
        var tmpfsSize: Int?
        var tmpfsMode: Int?
        var noCopy: Bool
        var volumeLabels: [Pair]
        var volumeDriver: String?
        var volumeDriverOptions: [Pair]
    }

    struct Logging: Hashable, Sendable {
        var type: String
        var options: [Pair]
    }

    var image = ""
    var imageTarball: String?
    var command: String?
    var arguments: [String] = []
    var entrypoint: [String] = []
    var workDirectory: String?
    var hostname: String?
    var labels: [Pair] = []
    var auth: Auth?
    var authSoftFail = false
    var forcePull = false
    var pullTimeout: TimeSpan?
    var ports: [String] = []
    var portMap: [String: Int] = [:]
    var networkMode: String?
    var networkAliases: [String] = []
    var addressV4: String?
    var addressV6: String?
    var advertisesV6 = false
    var macAddress: String?
    var dnsServers: [String] = []
    var dnsSearches: [String] = []
    var dnsOptions: [String] = []
    var extraHosts: [String] = []
    var volumes: [String] = []
    var volumeDriver: String?
    var mounts: [Mount] = []
    var devices: [Device] = []
    var readOnlyRoot = false
    var sharedMemoryBytes: Int?
    var storageOptions: [Pair] = []
    var memoryHardLimitMB: Int?
    var cpuHardLimit = false
    var cpuPeriod = 100_000
    var cpuset: String?
    var pidsLimit: Int?
    var ulimits: [Pair] = []
    var sysctls: [Pair] = []
    var oomScore: Int?
    var privileged = false
    var capabilitiesAdded: [String] = []
    var capabilitiesDropped: [String] = []
    var securityOptions: [String] = []
    var groups: [String] = []
    var pidMode: String?
    var ipcMode: String?
    var utsMode: String?
    var usernsMode: String?
    var cgroupnsMode: String?
    var runtime: String?
    var usesInit = false
    var terminal = false
    var interactive = false
    var healthchecksDisabled = false
    var logging: Logging?

    init(_ config: JSON) throws(DriverError) {
        var reader = ConfigReader(config)
        readProgram(&reader)
        readNetwork(&reader)
        readStorage(&reader)
        readLimits(&reader)
        readRights(&reader)
        if !ports.isEmpty && !portMap.isEmpty { reader.wrong("port_map", "can't stand beside ports: choose one") }
        if let isolation = reader.string("isolation"), isolation != "process", isolation != "" {
            reader.wrong("isolation", "\"\(isolation)\" is for Windows only")
        }
        try reader.check(driver: "docker")
    }

    private mutating func readProgram(_ reader: inout ConfigReader) {
        image = reader.requiredString("image")
        imageTarball = reader.string("load")
        command = reader.string("command")
        arguments = reader.strings("args")
        entrypoint = reader.strings("entrypoint")
        workDirectory = reader.string("work_dir")
        labels = reader.pairs("labels")
        auth = reader.block("auth") { auth in
            Auth(
                username: auth.string("username") ?? "", password: auth.string("password") ?? "",
                email: auth.string("email") ?? "", server: auth.string("server_address") ?? "")
        }
        authSoftFail = reader.bool("auth_soft_fail") ?? false
        forcePull = reader.bool("force_pull") ?? false
        pullTimeout = reader.span("image_pull_timeout")
        _ = reader.int("container_exists_attempts")
        usesInit = reader.bool("init") ?? false
        terminal = reader.bool("tty") ?? false
        interactive = reader.bool("interactive") ?? false
        healthchecksDisabled = reader.block("healthchecks") { $0.bool("disable") ?? false } ?? false
        logging = reader.block("logging") { logging in
            let type = logging.string("type")
            let driver = logging.string("driver")
            return Logging(type: type ?? driver ?? "json-file", options: logging.pairs("config"))
        }
    }

    private mutating func readNetwork(_ reader: inout ConfigReader) {
        hostname = reader.string("hostname")
        ports = reader.strings("ports")
        portMap = reader.numbers("port_map")
        networkMode = reader.string("network_mode")
        networkAliases = reader.strings("network_aliases")
        addressV4 = reader.string("ipv4_address")
        addressV6 = reader.string("ipv6_address")
        advertisesV6 = reader.bool("advertise_ipv6_address") ?? false
        macAddress = reader.string("mac_address")
        dnsServers = reader.strings("dns_servers")
        dnsSearches = reader.strings("dns_search_domains")
        dnsOptions = reader.strings("dns_options")
        extraHosts = reader.strings("extra_hosts")
        for host in extraHosts where !host.contains(":") {
            reader.wrong("extra_hosts", "\"\(host)\" must be a name and an address with a colon between")
        }
        for (label, port) in portMap.sorted(by: { $0.key < $1.key }) where !(1...65535).contains(port) {
            reader.wrong("port_map.\(label)", "\(port) is not a port")
        }
    }

    private mutating func readStorage(_ reader: inout ConfigReader) {
        volumes = reader.strings("volumes")
        volumeDriver = reader.string("volume_driver")
        mounts = reader.blocks("mounts", Self.mount) + reader.blocks("mount", Self.mount)
        devices = reader.blocks("devices") { device in
            let host = device.requiredString("host_path")
            return Device(
                hostPath: host, containerPath: device.string("container_path") ?? host,
                permissions: device.string("cgroup_permissions") ?? "rwm")
        }
        readOnlyRoot = reader.bool("readonly_rootfs") ?? false
        sharedMemoryBytes = reader.int("shm_size")
        storageOptions = reader.pairs("storage_opt")
    }

    private static func mount(_ reader: inout ConfigReader) -> Mount {
        let type = reader.string("type") ?? "volume"
        if !["bind", "volume", "tmpfs"].contains(type) {
            reader.wrong("type", "\"\(type)\" is none of bind, volume and tmpfs")
        }
        let bind = reader.block("bind_options") { $0.string("propagation") }
        let tmpfs = reader.block("tmpfs_options") { ($0.int("size"), $0.int("mode")) }
        let volume = reader.block("volume_options") { volume in
            (
                volume.bool("no_copy") ?? false, volume.pairs("labels"),
                volume.block("driver_config") { ($0.string("name"), $0.pairs("options")) }
            )
        }
        return Mount(
            type: type, target: reader.string("target") ?? "", source: reader.string("source") ?? "",
            readOnly: reader.bool("readonly") ?? false, propagation: bind ?? nil, tmpfsSize: tmpfs?.0,
            tmpfsMode: tmpfs?.1, noCopy: volume?.0 ?? false, volumeLabels: volume?.1 ?? [],
            volumeDriver: volume?.2?.0, volumeDriverOptions: volume?.2?.1 ?? [])
    }

    private mutating func readLimits(_ reader: inout ConfigReader) {
        memoryHardLimitMB = reader.int("memory_hard_limit")
        cpuHardLimit = reader.bool("cpu_hard_limit") ?? false
        cpuPeriod = reader.int("cpu_cfs_period") ?? 100_000
        if !(1000...1_000_000).contains(cpuPeriod) { reader.wrong("cpu_cfs_period", "must be 1000 to 1000000") }
        cpuset = reader.string("cpuset_cpus")
        pidsLimit = reader.int("pids_limit")
        ulimits = reader.pairs("ulimit")
        sysctls = reader.pairs("sysctl")
        oomScore = reader.int("oom_score_adj")
        for limit in ulimits where Self.limits(limit.value) == nil {
            reader.wrong("ulimit.\(limit.key)", "\"\(limit.value)\" must be a number, or soft:hard")
        }
    }

    /// "1024" and "1024:2048".
    static func limits(_ text: String) -> (soft: Int, hard: Int)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let soft = parts[0], let hard = parts[parts.count - 1] else { return nil }
        return soft <= hard || hard < 0 ? (soft, hard) : nil
    }

    private mutating func readRights(_ reader: inout ConfigReader) {
        privileged = reader.bool("privileged") ?? false
        capabilitiesAdded = reader.strings("cap_add").map(DockerSettings.capability)
        capabilitiesDropped = reader.strings("cap_drop").map(DockerSettings.capability)
        securityOptions = reader.strings("security_opt")
        groups = reader.strings("group_add")
        pidMode = reader.string("pid_mode")
        ipcMode = reader.string("ipc_mode")
        utsMode = reader.string("uts_mode")
        usernsMode = reader.string("userns_mode")
        cgroupnsMode = reader.string("cgroupns")
        runtime = reader.string("runtime")
        if let pidMode, !pidMode.isEmpty, pidMode != "host", !pidMode.hasPrefix("container:") {
            reader.wrong("pid_mode", "must be \"host\" or \"container:…\"")
        }
    }
}

extension ConfigReader {
    mutating func pairs(_ key: String) -> [DockerConfig.Pair] {
        map(key).map { DockerConfig.Pair(key: $0.key, value: $0.value) }
    }
}
