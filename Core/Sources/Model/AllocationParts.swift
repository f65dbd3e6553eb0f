public import Base

public enum DesiredStatus: String, Codable, Sendable, CaseIterable {
    case run, stop, evict
}

public enum ClientStatus: String, Codable, Sendable, CaseIterable {
    case pending, running, complete, failed, lost, unknown
    /// The node will do nothing more for it.
    public var isTerminal: Bool { self == .complete || self == .failed || self == .lost }
}

/// Wishes of operators and of the drainer, acted on by the next evaluation.
public struct DesiredTransition: Codable, Hashable, Sendable {
    public var migrate: Bool?
    public var reschedule: Bool?
    public var forceReschedule: Bool?
    public var noShutdownDelay: Bool?

    public init() {}
}

/// What the deployment (or migration) thinks of the allocation.
public struct AllocationHealth: Codable, Hashable, Sendable {
    /// Nil until decided.
    public var healthy: Bool?
    public var timestamp = Timestamp.zero
    public var canary = false
    public var modifyIndex: LogIndex = 0

    public init() {}
}

public struct RescheduleTracker: Codable, Hashable, Sendable {
    public var events: [RescheduleEvent] = []
    public var lastReschedule = ""

    public init() {}
}

public struct RescheduleEvent: Codable, Hashable, Sendable {
    /// Nanoseconds since the epoch.
    public var rescheduleTime: Int64 = 0
    public var prevAllocID = AllocationID.zero
    public var prevNodeID = NodeID.zero
    public var delay = TimeSpan.zero

    public init() {}
}

public struct NetworkStatus: Codable, Hashable, Sendable {
    public var interfaceName = ""
    public var address = ""
    public var addressIPv6 = ""
    public var dns: DNSSpec?

    public init() {}
}

public struct AllocationStateChange: Codable, Hashable, Sendable {
    public var field = ""
    public var value = ""
    public var time = Timestamp.zero

    public init() {}
}
