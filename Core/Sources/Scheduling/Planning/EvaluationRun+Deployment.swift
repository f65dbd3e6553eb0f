import Base
import Model
import State

extension EvaluationRun {
    /// Ends active deployments for which `reason` names one.
    mutating func cancelDeployments(_ reason: (Deployment) -> String?) {
        for var deployment in state.deployments(ofJob: evaluation.job) where deployment.status.isActive {
            guard let reason = reason(deployment) else { continue }
            deployment.status = .cancelled
            deployment.statusDescription = reason
            plan.deployments.append(deployment)
        }
    }

    /// Starts the rollout that some group asks for, with all groups that take part.
    mutating func createDeployment(_ job: Job, _ decisions: [GroupDecision]) {
        guard decisions.contains(where: \.createsDeployment) else { return }
        var created = Deployment()
        created.id = DeploymentID(using: &generator)
        (created.namespace, created.jobID) = (job.namespace, job.id)
        created.jobVersion = job.version
        created.jobModifyIndex = job.modifyIndex
        created.jobSpecModifyIndex = job.jobModifyIndex
        created.jobCreateIndex = job.createIndex
        created.isMultiregion = job.multiregion.map { !$0.isNull } ?? false
        // What the rollout goes on to evaluate is as urgent as what began it.
        created.evalPriority = evaluation.priority
        for (group, decision) in zip(job.taskGroups, decisions) where decision.createsDeployment {
            created.taskGroups[group.name] = decision.rollout
        }
        created.status = .running
        created.statusDescription = Self.description(created)
        deployment = created
        plan.deployments.append(created)
    }

    private static func description(_ deployment: Deployment) -> String {
        guard deployment.requiresPromotion else { return DeploymentText.running }
        let waiting = deployment.taskGroups.values.filter { $0.desiredCanaries > 0 && !$0.promoted }
        return waiting.allSatisfy(\.autoPromote) ? DeploymentText.autoPromotion : DeploymentText.needsPromotion
    }

    /// Ends a rollout as successful when nothing is left to do and all of it is healthy.
    mutating func completeDeployment(_ deployment: Deployment?, isSettled: Bool) {
        guard var running = deployment, running.status == .running, state.deployment(running.id) != nil else { return }
        guard isSettled, plan.evaluation.failedTGAllocs.isEmpty else { return }
        let isHealthy = running.taskGroups.values.allSatisfy { group in
            group.healthyAllocs >= max(group.desiredTotal, group.desiredCanaries)
                && (group.desiredCanaries == 0 || group.promoted)
        }
        guard isHealthy, isAlive(running) else { return }
        running.status = .successful
        running.statusDescription = DeploymentText.successful
        plan.deployments.removeAll { $0.id == running.id }
        plan.deployments.append(running)
    }

    /// Whether the healthy allocations still live: the counts hold those too that were healthy and have ended since,
    /// and nobody would replace them once the rollout is over.
    private func isAlive(_ deployment: Deployment) -> Bool {
        var alive: [String: Int] = [:]
        for allocation in state.allocations(ofDeployment: deployment.id)
        where !allocation.isTerminal && allocation.deploymentStatus?.healthy == true {
            alive[allocation.taskGroup, default: 0] += 1
        }
        return deployment.taskGroups.allSatisfy { name, group in
            // Canaries beyond the count are stopped by the promotion.
            alive[name] ?? 0 >= (group.promoted ? group.desiredTotal : max(group.desiredTotal, group.desiredCanaries))
        }
    }
}
