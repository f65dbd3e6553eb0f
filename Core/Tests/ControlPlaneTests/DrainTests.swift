import Base
import Model
import State
import Testing

@testable import ControlPlane

/// What a drain does to work of each type, and to groups whose instances do not become healthy.
@Suite struct DrainTests {
    private func cluster(nodes: UInt64, _ job: Job) throws -> Cluster {
        var configuration = ControlPlaneConfiguration()
        // Nobody beats here.
        configuration.heartbeatTTLMin = .hours(10)
        var cluster = Cluster(configuration)
        _ = try cluster.submit(.registerNode(makeNode(1)))
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        cluster.settle()
        for number in 2...max(2, nodes) where nodes > 1 { _ = try cluster.submit(.registerNode(makeNode(number))) }
        cluster.settle()
        try report(cluster.state.allocations(ofJob: job.key), .running, to: &cluster)
        return cluster
    }

    private func report(_ allocations: [Allocation], _ status: ClientStatus, to cluster: inout Cluster) throws {
        for allocation in allocations {
            var update = AllocationUpdate()
            (update.id, update.clientStatus) = (allocation.id, status)
            _ = try cluster.submit(.updateAllocations(allocation.nodeID, [update]))
        }
        cluster.settle()
    }

    private func drain(_ number: UInt64, _ deadline: TimeSpan, _ cluster: inout Cluster) throws {
        var strategy = DrainStrategy()
        strategy.deadline = deadline
        _ = try cluster.submit(.drainNode(makeNode(number).id, strategy, markEligible: false, meta: nil))
        cluster.settle()
    }

    private func on(_ number: UInt64, _ cluster: Cluster) -> [Allocation] {
        cluster.state.allocations(onNode: makeNode(number).id)
    }

    /// Work that runs once has until the deadline to end; then it is stopped, and not begun again anywhere.
    @Test(arguments: [JobType.batch, .sysbatch], [TimeSpan.seconds(60), .seconds(-1)])
    func workThatRunsOnce(type: JobType, deadline: TimeSpan) throws {
        let job = makeJob("crunch", type: type)
        var cluster = try cluster(nodes: type == .batch ? 2 : 1, job)
        let work = try #require(on(1, cluster).first)
        try drain(1, deadline, &cluster)
        if deadline > .zero {
            cluster.wait(.seconds(30))
            #expect(cluster.state.allocation(work.id)?.desiredStatus == .run)
            cluster.wait(.seconds(31))
        }
        let stopped = try #require(cluster.state.allocation(work.id))
        #expect(stopped.desiredStatus == .stop)
        #expect(stopped.desiredDescription == "alloc not needed as node is tainted")
        try report([stopped], .complete, to: &cluster)
        #expect(cluster.state.node(work.nodeID)?.lastDrain?["Status"] == "complete")
        // Neither later nor by hand, until the job says something else.
        _ = try cluster.submit(.setEligibility(work.nodeID, eligible: true))
        _ = try cluster.submit(.evaluateJob(job.key, forceReschedule: false))
        cluster.settle()
        #expect(cluster.state.allocations(ofJob: job.key).map(\.id) == [work.id])
        #expect(cluster.state.job(job.key)?.job.status == "dead")
        var changed = job
        changed.taskGroups[0].tasks[0].env["V"] = "2"
        _ = try cluster.submit(.registerJob(RegisterJob(job: changed)))
        cluster.settle()
        #expect(cluster.state.allocations(ofJob: job.key).count == 2)
    }

    @Test func workThatEndsInTimeEndsTheDrain() throws {
        var cluster = try cluster(nodes: 1, makeJob("crunch", type: .sysbatch))
        try drain(1, .hours(1), &cluster)
        #expect(cluster.state.node(makeNode(1).id)?.drainStrategy != nil)
        try report(on(1, cluster), .complete, to: &cluster)
        #expect(cluster.state.node(makeNode(1).id)?.lastDrain?["Status"] == "complete")
    }

    /// A replacement that does not become healthy holds a drain up as long as `healthy_deadline` says.
    @Test func unhealthyReplacementsHoldADrainUpForAWhile() throws {
        var job = makeJob("web", count: 3)
        job.taskGroups[0].migrate?.minHealthyTime = .seconds(5)
        job.taskGroups[0].migrate?.healthyDeadline = .minutes(2)
        var cluster = try cluster(nodes: 2, job)
        cluster.wait(.seconds(10))
        try drain(1, .hours(1), &cluster)
        let first = try #require(on(1, cluster).first { $0.desiredStatus == .stop })
        try report([first], .complete, to: &cluster)
        cluster.wait(.seconds(100))
        #expect(on(1, cluster).count { $0.desiredStatus == .stop } == 1)
        cluster.wait(.seconds(30))
        #expect(on(1, cluster).count { $0.desiredStatus == .stop } == 2)
    }
}
