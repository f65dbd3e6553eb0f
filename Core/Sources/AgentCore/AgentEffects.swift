public import Base
public import Model

/// What the shell has to do after a step. Arrays of different kinds may be performed in any order and
/// concurrently, but for what concerns one task: there the order is cancel, stop, destroy, recover, start.
public struct AgentEffects: Sendable {
    /// Make directories and network of allocations; answer with `.built`.
    public var builds: [AllocationID] = []
    /// Start tasks; answer with `.started` (after the handle is on disk) or `.startFailed`. The shell also
    /// waits for the end and answers with `.exited`.
    public var starts: [TaskStartOrder] = []
    /// Give up a start that is under way; it still has to be answered.
    public var cancellations: [TaskAttempt] = []
    /// Find tasks again after a restart of the agent; answer with `.recovered`, and `.exited` in the end, or
    /// with `.recoveryFailed`.
    public var recoveries: [TaskRecovery] = []
    public var stops: [TaskStopOrder] = []
    /// Send signals. The shell answers the requests that they belong to once all of one request are sent.
    public var signals: [TaskSignalOrder] = []
    /// Remove what the driver holds for a task that has ended.
    public var destroys: [TaskRecovery] = []
    public var checks: [CheckOrder] = []
    /// Find out when these have ended, on whatever node; answer with `.upstreamEnded`.
    public var upstreamWatches: [AllocationID] = []
    /// Nothing of the allocation runs any more: take its network down. Its directory stays.
    public var teardowns: [AllocationID] = []
    /// Remove directory and records; answer with `.removed`.
    public var removals: [AllocationID] = []
    public var updates: [AllocationUpdate] = []
    /// Write `NodeMachine.snapshot(of:)` to disk: whole, or, for the second list, without the specification.
    public var specificationSaves: [AllocationID] = []
    public var stateSaves: [AllocationID] = []
    public var replies: [AgentReply] = []

    public init() {}
}

/// One start of a task.
public struct TaskAttempt: Hashable, Sendable {
    public var key: TaskKey
    /// `<allocation>/<task>/<8 hexadecimal digits>`, unique.
    public var attempt: String

    public init(key: TaskKey, attempt: String) {
        self.key = key
        self.attempt = attempt
    }
}

public struct TaskStartOrder: Hashable, Sendable {
    public var key: TaskKey
    public var attempt: String
    /// Whether the task's directory has to be made first.
    public var isFirst: Bool
}

public struct TaskRecovery: Hashable, Sendable {
    public var key: TaskKey
    public var attempt: String
    public var handle: String
}

public struct TaskStopOrder: Hashable, Sendable {
    public var key: TaskKey
    public var attempt: String
    public var handle: String
    /// Nil: the driver's default.
    public var signal: String?
    /// How long to wait before it is killed; already capped by the node's maximum.
    public var timeout: TimeSpan
}

public struct TaskSignalOrder: Hashable, Sendable {
    public var key: TaskKey
    public var handle: String
    public var name: String
    public var request: UInt64
}

/// The answer to an `AgentRequest`; nil for success.
public struct AgentReply: Hashable, Sendable {
    public var request: UInt64
    public var error: NodeLocalError?
}
