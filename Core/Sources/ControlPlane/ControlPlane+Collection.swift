import Base
import Model
import Scheduling
import State

/// Garbage collection: what ended long ago is deleted. Entries have the cause `GarbageCollected`, which the
/// event stream does not show.
extension ControlPlane {
    mutating func collectIfDue() {
        guard let due = nextCollection, due <= now else { return }
        nextCollection = now + configuration.collectionInterval
        collect(force: false)
    }

    /// Deletes everything that has ended, however recently.
    mutating func collectAll() -> Reply {
        collect(force: true)
        return Reply()
    }

    private mutating func collect(force: Bool) {
        collectJobs(force: force)
        collectEvaluations(force: force)
        collectDeployments(force: force)
        collectNodes(force: force)
        collectTokens()
    }

    private func isOld(_ time: Int64, _ threshold: TimeSpan, _ force: Bool) -> Bool {
        force || time + threshold.nanoseconds <= now.nanoseconds
    }

    private mutating func delete<ID>(_ ids: [ID], _ change: ([ID]) -> Change) {
        var rest = ids[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(configuration.deletionsPerEntry))
            rest = rest.dropFirst(part.count)
            commit("GarbageCollected", [change(part)])
        }
    }

    // MARK: Evaluations with their allocations

    /// Whether nothing will be done with an allocation any more.
    private func isOver(_ allocation: Allocation, _ job: Job?, _ threshold: TimeSpan, _ force: Bool) -> Bool {
        guard allocation.isTerminal, isOld(allocation.modifyTime, threshold, force) else { return false }
        // Stopped, but its node hasn't said so yet; a node that is gone never will.
        if !allocation.isClientTerminal, let node = head.node(allocation.nodeID), node.status != .down { return false }
        if let job, isReason(allocation, job) { return false }
        guard let job, !job.stop, allocation.clientStatus == .failed, allocation.desiredStatus == .run,
            allocation.nextAllocation.isZero, let policy = job.group(allocation.taskGroup)?.reschedulePolicy
        else { return true }
        return !policy.mayReschedule(allocation)
    }

    /// What a job that runs once on every node did on a node says why it isn't there, or need not run again.
    private func isReason(_ allocation: Allocation, _ job: Job) -> Bool {
        guard job.kind == .system || job.kind == .sysbatch, !job.stop, job.status != JobStatus.dead.rawValue else {
            return false
        }
        return allocation.desiredStatus == .run && allocation.nextAllocation.isZero
            && allocation.jobVersion == job.version && head.node(allocation.nodeID) != nil
    }

    private mutating func collectEvaluations(force: Bool) {
        var evaluations: [EvaluationID] = []
        var allocations: [AllocationID] = []
        for evaluation in head.allEvaluations where evaluation.status.isTerminal {
            let threshold =
                evaluation.type == .batch ? configuration.batchEvaluationThreshold : configuration.evaluationThreshold
            guard isOld(evaluation.modifyTime, threshold, force) else { continue }
            let job = head.job(evaluation.job)?.job
            let own = head.allocations(ofEvaluation: evaluation.id)
            // What a batch job has completed must be known as long as the job lives.
            if evaluation.type == .batch, let job, !job.stop, job.status != JobStatus.dead.rawValue, !own.isEmpty {
                continue
            }
            // An evaluation stays as long as one of its allocations; those that are over go before it.
            let over = own.filter { isOver($0, job, threshold, force) }
            allocations.append(contentsOf: over.map(\.id))
            if over.count == own.count { evaluations.append(evaluation.id) }
        }
        delete(allocations) { .deleteAllocations($0) }
        delete(evaluations) { .deleteEvaluations($0) }
    }

    // MARK: Jobs

    private mutating func collectJobs(force: Bool) {
        for shared in head.allJobs() {
            let job = shared.job
            guard job.status == JobStatus.dead.rawValue,
                !head.versions(of: job.key).contains(where: { $0.job.versionTag != nil })
            else { continue }
            let isLauncher = job.isPeriodic || job.isParameterized
            guard job.stop || (job.kind.runsToCompletion && !isLauncher) else { continue }
            if isLauncher, head.children(of: job.key).contains(where: { $0.job.status != JobStatus.dead.rawValue }) {
                continue
            }
            collect(job, force: force)
        }
    }

    private mutating func collect(_ job: Job, force: Bool) {
        let evaluations = head.evaluations(ofJob: job.key)
        let allocations = head.allocations(ofJob: job.key)
        let threshold = configuration.jobThreshold
        let times = evaluations.map(\.modifyTime) + allocations.map(\.modifyTime) + [job.submitTime]
        guard isOld(times.max() ?? 0, threshold, force), evaluations.allSatisfy({ $0.status.isTerminal }),
            allocations.allSatisfy({ isOver($0, job, threshold, force) })
        else { return }
        let deployments = head.deployments(ofJob: job.key).filter { !$0.status.isActive }
        // The job first: should the server end in between, no job is left that has forgotten what it completed.
        commit("GarbageCollected", [.deleteJob(job.key)])
        delete(allocations.map(\.id)) { .deleteAllocations($0) }
        delete(evaluations.map(\.id)) { .deleteEvaluations($0) }
        delete(deployments.map(\.id)) { .deleteDeployments($0) }
    }

    // MARK: Deployments and nodes

    private mutating func collectDeployments(force: Bool) {
        let over = head.allDeployments.filter { deployment in
            !deployment.status.isActive && isOld(deployment.modifyTime, configuration.deploymentThreshold, force)
                && head.allocations(ofDeployment: deployment.id).allSatisfy(\.isTerminal)
                && !isReason(deployment)
        }
        delete(over.map(\.id)) { .deleteDeployments($0) }
    }

    /// A failed deployment of a job's current version says why the job is short of instances.
    private func isReason(_ deployment: Deployment) -> Bool {
        guard deployment.status == .failed, let job = head.job(deployment.job)?.job, !job.stop else { return false }
        return job.version == deployment.jobVersion && job.createIndex == deployment.jobCreateIndex
    }

    private mutating func collectNodes(force: Bool) {
        for node in head.allNodes where node.status == .down {
            guard isOld(node.statusUpdatedAt * 1_000_000_000, configuration.nodeThreshold, force),
                head.allocations(onNode: node.id).allSatisfy({ $0.isTerminal })
            else { continue }
            commit("GarbageCollected", [.deleteNode(node.id)])
        }
    }
}
