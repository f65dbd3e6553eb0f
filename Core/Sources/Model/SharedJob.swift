/// A job version that many allocations share; a reference so that an allocation costs 8 bytes for it.
public final class SharedJob: Hashable, Sendable {
    public let job: Job
    /// Whether its allocations claim volumes: asked of every allocation, so that it is found out once.
    public let mountsVolumes: Bool
    public init(_ job: Job) { (self.job, mountsVolumes) = (job, job.mountsVolumes) }
    public static func == (a: SharedJob, b: SharedJob) -> Bool { a === b || a.job == b.job }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(job.key)
        hasher.combine(job.version)
    }
}

/// The metrics that the allocations of one evaluation and group share.
public final class SharedMetric: Hashable, Sendable {
    public let metric: AllocationMetric
    public init(_ metric: AllocationMetric) { self.metric = metric }
    public static func == (a: SharedMetric, b: SharedMetric) -> Bool { a === b || a.metric == b.metric }
    public func hash(into hasher: inout Hasher) { hasher.combine(metric.nodesEvaluated) }
}
