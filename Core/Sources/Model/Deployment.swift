public import Base

public enum DeploymentStatus: String, Codable, Sendable, CaseIterable {
    case running, paused, failed, successful, cancelled, pending, blocked, unblocking, initializing
    public var isActive: Bool {
        switch self {
        case .running, .paused, .pending, .blocked, .unblocking, .initializing: true
        case .failed, .successful, .cancelled: false
        }
    }
}

/// The rollout of one job version.
public struct Deployment: Codable, Hashable, Sendable {
    public var id = DeploymentID.zero
    public var namespace = "default"
    public var jobID = ""
    public var jobVersion: UInt64 = 0
    public var jobModifyIndex: LogIndex = 0
    public var jobSpecModifyIndex: LogIndex = 0
    public var jobCreateIndex: LogIndex = 0
    public var isMultiregion = false
    public var taskGroups: [String: DeploymentState] = [:]
    public var status = DeploymentStatus.running
    public var statusDescription = DeploymentText.running
    public var evalPriority = 0
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0
    public var createTime: Int64 = 0
    public var modifyTime: Int64 = 0

    public init() {}
    public var job: JobKey { JobKey(namespace: namespace, id: jobID) }
    /// Canaries are wanted and some group is not promoted.
    public var requiresPromotion: Bool { taskGroups.values.contains { $0.desiredCanaries > 0 && !$0.promoted } }
}

/// The rollout of one group.
public struct DeploymentState: Codable, Hashable, Sendable {
    public var autoRevert = false
    public var autoPromote = false
    public var progressDeadline = TimeSpan.zero
    public var requireProgressBy = Timestamp.zero
    public var promoted = false
    public var placedCanaries: [AllocationID] = []
    public var desiredCanaries = 0
    public var desiredTotal = 0
    public var placedAllocs = 0
    public var healthyAllocs = 0
    public var unhealthyAllocs = 0

    public init() {}
}

/// The texts of `statusDescription` that clients look for.
public enum DeploymentText {
    public static let running = "Deployment is running"
    public static let needsPromotion = "Deployment is running but requires manual promotion"
    public static let autoPromotion = "Deployment is running pending automatic promotion"
    public static let paused = "Deployment is paused"
    public static let successful = "Deployment completed successfully"
    public static let jobStopped = "Cancelled because job is stopped"
    public static let newerJob = "Cancelled due to newer version of job"
    public static let failedAllocations = "Failed due to unhealthy allocations"
    public static let progressDeadline = "Failed due to progress deadline"
    public static let failedByUser = "Deployment marked as failed"
}
