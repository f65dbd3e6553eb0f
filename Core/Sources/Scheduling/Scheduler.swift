public import Base
public import Model
public import State

/// Turns evaluations into plans.
///
/// A value, owned by whoever leads. What it keeps between calls is a cache of the cluster's nodes in
/// columns; the cache changes how fast an answer comes, never the answer.
public struct Scheduler: Sendable {
    public init() {}

    /// Schedules one evaluation against a state.
    ///
    /// The plan is what the state should become; applying it is the caller's business. Ids of new
    /// allocations, evaluations and deployments come from `generator`.
    public mutating func plan(
        _ evaluation: Evaluation, state: State, now: Instant, generator: inout SeededGenerator
    ) -> Plan {
        var plan = Plan(evaluation: evaluation)
        plan.evaluation.status = .failed
        plan.evaluation.statusDescription = "the scheduler does not place \(evaluation.type.rawValue) jobs yet"
        return plan
    }

    /// What would happen if the job were registered now, with annotations and failed groups.
    ///
    /// Nothing of the result is to be applied: its ids mean nothing.
    public mutating func dryRun(_ job: Job, state: State, now: Instant) -> Plan {
        var evaluation = Evaluation()
        evaluation.namespace = job.namespace
        evaluation.jobID = job.id
        evaluation.type = job.kind
        evaluation.priority = job.priority
        var generator = SeededGenerator(seed: 1)
        return plan(evaluation, state: state, now: now, generator: &generator)
    }
}
