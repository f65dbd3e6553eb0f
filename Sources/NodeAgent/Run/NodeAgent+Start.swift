import AgentCore
import Base
import Drivers
import Glibc
import Model
import Synchronization

extension NodeAgent {
    /// Makes everything ready for a start: directories, environment, evaluated config. Throws `StartFailure`.
    func prepare(_ allocation: Allocation, _ spec: TaskSpec, attempt: String) async throws -> (
        any Driver, TaskStart
    ) {
        let driver: any Driver
        do { driver = try drivers.driver(spec.driver) } catch { throw StartFailure(.driver, error.message) }
        let directory = directory(allocation.id)
        try await prepareDirectories(directory, allocation, spec)

        let environment = try environment(allocation, spec, driver, directory)
        let variables = environment.variables()
        let references = environment.references
        let config: JSON
        do {
            config = try ConfigEvaluation(environment: variables, references: references).evaluate(spec.config)
            try driver.validate(config: config)
        } catch {
            throw StartFailure(.validation, "\(error)")
        }
        let interpolate = Interpolation(environment: variables, references: references)
        var start = TaskStart(
            id: attempt, allocationID: allocation.id.text, taskName: spec.name, groupName: allocation.taskGroup,
            jobID: allocation.jobID, jobName: allocation.job.job.name, namespace: allocation.namespace,
            nodeID: identity.id.text, nodeName: node.name, config: config, environment: variables,
            resources: Self.resources(allocation, spec), user: interpolate(spec.user),
            directories: TaskDirectories(allocation: directory.path, taskName: spec.name),
            logs: LogLimits(
                maxFiles: spec.logConfig.maxFiles, maxFileSizeMB: spec.logConfig.maxFileSizeMB,
                disabled: spec.logConfig.disabled))
        start.groupPorts = allocation.resources.ports.map {
            PortMapping(label: $0.label, hostIP: $0.hostIP, value: $0.value, to: max(0, $0.to))
        }
        start.taskPorts = Self.taskPorts(allocation, spec)
        start.killSignal = spec.killSignal.isEmpty ? nil : interpolate(spec.killSignal)
        start.killTimeout = min(spec.killTimeout, configuration.maxKillTimeout)
        start.mounts = try mounts(allocation, spec, interpolate)
        do {
            try await addNetwork(allocation, driver.capabilities.filesystemIsolation, to: &start, interpolate)
        } catch {
            throw StartFailure(.setup, "\(error)", recoverable: true)
        }
        return (driver, start)
    }

    private func prepareDirectories(
        _ directory: AllocationDirectory, _ allocation: Allocation, _ spec: TaskSpec
    ) async throws {
        let payload: (file: String, bytes: [UInt8])?
        if let file = spec.dispatchPayload?["File"]?.stringValue ?? spec.dispatchPayload?["file"]?.stringValue,
            !file.isEmpty, let text = allocation.job.job.payload, !text.isEmpty
        {
            guard let bytes = Base64.decode(text) else {
                throw StartFailure(.setup, "the job's payload is not Base64")
            }
            payload = (file, bytes)
        } else {
            payload = nil
        }
        try await blocking {
            try directory.build()
            try directory.build(task: spec.name, secretsMiB: spec.resources.secretsMB)
            if let payload { try directory.writePayload(payload.bytes, task: spec.name, file: payload.file) }
        }
    }

    /// What the task's environment is made of.
    func environment(
        _ allocation: Allocation, _ spec: TaskSpec, _ driver: any Driver, _ directory: AllocationDirectory
    ) throws -> TaskEnvironment {
        let isolation = driver.capabilities.filesystemIsolation
        let directories =
            isolation == .none
            ? TaskEnvironment.Directories(
                shared: directory.shared, local: directory.local(spec.name), secrets: directory.secrets(spec.name))
            : .isolated
        let portMap: [String: Int]
        do { portMap = try driver.portMap(config: spec.config) } catch {
            throw StartFailure(.validation, error.message)
        }
        let node = node
        let frequency = Int(node.attributes["cpu.frequency"] ?? "") ?? 0
        return TaskEnvironment(
            allocation: allocation, task: spec, node: node, region: configuration.region, directories: directories,
            host: isolation == .image ? [:] : hostEnvironment(), portMap: portMap,
            networkStatus: machine.withLock { $0.allocations[allocation.id]?.networkStatus }, coreMHz: frequency)
    }

    /// The agent's own environment without what must not get out.
    private func hostEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var at = 0
        while let entry = environ[at] {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].isEmpty { variables[String(parts[0])] = String(parts[1]) }
            at += 1
        }
        for name in configuration.environmentDenylist { variables[name] = nil }
        return variables
    }

    private static func resources(_ allocation: Allocation, _ spec: TaskSpec) -> TaskResources {
        guard let given = allocation.resources.tasks[spec.name] else {
            return TaskResources(
                cpuMHz: spec.resources.cpu, memoryMB: spec.resources.memoryMB,
                memoryMaxMB: spec.resources.memoryMaxMB)
        }
        return TaskResources(
            cpuMHz: given.cpuShares, cores: given.reservedCores, memoryMB: given.memoryMB,
            memoryMaxMB: given.memoryMaxMB)
    }

    private static func taskPorts(_ allocation: Allocation, _ spec: TaskSpec) -> [PortMapping] {
        (allocation.resources.tasks[spec.name]?.networks ?? []).flatMap { network in
            (network.reservedPorts + network.dynamicPorts).map {
                PortMapping(label: $0.label, hostIP: network.ip, value: $0.value, to: max(0, $0.to))
            }
        }
    }

    /// Host volumes that the task mounts.
    private func mounts(_ allocation: Allocation, _ spec: TaskSpec, _ interpolate: Interpolation) throws -> [TaskMount]
    {
        try spec.volumeMounts.map { mount in
            guard let request = allocation.group?.volumes[mount.volume] else {
                throw StartFailure(.setup, "the group has no volume \"\(mount.volume)\"")
            }
            guard request.type == "host" else {
                throw StartFailure(.setup, "volumes of the type \"\(request.type)\" can't be mounted yet")
            }
            let source = request.source(ofIndex: allocation.index)
            guard let volume = configuration.hostVolumes[source] else {
                throw StartFailure(.setup, "this node has no host volume \"\(source)\"")
            }
            return TaskMount(
                hostPath: volume.path, taskPath: interpolate(mount.destination),
                readOnly: mount.readOnly || request.readOnly || volume.readOnly, propagation: mount.propagationMode)
        }
    }
}
