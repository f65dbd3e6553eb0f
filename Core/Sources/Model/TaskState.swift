public import Base

public enum TaskPhase: String, Codable, Sendable {
    case pending, running, dead
}

/// Where a task of an allocation stands, as its node reports.
public struct TaskState: Codable, Hashable, Sendable {
    public var state = TaskPhase.pending
    public var failed = false
    public var restarts = 0
    public var lastRestart: Timestamp?
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// The last ten, oldest first.
    public var events: [TaskEvent] = []

    public init() {}

    public static let eventsMax = 10

    public mutating func record(_ event: TaskEvent) {
        events.append(event)
        if events.count > Self.eventsMax { events.removeFirst(events.count - Self.eventsMax) }
    }
}

/// Something that happened to a task.
public struct TaskEvent: Codable, Hashable, Sendable {
    /// `Received`, `Task Setup`, `Started`, `Terminated`, … (reference: runtime, section 7).
    public var type = ""
    /// Nanoseconds since the epoch.
    public var time: Int64 = 0
    public var message = ""
    /// The sentence shown to people.
    public var displayMessage = ""
    /// Machine-readable particulars: `exit_code`, `signal`, `restart_reason`, …
    public var details: [String: String] = [:]
    /// The task can't go on after this.
    public var failsTask = false

    public init(
        type: String = "", time: Int64 = 0, message: String = "", displayMessage: String = "",
        details: [String: String] = [:], failsTask: Bool = false
    ) {
        (self.type, self.time, self.message) = (type, time, message)
        (self.displayMessage, self.details, self.failsTask) = (displayMessage, details, failsTask)
    }
}
