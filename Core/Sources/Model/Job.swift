public import Base

/// Which scheduler places a job.
public enum JobType: String, Codable, Sendable, CaseIterable {
    /// Kept running, `count` instances wherever they fit.
    case service
    /// Runs to completion, `count` instances wherever they fit.
    case batch
    /// Kept running, one instance on every feasible node.
    case system
    /// Runs to completion once on every feasible node.
    case sysbatch

    /// Whether instances are bound to nodes rather than counted.
    public var isPerNode: Bool { self == .system || self == .sysbatch }
    /// Whether a successful end is the goal.
    public var runsToCompletion: Bool { self == .batch || self == .sysbatch }
}

/// A job as the cluster stores it: canonical, validated, versioned.
///
/// Made from a canonical tree (see `JobWire`); field names and zero values follow the HTTP API.
public struct Job: Codable, Hashable, Sendable {
    public var id = ""
    public var name = ""
    public var region = "global"
    public var namespace = "default"
    /// One of `JobType`; kept as text so that validation can say what is wrong with it.
    public var type = JobType.service.rawValue
    /// 1 to 100 unless the server allows more; higher goes first.
    public var priority = 50
    public var allAtOnce = false
    /// Names or globs; `*` is any.
    public var datacenters: [String] = []
    public var nodePool = "default"
    public var constraints: [Constraint] = []
    public var affinities: [Affinity] = []
    public var spreads: [Spread] = []
    public var taskGroups: [GroupSpec] = []
    /// What the job level keeps of its update block: stagger and max_parallel; groups hold the merged policy.
    public var update = UpdatePolicy()
    public var periodic: PeriodicSpec?
    public var parameterizedJob: ParameterizedSpec?
    public var multiregion: JSON?
    public var meta: [String: String] = [:]
    public var ui: JSON?
    /// Base64 of a dispatched job's payload.
    public var payload: String?
    public var parentID = ""
    public var dispatched = false
    public var dispatchIdempotencyToken = ""
    public var stop = false
    public var consulNamespace = ""
    public var consulToken = ""
    public var vaultNamespace = ""
    public var vaultToken = ""
    public var nomadTokenID = ""

    /// `pending`, `running` or `dead`; derived from allocations and evaluations at every change.
    public var status = JobStatus.pending.rawValue
    public var statusDescription = ""
    /// Whether a deployment of this version succeeded: a target for auto-revert.
    public var stable = false
    /// 0 for the first; a changed specification gets the next.
    public var version: UInt64 = 0
    public var versionTag: JSON?
    /// When this version was submitted, nanoseconds since the epoch.
    public var submitTime: Int64 = 0
    public var createIndex: LogIndex = 0
    /// Changes with anything, status too.
    public var modifyIndex: LogIndex = 0
    /// Changes with the specification only.
    public var jobModifyIndex: LogIndex = 0

    public init() {}

    public var key: JobKey { JobKey(namespace: namespace, id: id) }
    /// The scheduler; an invalid text counts as service (validation has refused it before).
    public var kind: JobType { JobType(rawValue: type) ?? .service }
    public var isPeriodic: Bool { periodic != nil }
    public var isParameterized: Bool { parameterizedJob != nil && !dispatched }
    /// A job that launches children instead of running itself.
    public var isLauncher: Bool { (periodic?.enabled ?? false) || isParameterized }

    public func group(_ name: String) -> GroupSpec? { taskGroups.first { $0.name == name } }
}

public enum JobStatus: String, Codable, Sendable {
    case pending, running, dead
}

/// The launch times of a periodic job.
public struct PeriodicSpec: Codable, Hashable, Sendable {
    public var enabled = true
    /// One cron line (deprecated form).
    public var spec = ""
    public var specs: [String] = []
    public var specType = "cron"
    public var prohibitOverlap = false
    /// IANA name; "Local" is the server's.
    public var timeZone = "UTC"

    public init() {}
    public var lines: [String] { specs.isEmpty ? (spec.isEmpty ? [] : [spec]) : specs }
}

/// What a dispatch of a parameterized job must and may carry.
public struct ParameterizedSpec: Codable, Hashable, Sendable {
    /// `optional`, `required` or `forbidden`.
    public var payload = "optional"
    public var metaRequired: [String] = []
    public var metaOptional: [String] = []

    public init() {}
}

/// A rule that a node (or a device) must meet. See reference: operators of `constraint`.
public struct Constraint: Codable, Hashable, Sendable {
    /// Left side, usually a reference such as `${attr.kernel.name}`.
    public var lTarget = ""
    public var rTarget = ""
    public var operand = "="

    public init(lTarget: String = "", operand: String = "=", rTarget: String = "") {
        self.lTarget = lTarget
        self.operand = operand
        self.rTarget = rTarget
    }

    /// `${attr.kernel.name} = linux`: how it is named in explanations.
    public var text: String { "\(lTarget) \(operand) \(rTarget)" }
}

/// A preference for nodes that match; weight −100 to 100, not 0.
public struct Affinity: Codable, Hashable, Sendable {
    public var lTarget = ""
    public var rTarget = ""
    public var operand = "="
    public var weight = 50

    public init() {}
}

/// A preference for an even or given distribution over the values of an attribute.
public struct Spread: Codable, Hashable, Sendable {
    public var attribute = ""
    /// 1 to 100.
    public var weight = 50
    /// Empty means even.
    public var spreadTarget: [SpreadTarget] = []

    public init() {}
}

public struct SpreadTarget: Codable, Hashable, Sendable {
    public var value = ""
    /// 0 to 100.
    public var percent = 0

    public init() {}
}
