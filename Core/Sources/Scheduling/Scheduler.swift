public import Base
public import Model
public import State

/// Turns evaluations into plans.
///
/// A value, owned by whoever leads. What it keeps between calls is a cache of the cluster's nodes in
/// columns; the cache changes how fast an answer comes, never the answer.
public struct Scheduler: Sendable {
    private var columns = NodeColumns()
    /// Looks at every node for every group: the same plans in more time, for tests.
    private let looksAtAll: Bool

    public init() { looksAtAll = false }

    init(looksAtAll: Bool) { self.looksAtAll = looksAtAll }

    /// Schedules one evaluation against a state.
    ///
    /// The plan is what the state should become; applying it is the caller's business. Ids of new
    /// allocations, evaluations and deployments come from `generator`.
    ///
    /// - Complexity: O(nodes that changed since the last call, and kinds of nodes) once, then O(log nodes) for each
    ///   instance; O(nodes) for each group that tells nodes of one kind apart.
    public mutating func plan(
        _ evaluation: Evaluation, state: State, now: Instant, generator: inout SeededGenerator
    ) -> Plan {
        plan(evaluation, state.job(evaluation.job), state, now, &generator)
    }

    /// What would happen if the job were registered now, with annotations and failed groups.
    ///
    /// Nothing of the result is to be applied: its ids mean nothing.
    public mutating func dryRun(_ job: Job, state: State, now: Instant) -> Plan {
        let (evaluation, seeded) = Self.trial(job, state)
        var generator = seeded
        return plan(evaluation, asIfRegistered(job, state), state, now, &generator)
    }

    /// The job with the version and indexes that registering it would give it.
    private func asIfRegistered(_ job: Job, _ state: State) -> SharedJob {
        var job = job
        guard let stored = state.job(job.key) else {
            (job.version, job.createIndex) = (0, state.index + 1)
            (job.jobModifyIndex, job.modifyIndex) = (state.index + 1, state.index + 1)
            return SharedJob(job)
        }
        let old = stored.job
        (job.version, job.createIndex, job.jobModifyIndex) = (old.version, old.createIndex, old.jobModifyIndex)
        (job.modifyIndex, job.status, job.statusDescription) = (old.modifyIndex, old.status, old.statusDescription)
        (job.stable, job.submitTime, job.versionTag) = (old.stable, old.submitTime, old.versionTag)
        job.nomadTokenID = old.nomadTokenID
        if job == old { return stored }
        job.version += 1
        (job.jobModifyIndex, job.modifyIndex) = (state.index + 1, state.index + 1)
        job.stable = false
        return SharedJob(job)
    }

    private mutating func plan(
        _ evaluation: Evaluation, _ job: SharedJob?, _ state: State, _ now: Instant, _ generator: inout SeededGenerator
    ) -> Plan { run(evaluation, job, state, now, &generator).plan }

    /// The whole work on an evaluation, for those who ask for more than the plan.
    mutating func run(
        _ evaluation: Evaluation, _ job: SharedJob?, _ state: State, _ now: Instant, _ generator: inout SeededGenerator
    ) -> EvaluationRun {
        columns.follow(state)
        var run = EvaluationRun(evaluation, job, state, takeColumns(), now, generator, looksAtAll: looksAtAll)
        run.run()
        // As a whole or not at all: what found a place is given up again, and waits with the rest.
        if let job, job.job.allAtOnce, !job.job.kind.isPerNode, !run.plan.evaluation.failedTGAllocs.isEmpty {
            let failed = run.plan.evaluation.failedTGAllocs
            columns = run.proposed.columns
            columns.follow(state)
            run = EvaluationRun(
                evaluation, job, state, takeColumns(), now, run.generator, looksAtAll: looksAtAll)
            run.withheld = failed
            run.run()
        }
        generator = run.generator
        columns = run.proposed.columns
        return run
    }

    /// An evaluation of a job that nobody applies, and the chance that goes with it.
    static func trial(_ job: Job, _ state: State) -> (Evaluation, SeededGenerator) {
        var evaluation = Evaluation()
        (evaluation.namespace, evaluation.jobID) = (job.namespace, job.id)
        (evaluation.type, evaluation.priority) = (job.kind, job.priority)
        var hash = StableHash()
        hash.combine(job.id)
        hash.combine(state.index)
        var generator = SeededGenerator(seed: hash.value)
        evaluation.id = EvaluationID(using: &generator)
        return (evaluation, generator)
    }

    /// Hands the columns out without leaving a copy behind, which every change would have to be made to apart.
    private mutating func takeColumns() -> NodeColumns {
        let taken = columns
        columns = NodeColumns()
        return taken
    }
}
