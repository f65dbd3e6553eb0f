import Base
import Model
import State

extension EvaluationRun {
    static let blockedText = "created to place remaining allocations"
    static let overtakenText = "a newer evaluation of the job took over"

    /// Leaves one blocked evaluation if something could not be placed, and none otherwise.
    mutating func settleBlockedEvaluations() {
        let isShort = !plan.evaluation.failedTGAllocs.isEmpty
        if isShort, !(job?.job.kind.isPerNode ?? false) {
            if evaluation.triggeredBy == .queuedAllocs {
                // It was woken in vain: it goes on waiting, with what is known now.
                plan.evaluation.status = .blocked
                plan.evaluation.statusDescription = Self.blockedText
                note(&plan.evaluation)
            } else {
                let blocked = blockedEvaluation()
                plan.evaluation.blockedEval = blocked.id
                plan.evaluations.append(blocked)
            }
        }
        let made = Set(plan.evaluations.map(\.id))
        for var older in state.evaluations(ofJob: evaluation.job)
        where older.status == .blocked && older.id != evaluation.id && !made.contains(older.id) {
            older.status = .canceled
            older.statusDescription = Self.overtakenText
            plan.evaluations.append(older)
        }
    }

    /// An evaluation that waits for room.
    mutating func blockedEvaluation() -> Evaluation {
        var blocked = Evaluation()
        blocked.id = EvaluationID(using: &generator)
        (blocked.namespace, blocked.jobID) = (evaluation.namespace, evaluation.jobID)
        (blocked.priority, blocked.type) = (evaluation.priority, job?.job.kind ?? evaluation.type)
        blocked.triggeredBy = .queuedAllocs
        blocked.jobModifyIndex = evaluation.jobModifyIndex
        blocked.status = .blocked
        blocked.statusDescription = Self.blockedText
        blocked.previousEval = evaluation.id
        blocked.snapshotIndex = state.index
        blocked.failedTGAllocs = plan.evaluation.failedTGAllocs
        note(&blocked)
        return blocked
    }

    /// What is known of the classes of nodes for the groups that are short.
    private func note(_ blocked: inout Evaluation) {
        (blocked.classEligibility, blocked.escapedComputedClass) = ([:], false)
        for placer in placers where plan.evaluation.failedTGAllocs[placer.need.group.name] != nil {
            if placer.feasibility.escapesClass { blocked.escapedComputedClass = true }
            for (name, isEligible) in placer.feasibility.classes(placer.candidates, proposed.columns) {
                blocked.classEligibility[name] = isEligible || blocked.classEligibility[name] ?? false
            }
        }
        if blocked.escapedComputedClass { blocked.classEligibility = [:] }
    }
}
