public import Base

/// What a node reports of an allocation.
public struct AllocationUpdate: Codable, Hashable, Sendable {
    public var id = AllocationID.zero
    public var clientStatus = ClientStatus.pending
    public var clientDescription = ""
    public var taskStates: [String: TaskState] = [:]
    /// Set when the node decided the health of an allocation in a deployment.
    public var deploymentHealthy: Bool?
    public var deploymentHealthTime = Timestamp.zero
    public var networkStatus: NetworkStatus?

    public init() {}
}
