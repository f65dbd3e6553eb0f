public import Base
public import Model

/// Names a task of an allocation.
public struct TaskKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var allocation: AllocationID
    public var task: String

    public init(_ allocation: AllocationID, _ task: String) {
        self.allocation = allocation
        self.task = task
    }

    public static func < (a: TaskKey, b: TaskKey) -> Bool {
        a.allocation != b.allocation ? a.allocation < b.allocation : a.task < b.task
    }
    public var description: String { "\(allocation.short)/\(task)" }
}

/// What happens to a node's agent.
public enum AgentInput: Sendable {
    /// What the agent had written down before it was restarted; comes first, at most once.
    case restored([AllocationSnapshot])
    /// The servers spoke.
    case desired(DesiredAllocations)
    /// A heartbeat was answered.
    case serverReached
    /// Directories and network of an allocation are there, or why not.
    case built(AllocationID, Result<AllocationSetup, SetupFailure>)
    case task(TaskKey, TaskInput)
    /// The predecessor of some allocation has ended, is unknown or gone.
    case upstreamEnded(AllocationID)
    case checked(CheckKey, CheckResult)
    /// A user asks; the answer is an `AgentReply` with the same number.
    case request(UInt64, AgentRequest)
    /// Everything of the allocation is removed from the node.
    case removed(AllocationID)
    /// Time has passed; see `NodeMachine.nextWake`.
    case tick
}

/// What happens to a task. `attempt` is the start that the news is about: news of an older one are ignored.
public enum TaskInput: Hashable, Sendable {
    case started(attempt: String, StartedInfo)
    /// `recoverable`: the restart policy applies.
    case startFailed(attempt: String, StartPhase, message: String, recoverable: Bool)
    /// A task from before the agent's restart was found again (it may have ended: `exited` follows).
    case recovered(attempt: String)
    case recoveryFailed(attempt: String, message: String)
    case exited(attempt: String, TaskExit)
    /// The driver could not stop it; tried again after a while.
    case stopFailed(attempt: String, message: String)
    /// Something for the task's event list.
    case event(TaskEvent)
}

/// What a driver says about a task it started.
public struct StartedInfo: Codable, Hashable, Sendable {
    /// The driver's handle in text form; opaque here.
    public var handle: String
    /// The task's own address, if it has one.
    public var network: TaskAddress?

    public init(handle: String, network: TaskAddress? = nil) {
        self.handle = handle
        self.network = network
    }
}

/// Where a task is reached that its driver gave an address of its own.
public struct TaskAddress: Codable, Hashable, Sendable {
    public var address: String
    /// Port label to the port at `address`.
    public var ports: [String: Int]
    /// Whether services with `address_mode = "auto"` advertise this address.
    public var advertises: Bool

    public init(address: String, ports: [String: Int], advertises: Bool) {
        self.address = address
        self.ports = ports
        self.advertises = advertises
    }
}

/// What building an allocation's surroundings gave.
public struct AllocationSetup: Hashable, Sendable {
    public var network: NetworkStatus?

    public init(network: NetworkStatus? = nil) { self.network = network }
}

/// Why an allocation's surroundings could not be built.
public struct SetupFailure: Error, Hashable, Sendable {
    public var message: String
    public init(_ message: String) { self.message = message }
}

/// What users ask of an allocation.
public enum AgentRequest: Hashable, Sendable {
    case restart(AllocationID, RestartSelection)
    case signal(AllocationID, task: String?, name: String)
    case collect(AllocationID)
    case collectAll
}
