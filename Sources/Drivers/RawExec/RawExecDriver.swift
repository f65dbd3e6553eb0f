public import Base

/// Runs commands on the node as they are: no isolation, only a cgroup and a process group of their own.
public struct RawExecDriver: ShimDriver {
    public let name = "raw_exec"
    public let capabilities = DriverCapabilities(
        sendsSignals: true, executes: true, filesystemIsolation: .none, networkIsolation: [.host, .group],
        mounts: false)
    private let settings: RawExecSettings
    public let host: ShimHost

    public init(settings: RawExecSettings, environment: DriverEnvironment) {
        self.settings = settings
        host = ShimHost(driver: "raw_exec", environment: environment)
    }

    public func validate(config: JSON) throws(DriverError) { _ = try RawExecConfig(config) }

    public func fingerprint() async -> DriverFingerprint {
        guard settings.enabled else {
            return .undetected("disabled; enable it with plugin \"raw_exec\" { config { enabled = true } }")
        }
        guard FileTree.isExecutable(host.environment.shim) else {
            return DriverFingerprint(
                detected: true, healthy: false,
                description: "\(host.environment.shim) is missing or can't be run; install caravan-shim there",
                attributes: ["driver.raw_exec": "true"])
        }
        return DriverFingerprint(
            detected: true, healthy: true, description: "Healthy", attributes: ["driver.raw_exec": "true"])
    }

    public func start(_ task: TaskStart) async throws(DriverError) -> StartedTask {
        guard settings.enabled else {
            throw DriverError(.unavailable, "raw_exec is disabled on this node: its tasks have all rights of the agent")
        }
        let config = try RawExecConfig(task.config)
        return try await driverCall {
            let user = task.user.isEmpty ? nil : try await UserIdentity.lookUp(task.user)
            let command = try await blocking { Self.find(config.command, task.directories) }
            let spec = spec(task, config, command: command, user: user)
            return try await host.start(spec, task, in: try await host.prepare(taskID: task.id))
        }
    }

    /// A command without a slash is looked for in the task's own directories first, then in `PATH` by the shim.
    private static func find(_ command: String, _ directories: TaskDirectories) -> String {
        if command.hasPrefix("/") { return command }
        let candidates = [directories.local + "/" + command, directories.task + "/" + command]
        return candidates.first(where: FileTree.isExecutable) ?? command
    }

    func spec(_ task: TaskStart, _ config: RawExecConfig, command: String, user: UserIdentity?) -> ShimRecords {
        var spec = ShimRecords()
        spec.addLogs(task)
        spec.add("cgroup", host.cgroup(taskID: task.id))
        spec.add("cpu_shares", task.resources.cpuMHz)
        if !task.resources.cores.isEmpty {
            spec.add("cores", task.resources.cores.sorted().map(String.init).joined(separator: ","))
        }
        spec.add("cwd", config.workDirectory ?? task.directories.task)
        if let path = task.networkNamespace { spec.add("netns", path) }
        if let score = config.oomScore { spec.add("oom_score_adj", score) }
        if let user { spec.addUser(user) }
        spec.add("arg", command)
        for argument in config.arguments { spec.add("arg", argument) }
        let denied = config.deniedVariables + settings.deniedVariables
        for (name, value) in task.environment.sorted(by: { $0.key < $1.key })
        where !RawExecConfig.isDenied(name, by: denied) {
            spec.add("env", "\(name)=\(value)")
        }
        return spec
    }
}
