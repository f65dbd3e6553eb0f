import Base
import Model
import Scheduling
import State

extension ControlPlane {
    /// Takes what a node reports of its allocations.
    ///
    /// Reports may come twice or late: what is terminal stays terminal, what runs is not pending again, and
    /// what says nothing new is not written. Allocations of other nodes are ignored.
    mutating func updateAllocations(_ node: NodeID, _ updates: [AllocationUpdate]) throws(CommandError) -> Reply {
        guard let reporter = head.node(node) else { throw CommandError(404, "node not found") }
        guard updates.count <= configuration.updatesPerCommandMax else {
            throw CommandError(
                413, "\(updates.count) reports in one message; at most \(configuration.updatesPerCommandMax) are taken")
        }
        // Who reports lives. Else its allocations would be taken for running and for unknown by turns.
        if reporter.status == .down || reporter.status == .disconnected { _ = try heartbeat(node) }
        var accepted: [AllocationUpdate] = []
        var triggers: [JobKey: EvaluationTrigger] = [:]
        for update in updates {
            guard let allocation = head.allocation(update.id), allocation.nodeID == node,
                let update = news(of: update, about: allocation)
            else { continue }
            accepted.append(update)
            if let trigger = trigger(of: update, about: allocation) {
                triggers[allocation.jobKey] = triggers[allocation.jobKey] ?? trigger
            }
        }
        var reply = Reply()
        guard !accepted.isEmpty else { return reply }
        var changes: [Change] = [.allocationUpdates(accepted)]
        let evaluations = triggers.sorted { $0.key < $1.key }.map { key, trigger in
            var job = head.job(key)?.job ?? Job()
            (job.namespace, job.id) = (key.namespace, key.id)
            return evaluation(of: job, trigger)
        }
        if !evaluations.isEmpty { changes.append(.evaluations(evaluations)) }
        reply.index = commit("AllocationUpdated", changes)
        return reply
    }

    /// The part of a report that is to be written; nil if there is none.
    private func news(of update: AllocationUpdate, about allocation: Allocation) -> AllocationUpdate? {
        var update = update
        let (old, new) = (allocation.clientStatus, update.clientStatus)
        if old.isTerminal {
            guard new.isTerminal else { return nil }
            // Lost and then heard of: how it ended is known now. Other ends are final.
            if old != .lost { update.clientStatus = old }
        }
        if old == .running || old == .unknown, new == .pending { return nil }
        let isDecided = allocation.deploymentStatus?.healthy != nil
        if new == .failed, update.deploymentHealthy == nil, !allocation.deploymentID.isZero, !isDecided {
            update.deploymentHealthy = false
        }
        if update.deploymentHealthy != nil, update.deploymentHealthTime == .zero {
            update.deploymentHealthTime = Timestamp(now)
        }
        let isNew =
            update.clientStatus != old || update.clientDescription != allocation.clientDescription
            || update.packedTaskStates != allocation.packedTaskStates
            || update.deploymentHealthy.map { $0 != allocation.deploymentStatus?.healthy } ?? false
            || update.networkStatus.map { $0 != allocation.networkStatus } ?? false
        return isNew ? update : nil
    }

    /// Why the job should be looked at after a report; nil if it needn't.
    private func trigger(of update: AllocationUpdate, about allocation: Allocation) -> EvaluationTrigger? {
        // Whatever is said of it, its replacement has to be compared with it.
        if allocation.clientStatus == .unknown, update.clientStatus != .unknown { return .reconnect }
        guard update.clientStatus == .failed, allocation.clientStatus != .failed, allocation.desiredStatus == .run,
            allocation.nextAllocation.isZero, !awaitsFollowup(allocation)
        else { return nil }
        guard let job = head.job(allocation.jobKey)?.job else { return .jobDeregister }
        guard !job.kind.isPerNode, let policy = job.group(allocation.taskGroup)?.reschedulePolicy else { return nil }
        return policy.mayReschedule(allocation, failed: now) ? .allocFailure : nil
    }

    /// Whether an evaluation is on its way that will look at a failure. The one for the end of a disconnection is none:
    /// it comes when that would be over, however long ago the node came back.
    private func awaitsFollowup(_ allocation: Allocation) -> Bool {
        guard let evaluation = head.evaluation(allocation.followupEvalID) else { return false }
        return !evaluation.status.isTerminal && evaluation.triggeredBy != .maxDisconnectTimeout
    }

    mutating func stopAllocation(_ id: AllocationID, noShutdownDelay: Bool) throws(CommandError) -> Reply {
        guard var allocation = head.allocation(id) else { throw CommandError(404, "allocation not found") }
        try checkRoomForEvaluations()
        allocation.desiredTransition.migrate = true
        if noShutdownDelay { allocation.desiredTransition.noShutdownDelay = true }
        let job = head.job(allocation.jobKey)?.job ?? allocation.job.job
        let evaluation = evaluation(of: job, .allocStop)
        var reply = Reply()
        reply.index = commit(
            "AllocationUpdateDesiredStatus", [.allocations([allocation]), .evaluations([evaluation])])
        reply.evaluation = evaluation.id
        reply.evaluationIndex = reply.index
        return reply
    }
}
