import AgentCore
import Base
import Drivers
import Glibc
import Logging
import Model
import NodeAgent
import Synchronization
import TestHost

/// Servers that want what a test says and remember what the node told them.
final class ScriptedServers: ServerLink {
    struct State {
        var wanted: [AllocationID: Allocation] = [:]
        var index: LogIndex = 1
        var updates: [AllocationID: AllocationUpdate] = [:]
        var nodes: [Node] = []
        var isReachable = true
        var statuses: [AllocationID: ClientStatus] = [:]
    }

    let state = Mutex(State())

    func want(_ allocation: Allocation) {
        state.withLock { state in
            state.index += 1
            var allocation = allocation
            allocation.allocModifyIndex = state.index
            state.wanted[allocation.id] = allocation
        }
    }

    func update(_ id: AllocationID) -> AllocationUpdate? { state.withLock { $0.updates[id] } }

    private func checkReachable() throws(ServerLinkError) {
        if !state.withLock({ $0.isReachable }) { throw ServerLinkError(.unreachable, "cut off by the test") }
    }

    func register(_ node: Node) async throws(ServerLinkError) -> HeartbeatGrant {
        try checkReachable()
        state.withLock { $0.nodes.append(node) }
        return HeartbeatGrant(ttl: .seconds(2))
    }

    func heartbeat(_ node: NodeID, secretID: String) async throws(ServerLinkError) -> HeartbeatGrant {
        try checkReachable()
        return HeartbeatGrant(ttl: .seconds(2))
    }

    func report(_ updates: [AllocationUpdate], from node: NodeID, secretID: String) async throws(ServerLinkError) {
        try checkReachable()
        state.withLock { state in for update in updates { state.updates[update.id] = update } }
    }

    func watch(
        _ node: NodeID, secretID: String, receive: @Sendable (DesiredAllocations) async -> Void
    ) async throws(ServerLinkError) {
        var seen: LogIndex = 0
        while !Task.isCancelled {
            try checkReachable()
            let (index, allocations) = state.withLock { ($0.index, Array($0.wanted.values)) }
            if index != seen {
                await receive(DesiredAllocations(index: index, isComplete: true, allocations: allocations))
                seen = index
            }
            try? await Task.sleep(nanoseconds: 20_000_000)
        }
        throw ServerLinkError(.cancelled, "cancelled")
    }

    func status(of allocation: AllocationID) async throws(ServerLinkError) -> ClientStatus? {
        state.withLock { $0.statuses[allocation] }
    }
}

/// A directory, drivers and servers for one test; everything is gone at the end.
struct Bench: Sendable {
    let directory: String
    let servers = ScriptedServers()
    let logger: Logger
    /// The shim is built beside the tests.
    static var shim: String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/caravan-shim"
    }

    static var isPossible: Bool { access(shim, X_OK) == 0 }

    init() {
        var template = Array("/tmp/caravan-agent-XXXXXX".utf8CString)
        directory = String(cString: mkdtemp(&template))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        self.logger = logger
    }

    /// An agent as a new process would make it: of the old one it only has the directory.
    func agent(_ change: (inout NodeAgentConfiguration) -> Void = { _ in }) async throws -> NodeAgent {
        var configuration = NodeAgentConfiguration(
            stateDirectory: directory + "/client", allocationsDirectory: directory + "/alloc")
        configuration.networkInterface = "lo"
        change(&configuration)
        let drivers = DriverSet([rawExec], environment: environment)
        return try await NodeAgent(configuration: configuration, drivers: drivers, link: servers, logger: logger)
    }

    var environment: DriverEnvironment {
        DriverEnvironment(
            stateDirectory: directory + "/drivers", shim: Self.shim, coreMHz: 1000, cgroupParent: cgroup,
            logger: logger, report: { _ in })
    }

    /// Above the tasks' cgroups.
    private var cgroup: String { String(directory.dropFirst("/tmp/".count)) }

    var rawExec: RawExecDriver { RawExecDriver(settings: RawExecSettings(enabled: true), environment: environment) }

    func remove() {
        MountTable.detach(under: directory)
        for hierarchy in ["", "cpu", "cpuacct", "memory", "pids", "unified"] {
            rmdir("/sys/fs/cgroup/\(hierarchy)/\(cgroup)")
        }
        var child = pid_t()
        let words: [String] = ["rm", "-rf", directory]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        posix_spawnp(&child, "rm", nil, nil, &arguments, environ)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        for argument in arguments { free(argument) }
    }

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Missing(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while true {
            let byte = fgetc(file)
            if byte == EOF { return bytes }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
    }

    struct Missing: Error { var path: String }
    struct TooLate: Error { var what: String }

    /// Waits until something is so; throws after `seconds`.
    static func until(_ what: String, seconds: Int = 60, _ isSo: @Sendable () async throws -> Bool) async throws {
        for _ in 0..<(seconds * 50) {
            if try await isSo() { return }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        throw TooLate(what: what)
    }
}

func allocation(
    _ number: UInt64 = 1, type: JobType = .service, command: String, attempts: Int = 0,
    _ change: (inout TaskSpec) -> Void = { _ in }
) -> Allocation {
    var job = Job()
    job.id = "web"
    job.name = "web"
    job.type = type.rawValue
    var task = TaskSpec()
    task.name = "main"
    task.driver = "raw_exec"
    task.config = ["command": "/bin/sh", "args": ["-c", .string(command)]]
    task.killTimeout = .seconds(2)
    change(&task)
    var group = GroupSpec()
    group.name = "front"
    group.tasks = [task]
    group.restartPolicy.attempts = attempts
    group.restartPolicy.delay = .milliseconds(50)
    job.taskGroups = [group]
    var allocation = Allocation(job: SharedJob(job))
    allocation.id = AllocationID(high: 0xA110_C000_0000_4000, low: number)
    allocation.taskGroup = "front"
    allocation.createIndex = number
    var resources = AllocatedTask()
    resources.cpuShares = 100
    resources.memoryMB = 64
    allocation.resources.tasks["main"] = resources
    return allocation
}
