import Base
import Model
import Testing

@testable import HTTPAPI

/// Handlers against a real server.
struct EndpointTests {
    @Test func emptyClusterHasEmptyLists() async throws {
        try await Fixture.run { api in
            for path in [
                "jobs", "allocations", "evaluations", "deployments", "nodes", "scaling/policies", "volumes?type=csi",
            ] {
                let answer = try await api.get("/v1/\(path)")
                #expect(answer.status == 200)
                #expect(answer.text == "[]", "\(path)")
                #expect(answer.headers["Content-Type"] == "application/json")
                #expect(UInt64(answer.headers["X-Nomad-Index"] ?? "") ?? 0 > 0)
                #expect(answer.headers["X-Nomad-KnownLeader"] == "true")
                #expect(answer.headers["Vary"] == "Accept-Encoding")
            }
        }
    }

    @Test(arguments: [
        ("GET", "/v1/nothing", 404, ""), ("DELETE", "/v1/jobs", 405, "Invalid method"),
        ("GET", "/v1/job/nope", 404, "job not found"), ("GET", "/v1/job/nope/versions", 404, "job versions not found"),
        ("GET", "/v1/job/nope/allocations", 200, "[]"), ("GET", "/v1/job/nope/deployment", 200, "null"),
        ("GET", "/v1/node/nope", 500, "node lookup failed: index error: UUID must be 36 characters"),
        ("GET", "/v1/node/11111111-2222-3333-4444-555555555555", 404, "node not found"),
        ("GET", "/v1/allocation/11111111-2222-3333-4444-555555555555", 404, "alloc not found"),
        ("GET", "/v1/evaluation/11111111-2222-3333-4444-555555555555", 404, "eval not found"),
        ("GET", "/v1/deployment/11111111-2222-3333-4444-555555555555", 404, "deployment not found"),
        (
            "GET", "/v1/nodes?prefix=abc", 500,
            "node lookup failed: index error: Input (without hyphens) must be even length"
        ),
        ("GET", "/v1/jobs?region=elsewhere", 500, "No path to region"),
        ("GET", "/v1/jobs?index=x", 400, "Invalid index"),
        ("PUT", "/v1/jobs", 400, "Request body is empty"), ("GET", "/v1/quotas", 501, "Nomad Enterprise only endpoint"),
        ("GET", "/v1/acl/policies", 400, "ACL support disabled"), ("GET", "/v1/regions", 200, "[\"global\"]"),
        ("GET", "/v1/status/leader", 200, "\"127.0.0.1:4647\""), ("GET", "/v1/agent/health?type=x", 200, "{}"),
        ("GET", "/v1/metrics?format=prometheus", 415, "Prometheus is not enabled"),
        ("GET", "/v1/client/stats", 400, "No local Node and node_id not provided"),
        ("GET", "/v1/client/fs/ls/", 400, "must provide a valid alloc id"),
        (
            "GET", "/v1/event/stream?topic=a:b:c", 400,
            "Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: a:b:c"
        ),
        ("GET", "/v1/operator/license", 204, ""), ("POST", "/v1/operator/raft/peer", 404, "Invalid method"),
        ("GET", "/v1/namespace/nothing", 404, "Namespace not found"),
        ("DELETE", "/v1/namespace/default", 500, "can not delete default namespace"),
    ])
    func plainAnswers(_ method: String, _ target: String, _ status: Int, _ text: String) async throws {
        try await Fixture.run { api in
            let answer = try await api.send(method, target)
            #expect(answer.status == status)
            #expect(answer.text == text)
        }
    }

