import Base
import Testing

@testable import Model

/// What the cluster makes of a submitted job: adds, drops, renames.
struct StoredJobTests {
    private func stored(_ edits: [(String, JSON)]) throws -> JSON {
        JobWire.stored(try JobAdmission.prepare(job(edits)).job)
    }

    @Test func dropsAndAdds() throws {
        let tree = try stored([
            ("ConsulToken", "secret"), ("Update.MaxParallel", 2), ("Update.Canary", 1), ("Status", "running"),
            ("TaskGroups.0.Networks", [["Device": "eth0", "DynamicPorts": [["Label": "http"]]]]),
            (
                "TaskGroups.0.Services",
                [
                    [
                        "Name": "${JOB}-${TASKGROUP}-x${NOMAD_A}", "PortLabel": "http",
                        "Checks": [["Type": "tcp", "Interval": "1s", "Timeout": "1s"]],
                    ]
                ]
            ),
            ("TaskGroups.0.Volumes", ["a": ["Type": "nfs"], "b": ["Type": "host", "Source": "s"]]),
            ("TaskGroups.0.Scaling.Max", 4),
        ])
        #expect(tree["ConsulToken"] == "")
        #expect(tree["Status"] == "")
        #expect(tree[path: "Update.MaxParallel"] == 2)
        #expect(tree[path: "Update.Canary"] == 0)
        #expect(tree[path: "TaskGroups.0.Update.Canary"] == 1)
        #expect(tree[path: "TaskGroups.0.Networks.0.Device"] == "")
        #expect(tree[path: "TaskGroups.0.Networks.0.DynamicPorts.0.HostNetwork"] == "default")
        #expect(tree[path: "TaskGroups.0.Services.0.Name"] == "web-g-x${NOMAD_A}")
        #expect(tree[path: "TaskGroups.0.Services.0.Checks.0.Name"] == "service: \"web-g-x${NOMAD_A}\" check")
        #expect(tree[path: "TaskGroups.0.Volumes"]?.objectValue?.names == ["b"])
        #expect(tree[path: "TaskGroups.0.Scaling.Target"] == ["Namespace": "default", "Job": "web", "Group": "g"])
        #expect(tree[path: "TaskGroups.0.Tasks.0.Meta"] == .null)
    }

    @Test func signalsBecomeConstraints() throws {
        let tree = try stored([
            ("TaskGroups.0.Tasks.0.KillSignal", "SIGTERM"),
            ("TaskGroups.0.Tasks.0.Templates", [["EmbeddedTmpl": "x", "DestPath": "local/x", "ChangeMode": "signal"]]),
        ])
        #expect(
            tree[path: "TaskGroups.0.Constraints"]
                == [["LTarget": "${attr.os.signals}", "Operand": "set_contains", "RTarget": "SIGHUP,SIGTERM"]])
    }

    @Test func sidecarBecomesTask() throws {
        let tree = try stored([
            ("TaskGroups.0.Networks", [["Mode": "bridge"]]),
            ("TaskGroups.0.Services", [["Name": "api", "PortLabel": "9001", "Connect": ["SidecarService": [:]]]]),
        ])
        #expect(tree[path: "TaskGroups.0.Tasks.1.Name"] == "connect-proxy-api")
        #expect(tree[path: "TaskGroups.0.Tasks.1.Kind"] == "connect-proxy:api")
        #expect(tree[path: "TaskGroups.0.Tasks.1.Lifecycle"] == ["Hook": "prestart", "Sidecar": true])
        #expect(tree[path: "TaskGroups.0.Networks.0.DynamicPorts.0.Label"] == "connect-proxy-api")
    }

    @Test(
        arguments: [
            [],
            [("Type", "batch"), ("Periodic.Spec", "@hourly")],
            [("Type", "system")],
            [
                ("TaskGroups.0.Networks", [["Mode": "bridge"]]),
                (
                    "TaskGroups.0.Services",
                    [
                        [
                            "Name": "api", "PortLabel": "9001", "Connect": ["SidecarService": [:]],
                            "Checks": [
                                ["Type": "http", "Path": "/", "Interval": "1s", "Timeout": "1s", "Expose": true]
                            ],
                        ]
                    ]
                ),
            ],
        ] as [[(String, JSON)]])
    func storedFormIsAFixedPoint(edits: [(String, JSON)]) throws {
        let tree = try stored(edits)
        #expect(try JobWire.stored(JobAdmission.prepare(tree).job) == tree)
        let decoded: Job = try WireDecoder().decode(Job.self, from: tree)
        #expect(JobWire.stored(decoded) == tree)
    }

    @Test func refusals() {
        func refusal(_ edits: [(String, JSON)], _ defaults: AdmissionDefaults = AdmissionDefaults()) -> (Int, String)? {
            do throws(AdmissionError) {
                _ = try JobAdmission.prepare(job(edits), defaults)
                return nil
            } catch {
                return (error.httpStatus, "\(error)")
            }
        }
        #expect(refusal([]) == nil)
        #expect(refusal([("Priority", "x")])?.0 == 400)
        #expect(refusal([("Region", "atlantis")])?.1 == "No path to region")
        #expect(refusal([("Type", "system"), ("TaskGroups.0.Scaling.Max", 1)])?.0 == 400)
        #expect(refusal([("TaskGroups.0.Tasks.0.Vault.Policies", ["p"])])?.1.contains("Vault not enabled") == true)
        #expect(refusal([("Payload", "aGk=")])?.1.contains("payload") == true)
        #expect(refusal([("Datacenters", [])])?.0 == 500)
        var defaults = AdmissionDefaults(requestNamespace: "prod", agentRegion: "eu")
        #expect(refusal([("Region", "global")], defaults) == nil)
        defaults.knownNamespaces = ["default"]
        #expect(refusal([], defaults)?.1 == "job \"web\" is in nonexistent namespace \"prod\"")
    }
}
