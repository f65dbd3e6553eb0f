import Base
import Model
import State

/// An allocation as the reconciler sees it.
struct Member {
    enum Kind: Equatable {
        /// Runs, or will.
        case live
        /// Ended well and is not run again (batch).
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
            allocation.nextAllocation.isZero, isPending(allocation.followupEvalID)
        else { return false }
        return state.evaluation(allocation.followupEvalID)?.triggeredBy != .maxDisconnectTimeout
    }

    /// The group wants no replacement for what a lost node ran.
    private var keepsOnLoss: Bool { group.disconnect?.replace == false || group.preventRescheduleOnLost == true }

    /// How long an allocation out of reach is kept.
    var lostAfter: TimeSpan { max(group.disconnect?.lostAfter ?? .zero, group.maxClientDisconnect ?? .zero) }

    private func disconnectedKind(_ allocation: Allocation) -> Member.Kind {
        guard lostAfter > .zero else { return .lost }
        switch allocation.clientStatus {
        case .running: return .disconnecting
        case .unknown:
            let since = allocation.allocStates.last { $0.field == "ClientStatus" && $0.value == "unknown" }?.time
                .instant
            return (since ?? Instant(nanoseconds: allocation.modifyTime)) + lostAfter <= now ? .lost : .unknown
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

    func isPending(_ id: EvaluationID) -> Bool {
        !id.isZero && id != evaluation.id && state.evaluation(id).map { !$0.status.isTerminal } ?? false
    }
}
