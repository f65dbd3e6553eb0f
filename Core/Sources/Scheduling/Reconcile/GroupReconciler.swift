import Base
import Model
import State

/// Decides what should become of one group of a service or batch job.
///
/// Indexes are honest: the allocations that count hold each index below the group's count at most once, a
/// replacement takes the index of what it replaces, a canary the index it will keep.
struct GroupReconciler {
    let job: Job
    let group: GroupSpec
    let number: Int
    let context: ReconcileContext
    var classifier: Classifier
    var decision = GroupDecision()
    /// What counts towards the group, without canaries that wait for promotion.
    var members: [Member] = []
    var canaries: [Member] = []
    var destructive: [Member] = []
    var inPlace: [Member] = []
    /// The newest ended allocation of an index that was not replaced yet although it should have been.
    var orphans: [Int: Allocation] = [:]
    var versionHasRun = false
    var checks: [FeasibilityCheck]?

    init(_ job: Job, _ group: GroupSpec, number: Int, _ context: ReconcileContext) {
        (self.job, self.group, self.number, self.context) = (job, group, number, context)
        classifier = Classifier(context.state, context.evaluation, job, group, context.deployment, context.now)
    }

    mutating func reconcile(_ allocations: [Allocation]) -> GroupDecision {
        classify(allocations)
        settleIndexes()
        sortByChange()
        prepareRollout()
        replace()
        fillHoles()
        placeCanaries()
        update()
        finish()
        return decision
    }

    var rolloutIsActive: Bool { context.deployment != nil }
    var isPaused: Bool { context.deployment?.status == .paused || context.deployment?.status == .pending }
    var hasFailed: Bool { context.failedDeployment != nil }
    /// New canaries exist or are due, and nobody has promoted them.
    var isCanarying: Bool {
        guard let rollout = decision.rollout else { return false }
        return rollout.desiredCanaries > 0 && !rollout.promoted && !hasFailed
    }
}

// MARK: - Who is there

extension GroupReconciler {
    private mutating func classify(_ allocations: [Allocation]) {
        let rollout = context.deployment?.taskGroups[group.name]
        for allocation in allocations {
            if allocation.jobVersion == job.version, allocation.job.job.createIndex == job.createIndex {
                versionHasRun = true
            }
            guard let member = classifier.member(allocation) else {
                noteOrphan(allocation)
                continue
            }
            guard allocation.deploymentStatus?.canary ?? false, !isPromoted(allocation) else {
                if member.kind == .unknown, member.index < group.count, isToReplace(member.allocation) {
                    setAside(member)
                } else {
                    members.append(member)
                }
                continue
            }
            if let deployment = context.deployment, deployment.id == allocation.deploymentID, rollout != nil {
                canaries.append(member)
            } else {
                // A canary of a rollout that failed or was overtaken has nothing left to prove.
                stop(member, StopReason.notNeeded)
            }
        }
        for allocation in classifier.forgotten {
            decision.stops.append(Stop(allocation: allocation, reason: allocation.desiredDescription, isLost: true))
        }
    }

    /// Out of reach and to be replaced: its index is its replacement's until it is heard of again.
    private mutating func setAside(_ member: Member) {
        decision.desired.ignore += 1
        orphans[member.index] = member.allocation
    }

    /// Whether one that is out of reach is replaced now, or has been already.
    private func isToReplace(_ allocation: Allocation) -> Bool {
        if !allocation.nextAllocation.isZero { return true }
        let since = Classifier.unreachableSince(allocation)
        guard case .now = classifier.replacement(of: allocation, unreachableSince: since) else { return false }
        return true
    }

    private func isPromoted(_ allocation: Allocation) -> Bool {
        let deployment = context.state.deployment(allocation.deploymentID)
        // A deployment that was collected had ended well, or its canaries would be gone.
        return deployment.map { $0.taskGroups[group.name]?.promoted ?? true } ?? true
    }

    private mutating func noteOrphan(_ allocation: Allocation) {
        let isOwed =
            allocation.nextAllocation.isZero
            && StopReason.leavesHole(allocation)
            && (!(allocation.deploymentStatus?.canary ?? false) || isPromoted(allocation))
        guard isOwed, allocation.index < group.count else { return }
        if let known = orphans[allocation.index],
            known.clientStatus == .unknown || known.createIndex >= allocation.createIndex
        {
            return
        }
        orphans[allocation.index] = allocation
    }

