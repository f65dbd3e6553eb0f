import Base
import Model
import State

extension ControlPlane {
    private func deployment(_ id: DeploymentID, to verb: String) throws(CommandError) -> Deployment {
        guard let deployment = head.deployment(id) else { throw CommandError(500, "deployment not found") }
        guard deployment.status.isActive else { throw CommandError(500, "can't \(verb) terminal deployment") }
        return deployment
    }

    mutating func promoteDeployment(_ id: DeploymentID, groups: [String]?) throws(CommandError) -> Reply {
        let deployment = try deployment(id, to: "promote")
        var errors: [String] = []
        for (name, group) in deployment.taskGroups.sorted(by: { $0.key < $1.key })
        where groups?.contains(name) ?? true {
            guard group.desiredCanaries > 0, !group.promoted else { continue }
            let healthy = healthyCanaries(group)
            if healthy < group.desiredCanaries {
                errors.append("Task group \"\(name)\" has \(healthy)/\(group.desiredCanaries) healthy allocations")
            }
        }
        if !errors.isEmpty { throw CommandError(500, ControlPlane.list(errors)) }
        return promote(deployment, groups: groups)
    }

    func healthyCanaries(_ group: DeploymentState) -> Int {
        group.placedCanaries.count { head.allocation($0)?.deploymentStatus?.healthy == true }
    }

    /// Makes canaries full members of their groups.
    @discardableResult
    mutating func promote(_ deployment: Deployment, groups: [String]?) -> Reply {
        var deployment = deployment
        var canaries: [Allocation] = []
        for (name, group) in deployment.taskGroups.sorted(by: { $0.key < $1.key })
        where group.desiredCanaries > 0 && groups?.contains(name) ?? true {
            deployment.taskGroups[name]?.promoted = true
            for id in group.placedCanaries {
                guard var canary = head.allocation(id), canary.deploymentStatus?.canary ?? false else { continue }
                canary.deploymentStatus?.canary = false
                canaries.append(canary)
            }
        }
        // One that is paused stays so, and says so.
        if deployment.status == .running { deployment.statusDescription = runningText(of: deployment) }
        var changes: [Change] = [.deployments([deployment])]
        if !canaries.isEmpty { changes.append(.allocations(canaries)) }
        return commit("DeploymentPromotion", changes, evaluating: deployment)
    }

    mutating func failDeployment(_ id: DeploymentID) throws(CommandError) -> Reply {
        fail(try deployment(id, to: "fail"), DeploymentText.failedByUser)
    }

    mutating func pauseDeployment(_ id: DeploymentID, paused: Bool) throws(CommandError) -> Reply {
        var deployment = try deployment(id, to: paused ? "pause" : "resume")
        deployment.status = paused ? .paused : .running
        deployment.statusDescription = paused ? DeploymentText.paused : runningText(of: deployment)
        if paused {
            var reply = Reply()
            reply.index = commit("DeploymentStatusUpdate", [.deployments([deployment])])
            reply.deploymentModifyIndex = reply.index
            return reply
        }
        return commit("DeploymentStatusUpdate", [.deployments([deployment])], evaluating: deployment)
    }

    private func runningText(of deployment: Deployment) -> String {
        guard deployment.requiresPromotion else { return DeploymentText.running }
        let automatic = deployment.taskGroups.values.allSatisfy { $0.desiredCanaries == 0 || $0.autoPromote }
        return automatic ? DeploymentText.autoPromotion : DeploymentText.needsPromotion
    }

    mutating func setAllocationHealth(
        _ id: DeploymentID, healthy: [AllocationID], unhealthy: [AllocationID]
    ) throws(CommandError) -> Reply {
        let deployment = try deployment(id, to: "set health of allocations for a")
        guard !healthy.isEmpty || !unhealthy.isEmpty else {
            throw CommandError(500, "must specify at least one healthy/unhealthy allocation ID")
        }
        var changed: [Allocation] = []
        for (ids, isHealthy) in [(healthy, true), (unhealthy, false)] {
            for one in ids {
                guard var allocation = head.allocation(one), allocation.deploymentID == id else {
                    throw CommandError(500, "allocation \"\(one)\" is not part of deployment \"\(id)\"")
                }
                var health = allocation.deploymentStatus ?? AllocationHealth()
                health.healthy = isHealthy
                health.timestamp = Timestamp(now)
                allocation.deploymentStatus = health
                changed.append(allocation)
            }
        }
        return commit("DeploymentAllocHealth", [.allocations(changed)], evaluating: deployment)
    }

    /// Commits changes together with an evaluation of the deployment's job.
    mutating func commit(_ cause: String, _ changes: [Change], evaluating deployment: Deployment) -> Reply {
        var reply = Reply()
        var changes = changes
        if let job = head.job(deployment.job)?.job {
            let evaluation = deploymentEvaluation(of: deployment, job)
            changes.append(.evaluations([evaluation]))
            reply.evaluation = evaluation.id
            reply.evaluationIndex = nextIndex
        }
        reply.index = commit(cause, changes)
        reply.deploymentModifyIndex = reply.index
        return reply
    }

    mutating func deploymentEvaluation(of deployment: Deployment, _ job: Job) -> Evaluation {
        let priority = deployment.evalPriority == 0 ? nil : deployment.evalPriority
        var evaluation = evaluation(of: job, .deploymentWatcher, priority: priority)
        evaluation.deploymentID = deployment.id
        return evaluation
    }
}
