import Base
import Model
import State

/// An allocation as the reconciler sees it.
struct Member {
    enum Kind: Equatable {
        /// Runs, or will.
        case live
        /// Ended well, or was ended by a drain, and is not run again (batch).
        case done
        /// Failed and stays so: no attempts left, or not yet allowed.
        case failed
        /// Failed; tried again at a later time by an evaluation that exists or is to be made.
        case waiting(at: Instant)
        /// Failed; to be replaced now.
        case rescheduled(delay: TimeSpan)
        /// Its node is being emptied.
        case migrating
        /// Its node is gone.
        case lost
        /// Its node went out of reach just now; kept for the time that the group allows.
        case disconnecting
        /// Out of reach.
        case unknown
        /// Lost, but its client may keep it for a while; holds its index until the evaluation noted in it.
        case held
    }

    var allocation: Allocation
    var kind: Kind
    var index: Int { allocation.index }
    var version: UInt64 { allocation.jobVersion }
}

/// Sorts a group's allocations by what their nodes and clients say of them.
struct Classifier {
    let state: State
    let evaluation: Evaluation
    let job: Job
    let group: GroupSpec
    let now: Instant
    /// The running rollout of the job's present version.
    let deployment: Deployment?
    /// Stopped by the servers, on a node that will not report any more: to be marked lost.
    private(set) var forgotten: [Allocation] = []
    private var nodes: [NodeID: Node?] = [:]
    private var changes: [UInt64: GroupChange] = [:]

    init(
        _ state: State, _ evaluation: Evaluation, _ job: Job, _ group: GroupSpec, _ deployment: Deployment?,
        _ now: Instant
    ) {
        (self.state, self.evaluation, self.job, self.group) = (state, evaluation, job, group)
        (self.deployment, self.now) = (deployment, now)
    }

    /// Nil for allocations that nothing needs to be done about.
    mutating func member(_ allocation: Allocation) -> Member? {
        kind(allocation).map { Member(allocation: allocation, kind: $0) }
    }

    mutating func node(_ id: NodeID) -> Node? {
        if let known = nodes[id] { return known }
        let node = state.node(id)
        nodes[id] = .some(node)
        return node
    }

    /// What the job's present version does to an allocation.
    mutating func change(_ allocation: Allocation) -> GroupChange {
        let old = allocation.job.job
        if old.version == job.version, old.createIndex == job.createIndex { return .ignore }
        // Versions of a job that was purged and registered again are strangers.
        guard old.createIndex == job.createIndex else { return .destructive }
        if let known = changes[old.version] { return known }
        let change = GroupChange.kind(old: old, new: job, group: group.name)
        changes[old.version] = change
        return change
    }

    private mutating func kind(_ allocation: Allocation) -> Member.Kind? {
        let node = node(allocation.nodeID)
        let isGone = node == nil || node?.status == .down
        if allocation.desiredStatus != .run {
            if isGone, !allocation.isClientTerminal { forgotten.append(allocation) }
            if isDrainedWork(allocation) { return .done }
            return isHeld(allocation) ? .held : nil
        }
        switch allocation.clientStatus {
        case .lost: return nil
        case .complete:
            // A service that ended is started again; a batch instance only if its work has changed.
            return job.kind.runsToCompletion && change(allocation) != .destructive ? .done : nil
        case .failed: return failedKind(allocation)
        case .pending, .running, .unknown: break
        }
        // Who drains a node that is gone wants its work elsewhere, whatever the group says about losses.
        let isDrained = allocation.desiredTransition.migrate ?? false
        if isGone, isDrained { return .lost }
        if isGone { return keepsOnLoss ? (allocation.clientStatus == .unknown ? .unknown : .disconnecting) : .lost }
        if node?.status == .disconnected { return disconnectedKind(allocation) }
        return isDrained
            ? .migrating : allocation.clientStatus == .unknown ? .unknown : .live
    }

    /// Lost, not replaced yet, and kept from being so until its client must have stopped it.
    private func isHeld(_ allocation: Allocation) -> Bool {
        guard allocation.clientStatus == .lost, allocation.desiredDescription == StopReason.lost,
            allocation.nextAllocation.isZero
        else { return false }
        return awaitsFollowup(allocation)
    }

    /// Batch work that a drain ended at its deadline is not done again elsewhere, unless it has changed.
    private mutating func isDrainedWork(_ allocation: Allocation) -> Bool {
        job.kind == .batch && StopReason.endsDrainedWork(allocation) && change(allocation) != .destructive
    }

    /// The group wants no replacement for what a lost node ran.
    private var keepsOnLoss: Bool { group.disconnect?.replace == false || group.preventRescheduleOnLost == true }

    /// How long an allocation out of reach is kept.
    var lostAfter: TimeSpan { group.lostAfter }

    private func disconnectedKind(_ allocation: Allocation) -> Member.Kind {
        guard lostAfter > .zero else { return .lost }
        switch allocation.clientStatus {
        case .running: return .disconnecting
        case .unknown:
            return Self.unreachableSince(allocation) + lostAfter <= now ? .lost : .unknown
        default: return .lost
        }
    }

    private mutating func failedKind(_ allocation: Allocation) -> Member.Kind? {
        guard allocation.nextAllocation.isZero else { return nil }
        if job.kind == .batch, change(allocation) == .destructive { return nil }
        guard let policy = group.reschedulePolicy else { return .failed }
        // A rollout decides itself which of its failures are tried again.
        if let deployment, deployment.id == allocation.deploymentID, allocation.desiredTransition.reschedule != true,
            allocation.desiredTransition.forceReschedule != true
        {
            return .failed
        }
        let isDue = !allocation.followupEvalID.isZero && allocation.followupEvalID == evaluation.id
        switch RescheduleRule(policy: policy).decide(allocation, now: now, isDue: isDue) {
        case .never: return .failed
        case .now(let delay): return .rescheduled(delay: delay)
        case .later(let time, _): return .waiting(at: time)
        }
    }

    /// Whether an evaluation is on its way that will look at the allocation. The one for the end of a disconnection is
    /// none: the node may be back long before it comes.
    func awaitsFollowup(_ allocation: Allocation) -> Bool {
        let id = allocation.followupEvalID
        guard !id.isZero, id != evaluation.id, let followup = state.evaluation(id) else { return false }
        return !followup.status.isTerminal && followup.triggeredBy != .maxDisconnectTimeout
    }

    /// When an allocation out of reach is replaced. A group that says what to do about disconnections has its
    /// replacements counted, delayed and limited as reschedules are.
    func replacement(of allocation: Allocation, unreachableSince since: Instant) -> RescheduleRule.Decision {
        guard group.disconnect?.replace ?? true, group.preventRescheduleOnLost != true else { return .never }
        guard group.disconnect != nil, let policy = group.reschedulePolicy else { return .now(delay: .zero) }
        return RescheduleRule(policy: policy).decide(allocation, unreachableSince: since, now: now)
    }

    /// Since when an allocation is out of reach.
    static func unreachableSince(_ allocation: Allocation) -> Instant {
        let change = allocation.allocStates.last { $0.field == "ClientStatus" && $0.value == "unknown" }
        return change?.time.instant ?? Instant(nanoseconds: allocation.modifyTime)
    }
}
