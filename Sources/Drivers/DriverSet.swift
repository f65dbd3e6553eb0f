public import Logging

/// What drivers know about the node and the agent they work in.
public struct DriverEnvironment: Sendable {
    /// Directory for the drivers' own state; absolute, made if missing. Survives agent restarts.
    public var stateDirectory: String
    /// Path of the `caravan-shim` executable.
    public var shim: String
    /// Frequency of one core in MHz, to turn CPU percentages into MHz; 0 if unknown.
    public var coreMHz: Double
    /// Parent of the cgroups of tasks, such as "caravan".
    public var cgroupParent: String
    /// Host directory to directory in the root, replacing the built-in list, if not empty.
    public var chroot: [String: String]
    /// Called with events of tasks, from any thread; must not block.
    public var report: @Sendable (DriverEvent) -> Void
    public var logger: Logger

    public init(
        stateDirectory: String, shim: String, coreMHz: Double, cgroupParent: String = "caravan",
        chroot: [String: String] = [:], logger: Logger, report: @escaping @Sendable (DriverEvent) -> Void
    ) {
        self.stateDirectory = stateDirectory
        self.shim = shim
        self.coreMHz = coreMHz
        self.cgroupParent = cgroupParent
        self.chroot = chroot
        self.logger = logger
        self.report = report
    }
}

/// The drivers of this node by name, built from the agent's configuration.
public struct DriverSet: Sendable {
    private let drivers: [String: any Driver]
    private let environment: DriverEnvironment?

    /// Takes ready drivers; of two with one name the later one counts.
    public init(_ drivers: [any Driver], environment: DriverEnvironment? = nil) {
        self.environment = environment
        var byName: [String: any Driver] = [:]
        for driver in drivers { byName[driver.name] = driver }
        self.drivers = byName
    }

    /// The drivers that this program has and the configuration allows.
    public init(settings: DriverSettings, environment: DriverEnvironment) {
        let all: [any Driver] = [
            DockerDriver(settings: settings.docker, environment: environment),
            ExecDriver(settings: settings.exec, environment: environment),
            JavaDriver(settings: settings.java, environment: environment),
            RawExecDriver(settings: settings.rawExec, environment: environment),
        ]
        self.init(
            all.filter { driver in
                (settings.allowed.isEmpty || settings.allowed.contains(driver.name))
                    && !settings.denied.contains(driver.name)
            }, environment: environment)
    }

    /// Names in order.
    public var names: [String] { drivers.keys.sorted() }

    /// The driver of that name. Throws `.noSuchDriver`, naming those that exist.
    public func driver(_ name: String) throws(DriverError) -> any Driver {
        if let driver = drivers[name] { return driver }
        let known = names.isEmpty ? "none" : names.joined(separator: ", ")
        throw DriverError(.noSuchDriver, "driver \"\(name)\" is not known here; this node has \(known)")
    }

    /// Ends everything in the drivers' state directory that none of these handles stands for: what an agent
    /// started and died before it could write the handle down. To be called once, after the agent has read its
    /// handles and before it starts tasks.
    public func sweep(keeping handles: [DriverHandle]) async {
        guard let environment else { return }
        let kept = Set(handles.map { ShimHost.name(taskID: $0.taskID) })
        let names = Set(handles.map { ContainerSpec.name(task: $0.taskName, allocation: $0.allocationID) })
        let host = ShimHost(driver: "sweep", environment: environment)
        let root = environment.stateDirectory + "/tasks/"
        for name in (try? await blocking { FileTree.names(root) }) ?? [] where !kept.contains(name) {
            let directory = root + name
            environment.logger.info("ending what \(directory) stands for: no handle names it")
            let bytes = (try? await blocking { try FileTree.read(directory + "/spec", limit: 4 << 20) }) ?? nil
            let spec = ShimRecords(parsing: bytes ?? [])
            if let socket = spec["docker_socket"], let container = spec["docker_container"] ?? spec["docker_name"] {
                // A later start of the same task uses the same name.
                if spec["docker_container"] != nil || !names.contains(container) {
                    await DockerClient(socket: socket).remove(container, logger: environment.logger)
                }
            }
            await host.discard(directory)
        }
    }
}
