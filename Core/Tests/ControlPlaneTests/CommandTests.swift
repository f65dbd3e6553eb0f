import Base
import Model
import State
import Testing

@testable import ControlPlane

@Suite struct CommandTests {
    @Test func nothingHappensWithoutLeading() {
        var cluster = Cluster(leads: false)
        #expect(
            cluster.refusal(of: .registerJob(RegisterJob(job: makeJob("a")))) == CommandError(500, "No cluster leader"))
        #expect(cluster.entries.isEmpty)
    }

    @Test func registerMakesAVersionAndAnEvaluation() throws {
        var cluster = Cluster()
        let first = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a"))))
        #expect((first.index, first.jobModifyIndex, first.evaluationIndex) == (2, 2, 2))
        let evaluation = try #require(cluster.state.evaluation(first.evaluation))
        #expect(evaluation.triggeredBy == .jobRegister)
        #expect(evaluation.jobModifyIndex == 2)

        let same = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a"))))
        #expect(same.jobModifyIndex == 2)
        #expect(cluster.state.versions(of: key("a")).count == 1)
        #expect(!same.evaluation.isZero)

        let other = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: 2))))
        #expect(other.jobModifyIndex == other.index)
        #expect(cluster.state.job(key("a"))?.job.version == 1)
    }

    @Test(
        arguments: [
            ("a", 5, "Enforcing job modify index 5: job exists with conflicting job modify index: 2"),
            ("a", 0, "Enforcing job modify index 0: job already exists"),
            ("b", 5, "Enforcing job modify index 5: job does not exist"),
            ("a", 2, nil),
            ("b", 0, nil),
        ] as [(String, LogIndex, String?)])
    func enforcedIndex(_ id: String, index: LogIndex, refusal: String?) throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a"))))
        var request = RegisterJob(job: makeJob(id, count: 3))
        request.enforceIndex = index
        #expect(cluster.refusal(of: .registerJob(request)) == refusal.map { CommandError(500, $0) })
    }

    @Test func preservedCounts() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: 4))))
        var request = RegisterJob(job: makeJob("a", count: 1))
        request.job.meta["x"] = "y"
        request.preserveCounts = true
        _ = try cluster.submit(.registerJob(request))
        #expect(cluster.state.job(key("a"))?.job.group("g")?.count == 4)
    }

    @Test func stopIsANewVersionAndPurgeRemoves() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", type: .batch))))
        let stop = try cluster.submit(
            .deregisterJob(key("a"), purge: false, evalPriority: nil, noShutdownDelay: false))
        #expect(cluster.state.job(key("a"))?.job.stop == true)
        #expect(cluster.state.job(key("a"))?.job.version == 1)
        #expect(cluster.state.evaluation(stop.evaluation)?.type == .service)
        #expect(cluster.state.evaluation(stop.evaluation)?.triggeredBy == .jobDeregister)
        _ = try cluster.submit(.deregisterJob(key("a"), purge: true, evalPriority: nil, noShutdownDelay: false))
        #expect(cluster.state.job(key("a")) == nil)
        let unknown = try cluster.submit(
            .deregisterJob(key("zz"), purge: false, evalPriority: nil, noShutdownDelay: false))
        #expect(!unknown.evaluation.isZero)
    }

    @Test func revertTakesAnOldVersionUpAgain() throws {
        var cluster = Cluster()
        for count in 1...3 { _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: count)))) }
        for (version, prior, message) in [
            (2, nil, "can't revert to current version"),
            (99, nil, "job \"a\" in namespace \"default\" at version 99 not found"),
            (0, 7, "Current job has version 2; enforcing version 7"),
        ] as [(UInt64, UInt64?, String)] {
            let command = Command.revertJob(key("a"), version: version, enforcePriorVersion: prior)
            #expect(cluster.refusal(of: command) == CommandError(500, message))
        }
        _ = try cluster.submit(.revertJob(key("a"), version: 0, enforcePriorVersion: 2))
        let job = try #require(cluster.state.job(key("a"))?.job)
        #expect((job.version, job.group("g")?.count) == (3, 1))
    }

    @Test func stabilityOfAnOldVersion() throws {
        var cluster = Cluster()
        for count in 1...2 { _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: count)))) }
        _ = try cluster.submit(.setJobStability(key("a"), version: 0, stable: true))
        #expect(cluster.state.version(0, of: key("a"))?.job.stable == true)
        #expect(cluster.state.job(key("a"))?.job.version == 1)
        #expect(cluster.state.job(key("a"))?.job.stable == false)
    }

    @Test func typeCannotChange() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a"))))
        let refusal = cluster.refusal(of: .registerJob(RegisterJob(job: makeJob("a", type: .batch))))
        #expect(refusal?.message == "cannot update job from type \"service\" to \"batch\"")
    }

    @Test func registrationLimits() throws {
        var configuration = ControlPlaneConfiguration()
        configuration.evaluationsWaitingMax = 3
        var cluster = Cluster(configuration)
        #expect(
            cluster.refusal(of: .registerJob(RegisterJob(job: makeJob("big", count: 2_000_000_000))))?.status == 500)
        var high = makeJob("high")
        high.priority = 101
        #expect(cluster.refusal(of: .registerJob(RegisterJob(job: high)))?.status == 500)
        for number in 1...3 { _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("j\(number)")))) }
        #expect(cluster.refusal(of: .registerJob(RegisterJob(job: makeJob("j4"))))?.status == 429)
        #expect(cluster.state.job(key("j4")) == nil)
        var settings = SchedulerConfiguration()
        settings.rejectJobRegistration = true
        _ = try cluster.submit(.setSchedulerConfiguration(settings, checkIndex: nil))
        #expect(cluster.refusal(of: .registerJob(RegisterJob(job: makeJob("j1"))))?.status == 403)
    }

    @Test func jobsThatFitGetInPastTheLimit() throws {
        var configuration = ControlPlaneConfiguration()
        configuration.evaluationsWaitingMax = 3
        var cluster = Cluster(configuration)
        _ = try cluster.submit(.registerNode(makeNode(1)))
        var infeasible = makeJob("x")
        infeasible.constraints = [Constraint(lTarget: "${attr.kernel.name}", rTarget: "none")]
        for number in 1...3 {
            infeasible.id = "x\(number)"
            _ = try cluster.submit(.registerJob(RegisterJob(job: infeasible)))
        }
        cluster.settle()
        infeasible.id = "x4"
        #expect(cluster.refusal(of: .registerJob(RegisterJob(job: infeasible)))?.status == 429)
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("fits"))))
        cluster.settle()
        #expect(cluster.state.allocations(ofJob: key("fits")).count == 1)
    }

    @Test func evaluateRefusals() throws {
        var cluster = Cluster()
        var periodic = makeJob("p", type: .batch)
        periodic.periodic = PeriodicSpec()
        periodic.periodic?.spec = "@daily"
        _ = try cluster.submit(.registerJob(RegisterJob(job: periodic)))
        for (id, message) in [("nothing", "job not found"), ("p", "can't evaluate periodic job")] {
            #expect(
                cluster.refusal(of: .evaluateJob(key(id), forceReschedule: false)) == CommandError(500, message))
        }
    }
}

