public import Base

/// Runs tasks of one kind on this node: the seam between the agent and docker, exec, raw_exec and the rest.
///
/// A driver keeps nothing that an agent restart could lose: all it needs to find a task again is in the
/// `DriverHandle` that `start` returned, and the agent persists that. After a restart the agent calls
/// `recover` once per handle, then goes on with `wait`, `stop` and the others as before.
///
/// All calls may be made concurrently and from any task. A call that is cancelled throws
/// `CancellationError` (inside a `DriverError` with the code `.cancelled`) and leaves the task as it is,
/// except `start`, which leaves nothing behind when it throws, cancelled or not.
public protocol Driver: Sendable {
    /// The name that a job's `driver` attribute uses: "docker", "exec", "raw_exec".
    var name: String { get }

    /// What the driver can do. Constant over its life.
    var capabilities: DriverCapabilities { get }

    /// Checks a task's `config` without touching the node: unknown keys, missing keys, wrong types.
    /// `config` has its references replaced already. Throws `.invalidConfig`, which is not recoverable.
    func validate(config: JSON) throws(DriverError)

    /// The driver's port map for legacy task networks, label to port inside: what `NOMAD_PORT_<label>`
    /// must say. Empty for drivers without one. Throws as `validate` does.
    func portMap(config: JSON) throws(DriverError) -> [String: Int]

    /// Looks whether the driver can work here. Asked at the start and then every half minute. Never throws:
    /// what is wrong is in the description.
    func fingerprint() async -> DriverFingerprint

    /// Makes the network namespace that a group's tasks share, where the driver can't use one that somebody else
    /// made (`capabilities.createsNetworks`); finds it if it is there. Called before the group's tasks start.
    func createNetwork(_ request: NetworkRequest) async throws(DriverError) -> CreatedNetwork

    /// Removes what `createNetwork` made. What is gone already is no error.
    func destroyNetwork(allocationID: String) async throws(DriverError)

    /// Starts a task. Returns when its first process runs; throws if it could not be started.
    func start(_ task: TaskStart) async throws(DriverError) -> StartedTask

    /// Finds a task again after the agent restarted. Throws `.notFound` if it can't be found any more (the
    /// agent then treats it as lost and may start a new one); a task that has ended meanwhile is found, and
    /// `wait` tells how it ended. What is left of a task that throws `.notFound` has been cleaned away.
    func recover(_ handle: DriverHandle) async throws(DriverError)

    /// Waits for the end of the task; returns at once if it has ended. May be called several times. By the
    /// time it returns the task's log files are complete.
    func wait(_ handle: DriverHandle) async throws(DriverError) -> ExitResult

    /// Sends `signal` (nil: the driver's default, SIGINT for processes, the image's stop signal for docker),
    /// waits up to `timeout`, then kills everything that belongs to the task. Returns when the task is dead;
    /// returns at once when it already was.
    func stop(_ handle: DriverHandle, signal: String?, timeout: TimeSpan) async throws(DriverError)

    /// Removes what the driver holds for a task (container, helper process, state files; log files stay).
    /// A running task is an error (`.stillRunning`) unless `force`, which kills it. A task that is gone
    /// already is no error.
    func destroy(_ handle: DriverHandle, force: Bool) async throws(DriverError)

    /// Sends a signal by name ("SIGHUP", also "HUP" or "1") to the task's main process.
    func signal(_ handle: DriverHandle, name: String) async throws(DriverError)

    /// What the task uses now. CPU percentages count since the previous call for the same task, or since
    /// its start at the first call.
    func stats(_ handle: DriverHandle) async throws(DriverError) -> ResourceUsage

    /// Runs a command in the task's environment until it ends, with its streams connected. `input` is read
    /// until it ends (which does not close the command's stdin: `.closeStandardInput` does) and left when
    /// the command ends; if it throws, or the call is cancelled, the command is killed. `output` is awaited
    /// before more is read from the command, so a slow reader slows the command down.
    func exec(
        _ handle: DriverHandle, _ command: ExecCommand, input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(DriverError) -> ExitResult
}

/// A namespace that a driver is asked for.
public struct NetworkRequest: Hashable, Sendable {
    public var allocationID: String
    /// Empty: whatever the driver gives.
    public var hostname: String

    public init(allocationID: String, hostname: String = "") {
        self.allocationID = allocationID
        self.hostname = hostname
    }
}

/// A namespace that a driver made.
public struct CreatedNetwork: Hashable, Sendable {
    /// Where the namespace is found while it exists: `/proc/<pid>/ns/net`.
    public var path: String
    /// False if it was there before.
    public var isNew: Bool

    public init(path: String, isNew: Bool) {
        self.path = path
        self.isNew = isNew
    }
}

extension Driver {
    public func createNetwork(_ request: NetworkRequest) async throws(DriverError) -> CreatedNetwork {
        throw DriverError(.unsupported, "the driver \(name) makes no networks")
    }

    public func destroyNetwork(allocationID: String) async throws(DriverError) {}

    public func portMap(config: JSON) throws(DriverError) -> [String: Int] { [:] }
}
