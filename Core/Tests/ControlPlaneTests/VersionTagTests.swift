import Base
import Model
import State
import Testing

@testable import ControlPlane

@Suite struct VersionTagTests {
    /// A job with versions 0, 1 and 2.
    private func cluster() throws -> Cluster {
        var cluster = Cluster()
        for count in 1...3 { _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: count)))) }
        return cluster
    }

    private func tag(_ name: String, _ version: UInt64? = nil, description: String = "") -> Command {
        .tagJobVersion(key("a"), tag: name, version: version, description: description)
    }

    @Test func aTagNamesAVersion() throws {
        var cluster = try cluster()
        let reply = try cluster.submit(tag("good", 1, description: "works"))
        #expect(reply.versionTag?["Name"] == "good")
        #expect(cluster.state.version(1, of: key("a"))?.job.versionTag?["Description"] == "works")
        #expect(cluster.state.job(key("a"))?.job.versionTag == nil)
        _ = try cluster.submit(tag("newest"))
        #expect(cluster.state.job(key("a"))?.job.versionTag?["Name"] == "newest")
        #expect(cluster.state.job(key("a"))?.job.version == 2, "a tag makes no version")
        _ = try cluster.submit(.untagJobVersion(key("a"), tag: "good"))
        #expect(cluster.state.version(1, of: key("a"))?.job.versionTag == nil)
    }

    @Test func refusals() throws {
        var cluster = try cluster()
        _ = try cluster.submit(tag("good", 1))
        #expect(cluster.refusal(of: tag("good", 0))?.status == 400)
        #expect(cluster.refusal(of: tag("good", 1)) == nil, "again is fine")
        #expect(cluster.refusal(of: tag("", 0))?.status == 400)
        #expect(cluster.refusal(of: tag("x", 99))?.status == 404)
        #expect(cluster.refusal(of: tag("x", 0, description: String(repeating: "x", count: 1001)))?.status == 400)
        #expect(
            cluster.refusal(of: .untagJobVersion(key("a"), tag: "none")) == CommandError(500, "tag \"none\" not found"))
        #expect(
            cluster.refusal(of: .tagJobVersion(key("zz"), tag: "x", version: nil, description: ""))?.status == 404)
    }

    @Test func aNamedVersionIsKept() throws {
        var cluster = try cluster()
        _ = try cluster.submit(tag("first", 0))
        for count in 4...20 { _ = try cluster.submit(.registerJob(RegisterJob(job: makeJob("a", count: count)))) }
        let versions = cluster.state.versions(of: key("a")).map(\.job.version)
        #expect(versions.last == 0)
        #expect(versions.count == 7)
    }

    @Test func preservedResources() throws {
        var cluster = Cluster()
        var first = makeJob("a")
        first.taskGroups[0].tasks[0].resources.memoryMB = 777
        _ = try cluster.submit(.registerJob(RegisterJob(job: first)))
        var request = RegisterJob(job: makeJob("a"))
        request.job.meta["x"] = "y"
        request.preserveResources = true
        _ = try cluster.submit(.registerJob(request))
        #expect(cluster.state.job(key("a"))?.job.taskGroups[0].tasks[0].resources.memoryMB == 777)
        #expect(cluster.state.job(key("a"))?.job.meta["x"] == "y")
    }

    @Test func aRevertKeepsTheTextOfTheVersion() throws {
        var cluster = Cluster()
        for count in 1...2 {
            var request = RegisterJob(job: makeJob("a", count: count))
            request.submission = ["Source": .string("text \(count)")]
            _ = try cluster.submit(.registerJob(request))
        }
        _ = try cluster.submit(.revertJob(key("a"), version: 0, enforcePriorVersion: nil))
        let name = RecordTable.submissionKey(namespace: "default", job: "a", version: 2)
        #expect(cluster.state.record(table: RecordTable.submissions, key: name)?["Source"] == "text 1")
    }
}
