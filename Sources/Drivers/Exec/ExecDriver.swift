public import Base
internal import Glibc
internal import Synchronization

/// Runs commands of the node in a root of their own, with namespaces and limits, through runc or crun.
public final class ExecDriver: ShimDriver {
    public let name: String
    public let capabilities = DriverCapabilities(
        sendsSignals: true, executes: true, filesystemIsolation: .chroot, networkIsolation: [.host, .group],
        mounts: true)
    /// The user that tasks run as unless they name one.
    static let defaultUser = "nobody"

    private let settings: ExecSettings
    public let host: ShimHost
    /// What a task's `config` means. Other drivers that run a command in such a root have another one.
    private let read: @Sendable (JSON) throws(DriverError) -> ExecConfig
    /// The runtime that worked when it was tried.
    private let runtime = Mutex<String?>(nil)

    public convenience init(settings: ExecSettings, environment: DriverEnvironment) {
        self.init(name: "exec", settings: settings, environment: environment) { (config) throws(DriverError) in
            try ExecConfig(config)
        }
    }

    init(
        name: String, settings: ExecSettings, environment: DriverEnvironment,
        read: @escaping @Sendable (JSON) throws(DriverError) -> ExecConfig
    ) {
        self.name = name
        self.settings = settings
        self.read = read
        host = ShimHost(driver: name, environment: environment)
    }

    public func validate(config: JSON) throws(DriverError) { _ = try read(config) }

    // MARK: - Runtime

    public func fingerprint() async -> DriverFingerprint {
        if geteuid() != 0 { return .undetected("the \(name) driver needs root; run the agent as root") }
        do {
            _ = try await workingRuntime()
            return DriverFingerprint(
                detected: true, healthy: true, description: "Healthy", attributes: ["driver.\(name)": "true"])
        } catch {
            let detected = error.code != .unavailable
            return DriverFingerprint(
                detected: detected, healthy: false, description: error.message,
                attributes: detected ? ["driver.\(name)": "true"] : [:])
        }
    }

    /// The first of runc and crun that can really start something here. Tried once, and again while none works.
    private func workingRuntime() async throws(DriverError) -> String {
        if let known = runtime.withLock({ $0 }) { return known }
        let directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        var problems: [String] = []
        for name in ["runc", "crun"] {
            let paths = directories.map { $0 + "/" + name }
            guard let path = paths.first(where: FileTree.isExecutable) else { continue }
            do {
                try await tryOut(path)
                runtime.withLock { $0 = path }
                return path
            } catch {
                problems.append("\(path): \(error.message)")
            }
        }
        if problems.isEmpty {
            throw DriverError(.unavailable, "neither runc nor crun is installed; install one of them")
        }
        throw DriverError(
            .failed, "no container runtime works here: \(problems.joined(separator: "; "))", recoverable: true)
    }

    /// Runs `true` in a container.
    private func tryOut(_ path: String) async throws(DriverError) {
        try await driverCall {
            let name = "probe/\(name)/\(getpid())"
            let directory = try await host.prepare(taskID: name)
            let files = TaskDirectories(allocation: directory + "/files", taskName: "probe")
            try await blocking {
                for path in [files.local, files.secrets, files.shared] { try FileTree.make(path, mode: 0o755) }
            }
            let task = TaskStart(
                id: name, allocationID: "probe", taskName: "probe", groupName: "probe", jobID: "probe",
                jobName: "probe", config: ["command": "/bin/true"], environment: [:],
                resources: TaskResources(cpuMHz: 100, memoryMB: 64), user: "root", directories: files,
                logs: LogLimits(disabled: true))
            let started = try await start(task, ExecConfig(task.config), runtime: path, in: directory)
            let exit = try await host.wait(started.handle)
            await host.discard(directory)
            if !exit.isSuccess { throw DriverError(.failed, "a container with /bin/true ended with code \(exit.code)") }
        }
    }

    // MARK: - Start

    public func start(_ task: TaskStart) async throws(DriverError) -> StartedTask {
        if geteuid() != 0 { throw DriverError(.unavailable, "the \(name) driver needs root; run the agent as root") }
        let config = try read(task.config)
        let runtime = try await workingRuntime()
        return try await driverCall {
            try await start(task, config, runtime: runtime, in: try await host.prepare(taskID: task.id))
        }
    }

    private func start(_ task: TaskStart, _ config: ExecConfig, runtime: String, in directory: String) async throws
        -> StartedTask
    {
        do {
            let bundle = try await bundle(task, config)
            let text = bundle.json.bytes()
            try await blocking {
                try FileTree.make(directory + "/rootfs", mode: 0o755)
                try FileTree.make(task.directories.task + "/tmp", mode: 0o777)
                chmod(task.directories.task + "/tmp", 0o1777)
                try FileTree.write(text, to: directory + "/config.json", mode: 0o600)
            }
        } catch {
            await host.discard(directory)
            throw error
        }
        var spec = ShimRecords()
        spec.addLogs(task)
        spec.add("runtime", runtime)
        spec.add("runtime_root", host.environment.stateDirectory + "/runtime")
        spec.add("bundle", directory)
        spec.add("container_id", ShimHost.name(taskID: task.id))
        return try await host.start(spec, task, in: directory)
    }

    private func bundle(_ task: TaskStart, _ config: ExecConfig) async throws -> OCIBundle {
        let capabilities = try config.capabilities(settings)
        let user = try await UserIdentity.lookUp(task.user.isEmpty ? Self.defaultUser : task.user)
        let wanted = host.environment.chroot
        return try await blocking { [settings, cgroup = host.cgroup(taskID: task.id)] in
            var directories: [OCIBundle.Directory] = []
            let all =
                wanted.isEmpty ? OCIBundle.defaultDirectories.map { ($0, $0) } : wanted.map { ($0.key, $0.value) }
            for (source, destination) in all.sorted(by: { $0.1 < $1.1 }) where access(source, F_OK) == 0 {
                directories.append(OCIBundle.Directory(source: source, destination: destination))
            }
            return OCIBundle(
                task: task, config: config, settings: settings, capabilities: capabilities, user: user,
                command: Self.find(config.command, task.directories), directories: directories,
                devices: try task.devices.map(Self.device), cgroup: cgroup, limitsSwap: try Self.limitsSwap())
        }
    }

    /// A command without a slash is looked for in the task's own directories first, then in `PATH` by the runtime.
    private static func find(_ command: String, _ directories: TaskDirectories) -> String {
        if command.hasPrefix("/") { return command }
        return FileTree.isExecutable(directories.local + "/" + command) ? "/local/" + command : command
    }

    private static func limitsSwap() throws -> Bool {
        if let controllers = try FileTree.read("/sys/fs/cgroup/cgroup.controllers") {
            return String(decoding: controllers, as: UTF8.self).split { " \n".contains($0) }.contains("memory")
        }
        return access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0
    }

    private static func device(_ device: TaskDevice) throws -> OCIBundle.Device {
        var status = stat()
        guard stat(device.hostPath, &status) == 0 else {
            throw ShimProcess.problem("look at device \(device.hostPath)")
        }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFCHR || kind == S_IFBLK else {
            throw DriverError(.startFailed, "\(device.hostPath) is not a device")
        }
        // The kernel's encoding of a device number.
        let number = UInt64(status.st_rdev)
        let major = Int(number >> 8 & 0xFFF | number >> 32 & ~0xFFF)
        let minor = Int(number & 0xFF | number >> 12 & ~0xFF)
        return OCIBundle.Device(
            path: device.taskPath, type: kind == S_IFCHR ? "c" : "b", major: major, minor: minor,
            permissions: device.permissions)
    }
}
