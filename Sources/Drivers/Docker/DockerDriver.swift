public import Base
internal import Logging

/// Runs containers through a Docker daemon's Engine API.
///
/// Output is collected by one `caravan-shim` for each container, so that lines are neither lost nor doubled
/// while the agent is away, even if the container writes more than the daemon keeps.
public struct DockerDriver: Driver {
    public let name = "docker"
    public let capabilities = DriverCapabilities(
        sendsSignals: true, executes: true, filesystemIsolation: .image, networkIsolation: [.host, .group, .task],
        mounts: true, createsNetworks: true)
    let settings: DockerSettings
    let environment: DriverEnvironment
    let client: DockerClient
    let logs: ShimHost
    let usage = UsageMeter()
    let images = ImageUse()

    /// How long the end of a container's output is awaited after the container has ended.
    static let logDrainMax = TimeSpan.seconds(5)
    /// Pause before a daemon that does not answer is asked again.
    static let retryDelay = TimeSpan.seconds(1)

    public init(settings: DockerSettings, environment: DriverEnvironment) {
        self.settings = settings
        self.environment = environment
        client = DockerClient(socket: settings.socket)
        logs = ShimHost(driver: "docker", environment: environment)
    }

    public func validate(config: JSON) throws(DriverError) { _ = try DockerConfig(config) }

    public func portMap(config: JSON) throws(DriverError) -> [String: Int] { try DockerConfig(config).portMap }

    public func fingerprint() async -> DriverFingerprint {
        // Asked now and then anyway: as good a time as any.
        await removeIdleImages()
        do {
            let version = try await client.call(.get("/version"))
            let info = try await client.call(.get("/info"))
            var attributes = [
                "driver.docker": "true", "driver.docker.version": version["Version"]?.stringValue ?? "",
                "driver.docker.os_type": info["OSType"]?.stringValue ?? version["Os"]?.stringValue ?? "",
                "driver.docker.runtimes": (info["Runtimes"]?.objectValue?.names ?? []).sorted().joined(separator: ","),
            ]
            if settings.volumesEnabled { attributes["driver.docker.volumes.enabled"] = "true" }
            if settings.allowsPrivileged { attributes["driver.docker.privileged.enabled"] = "true" }
            return DriverFingerprint(detected: true, healthy: true, description: "Healthy", attributes: attributes)
        } catch {
            let there = (try? await FileTree.exists(settings.socket)) ?? false
            let description =
                "Failed to connect to docker daemon: \((error as? DockerClient.Failure)?.message ?? "\(error)")"
            return there
                ? DriverFingerprint(
                    detected: true, healthy: false, description: description, attributes: ["driver.docker": "true"])
                : .undetected(description)
        }
    }

    public func start(_ task: TaskStart) async throws(DriverError) -> StartedTask {
        let config = try DockerConfig(task.config)
        return try await driverCall {
            do {
                return try await start(task, config)
            } catch let failure as DockerClient.Failure {
                throw failure.asDriverError("the container could not be started", .startFailed)
            }
        }
    }

    private func start(_ task: TaskStart, _ config: DockerConfig) async throws -> StartedTask {
        var spec = ContainerSpec(task: task, config: config, settings: settings, coreMHz: environment.coreMHz)
        _ = try spec.body(image: config.image)  // what can't be is said before anything is pulled
        let image = try await image(for: task, config)
        images.begin(image, task: task.id)
        do {
            return try await start(task, config, spec, image)
        } catch {
            images.end(image, task: task.id, now: now())
            throw error
        }
    }

    private func start(
        _ task: TaskStart, _ config: DockerConfig, _ spec: ContainerSpec, _ image: String
    ) async throws -> StartedTask {
        var spec = spec
        let name = ContainerSpec.name(task)
        let body = try spec.body(image: image)
        // Written down first, so that `sweep` finds the container should the agent die before it has the handle.
        let directory = try await logs.prepare(taskID: task.id)
        try await write(ShimRecords(["docker_socket": settings.socket, "docker_name": name]), directory)
        var created: String?
        do {
            let container = try await create(name, body)
            created = container
            do {
                try await client.call(.post("/containers/\(container)/start"))
            } catch let failure as DockerClient.Failure {
                throw failure.asDriverError("failed to start container \(name)", .startFailed)
            }
            let started = now()
            let state = try await client.call(.get("/containers/\(container)/json"))
            let follows = settings.collectsLogs && !task.logs.disabled
            if follows { try await follow(container, task, terminal: config.terminal, in: directory) }
            try _Concurrency.Task.checkCancellation()
            let handle = DriverHandle(
                driver: self.name, taskID: task.id, allocationID: task.allocationID, taskName: task.taskName,
                state: [
                    "container": container, "started": String(started.nanoseconds), "logs": follows ? directory : "",
                    "image": image, "image_pulled": images.isPulled(image) ? "1" : "",
                ])
            return StartedTask(handle: handle, network: try network(state, task, config))
        } catch {
            if let created { await remove(created) }
            await logs.discard(directory)
            throw error
        }
    }

