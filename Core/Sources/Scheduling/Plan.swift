public import Model
public import State

/// What the scheduler decided for one evaluation, ready to become one log entry.
public struct Plan: Hashable, Sendable {
    /// The evaluation as it stands after scheduling: status, failed groups, queued counts, blocked evaluation.
    public var evaluation: Evaluation
    /// Allocations with their new content: placed, stopped, evicted, moved to the new job version.
    public var allocations: [Allocation] = []
    /// Deployments created or changed.
    public var deployments: [Deployment] = []
    /// New evaluations: the blocked one, delayed follow-ups, those of preempted jobs; and the older blocked
    /// evaluation of the job that the new one cancels.
    public var evaluations: [Evaluation] = []
    /// What it would do in numbers, for `job plan`.
    public var annotations = PlanAnnotations()

    public init(evaluation: Evaluation) { self.evaluation = evaluation }

    /// The plan as changes of state, evaluation last.
    public var changes: [Change] {
        var changes: [Change] = []
        if !deployments.isEmpty { changes.append(.deployments(deployments)) }
        if !allocations.isEmpty { changes.append(.allocations(allocations)) }
        changes.append(.evaluations(evaluations + [evaluation]))
        return changes
    }
}
