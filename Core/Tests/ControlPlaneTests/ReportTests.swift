import Base
import Model
import State
import Testing

@testable import ControlPlane

/// Which reports of nodes make a leader look at a job.
@Suite struct ReportTests {
    private func cluster() throws -> (Cluster, Allocation) {
        var configuration = ControlPlaneConfiguration()
        configuration.heartbeatTTLMin = .hours(10)
        var cluster = Cluster(configuration)
        _ = try cluster.submit(.registerNode(makeNode(1)))
        var job = makeJob("web")
        var policy = DisconnectPolicy()
        (policy.lostAfter, policy.replace) = (.hours(20), false)
        job.taskGroups[0].disconnect = policy
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        cluster.settle()
        let allocation = try #require(cluster.state.allocations(ofJob: key("web")).first)
        try report(allocation, .running, to: &cluster)
        return (cluster, allocation)
    }

    private func report(_ allocation: Allocation, _ status: ClientStatus, to cluster: inout Cluster) throws {
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (allocation.id, status)
        _ = try cluster.submit(.updateAllocations(allocation.nodeID, [update]))
        cluster.settle()
    }

    private func triggers(_ cluster: Cluster) -> [EvaluationTrigger] {
        cluster.state.evaluations(ofJob: key("web")).filter { $0.triggeredBy != .nodeUpdate }.map(\.triggeredBy)
    }

    /// Whatever becomes of one that was out of reach, it is compared with what replaced it.
    @Test(arguments: [ClientStatus.running, .failed, .complete]) func backAgain(status: ClientStatus) throws {
        var (cluster, allocation) = try cluster()
        // Its node misses a beat and is out of reach.
        cluster.wait(.hours(21))
        #expect(cluster.state.allocation(allocation.id)?.clientStatus == .unknown)
        try report(allocation, status, to: &cluster)
        #expect(triggers(cluster).filter { $0 == .reconnect }.count == 1)
    }

    /// The end of a disconnection that is planned keeps nobody from seeing that it failed later.
    @Test func failsLater() throws {
        var (cluster, allocation) = try cluster()
        cluster.wait(.hours(21))
        try report(allocation, .running, to: &cluster)
        let followup = try #require(cluster.state.allocation(allocation.id)?.followupEvalID)
        #expect(cluster.state.evaluation(followup)?.triggeredBy == .maxDisconnectTimeout)
        try report(allocation, .failed, to: &cluster)
        #expect(triggers(cluster).contains(.allocFailure))
        cluster.wait(.minutes(2))
        #expect(cluster.state.allocations(ofJob: key("web")).count { $0.previousAllocation == allocation.id } == 1)
    }

    /// A rollout goes on with the urgency of the evaluation that began it.
    @Test func rolloutsKeepThePriorityOfTheirEvaluation() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerNode(makeNode(1)))
        var job = makeJob("web")
        job.taskGroups[0].update = UpdatePolicy()
        job.taskGroups[0].update?.maxParallel = 1
        var request = RegisterJob(job: job)
        request.evalPriority = 77
        _ = try cluster.submit(.registerJob(request))
        cluster.settle()
        let deployment = try #require(cluster.state.latestDeployment(ofJob: key("web")))
        #expect(deployment.evalPriority == 77)
        let reply = try cluster.submit(.failDeployment(deployment.id))
        #expect(cluster.state.evaluation(reply.evaluation)?.priority == 77)
    }
}