    @Test func brokenBodiesNameThePlace() async throws {
        try await Fixture.run { api in
            let answer = try await api.send("PUT", "/v1/jobs", bytes: Array("{\"Job\": ".utf8))
            #expect(answer.status == 400)
            #expect(answer.text.contains("line 1, column 9"))
            #expect(try await api.send("PUT", "/v1/jobs", [:]).text == "Job must be specified")
            #expect(try await api.send("PUT", "/v1/jobs", ["Job": ["Name": "x"]]).text == "Job ID hasn't been provided")
            let other = try await api.send("PUT", "/v1/job/other/plan", ["Job": Fixture.job("web")])
            #expect((other.status, other.text) == (400, "Job ID does not match"))
            let kind = try await api.send("PUT", "/v1/jobs", ["Job": ["ID": "x", "Priority": "high"]])
            #expect(kind.status == 400)
            #expect(kind.text.contains("Priority"))
        }
    }

    @Test func aJobIsRegisteredReadAndStopped() async throws {
        try await Fixture.run { api in
            let node = try await api.addNode()
            let reply = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("web/one", count: 2)])
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["JobModifyIndex"]?.intValue ?? 0 > 0)
            let evaluation = try #require(reply.json["EvalID"]?.stringValue)
            let done = try await api.eventually("/v1/evaluation/\(evaluation)") { $0.json["Status"] == "complete" }
            #expect(done.json["Status"] == "complete")
            #expect(done.json["QueuedAllocations"] == ["web": 0])
            #expect(done.json["BlockedEval"] == nil)

            let job = try await api.get("/v1/job/web%2Fone")
            #expect(job.json["ID"] == "web/one")
            #expect(try await api.get("/v1/job/web/one/summary").json["JobID"] == "web/one")
            let stubs = try await api.get("/v1/job/web/one/allocations")
            #expect(stubs.json.arrayValue?.count == 2)
            #expect(stubs.json[0]?["NodeID"]?.stringValue == node.text)
            let id = try #require(stubs.json[0]?["ID"]?.stringValue)
            let whole = try await api.get("/v1/allocation/\(id)")
            #expect(whole.json["Job"]?["ID"] == "web/one")
            #expect(whole.json["Resources"]?["CPU"] == 40)
            #expect(whole.json["DesiredDescription"] == nil)

            let versions = try await api.get("/v1/job/web/one/versions")
            #expect(versions.json["Versions"]?.arrayValue?.count == 1)
            let stop = try await api.send("DELETE", "/v1/job/web/one")
            #expect(stop.status == 200)
            #expect(try await api.get("/v1/job/web/one").json["Stop"] == true)
        }
    }

    @Test func versionsHaveNamesAndWarningsNameWhatHasNoEffect() async throws {
        try await Fixture.run { api in
            for owner in ["a", "b", "c"] {
                let meta: JSON = ["owner": .string(owner)]
                _ = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("web", extra: [("Meta", meta)])])
            }
            let path = "/v1/job/web/versions/good/tag"
            let tagged = try await api.send("PUT", path, ["Version": 1, "Description": "works"])
            #expect(tagged.status == 200, "\(tagged.text)")
            #expect(tagged.json["Name"] == "good" && tagged.json["Description"] == "works")
            let versions = try await api.get("/v1/job/web/versions?diff_tag=good").json
            #expect(versions["Versions"]?[1]?["VersionTag"]?["Name"] == "good")
            #expect(versions["Diffs"]?.arrayValue?.count == 2)
            #expect(try await api.get("/v1/job/web/versions?diff_tag=bad").status == 404)
            #expect(try await api.send("DELETE", path).status == 200)
            #expect(try await api.send("DELETE", path).status == 500)
            // The newest, for clients that don't know its number.
            #expect(try await api.send("POST", path, ["Latest": true]).status == 200)
            #expect(try await api.get("/v1/job/web").json["VersionTag"]?["Name"] == "good")

            let service: JSON = ["Name": "web", "Provider": "nomad"]
            let job = Fixture.job("asks", groupExtra: [("Services", [service])])
            let answer = try await api.send("PUT", "/v1/jobs", ["Job": job])
            #expect(answer.json["Warnings"]?.stringValue?.contains("registration of services") == true)
            let check = try await api.send("PUT", "/v1/validate/job", ["Job": job])
            #expect(check.json["Warnings"] == "")
        }
    }

    @Test func listsArePagedFilteredAndPretty() async throws {
        try await Fixture.run { api in
            for id in ["a", "b", "c"] {
                let meta: JSON = ["owner": .string(id == "b" ? "team" : "other")]
                let reply = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job(id, extra: [("Meta", meta)])])
                #expect(reply.status == 200, "\(reply.text)")
            }
            let first = try await api.get("/v1/jobs?per_page=2")
            #expect(first.json.arrayValue?.compactMap { $0["ID"]?.stringValue } == ["a", "b"])
            let next = try #require(first.headers["X-Nomad-NextToken"])
            #expect(next == "default.c")
            let second = try await api.get("/v1/jobs?per_page=2&next_token=\(next)")
            #expect(second.json.arrayValue?.compactMap { $0["ID"]?.stringValue } == ["c"])
            #expect(second.headers["X-Nomad-NextToken"] == nil)
            let filtered = try await api.get("/v1/jobs?filter=Meta.owner%20==%20team&meta=true")
            #expect(filtered.json.arrayValue?.count == 1)
            #expect(filtered.json[0]?["Meta"] == ["owner": "team"])
            let broken = try await api.get("/v1/jobs?filter=Meta.owner%20=")
            #expect(broken.status == 400)
            let pretty = try await api.get("/v1/regions?pretty")
            #expect(pretty.text == "[\n    \"global\"\n]\n")
            #expect(try await api.get("/v1/jobs?namespace=other").text == "[]")
            #expect(try await api.get("/v1/jobs?namespace=*&prefix=b").json.arrayValue?.count == 1)
        }
    }

    @Test func queriesBlockUntilSomethingChanges() async throws {
        try await Fixture.run { api in
            _ = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("a")])
            let settled = try await api.eventually("/v1/job/a/evaluations") { $0.json[0]?["Status"] == "complete" }
            #expect(settled.json[0]?["Status"] == "complete")
            let index = try #require(UInt64(try await api.get("/v1/jobs").headers["X-Nomad-Index"] ?? ""))
            // Nothing changes: the answer comes when the time is over.
            let late = try await api.get("/v1/jobs?index=\(index)&wait=50ms")
            #expect(late.headers["X-Nomad-Index"] == String(index))
            async let waiting = api.get("/v1/jobs?index=\(index)&wait=30s")
            _ = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("b")])
            let woken = try await waiting
            #expect(woken.json.arrayValue?.count == 2)
            #expect(UInt64(woken.headers["X-Nomad-Index"] ?? "") ?? 0 > index)
        }
    }

    @Test func nodesHideTheirSecrets() async throws {
        try await Fixture.run { api in
            let id = try await api.addNode()
            let node = try await api.get("/v1/node/\(id.text)")
            #expect(node.json["SecretID"] == "")
            #expect(node.json["Drain"] == false)
            #expect(node.json["Resources"]?["CPU"] == 4000)
            #expect(!node.text.contains("s3cret"))
            let stubs = try await api.get("/v1/nodes?prefix=\(id.text.prefix(8))&os=true&resources=true")
            #expect(stubs.json[0]?["Address"] == "127.0.0.1")
            #expect(stubs.json[0]?["Version"] == "1.1.2")
            #expect(stubs.json[0]?["Attributes"] == ["os.name": "debian"])
            #expect(stubs.json[0]?["NodeResources"]?["Memory"]?["MemoryMB"] == 4096)
            let reply = try await api.send("PUT", "/v1/node/\(id.text)/eligibility", ["Eligibility": "ineligible"])
            #expect(reply.status == 200)
            #expect(try await api.get("/v1/node/\(id.text)").json["SchedulingEligibility"] == "ineligible")
            let bad = try await api.send("PUT", "/v1/node/\(id.text)/eligibility", ["Eligibility": "maybe"])
            #expect((bad.status, bad.text) == (500, "invalid scheduling eligibility \"maybe\""))
            #expect(try await api.send("PUT", "/v1/node/\(id.text)/drain").text == "Request body is empty")
        }
    }

    @Test func searchFindsJobsAndTasks() async throws {
        try await Fixture.run { api in
            _ = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("web-front")])
            let found = try await api.send("POST", "/v1/search", ["Prefix": "web", "Context": "jobs"])
            #expect(found.json["Matches"] == ["jobs": ["web-front"]])
            #expect(found.json["Truncations"] == ["jobs": false])
            let fuzzy = try await api.send("POST", "/v1/search/fuzzy", ["Text": "SERV", "Context": "jobs"])
            #expect(fuzzy.json["Matches"]?["tasks"] == [["ID": "server", "Scope": ["default", "web-front", "web"]]])
            #expect(try await api.send("POST", "/v1/search", ["Prefix": "a", "Context": "cats"]).status == 500)
            #expect(try await api.send("POST", "/v1/search/fuzzy", ["Text": "a", "Context": "jobs"]).status == 500)
        }
    }

    @Test func planTellsWithoutDoing() async throws {
        try await Fixture.run { api in
            _ = try await api.addNode()
            let plan = try await api.send(
                "PUT", "/v1/job/web/plan", ["Job": Fixture.job("web", count: 2), "Diff": true])
            #expect(plan.status == 200, "\(plan.text)")
            #expect(plan.json["Annotations"]?["DesiredTGUpdates"]?["web"]?["Place"] == 2)
            #expect(plan.json["Diff"]?["Type"] == "Added")
            #expect(plan.json["JobModifyIndex"] == 0)
            #expect(try await api.get("/v1/job/web").status == 404)
        }
    }

    @Test func jobFilesAreParsed() async throws {
        try await Fixture.run { api in
            let text =
                "job \"x\" {\n  datacenters = [\"dc1\"]\n  group \"g\" {\n    task \"t\" {\n      driver = \"raw_exec\"\n    }\n  }\n}\n"
            let raw = try await api.send("POST", "/v1/jobs/parse", ["JobHCL": .string(text)])
            #expect(raw.json["ID"] == "x")
            #expect(raw.json["Priority"] == .null)
            let whole = try await api.send("POST", "/v1/jobs/parse", ["JobHCL": .string(text), "Canonicalize": true])
            #expect(whole.json["Priority"] == 50)
            let bad = try await api.send("POST", "/v1/jobs/parse", ["JobHCL": "job \"x\" {\n  oops = 1\n}\n"])
            #expect(bad.status == 400)
            #expect(bad.text.hasPrefix("input.hcl:2,3-7:"))
            #expect(try await api.send("POST", "/v1/jobs/parse", ["JobHCL": ""]).text == "Job spec is empty")
        }
    }

    @Test func eventsAreToldAsTheyHappened() async throws {
        try await Fixture.run { api in
            _ = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("web")])
            let output = CollectingOutput()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let request = APIRequest(target: "/v1/event/stream?topic=Job:web")
                    try await api.dispatcher.deliver(await api.dispatcher.respond(to: request), to: output)
                }
                for _ in 0..<6000 where await !output.answer.text.contains("JobRegistered") {
                    try await Task.sleep(nanoseconds: 10_000_000)
                }
                group.cancelAll()
            }
            let lines = await output.answer.text.split(separator: "\n")
            #expect(lines.first == "{}")
            let event = try JSON(parsing: String(lines.dropFirst().first ?? ""))["Events"]?[0]
            #expect(event?["Topic"] == "Job")
            #expect(event?["Type"] == "JobRegistered")
            #expect(event?["Key"] == "web")
            #expect(event?["Payload"]?["Job"]?["ID"] == "web")
        }
    }
}
