import Base
import Model
import State
import Testing

@testable import ControlPlane

/// How a leader watches a rollout.
@Suite struct DeploymentWatchTests {
    private func cluster(_ job: Job) throws -> Cluster {
        var cluster = Cluster()
        for number in 1...4 as ClosedRange<UInt64> { _ = try cluster.submit(.registerNode(makeNode(number))) }
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        cluster.settle()
        return cluster
    }

    private func rollingJob(count: Int) -> Job {
        var job = makeJob("web", count: count)
        var update = UpdatePolicy()
        (update.maxParallel, update.healthCheck) = (1, "task_states")
        (update.healthyDeadline, update.progressDeadline) = (.minutes(5), .minutes(10))
        job.taskGroups[0].update = update
        var reschedule = ReschedulePolicy()
        (reschedule.unlimited, reschedule.delay, reschedule.delayFunction) = (true, .seconds(5), "constant")
        job.taskGroups[0].reschedulePolicy = reschedule
        return job
    }

    private func report(
        _ allocations: [Allocation], _ status: ClientStatus, healthy: Bool?, to cluster: inout Cluster
    ) throws {
        for allocation in allocations {
            var update = AllocationUpdate()
            (update.id, update.clientStatus, update.deploymentHealthy) = (allocation.id, status, healthy)
            _ = try cluster.submit(.updateAllocations(allocation.nodeID, [update]))
        }
    }

    private func evaluations(_ cluster: Cluster) -> Int {
        cluster.state.evaluations(ofJob: key("web")).count { $0.triggeredBy == .deploymentWatcher }
    }

    @Test func aFirstRolloutNeedsNoEvaluationsToBecomeHealthy() throws {
        var cluster = try cluster(rollingJob(count: 6))
        let allocations = cluster.state.allocations(ofJob: key("web"))
        #expect(allocations.count == 6)
        for allocation in allocations {
            try report([allocation], .running, healthy: true, to: &cluster)
            cluster.wait(.seconds(2))
        }
        let deployment = try #require(cluster.state.latestDeployment(ofJob: key("web")))
        #expect(deployment.status == .successful)
        #expect(cluster.state.job(key("web"))?.job.stable == true)
        #expect(evaluations(cluster) == 0)
    }

    @Test func aFirstRolloutThatLosesAnInstanceReplacesItAndEnds() throws {
        var cluster = try cluster(rollingJob(count: 4))
        let first = cluster.state.allocations(ofJob: key("web"))
        try report(Array(first.prefix(3)), .running, healthy: true, to: &cluster)
        cluster.settle()
        try report([first[3]], .failed, healthy: nil, to: &cluster)
        // Shorter than it takes to miss a silent node.
        cluster.wait(.seconds(8))
        let all = cluster.state.allocations(ofJob: key("web"))
        let replacement = try #require(all.first { $0.previousAllocation == first[3].id })
        try report([replacement], .running, healthy: true, to: &cluster)
        cluster.wait(.seconds(7))
        let deployment = try #require(cluster.state.latestDeployment(ofJob: key("web")))
        #expect(deployment.status == .successful)
    }

    @Test func aRolloutThatNobodyReportsOnFailsAtItsDeadline() throws {
        var job = rollingJob(count: 2)
        job.taskGroups[0].update?.progressDeadline = .seconds(7)
        job.taskGroups[0].update?.healthyDeadline = .seconds(6)
        var cluster = try cluster(job)
        cluster.wait(.seconds(6))
        #expect(cluster.state.latestDeployment(ofJob: key("web"))?.status == .running)
        cluster.wait(.seconds(2))
        #expect(cluster.state.latestDeployment(ofJob: key("web"))?.status == .failed)
    }

    /// A promotion while a rollout is paused leaves it paused, and its description says so.
    @Test func promotionOfAPausedRollout() throws {
        var job = rollingJob(count: 2)
        job.taskGroups[0].update?.canary = 1
        var cluster = try cluster(job)
        try report(cluster.state.allocations(ofJob: key("web")), .running, healthy: true, to: &cluster)
        cluster.wait(.seconds(5))
        job.taskGroups[0].tasks[0].env["V"] = "2"
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        cluster.settle()
        let canaries = cluster.state.allocations(ofJob: key("web")).filter { $0.deploymentStatus?.canary ?? false }
        try report(canaries, .running, healthy: true, to: &cluster)
        let rollout = try #require(cluster.state.latestDeployment(ofJob: key("web")))
        #expect(rollout.statusDescription == "Deployment is running but requires manual promotion")
        _ = try cluster.submit(.pauseDeployment(rollout.id, paused: true))
        _ = try cluster.submit(.promoteDeployment(rollout.id, groups: nil))
        cluster.settle()
        let paused = try #require(cluster.state.deployment(rollout.id))
        #expect(paused.taskGroups["g"]?.promoted == true)
        #expect(paused.status == .paused)
        #expect(paused.statusDescription == "Deployment is paused")
        _ = try cluster.submit(.pauseDeployment(rollout.id, paused: false))
        #expect(cluster.state.deployment(rollout.id)?.statusDescription == "Deployment is running")
    }
}
