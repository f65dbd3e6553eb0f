import Base
import Model
import State

/// The work on one evaluation, from the state to a plan.
struct EvaluationRun {
    let evaluation: Evaluation
    let state: State
    let now: Instant
    /// The job's present version; nil when it was purged.
    let job: SharedJob?
    /// The scheduler's settings for the job's pool.
    let poolRules: PoolRules
    let seed: UInt64
    var generator: SeededGenerator
    var proposed: Proposed
    var plan: Plan
    /// Working copies of allocations that exist, in the order in which they were first changed.
    private var copies: [AllocationID: Allocation] = [:]
    private var order: [AllocationID] = []
    /// The deployment that new allocations belong to.
    var deployment: Deployment?
    var placers: [GroupPlacer] = []
    /// Which placer serves a group of a version.
    var placerNumbers: [PlacerKey: Int] = [:]
    /// The one that was asked for last.
    var lastPlacer: (key: PlacerKey, number: Int)?
    /// Per placer: how many it placed, the metric they share, and the failure of the last one that found no place.
    var progress: [PlacerProgress] = []
    var candidates: Candidates?
    /// Looks at every node even where the index would do: the same plan in more time.
    let looksAtAll: Bool
    /// Why a job that is placed as a whole or not at all is not; set for a run that places nothing.
    var withheld: [String: AllocationMetric]?

    /// How many instances of groups of other jobs are evicted, by others or by this plan, as far as somebody asked.
    var evictedCounts: [EvictedGroup: Int] = [:]

    struct EvictedGroup: Hashable {
        let job: JobKey
        let name: String

        init(_ allocation: Allocation) { (job, name) = (allocation.jobKey, allocation.taskGroup) }
    }

    struct PlacerKey: Hashable {
        var version: UInt64
        var group: Int
    }

    struct PlacerProgress {
        var placed = 0
        var metric: SharedMetric?
        /// What all of its instances get and take, if that is the same for all.
        var resources: SharedResources?
        var footprint: Footprint?
        /// The deployment that its instances belong to, or that they belong to none; nil before the first one.
        var joins: DeploymentID??
        /// `Proposed.changes` when it failed: as long as nothing changes, it will fail again.
        var failedAt: Int?
    }

    init(
        _ evaluation: Evaluation, _ job: SharedJob?, _ state: State, _ columns: NodeColumns, _ now: Instant,
        _ generator: SeededGenerator, looksAtAll: Bool = false
    ) {
        self.looksAtAll = looksAtAll
        (self.evaluation, self.job, self.state, self.now) = (evaluation, job, state, now)
        poolRules = PoolRules(state, pool: job?.job.nodePool ?? "")
        self.generator = generator
        seed = self.generator.next()
        proposed = Proposed(job, columns, state)
        plan = Plan(evaluation: evaluation)
        plan.evaluation.snapshotIndex = state.index
        plan.evaluation.failedTGAllocs = [:]
        plan.evaluation.queuedAllocations = [:]
        plan.evaluation.status = .complete
        plan.evaluation.statusDescription = ""
        plan.evaluation.blockedEval = .zero
    }

    mutating func run() {
        let allocations = state.allocations(ofJob: evaluation.job)
        guard let job, !job.job.stop else {
            stopAll(allocations)
            finish()
            return
        }
        for allocation in allocations where !allocation.isTerminal { proposed.want(allocation, by: 1) }
        for group in job.job.taskGroups { plan.evaluation.queuedAllocations[group.name] = 0 }
        if job.job.kind.isPerNode { runPerNode(job, allocations) } else { runCounted(job, allocations) }
        finish()
    }

    /// Service and batch jobs: so many instances, wherever they fit.
    private mutating func runCounted(_ job: SharedJob, _ allocations: [Allocation]) {
        let context = followRollout(job.job)
        var byGroup: [String: [Allocation]] = [:]
        for allocation in allocations { byGroup[allocation.taskGroup, default: []].append(allocation) }
        var decisions: [GroupDecision] = []
        for (number, group) in job.job.taskGroups.enumerated() {
            var reconciler = GroupReconciler(job.job, group, number: number, context)
            decisions.append(reconciler.reconcile(byGroup.removeValue(forKey: group.name) ?? []))
        }
        for (group, rest) in byGroup.sorted(by: { $0.key < $1.key }) { stop(rest, ofGroup: group) }
        createDeployment(job.job, decisions)
        for (group, decision) in zip(job.job.taskGroups, decisions) {
            plan.annotations.desiredTGUpdates[group.name] = decision.desired
            for evaluation in decision.followups where !plan.evaluations.contains(where: { $0.id == evaluation.id }) {
                plan.evaluations.append(evaluation)
            }
            apply(decision, job, isOfDeployment: decision.rollout != nil)
        }
        for (number, decision) in decisions.enumerated() {
            for placement in decision.placements.prefix(decision.holesAt) { place(placement, job) }
            fill(decision.holes, ofGroup: number, job)
            for placement in decision.placements.dropFirst(decision.holesAt) { place(placement, job) }
        }
        completeDeployment(context.deployment, isSettled: decisions.allSatisfy(\.isSettled))
    }

