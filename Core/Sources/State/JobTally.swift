import HashTreeCollections
public import Model

/// Running counts of what belongs to a job, so that its status and summary cost nothing to read.
public struct JobTally: Hashable, Sendable {
    /// Allocations by group and client status.
    public internal(set) var groups: [String: GroupSummary] = [:]
    /// Allocations that keep the job alive: not client-terminal and not both stopped and pending.
    public internal(set) var liveAllocations = 0
    public internal(set) var openEvaluations = 0
    public internal(set) var evaluations = 0
    public internal(set) var activeDeployments = 0
    /// Children by status, for periodic and parameterized jobs.
    public internal(set) var children = ChildSummary()
    public internal(set) var createIndex: LogIndex = 0
    public internal(set) var modifyIndex: LogIndex = 0

    public init() {}

    /// The status a job has with these counts; see reference scheduling, section 15.
    public func status(of job: Job) -> JobStatus {
        if job.kind == .system || job.isPeriodic || job.isParameterized { return job.stop ? .dead : .running }
        if liveAllocations > 0 || activeDeployments > 0 { return .running }
        if openEvaluations > 0 { return .pending }
        return evaluations > 0 || job.stop ? .dead : .pending
    }

    mutating func count(_ allocation: Allocation, by step: Int) {
        if !allocation.isClientTerminal, !(allocation.desiredStatus != .run && allocation.clientStatus == .pending) {
            liveAllocations += step
        }
        var group = groups[allocation.taskGroup] ?? GroupSummary()
        switch allocation.clientStatus {
        case .pending: group.starting += step
        case .running: group.running += step
        case .complete: group.complete += step
        case .failed: group.failed += step
        case .lost: group.lost += step
        case .unknown: group.unknown += step
        }
        groups[allocation.taskGroup] = group
    }

    mutating func count(_ evaluation: Evaluation, by step: Int) {
        evaluations += step
        if !evaluation.status.isTerminal { openEvaluations += step }
    }

    mutating func count(_ deployment: Deployment, by step: Int) {
        if deployment.status.isActive { activeDeployments += step }
    }

    mutating func count(child: Job, by step: Int) {
        switch JobStatus(rawValue: child.status) ?? .pending {
        case .pending: children.pending += step
        case .running: children.running += step
        case .dead: children.dead += step
        }
    }
}

extension State {
    /// A job's summary as the API shows it; nil when there is no such job.
    public func summary(of key: JobKey) -> JobSummary? {
        // The job is not copied out of its box: lists ask for thousands of summaries.
        guard let shared = jobs[key] else { return nil }
        let tally = tally(of: key)
        var summary = JobSummary()
        summary.jobID = key.id
        summary.namespace = key.namespace
        summary.summary = tally.groups
        for at in shared.job.taskGroups.indices where summary.summary[shared.job.taskGroups[at].name] == nil {
            summary.summary[shared.job.taskGroups[at].name] = GroupSummary()
        }
        let hasChildren = shared.job.isPeriodic || shared.job.isParameterized
        summary.children = hasChildren ? tally.children : ChildSummary()
        (summary.createIndex, summary.modifyIndex) = (tally.createIndex, tally.modifyIndex)
        return summary
    }
}