    /// Stops what is beyond the count and what shares an index; what stays holds its index alone.
    private mutating func settleIndexes() {
        let sorted = members.sorted { $0.index != $1.index ? $0.index < $1.index : isPreferred($0, $1) }
        var kept: [Member] = []
        for member in sorted {
            guard member.index < group.count else {
                stop(member, StopReason.notNeeded)
                continue
            }
            guard let other = kept.last, other.index == member.index else {
                kept.append(member)
                continue
            }
            stop(member, reconnects(member, other) ? StopReason.reconnected : StopReason.notNeeded)
            if other.allocation.nextAllocation == member.allocation.id {
                // What was to replace it is gone: should it fail, it is replaced anew.
                var original = other.allocation
                original.nextAllocation = .zero
                decision.changed.append(original)
            }
        }
        members = kept
    }

    private func reconnects(_ a: Member, _ b: Member) -> Bool {
        a.allocation.previousAllocation == b.allocation.id || b.allocation.previousAllocation == a.allocation.id
    }

    /// Of two that share an index, which one stays.
    private func isPreferred(_ a: Member, _ b: Member) -> Bool {
        if a.version != b.version { return a.version > b.version }
        let (x, y) = (Self.rank(a.kind), Self.rank(b.kind))
        if x != y { return x < y }
        if reconnects(a, b) {
            let aIsOriginal = b.allocation.previousAllocation == a.allocation.id
            return keepsOriginal(aIsOriginal ? a : b, aIsOriginal ? b : a) == aIsOriginal
        }
        let (c, d) = (a.allocation, b.allocation)
        return c.createIndex != d.createIndex ? c.createIndex < d.createIndex : c.id < d.id
    }

    private static func rank(_ kind: Member.Kind) -> Int {
        switch kind {
        case .done: 0
        case .live: 1
        case .migrating: 2
        case .unknown, .disconnecting: 3
        case .rescheduled, .waiting: 4
        case .failed: 5
        case .lost, .held: 6
        }
    }

    /// The group's rule for an allocation that is back and its replacement.
    private func keepsOriginal(_ original: Member, _ replacement: Member) -> Bool {
        func score(_ member: Member) -> Double {
            member.allocation.metrics?.metric.scoreMetaData.first { $0.nodeID == member.allocation.nodeID }?.normScore
                ?? 0
        }
        func start(_ member: Member) -> Int64 {
            member.allocation.taskStates.values.compactMap { $0.startedAt?.instant.nanoseconds }.min() ?? .max
        }
        switch group.disconnect?.reconcile {
        case "keep_original": return true
        case "keep_replacement": return false
        case "longest_running": return start(original) <= start(replacement)
        default: return replacement.allocation.clientStatus != .running || score(original) >= score(replacement)
        }
    }

    private mutating func stop(_ member: Member, _ reason: String) {
        switch member.kind {
        case .done, .failed, .held: return
        case .lost: decision.stops.append(Stop(allocation: member.allocation, reason: StopReason.lost, isLost: true))
        default: decision.stops.append(Stop(allocation: member.allocation, reason: reason))
        }
        decision.desired.stop += 1
    }
}

// MARK: - What changes

extension GroupReconciler {
    /// Splits those that stay into unchanged ones, ones to update in place and ones to replace.
    private mutating func sortByChange() {
        for member in members {
            switch member.kind {
            case .done, .lost, .migrating, .rescheduled, .held: continue
            case .live, .failed, .waiting, .disconnecting, .unknown: break
            }
            switch classifier.change(member.allocation) {
            case .ignore: continue
            case .destructive: destructive.append(member)
            case .inPlace:
                let node = classifier.node(member.allocation.nodeID)
                let staysFit = member.kind != .live || node.map { allows($0) } ?? false
                if staysFit { inPlace.append(member) } else { destructive.append(member) }
            }
        }
    }

    /// Whether a node may go on running the group in the job's present version.
    private mutating func allows(_ node: Node) -> Bool {
        if checks == nil { checks = FeasibilityCheck.checks(job, group) }
        return Candidates.mayUse(job, node) && (checks ?? []).allSatisfy { $0.holds(node) }
    }

    /// Reads or drafts the group's part of the deployment.
    private mutating func prepareRollout() {
        guard job.kind == .service, let policy = group.update, policy.maxParallel > 0 else { return }
        if let deployment = context.deployment ?? context.failedDeployment {
            decision.rollout = deployment.taskGroups[group.name]
        } else if !context.versionHasDeployment, group.count > 0,
            !versionHasRun || !destructive.isEmpty || !inPlace.isEmpty
        {
            var rollout = DeploymentState()
            rollout.autoRevert = policy.autoRevert
            rollout.autoPromote = policy.autoPromote
            rollout.progressDeadline = policy.progressDeadline
            rollout.desiredTotal = group.count
            decision.rollout = rollout
            decision.createsDeployment = true
        }
        guard var rollout = decision.rollout, decision.createsDeployment, policy.canary > 0, !destructive.isEmpty
        else { return }
        // Not more than there are indexes that the new version does not hold already.
        rollout.desiredCanaries = min(policy.canary, max(group.count, policy.canary) - inPlace.count)
        decision.rollout = rollout
    }

