import Base
import Model
import State

/// A wish to change the count of a group, or a note about scaling.
struct ScaleRequest {
    let key: JobKey
    let group: String
    let count: Int?
    let message: String
    let error: Bool
    let meta: JSON?
    /// The modify index that the job must have.
    let enforceIndex: LogIndex?

    init(
        _ key: JobKey, group: String, count: Int?, message: String, error: Bool, meta: JSON?, enforceIndex: LogIndex?
    ) {
        (self.key, self.group, self.count) = (key, group, count)
        (self.message, self.error, self.meta) = (message, error, meta)
        self.enforceIndex = enforceIndex
    }
}

extension ControlPlane {
    mutating func scaleJob(_ request: ScaleRequest) throws(CommandError) -> Reply {
        let key = request.key
        guard !request.group.isEmpty else { throw CommandError(400, "missing task group name for scaling action") }
        if let count = request.count {
            guard count >= 0 else { throw CommandError(400, "scaling action count can't be negative") }
            guard !request.error else {
                throw CommandError(400, "scaling action should not contain count if error is true")
            }
        }
        guard let job = head.job(key)?.job else { throw CommandError(404, "job \"\(key.id)\" not found") }
        guard let at = job.taskGroups.firstIndex(where: { $0.name == request.group }) else {
            throw CommandError(400, "task group \"\(request.group)\" specified for scaling does not exist in job")
        }
        let group = job.taskGroups[at]
        guard let count = request.count else { return note(request, job: job, previous: group.count) }
        try checkRegistrationAllowed()
        try check(request.enforceIndex, against: job)
        if let reason = refusal(of: count, for: group, job: job) {
            var event = ScalingEvent()
            event.time = now.nanoseconds
            event.previousCount = group.count
            event.message = reason
            event.error = true
            commit("JobScaling", [.scalingEvent(key, group: group.name, event)])
            throw CommandError(400, reason)
        }
        return try setCount(count, of: at, in: job, request)
    }

    /// Why a group can't have a count.
    private func refusal(of count: Int, for group: GroupSpec, job: Job) -> String? {
        if let scaling = group.scaling {
            if count < scaling.min {
                return "group count was less than scaling policy minimum: \(count) < \(scaling.min)"
            }
            if count > scaling.max {
                return "group count was greater than scaling policy maximum: \(count) > \(scaling.max)"
            }
        }
        if job.kind.isPerNode, count > 1 { return "\(job.type) jobs can be scaled to 0 or 1 only" }
        if count > configuration.groupCountMax {
            return "group count \(count) is more than \(configuration.groupCountMax)"
        }
        let total = job.taskGroups.reduce(count - group.count) { $0 + $1.count }
        if configuration.jobCountMax > 0, total > configuration.jobCountMax, count > group.count {
            return "total count was greater than configured job_max_count: \(total) > \(configuration.jobCountMax)"
        }
        let deployment = head.latestDeployment(ofJob: job.key)
        if let deployment, deployment.status.isActive, deployment.jobCreateIndex == job.createIndex {
            return "job scaling blocked due to active deployment"
        }
        return nil
    }

    private mutating func setCount(
        _ count: Int, of at: Int, in old: Job, _ request: ScaleRequest
    ) throws(CommandError) -> Reply {
        try checkRoomForEvaluations()
        var job = old
        var changes: [Change] = []
        var reply = Reply()
        if old.taskGroups[at].count != count {
            job.taskGroups[at].count = count
            job.version += 1
            job.submitTime = now.nanoseconds
            (job.stable, job.versionTag) = (false, nil)
            job.jobModifyIndex = nextIndex
            changes.append(.job(job))
            reply.jobModifyIndex = nextIndex
        } else {
            reply.jobModifyIndex = old.modifyIndex
        }
        var event = ScalingEvent()
        event.time = now.nanoseconds
        event.count = count
        event.previousCount = old.taskGroups[at].count
        event.message = request.message
        event.meta = request.meta
        if !job.isPeriodic, !job.isParameterized {
            let evaluation = evaluation(of: job, .jobScaling)
            changes.append(.evaluations([evaluation]))
            event.evalID = evaluation.id
            reply.evaluation = evaluation.id
            reply.evaluationIndex = nextIndex
        }
        changes.append(.scalingEvent(job.key, group: request.group, event))
        reply.index = commit("JobRegistered", changes)
        return reply
    }

    /// An event without a change: an autoscaler says something.
    private mutating func note(_ request: ScaleRequest, job: Job, previous: Int) -> Reply {
        var event = ScalingEvent()
        event.time = now.nanoseconds
        event.previousCount = previous
        event.message = request.message
        event.error = request.error
        event.meta = request.meta
        var reply = Reply()
        reply.jobModifyIndex = job.modifyIndex
        reply.index = commit("JobScaling", [.scalingEvent(job.key, group: request.group, event)])
        return reply
    }
}
