internal import Base

/// The configuration of an OCI bundle for an exec task: a root made of the node's own directories, read-only,
/// and the task's, with its own processes, mounts and IPC. Pure: what has to be looked up comes in.
struct OCIBundle: Hashable, Sendable {
    /// A directory of the node that the task sees.
    struct Directory: Hashable, Sendable {
        var source: String
        var destination: String
    }

    /// A device node, with what only the node knows about it.
    struct Device: Hashable, Sendable {
        var path: String
        /// "c" or "b".
        var type: String
        var major: Int
        var minor: Int
        var permissions: String
    }

    /// What a task sees of the node if `chroot_env` says nothing else.
    static let defaultDirectories = [
        "/bin", "/etc", "/lib", "/lib32", "/lib64", "/run/resolvconf", "/run/systemd/resolve", "/sbin", "/usr",
    ]

    var task: TaskStart
    var config: ExecConfig
    var settings: ExecSettings
    var capabilities: [String]
    var user: UserIdentity
    /// The command as it is called inside.
    var command: String
    /// Directories that exist, in order of their destinations.
    var directories: [Directory]
    var devices: [Device] = []
    /// Path of the task's cgroup below the mounts.
    var cgroup: String
    /// Whether the kernel can limit swap; asking for it otherwise is an error.
    var limitsSwap: Bool

    /// The text of `config.json`.
    var json: JSON {
        [
            "ociVersion": "1.0.2", "root": ["path": "rootfs", "readonly": false], "process": process,
            "mounts": .array(mounts), "linux": linux,
        ]
    }

    private var process: JSON {
        var environment = task.environment
        if environment["PATH"] == nil {
            environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        }
        if environment["HOME"] == nil { environment["HOME"] = user.home }
        let variables = environment.sorted { $0.key < $1.key }.map { JSON.string("\($0.key)=\($0.value)") }
        return [
            "terminal": false, "cwd": .string(config.workDirectory ?? "/"), "env": .array(variables),
            "args": .array(([command] + config.arguments).map { .string($0) }),
            "user": [
                "uid": .int(Int64(user.uid)), "gid": .int(Int64(user.gid)),
                "additionalGids": .array(user.groups.map { .int(Int64($0)) }),
            ],
            "capabilities": .object(capabilitySets),
        ]
    }

    /// Root gets what it may have; others get only what the job asked for, and may gain the rest by setuid programs.
    private var capabilitySets: JSONObject {
        func names(_ list: [String]) -> JSON { .array(list.map { .string("CAP_" + $0.uppercased()) }) }
        let own = user.uid == 0 ? capabilities : capabilities.filter { config.capabilitiesAdded.contains($0) }
        return [
            "bounding": names(capabilities), "effective": names(own), "permitted": names(own),
            "inheritable": names(own), "ambient": names(user.uid == 0 ? [] : own),
        ]
    }

    private static func mount(_ destination: String, _ type: String, _ source: String, _ options: [String]) -> JSON {
        [
            "destination": .string(destination), "type": .string(type), "source": .string(source),
            "options": .array(options.map { .string($0) }),
        ]
    }

    private var mounts: [JSON] {
        var mounts = [
            Self.mount("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]),
            Self.mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Self.mount(
                "/dev/pts", "devpts", "devpts",
                ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            Self.mount("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
            Self.mount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
            Self.mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
        ]
        for directory in directories {
            mounts.append(
                Self.mount(directory.destination, "bind", directory.source, ["rbind", "rprivate", "ro", "nodev"]))
        }
        let own = [
            ("/alloc", task.directories.shared), ("/local", task.directories.local),
            ("/secrets", task.directories.secrets), ("/tmp", task.directories.task + "/tmp"),
        ]
        for (inside, outside) in own {
            mounts.append(Self.mount(inside, "bind", outside, ["rbind", "rprivate", "rw", "nodev"]))
        }
        for mount in task.mounts {
            let propagation = ["host-to-task": "rslave", "bidirectional": "rshared"][mount.propagation] ?? "rprivate"
            mounts.append(
                Self.mount(
                    mount.taskPath, "bind", mount.hostPath, ["rbind", propagation, mount.readOnly ? "ro" : "rw"]))
        }
        return mounts
    }

    private var namespaces: [JSON] {
        var namespaces: [JSON] = [["type": "mount"]]
        if config.pidMode ?? settings.defaultPIDMode != "host" { namespaces.append(["type": "pid"]) }
        if config.ipcMode ?? settings.defaultIPCMode != "host" { namespaces.append(["type": "ipc"]) }
        if let path = task.networkNamespace { namespaces.append(["type": "network", "path": .string(path)]) }
        return namespaces
    }

    private var linux: JSON {
        var linux: JSONObject = [
            "namespaces": .array(namespaces), "cgroupsPath": .string("/" + cgroup), "resources": .object(resources),
            "maskedPaths": [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
            ],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        ]
        if !devices.isEmpty {
            linux["devices"] = .array(
                devices.map {
                    [
                        "path": .string($0.path), "type": .string($0.type), "major": .int(Int64($0.major)),
                        "minor": .int(Int64($0.minor)), "fileMode": 0o666, "uid": 0, "gid": 0,
                    ]
                })
        }
        return .object(linux)
    }

    private var resources: JSONObject {
        var cpu: JSONObject = ["shares": .int(Int64(max(2, task.resources.cpuMHz)))]
        let cores = task.resources.cores.sorted().map(String.init).joined(separator: ",")
        if !cores.isEmpty { cpu["cpus"] = .string(cores) }
        var memory = JSONObject()
        let limit = task.resources.memoryMaxMB == 0 ? task.resources.memoryMB : task.resources.memoryMaxMB
        if limit > 0 {
            memory["limit"] = .int(Int64(limit) << 20)
            if limitsSwap { memory["swap"] = .int(Int64(limit) << 20) }
        }
        if limit != task.resources.memoryMB { memory["reservation"] = .int(Int64(task.resources.memoryMB) << 20) }
        var rules: [JSON] = [["allow": false, "access": "rwm"]]
        for device in devices {
            rules.append([
                "allow": true, "type": .string(device.type), "major": .int(Int64(device.major)),
                "minor": .int(Int64(device.minor)), "access": .string(device.permissions),
            ])
        }
        return ["cpu": .object(cpu), "memory": .object(memory), "devices": .array(rules)]
    }
}