    /// Everything of a job that is stopped or gone.
    private mutating func stopAll(_ allocations: [Allocation]) {
        cancelDeployments { _ in DeploymentText.jobStopped }
        var byGroup: [String: [Allocation]] = [:]
        for allocation in allocations { byGroup[allocation.taskGroup, default: []].append(allocation) }
        for (group, list) in byGroup.sorted(by: { $0.key < $1.key }) { stop(list, ofGroup: group) }
        for group in job?.job.taskGroups ?? [] {
            plan.evaluation.queuedAllocations[group.name] = 0
            if plan.annotations.desiredTGUpdates[group.name] == nil {
                plan.annotations.desiredTGUpdates[group.name] = DesiredUpdates()
            }
        }
    }

    mutating func stop(_ allocations: [Allocation], ofGroup group: String) {
        var desired = plan.annotations.desiredTGUpdates[group] ?? DesiredUpdates()
        for allocation in allocations where !allocation.isClientTerminal {
            let isLost = isGone(allocation.nodeID)
            guard allocation.desiredStatus == .run || isLost else { continue }
            stop(Stop(allocation: allocation, reason: isLost ? StopReason.lost : StopReason.notNeeded, isLost: isLost))
            desired.stop += 1
        }
        plan.annotations.desiredTGUpdates[group] = desired
    }

    // MARK: Changes of allocations that exist

    /// An allocation as the plan has it so far.
    func current(_ allocation: Allocation) -> Allocation { copies[allocation.id] ?? allocation }

    /// Whether nothing will be heard of a node's allocations any more, so that those to stop are lost.
    func isGone(_ node: NodeID) -> Bool { state.node(node).map { $0.status == .down } ?? true }

    mutating func change(_ allocation: Allocation, _ change: (inout Allocation) -> Void) {
        var copy = current(allocation)
        change(&copy)
        if copies.updateValue(copy, forKey: allocation.id) == nil { order.append(allocation.id) }
    }

    /// Stops an allocation; what it holds stays held until its client reports the end, unless the client is lost.
    mutating func stop(_ stop: Stop) {
        let before = current(stop.allocation)
        let isLost = stop.isLost || (before.occupiesNode && isGone(before.nodeID))
        change(stop.allocation) { copy in
            if copy.desiredStatus == .run { copy.desiredStatus = .stop }
            if !stop.reason.isEmpty { copy.desiredDescription = stop.reason }
            if isLost { copy.clientStatus = .lost }
            if !stop.followup.isZero { copy.followupEvalID = stop.followup }
        }
        if !before.isTerminal { proposed.want(before, by: -1) }
        if isLost, before.occupiesNode { proposed.hold(before, by: -1) }
    }

    private mutating func apply(_ decision: GroupDecision, _ job: SharedJob, isOfDeployment: Bool) {
        for stop in decision.stops { self.stop(stop) }
        for changed in decision.changed {
            change(changed) { copy in
                (copy.followupEvalID, copy.nextAllocation) = (changed.followupEvalID, changed.nextAllocation)
                (copy.clientStatus, copy.clientDescription) = (changed.clientStatus, changed.clientDescription)
                copy.allocStates = changed.allocStates
            }
        }
        let (evaluation, deployment) = (evaluation.id, isOfDeployment ? deployment?.id : nil)
        for allocation in decision.inPlace {
            change(allocation) { copy in
                copy.job = job
                copy.evalID = evaluation
                copy.deploymentID = deployment ?? .zero
                copy.deploymentStatus = nil
            }
        }
    }

    // MARK: The end

    /// Where something was to be placed, only the groups that it was of are named.
    private mutating func nameQueuedGroups() {
        let asked = plan.annotations.desiredTGUpdates.filter {
            $0.value.place + $0.value.destructiveUpdate + $0.value.canary + $0.value.migrate > 0
        }
        guard !asked.isEmpty else { return }
        plan.evaluation.queuedAllocations = plan.evaluation.queuedAllocations.filter { group, queued in
            queued > 0 || asked[group] != nil
        }
    }

    private mutating func finish() {
        if let withheld { plan.evaluation.failedTGAllocs = withheld }
        nameQueuedGroups()
        settleBlockedEvaluations()
        plan.allocations = order.compactMap { copies[$0] } + plan.allocations
        plan.evaluation.planAnnotations = nil
        if let deployment, !deployment.id.isZero {
            plan.evaluation.deploymentID = deployment.id
        } else if plan.evaluation.deploymentID.isZero, let latest = state.latestDeployment(ofJob: evaluation.job) {
            // Who follows an evaluation that changes nothing is shown where the rollout stands.
            plan.evaluation.deploymentID = latest.id
        }
    }
}