@Suite struct ScaleTests {
    private func scale(
        _ id: String, _ group: String, _ count: Int?, error: Bool = false, index: LogIndex? = nil
    ) -> Command {
        .scaleJob(key(id), group: group, count: count, message: "m", error: error, meta: nil, enforceIndex: index)
    }

    @Test func textsOfRefusals() throws {
        var cluster = Cluster()
        var job = makeJob("a", count: 2)
        var scaling = ScalingSpec()
        (scaling.min, scaling.max) = (1, 4)
        job.taskGroups[0].scaling = scaling
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        let index = try #require(cluster.state.job(key("a"))?.job.jobModifyIndex)
        let cases: [(Command, Int, String)] = [
            (scale("a", "g", 1, error: true), 400, "scaling action should not contain count if error is true"),
            (scale("a", "none", 1), 400, "task group \"none\" specified for scaling does not exist in job"),
            (scale("a", "", 1), 400, "missing task group name for scaling action"),
            (scale("a", "g", -1), 400, "scaling action count can't be negative"),
            (scale("nothing", "g", 1), 404, "job \"nothing\" not found"),
            (
                scale("a", "g", 2, index: 99), 500,
                "Enforcing job modify index 99: job exists with conflicting job modify index: \(index)"
            ),
            (scale("a", "g", 9), 400, "group count was greater than scaling policy maximum: 9 > 4"),
            (scale("a", "g", 0), 400, "group count was less than scaling policy minimum: 0 < 1"),
        ]
        for (command, status, text) in cases {
            #expect(cluster.refusal(of: command) == CommandError(status, text))
        }
        let events = try #require(cluster.state.scalingEvents(of: key("a"))["g"])
        #expect(events.count == 2)
        #expect(events.allSatisfy { $0.error && $0.count == nil && $0.previousCount == 2 })
    }

    @Test func countChangesTheJob() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: 1))))
        let reply = try cluster.submit(scale("a", "g", 3))
        #expect(cluster.state.job(key("a"))?.job.group("g")?.count == 3)
        #expect(cluster.state.evaluation(reply.evaluation)?.triggeredBy == .jobScaling)
        let event = try #require(cluster.state.scalingEvents(of: key("a"))["g"]?.first)
        #expect((event.count, event.previousCount, event.evalID) == (3, 1, reply.evaluation))
        let note = try cluster.submit(scale("a", "g", nil, error: true))
        #expect(note.evaluation.isZero)
        #expect(cluster.state.job(key("a"))?.job.version == 1)
    }
}