    /// Replacements for what is lost, leaves its node, or is tried again.
    private mutating func replace() {
        for member in members + canaries {
            let isCanary = member.allocation.deploymentStatus?.canary ?? false && !isPromoted(member.allocation)
            var placement = Placement(
                group: number, index: member.index, previous: member.allocation, isCanary: isCanary)
            // Before promotion, what the canaries are compared with stays what it was.
            if isCanarying, !isCanary, classifier.change(member.allocation) == .destructive {
                placement.job = member.allocation.job
            }
            switch member.kind {
            case .lost: replaceLost(member, placement)
            case .migrating:
                decision.stops.append(Stop(allocation: member.allocation, reason: StopReason.migrating))
                decision.desired.migrate += 1
                if !isPaused { decision.placements.append(placement) }
            case .rescheduled(let delay):
                let isOfFailed = hasFailed && member.allocation.deploymentID == context.failedDeployment?.id
                guard !isPaused, !isOfFailed else {
                    decision.desired.ignore += 1
                    continue
                }
                placement.rescheduleDelay = delay
                placement.stopsPrevious = StopReason.rescheduled
                decision.placements.append(placement)
                decision.desired.place += 1
                decision.desired.rescheduleNow += 1
            case .waiting(let time): wait(member, until: time)
            case .disconnecting: disconnect(member, placement)
            case .unknown: awaitReplacement(of: member.allocation)
            case .live, .done, .failed, .held: break
            }
        }
    }

    private mutating func replaceLost(_ member: Member, _ placement: Placement) {
        var stop = Stop(allocation: member.allocation, reason: StopReason.lost, isLost: true)
        decision.desired.stop += 1
        defer { decision.stops.append(stop) }
        // The client ends it by itself, at once or after a while; what replaces it must not start before.
        let older = group.stopAfterClientDisconnect.flatMap { $0 > .zero ? $0 : nil }
        if let after = group.disconnect?.stopOnClientAfter ?? older {
            let kill = group.tasks.map(\.killTimeout).max() ?? .zero
            let evaluation = context.followup(
                at: context.now + after + max(kill, .seconds(5)), "created for delayed rescheduling")
            decision.followups.append(evaluation)
            stop.followup = evaluation.id
            return
        }
        guard !isPaused else { return }
        decision.placements.append(placement)
        decision.desired.place += 1
    }

    private mutating func wait(_ member: Member, until time: Instant) {
        decision.desired.rescheduleLater += 1
        guard !classifier.awaitsFollowup(member.allocation) else { return }
        var allocation = member.allocation
        allocation.followupEvalID = rescheduling(at: time)
        decision.changed.append(allocation)
    }

    /// The evaluation that reschedules what is due at a time. Those that are due within a few seconds of each other
    /// share one.
    private mutating func rescheduling(at time: Instant) -> EvaluationID {
        let shared = decision.followups.first { evaluation in
            guard let due = evaluation.waitUntil?.instant, evaluation.triggeredBy == .allocFailure else { return false }
            return due <= time && time - due < ReconcileContext.followupWindow
        }
        if let shared { return shared.id }
        let evaluation = context.followup(at: time, "created for delayed rescheduling")
        decision.followups.append(evaluation)
        return evaluation.id
    }

    /// Sees to it that one that is out of reach is looked at when it may be replaced.
    private mutating func awaitReplacement(of allocation: Allocation) {
        let since = Classifier.unreachableSince(allocation)
        guard case .later(let time, _) = classifier.replacement(of: allocation, unreachableSince: since) else { return }
        decision.desired.rescheduleLater += 1
        if !context.isEvaluated(around: time) { _ = rescheduling(at: time) }
    }

    private mutating func disconnect(_ member: Member, _ placement: Placement) {
        decision.desired.disconnect += 1
        var end = EvaluationID.zero
        if classifier.lostAfter > .zero {
            let evaluation = context.followup(
                at: context.now + classifier.lostAfter, "created for delayed disconnect timeout", .maxDisconnectTimeout)
            decision.followups.append(evaluation)
            end = evaluation.id
        }
        let allocation = member.allocation.unreachable(since: context.now, until: end)
        decision.changed.append(allocation)
        guard !isPaused else { return }
        guard case .now(let delay) = classifier.replacement(of: allocation, unreachableSince: context.now) else {
            return awaitReplacement(of: allocation)
        }
        var placement = placement
        placement.previous = allocation
        placement.rescheduleDelay = group.disconnect == nil ? nil : delay
        decision.placements.append(placement)
        decision.desired.place += 1
    }
}
