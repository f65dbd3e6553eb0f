import Base
import Model
import Scheduling
import State

extension ControlPlane {
    /// Schedules what is ready, as many evaluations as one step may take.
    mutating func schedule() {
        releaseDelayed()
        queue.unblock(classes: freedClasses, nodes: freedNodes, volumes: takeFreedVolumes())
        freedClasses = []
        freedNodes = []
        guard !head.schedulerConfiguration.pauseEvalBroker else { return }
        var allocations = 0
        for _ in 0..<configuration.evaluationsPerStep where allocations < configuration.allocationsPerStep {
            guard let id = queue.pop() else { return }
            guard let evaluation = head.evaluation(id), !evaluation.status.isTerminal else { continue }
            allocations += schedule(evaluation)
        }
    }

    /// Makes evaluations ready whose time has come.
    private mutating func releaseDelayed() {
        guard let next = queue.nextDelayed(), next <= now else { return }
        // Held here and no longer: every change to a state that is held copies what it changes.
        let state = head
        queue.release(at: now) { state.evaluation($0)?.priority ?? 0 }
    }

    /// Schedules one evaluation and commits its plan. Returns how many allocations it changed.
    private mutating func schedule(_ evaluation: Evaluation) -> Int {
        var plan = scheduler.plan(evaluation, state: head, now: now, generator: &generator)
        if plan.evaluation.status == .pending {
            // Left as it is, it would come up again and again.
            plan.evaluation.status = .failed
            plan.evaluation.statusDescription = "the scheduler left the evaluation pending"
        }
        if plan.evaluation.status == .failed, plan.evaluation.blockedEval.isZero { addFollowUp(to: &plan) }
        let isPlain = plan.allocations.isEmpty && plan.deployments.isEmpty
        commit(isPlain ? "EvaluationUpdated" : "PlanResult", plan.changes)
        return plan.allocations.count
    }

    /// A failed evaluation is tried again later, so that nothing is forgotten.
    private mutating func addFollowUp(to plan: inout Plan) {
        guard head.job(plan.evaluation.job) != nil else { return }
        var next = Evaluation()
        next.id = EvaluationID(using: &generator)
        next.namespace = plan.evaluation.namespace
        next.jobID = plan.evaluation.jobID
        next.jobModifyIndex = plan.evaluation.jobModifyIndex
        next.priority = plan.evaluation.priority
        next.type = plan.evaluation.type
        next.triggeredBy = .failedFollowUp
        next.previousEval = plan.evaluation.id
        let jitter = Int64.random(in: 0...configuration.followUpJitter.nanoseconds, using: &generator)
        next.waitUntil = Timestamp(now + configuration.followUpDelay + TimeSpan(nanoseconds: jitter))
        plan.evaluation.nextEval = next.id
        plan.evaluations.append(next)
    }

    /// A new evaluation of a job.
    /// - Parameter priority: nil or 0: the job's.
    /// - Parameter modifyIndex: the job's specification index, when it changes in the same entry.
    mutating func evaluation(
        of job: Job, _ trigger: EvaluationTrigger, priority: Int? = nil, modifyIndex: LogIndex? = nil
    ) -> Evaluation {
        var evaluation = Evaluation()
        evaluation.id = EvaluationID(using: &generator)
        evaluation.namespace = job.namespace
        evaluation.jobID = job.id
        evaluation.jobModifyIndex = modifyIndex ?? job.jobModifyIndex
        evaluation.priority = priority.flatMap { $0 == 0 ? nil : $0 } ?? job.priority
        evaluation.type = job.kind
        evaluation.triggeredBy = trigger
        return evaluation
    }

    /// Refuses a command that would add evaluations to an overloaded leader.
    func checkRoomForEvaluations() throws(CommandError) {
        try checkRoomInQueue()
        guard queue.waitingCount < configuration.evaluationsWaitingMax else {
            throw CommandError(
                429, "too many evaluations are waiting (\(queue.waitingCount)); try again in a few seconds")
        }
    }

    private func checkRoomInQueue() throws(CommandError) {
        guard queue.readyCount < configuration.evaluationsReadyMax else {
            throw CommandError(
                429, "too many evaluations are to be scheduled (\(queue.readyCount)); try again in a few seconds")
        }
    }

    /// Refuses a job that would only wait when too many wait already. One that can be placed at once is let in, so
    /// that a flood of jobs that fit nowhere does not lock out the others.
    mutating func checkRoomForEvaluation(of job: Job) throws(CommandError) {
        try checkRoomInQueue()
        guard queue.waitingCount >= configuration.evaluationsWaitingMax else { return }
        let plan = scheduler.dryRun(job, state: head, now: now)
        guard plan.evaluation.failedTGAllocs.isEmpty else {
            throw CommandError(
                429,
                "too many evaluations are waiting (\(queue.waitingCount)), and job \"\(job.id)\" would have to wait too: "
                    + "add nodes or stop jobs that fit nowhere, and try again")
        }
    }

    func checkEvalPriority(_ priority: Int?) throws(CommandError) {
        guard let priority, priority != 0 else { return }
        guard (1...configuration.jobPriorityMax).contains(priority) else {
            throw CommandError(400, "evaluation priority must be between 1 and \(configuration.jobPriorityMax)")
        }
    }
}
