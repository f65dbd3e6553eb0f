import Base
import Model
import State
import Testing

@testable import ControlPlane

@Suite struct LaunchTests {
    private func parameterized() -> Job {
        var job = makeJob("param", type: .batch)
        var spec = ParameterizedSpec()
        (spec.payload, spec.metaRequired, spec.metaOptional) = ("required", ["who"], ["why"])
        job.parameterizedJob = spec
        return job
    }

    private func dispatch(_ id: String, _ payload: String?, _ meta: [String: String], token: String = "") -> Command {
        .dispatchJob(key(id), payload: payload, meta: meta, idPrefix: "", idempotencyToken: token)
    }

    @Test func dispatchMakesAChild() throws {
        var cluster = Cluster()
        let parent = try cluster.submit(.registerJob(RegisterJob(job: parameterized())))
        #expect(parent.evaluation.isZero)
        let reply = try cluster.submit(dispatch("param", "aGk=", ["who": "me"], token: "t"))
        #expect(reply.dispatchedJobID.hasPrefix("param/dispatch-1800000000-"))
        #expect(reply.dispatchedJobID.split(separator: "-").last?.count == 8)
        let child = try #require(cluster.state.job(key(reply.dispatchedJobID))?.job)
        #expect((child.parentID, child.dispatched, child.payload, child.meta["who"]) == ("param", true, "aGk=", "me"))
        #expect(child.createIndex == reply.jobCreateIndex)
        let again = try cluster.submit(dispatch("param", "aGk=", ["who": "me"], token: "t"))
        #expect((again.dispatchedJobID, again.evaluation.isZero) == (reply.dispatchedJobID, true))
        #expect(again.jobCreateIndex == reply.jobCreateIndex)
    }

    /// A dispatch may say another priority than its parent's, within the limits of jobs.
    @Test(arguments: [(0, 50), (1, 1), (77, 77), (100, 100), (101, nil), (-1, nil)])
    func dispatchWithPriority(_ asked: Int, _ expected: Int?) throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: parameterized())))
        let command = Command.dispatchJob(
            key("param"), payload: "aGk=", meta: ["who": "me"], idPrefix: "", idempotencyToken: "", priority: asked)
        guard let expected else {
            let text = "job priority must be between [1, 100], not \(asked)"
            #expect(cluster.refusal(of: command) == CommandError(500, text))
            return
        }
        let reply = try cluster.submit(command)
        #expect(cluster.state.job(key(reply.dispatchedJobID))?.job.priority == expected)
        #expect(cluster.state.evaluation(reply.evaluation)?.priority == expected)
    }

    @Test func textsOfRefusals() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: parameterized())))
        _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("web"))))
        let large = String(repeating: "AAAA", count: 5462)
        let cases: [(Command, String)] = [
            (dispatch("param", "eA==", [:]), "Dispatch did not provide required meta keys: [who]"),
            (
                dispatch("param", "eA==", ["who": "x", "other": "y"]),
                "Dispatch request included unpermitted metadata keys: [other]"
            ),
            (dispatch("param", nil, ["who": "x"]), "Payload is not provided but required by parameterized job"),
            (dispatch("web", nil, [:]), "Specified job \"web\" is not a parameterized job"),
            (dispatch("nothing", nil, [:]), "parameterized job not found"),
            (dispatch("param", large, ["who": "x"]), "Payload exceeds maximum size; 16386 > 16384"),
            (.forcePeriodic(key("web")), "can't force launch non-periodic job"),
            (.forcePeriodic(key("nothing")), "job not found"),
        ]
        for (command, text) in cases { #expect(cluster.refusal(of: command) == CommandError(500, text)) }
    }

    private func periodic(_ line: String) -> Job {
        var job = makeJob("cron", type: .batch)
        job.periodic = PeriodicSpec()
        job.periodic?.spec = line
        return job
    }

    @Test func launchesWhenDue() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: periodic("*/10 * * * *"))))
        cluster.wait(.minutes(25))
        let children = cluster.state.children(of: key("cron")).map(\.job.id)
        #expect(children == ["cron/periodic-1800000600", "cron/periodic-1800001200"])
        #expect(cluster.state.periodicLaunch(of: key("cron"))?.seconds == 1_800_001_200)
    }

    @Test func forcedLaunchesHaveNamesOfTheirOwn() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: periodic("@yearly"))))
        let first = try cluster.submit(.forcePeriodic(key("cron")))
        #expect(cluster.state.evaluation(first.evaluation)?.triggeredBy == .periodicJob)
        _ = try cluster.submit(.forcePeriodic(key("cron")))
        let ids = cluster.state.children(of: key("cron")).map(\.job.id)
        #expect(ids == ["cron/periodic-1800000000", "cron/periodic-1800000001"])
    }

    @Test func overlapIsProhibitedWhereAsked() throws {
        var cluster = Cluster()
        var job = periodic("*/10 * * * *")
        job.periodic?.prohibitOverlap = true
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        // No node takes the first child, so it stays pending.
        cluster.wait(.minutes(45))
        #expect(cluster.state.children(of: key("cron")).count == 1)
    }

    @Test func missedLaunchesAreMadeUpOnce() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerJob(RegisterJob(job: periodic("*/10 * * * *"))))
        cluster.wait(.minutes(11))
        let later = cluster.now + .hours(2)
        var next = ControlPlane(state: cluster.state, seed: 8)
        _ = next.step(.lead, now: later)
        _ = next.step(.tick, now: later)
        #expect(next.head.children(of: key("cron")).count == 2)
    }

    @Test func zones() throws {
        var cluster = Cluster()
        var job = periodic("@daily")
        job.periodic?.timeZone = "Mars/Base"
        let refusal = cluster.refusal(of: .registerJob(RegisterJob(job: job)))
        #expect(refusal?.message.hasPrefix("Invalid time zone \"Mars/Base\"") == true)
        job = periodic("61 * * * *")
        #expect(cluster.refusal(of: .registerJob(RegisterJob(job: job)))?.message.contains("minute field") == true)
    }
}
