import Base
import Model
import State

// Rollouts of system jobs: canaries are nodes that get the new version first, in place of the old one.
extension EvaluationRun {
    /// Ends rollouts of older versions and reads the one of the job's present version.
    mutating func followRollout(_ job: Job) -> ReconcileContext {
        cancelDeployments { deployment in
            deployment.jobVersion == job.version && deployment.jobCreateIndex == job.createIndex
                ? nil : DeploymentText.newerJob
        }
        let context = ReconcileContext(job, evaluation, state, now, ids: generator.next())
        deployment = context.deployment
        return context
    }

    /// Reads or drafts the group's part of the rollout.
    func draftRollout(_ pass: inout PerNodePass, _ allocations: [Allocation], _ context: ReconcileContext) {
        let job = pass.job.job
        guard job.kind == .system, let policy = pass.group.update, policy.maxParallel > 0 else { return }
        if let known = context.deployment ?? context.failedDeployment {
            pass.decision.rollout = known.taskGroups[pass.group.name]
            pass.isPaused = known.status == .paused || known.status == .pending
            pass.hasFailed = known.status == .failed
            return
        }
        let versionHasRun = allocations.contains {
            $0.jobVersion == job.version && $0.job.job.createIndex == job.createIndex
        }
        // Tools know new system jobs without a deployment: there is one only where a later version may go back to this
        // one, for which it has to be known as stable.
        let isFirst = !versionHasRun && policy.autoRevert
        guard !context.versionHasDeployment, pass.nodes > 0,
            isFirst || !pass.destructive.isEmpty || !pass.inPlace.isEmpty
        else { return }
        var rollout = DeploymentState()
        (rollout.autoRevert, rollout.autoPromote) = (policy.autoRevert, policy.autoPromote)
        rollout.progressDeadline = policy.progressDeadline
        rollout.desiredTotal = pass.nodes
        // A percentage of the nodes that change, rounded up.
        let share = (min(100, policy.canary) * pass.destructive.count + 99) / 100
        rollout.desiredCanaries = min(share, policy.maxParallel)
        pass.decision.rollout = rollout
        pass.decision.createsDeployment = true
    }

    /// Nodes come and go during a rollout: it wants as many healthy instances as there are nodes now.
    mutating func followNodes(_ passes: [PerNodePass]) {
        guard var running = deployment, running.status.isActive, state.deployment(running.id) != nil else { return }
        for pass in passes where running.taskGroups[pass.group.name] != nil {
            running.taskGroups[pass.group.name]?.desiredTotal = pass.nodes
        }
        guard running != deployment else { return }
        deployment = running
        plan.deployments.append(running)
    }

    /// Instances that take over the new version where they are, all at once.
    mutating func updateInPlace(_ pass: PerNodePass) {
        let (id, evaluation) = (pass.decision.rollout == nil ? nil : deployment?.id, evaluation.id)
        for allocation in pass.inPlace {
            change(allocation) { copy in
                (copy.job, copy.evalID) = (pass.job, evaluation)
                (copy.deploymentID, copy.deploymentStatus) = (id ?? .zero, nil)
            }
        }
        plan.annotations.desiredTGUpdates[pass.group.name]?.inPlaceUpdate += pass.inPlace.count
    }

    /// How many nodes may change now: what the rollout allows at a time less what is not healthy yet.
    func room(_ pass: PerNodePass, _ rollout: DeploymentState) -> Int {
        guard !pass.isPaused, !pass.hasFailed else { return 0 }
        var room = pass.group.update?.maxParallel ?? 0
        var canaries = 0
        for allocation in deployment.map({ state.allocations(ofDeployment: $0.id) }) ?? []
        where allocation.taskGroup == pass.group.name && !current(allocation).isTerminal {
            if allocation.deploymentStatus?.canary ?? false { canaries += 1 }
            switch allocation.deploymentStatus?.healthy {
            case false: return 0
            case nil: room -= 1
            case true: break
            }
        }
        if pass.isCanarying { room = min(room, rollout.desiredCanaries - canaries) }
        return max(0, room)
    }

    /// The version that a node without a canary gets until promotion: the one that it had, else the newest of the old
    /// ones; nil when there is none left.
    func versionToKeep(_ previous: Allocation?, _ pass: PerNodePass) -> SharedJob? {
        let present = pass.job.job
        if let previous, previous.job.job.createIndex == present.createIndex, previous.jobVersion != present.version {
            return previous.job
        }
        return pass.destructive.max { $0.jobVersion < $1.jobVersion }?.job
    }
}
