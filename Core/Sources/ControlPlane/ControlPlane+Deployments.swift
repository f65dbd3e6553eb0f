import Base
import Model
import Scheduling
import State

extension ControlPlane {
    /// Looks at every deployment that changed or whose time has come.
    mutating func watchDeployments() {
        for id in deployments.take(at: now) { watchDeployment(id) }
    }

    private mutating func watchDeployment(_ id: DeploymentID) {
        guard let deployment = head.deployment(id) else { return deployments.forget(id) }
        guard deployment.status.isActive else {
            if deployments.takeSucceeded(id) { markStable(deployment) }
            return deployments.forget(id)
        }
        // A stopped or newer job: the evaluation that is under way cancels the deployment.
        guard deployment.status == .running, let job = head.job(deployment.job)?.job, !job.stop,
            job.version == deployment.jobVersion, job.createIndex == deployment.jobCreateIndex
        else { return }
        if waitsForItsStep(deployment, job) { return }
        let allocations = head.allocations(ofDeployment: id)
        if let reason = failure(of: deployment, allocations, job) {
            fail(deployment, reason)
        } else if mayPromote(deployment) {
            promote(deployment, groups: nil)
        } else if isComplete(deployment, allocations) {
            succeed(deployment, job)
        } else {
            stepOn(deployment, allocations, job)
        }
    }

    /// Whether a deployment has nothing to do before its next step is due: nothing is unhealthy or late, and too few
    /// are healthy yet. Told from the counts alone, because a deployment of a thousand instances changes a thousand
    /// times; whatever else there may be was looked at when the last step was made.
    private mutating func waitsForItsStep(_ deployment: Deployment, _ job: Job) -> Bool {
        let isPlaced = Self.isPlaced(deployment, job)
        // Nothing was there to be looked at before.
        if isPlaced, deployments.lastStep(deployment.id) == nil {
            deployments.stepped(deployment.id, DeploymentWatch.Seen(), at: now)
        }
        let span = isPlaced ? configuration.deploymentPlacedStep : configuration.deploymentStep
        guard let last = deployments.lastStep(deployment.id), now < last + span else { return false }
        let groups = deployment.taskGroups.values
        var next = last + span
        for group in groups {
            guard group.desiredCanaries == 0, group.unhealthyAllocs == 0 else { return false }
            guard group.requireProgressBy != .zero else { continue }
            guard group.requireProgressBy.instant > now else { return false }
            next = min(next, group.requireProgressBy.instant)
        }
        guard groups.contains(where: { $0.healthyAllocs < $0.desiredTotal }) else { return false }
        deployments.wake(deployment.id, at: next)
        return true
    }

    /// Whether a job's first deployment has placed all that it wants: what is left is to become healthy.
    private static func isPlaced(_ deployment: Deployment, _ job: Job) -> Bool {
        job.version == 0 && deployment.taskGroups.values.allSatisfy { $0.placedAllocs >= $0.desiredTotal }
    }

    // MARK: Failure

    /// Why a deployment can't go on; nil while it can.
    private func failure(of deployment: Deployment, _ allocations: [Allocation], _ job: Job) -> String? {
        for allocation in allocations where allocation.deploymentStatus?.healthy == false {
            guard let group = deployment.taskGroups[allocation.taskGroup] else { continue }
            if group.progressDeadline == .zero { return DeploymentText.failedAllocations }
            guard allocation.nextAllocation.isZero, allocation.desiredStatus == .run else { continue }
            let policy = job.group(allocation.taskGroup)?.reschedulePolicy
            if !(policy?.mayReschedule(allocation) ?? false) { return DeploymentText.failedAllocations }
        }
        for (name, group) in deployment.taskGroups where isShort(group, name, allocations) {
            if group.requireProgressBy != .zero, group.requireProgressBy.instant <= now {
                return DeploymentText.progressDeadline
            }
        }
        return nil
    }

    /// Whether a group still misses healthy allocations for its current phase. Those count that live: one that
    /// was healthy and has ended has to be replaced before the deployment can succeed.
    private func isShort(_ group: DeploymentState, _ name: String, _ allocations: [Allocation]) -> Bool {
        if group.desiredCanaries > 0, !group.promoted { return group.healthyAllocs < group.desiredCanaries }
        let healthy = allocations.count {
            $0.taskGroup == name && !$0.isTerminal && $0.deploymentStatus?.healthy == true
        }
        return healthy < group.desiredTotal
    }

    /// Fails a deployment and, where the job asks for it, goes back to the last stable version.
    @discardableResult
    mutating func fail(_ deployment: Deployment, _ reason: String) -> Reply {
        var deployment = deployment
        deployment.status = .failed
        deployment.statusDescription = reason
        guard deployment.taskGroups.values.contains(where: \.autoRevert), let job = head.job(deployment.job)?.job else {
            return commit("DeploymentStatusUpdate", [.deployments([deployment])], evaluating: deployment)
        }
        guard let stable = head.versions(of: job.key).first(where: { $0.job.stable && $0.job.version != job.version })
        else {
            deployment.statusDescription += " - no stable job version to auto revert to"
            return commit("DeploymentStatusUpdate", [.deployments([deployment])], evaluating: deployment)
        }
        var back = stable.job
        back.stop = job.stop
        guard ControlPlane.differs(back, from: job) else {
            deployment.statusDescription +=
                " - not rolling back to stable job version \(back.version) as current job has same specification"
            return commit("DeploymentStatusUpdate", [.deployments([deployment])], evaluating: deployment)
        }
        deployment.statusDescription += " - rolling back to job version \(back.version)"
        back.version = job.version + 1
        back.submitTime = now.nanoseconds
        (back.stable, back.versionTag) = (false, nil)
        back.jobModifyIndex = nextIndex
        var evaluation = deploymentEvaluation(of: deployment, back)
        evaluation.jobModifyIndex = nextIndex
        var reply = Reply()
        reply.index = commit(
            "DeploymentStatusUpdate", [.deployments([deployment]), .job(back), .evaluations([evaluation])])
        reply.evaluation = evaluation.id
        reply.evaluationIndex = reply.index
        reply.deploymentModifyIndex = reply.index
        reply.revertedJobVersion = stable.job.version
        return reply
    }