    /// Creates the container. One of the same name is left from a start that nobody remembers: it goes.
    private func create(_ name: String, _ body: JSON) async throws -> String {
        let request = DockerClient.Request.post("/containers/create", ["name": name], body: body)
        var answer: JSON
        do {
            answer = try await client.call(request)
        } catch let failure as DockerClient.Failure where failure.status == 409 {
            try await client.call(.delete("/containers/\(name)", ["force": "1", "v": "1"]))
            answer = try await client.call(request)
        }
        for warning in answer["Warnings"]?.arrayValue ?? [] {
            environment.logger.debug("docker: \(name): \(warning.stringValue ?? "")")
        }
        guard let id = answer["Id"]?.stringValue else {
            throw DriverError(.failed, "the Docker daemon did not say the container's id", recoverable: true)
        }
        return id
    }

    /// Removes a container whatever its state, also for a cancelled caller.
    func remove(_ container: String) async { await client.remove(container, logger: environment.logger) }

    /// Starts the shim that copies the container's output.
    private func follow(_ container: String, _ task: TaskStart, terminal: Bool, in directory: String) async throws {
        var spec = ShimRecords([
            "docker_socket": settings.socket, "docker_name": ContainerSpec.name(task), "docker_container": container,
        ])
        if terminal { spec.add("docker_tty", 1) }
        spec.addLogs(task)
        try await write(spec, directory)
        try await startFollowing(directory)
    }

    private func write(_ spec: ShimRecords, _ directory: String) async throws {
        let bytes = spec.bytes
        try await blocking { try FileTree.write(bytes, to: directory + "/spec", mode: 0o600) }
    }

    private func startFollowing(_ directory: String) async throws {
        let answer = try await ShimProcess.run(environment.shim, "run", directory: directory)
        if let error = answer["error"] { throw DriverError(.failed, "the log helper did not start: \(error)") }
        if answer["pid"] == nil { throw DriverError(.failed, "the log helper ended without a word", recoverable: true) }
    }

    /// The container's own address, unless it lives on the host's network.
    private func network(_ state: JSON, _ task: TaskStart, _ config: DockerConfig) throws(DriverError)
        -> NetworkOverride?
    {
        let settings = state["NetworkSettings"]
        var address = settings?["IPAddress"]?.stringValue ?? ""
        var advertises = false
        for (name, network) in settings?["Networks"]?.objectValue?.sorted ?? [] {
            let own = network[config.advertisesV6 ? "GlobalIPv6Address" : "IPAddress"]?.stringValue ?? ""
            if own.isEmpty { continue }
            address = own
            advertises = name != "bridge" && name != "nat"
        }
        if address.isEmpty { return nil }
        let ports = try ContainerSpec.insidePorts(task, config).map { ($0.0.label, $0.1) }
        return NetworkOverride(address: address, ports: Dictionary(ports) { $1 }, advertises: advertises)
    }

    public func recover(_ handle: DriverHandle) async throws(DriverError) {
        try await driverCall {
            let container = try container(of: handle)
            do {
                _ = try await client.call(.get("/containers/\(container)/json"))
            } catch let failure as DockerClient.Failure {
                if failure.status == 404 {
                    await logs.discard(logs.directory(taskID: handle.taskID))
                    throw DriverError(.notFound, "container \(container) does not exist any more")
                }
                throw failure.asDriverError("could not look for container \(container)")
            }
            if let image = handle.state["image"] {
                if handle.state["image_pulled"] == "1" { images.notePulled(image) }
                images.begin(image, task: handle.taskID)
            }
            // The log helper outlives the agent; where it was killed, another one goes on where it stopped.
            let directory = handle.state["logs"] ?? ""
            if directory.isEmpty { return }
            if try await !logs.isAlive(directory) { try await startFollowing(directory) }
        }
    }

    func container(of handle: DriverHandle) throws(DriverError) -> String {
        if let container = handle.state["container"], !container.isEmpty { return container }
        throw DriverError(.notFound, "the handle of task \(handle.taskID) does not name its container")
    }
}
