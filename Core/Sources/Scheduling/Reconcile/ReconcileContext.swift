import Base
import Model
import State

/// What the reconcilers of a job's groups share.
struct ReconcileContext {
    let state: State
    let evaluation: Evaluation
    let now: Instant
    let job: Job
    /// The active rollout of the job's present version.
    let deployment: Deployment?
    /// The failed rollout of the job's present version.
    let failedDeployment: Deployment?
    /// The present version has or had a rollout.
    let versionHasDeployment: Bool
    /// Seeds the ids of follow-up evaluations.
    private let ids: UInt64

    /// Allocations that are due within this time of each other are rescheduled by one evaluation.
    static let followupWindow = TimeSpan.seconds(5)

    init(_ job: Job, _ evaluation: Evaluation, _ state: State, _ now: Instant, ids: UInt64) {
        (self.state, self.evaluation, self.now, self.job, self.ids) = (state, evaluation, now, job, ids)
        let ofVersion = state.deployments(ofJob: job.key).last {
            $0.jobVersion == job.version && $0.jobCreateIndex == job.createIndex
        }
        versionHasDeployment = ofVersion != nil
        deployment = ofVersion.flatMap { $0.status.isActive ? $0 : nil }
        failedDeployment = ofVersion.flatMap { $0.status == .failed ? $0 : nil }
    }

    /// Whether the job is going to be evaluated at a time or shortly after.
    func isEvaluated(around time: Instant) -> Bool {
        state.evaluations(ofJob: job.key).contains { other in
            guard other.id != evaluation.id, other.status == .pending, let due = other.waitUntil?.instant else {
                return false
            }
            return due + RescheduleRule.window >= time && due - time < Self.followupWindow
        }
    }

    /// An evaluation of the same job for later.
    func followup(
        at time: Instant, _ description: String, _ trigger: EvaluationTrigger = .allocFailure
    ) -> Evaluation {
        var result = Evaluation()
        var hash = StableHash()
        hash.combine(ids)
        hash.combine(time.nanoseconds)
        hash.combine(trigger.rawValue)
        var generator = SeededGenerator(seed: hash.value)
        result.id = EvaluationID(using: &generator)
        (result.namespace, result.jobID) = (job.namespace, job.id)
        (result.priority, result.type) = (job.priority, job.kind)
        result.triggeredBy = trigger
        result.jobModifyIndex = job.modifyIndex
        result.status = .pending
        result.statusDescription = description
        result.waitUntil = Timestamp(time)
        result.previousEval = evaluation.id
        return result
    }
}