    // MARK: Progress

    private func mayPromote(_ deployment: Deployment) -> Bool {
        let waiting = deployment.taskGroups.values.filter { $0.desiredCanaries > 0 && !$0.promoted }
        return !waiting.isEmpty && waiting.allSatisfy { $0.autoPromote && healthyCanaries($0) >= $0.desiredCanaries }
    }

    /// Every group has as many healthy allocations as it wants, alive now.
    private func isComplete(_ deployment: Deployment, _ allocations: [Allocation]) -> Bool {
        guard !deployment.requiresPromotion else { return false }
        var healthy: [String: Int] = [:]
        for allocation in allocations where !allocation.isTerminal && allocation.deploymentStatus?.healthy == true {
            healthy[allocation.taskGroup, default: 0] += 1
        }
        return deployment.taskGroups.allSatisfy { name, group in
            // Canaries beyond the count are stopped by the promotion.
            (healthy[name] ?? 0)
                >= (group.promoted ? group.desiredTotal : max(group.desiredTotal, group.desiredCanaries))
        }
    }

    private mutating func succeed(_ deployment: Deployment, _ job: Job) {
        var deployment = deployment
        deployment.status = .successful
        deployment.statusDescription = DeploymentText.successful
        var changes: [Change] = [.deployments([deployment])]
        if !job.stable { changes.append(.jobStability(job.key, version: job.version, stable: true)) }
        let leftovers = head.containsAllocation(ofJob: job.key) { !$0.isTerminal && $0.jobVersion != job.version }
        if leftovers {
            _ = commit("DeploymentStatusUpdate", changes, evaluating: deployment)
        } else {
            commit("DeploymentStatusUpdate", changes)
        }
    }

    /// The scheduler may have ended a deployment by itself.
    private mutating func markStable(_ deployment: Deployment) {
        guard let job = head.version(deployment.jobVersion, of: deployment.job)?.job, !job.stable,
            job.createIndex == deployment.jobCreateIndex
        else { return }
        commit("JobStability", [.jobStability(deployment.job, version: deployment.jobVersion, stable: true)])
    }

    /// Whether an evaluation would find nothing to do: it is the job's first deployment, and everything that it wants
    /// is there, lives and is not unhealthy.
    private static func hasNothingToStep(_ deployment: Deployment, _ allocations: [Allocation], _ job: Job) -> Bool {
        guard isPlaced(deployment, job) else { return false }
        var living: [String: Int] = [:]
        for allocation in allocations where !allocation.isTerminal { living[allocation.taskGroup, default: 0] += 1 }
        return deployment.taskGroups.allSatisfy { name, group in
            group.desiredCanaries == 0 && group.unhealthyAllocs == 0 && (living[name] ?? 0) >= group.desiredTotal
        }
    }

    /// Evaluates the job when health changed, so that the next instances are replaced, and marks unhealthy
    /// allocations as free to be rescheduled. At most one evaluation per `deploymentStep`.
    private mutating func stepOn(_ deployment: Deployment, _ allocations: [Allocation], _ job: Job) {
        var counts = DeploymentWatch.Seen()
        for (name, group) in deployment.taskGroups {
            counts.healthy += group.healthyAllocs
            counts.unhealthy += group.unhealthyAllocs
            if isShort(group, name, allocations), group.requireProgressBy != .zero {
                deployments.wake(deployment.id, at: group.requireProgressBy.instant)
            }
        }
        guard counts != deployments.seen(deployment.id) else { return }
        if let last = deployments.lastStep(deployment.id), now < last + configuration.deploymentStep {
            return deployments.wake(deployment.id, at: last + configuration.deploymentStep)
        }
        if Self.hasNothingToStep(deployment, allocations, job) {
            return deployments.stepped(deployment.id, deployments.seen(deployment.id), at: now)
        }
        deployments.stepped(deployment.id, counts, at: now)
        let marked = allocations.filter { allocation in
            allocation.deploymentStatus?.healthy == false && allocation.desiredStatus == .run
                && allocation.nextAllocation.isZero && !(allocation.desiredTransition.reschedule ?? false)
        }.map { allocation in
            var allocation = allocation
            allocation.desiredTransition.reschedule = true
            return allocation
        }
        let cause = marked.isEmpty ? "EvaluationUpdated" : "AllocationUpdateDesiredStatus"
        _ = commit(cause, marked.isEmpty ? [] : [.allocations(marked)], evaluating: deployment)
    }
}
