public import Base

public enum NodeKind {}
public enum AllocationKind {}
public enum EvaluationKind {}
public enum DeploymentKind {}

public typealias NodeID = ID<NodeKind>
public typealias AllocationID = ID<AllocationKind>
public typealias EvaluationID = ID<EvaluationKind>
public typealias DeploymentID = ID<DeploymentKind>

/// What names a job in the cluster: ids are unique within a namespace.
public struct JobKey: Hashable, Comparable, Codable, Sendable {
    public var namespace: String
    public var id: String

    public init(namespace: String, id: String) {
        self.namespace = namespace
        self.id = id
    }

    public static func < (a: JobKey, b: JobKey) -> Bool {
        a.namespace != b.namespace ? a.namespace < b.namespace : a.id < b.id
    }
}

/// Position in the cluster's log. Every entry has one; objects remember the one that made and changed them.
public typealias LogIndex = UInt64
