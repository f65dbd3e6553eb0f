import Base
import ControlPlane
import Foundation
import Journal
import Logging
import Model
import Server
import Testing

@testable import HTTPAPI

/// What the API says of jobs that have no place, and of a server that has too much to do.
struct SchedulingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var kind: String
        var job: [(String, JSON)] = []
        var group: [(String, JSON)] = []
        var resources: [(String, JSON)] = []
        /// What the metric names: a constraint or a dimension.
        var reason: String
        var text: String
        var testDescription: String { kind }
    }

    static let rows: [Row] = [
        Row(
            kind: "memory", resources: [("MemoryMB", 5000)], reason: "memory",
            text: "Free 904 MB of memory on node1 (it has 4096 left), or ask for 904 less than 5000"),
        Row(
            kind: "cpu", resources: [("CPU", 5000)], reason: "cpu",
            text: "Free 1000 MHz of CPU on node1 (it has 4000 left), or ask for 1000 less than 5000"),
        Row(
            kind: "disk", group: [("EphemeralDisk", ["SizeMB": 20000])], reason: "disk",
            text: "Free 10000 MB of disk on node1 (it has 10000 left), or ask for 10000 less than 20000"),
        Row(
            kind: "constraint",
            group: [("Constraints", [["LTarget": "${attr.os.name}", "RTarget": "plan9", "Operand": "="]])],
            reason: "${attr.os.name} = plan9",
            text: "Drop the constraint \"${attr.os.name} = plan9\", or make node1 meet it"),
        Row(
            kind: "device", resources: [("Devices", [["Name": "nvidia/gpu", "Count": 2]])], reason: "missing devices",
            text: "Give node1 2 more free \"nvidia/gpu\", or drop the device"),
        Row(
            kind: "hostVolume", group: [("Volumes", ["v": ["Name": "v", "Type": "host", "Source": "data"]])],
            reason: "missing compatible host volumes", text: "Provide the host volume \"data\" on node1"),
        Row(
            kind: "csiVolume",
            group: [
                (
                    "Volumes",
                    [
                        "v": [
                            "Name": "v", "Type": "csi", "Source": "data", "AccessMode": "single-node-writer",
                            "AttachmentMode": "file-system",
                        ]
                    ]
                )
            ], reason: "missing CSI Volume data", text: "Register the CSI volume \"data\""),
        Row(
            kind: "datacenter", job: [("Datacenters", ["dc9"])], reason: "",
            text: "Add the datacenter \"dc1\" to the job"),
    ]

    @Test(arguments: rows) func whatIsMissingIsExplained(row: Row) async throws {
        try await Fixture.run { api in
            _ = try await api.addNode()
            var job = Fixture.job("web", extra: row.job, groupExtra: row.group)
            if !row.resources.isEmpty {
                var resources: JSON = ["CPU": 40, "MemoryMB": 24]
                for (name, value) in row.resources { resources[name] = value }
                let task: JSON = [
                    "Name": "server", "Driver": "raw_exec", "Config": ["command": "/bin/sleep"], "Resources": resources,
                ]
                job = Fixture.job("web", extra: row.job, groupExtra: row.group + [("Tasks", [task])])
            }
            let sent = try await api.send("PUT", "/v1/jobs", ["Job": job])
            #expect(sent.status == 200, "\(sent.text)")
            let answer = try await api.get("/v1/job/web/explain")
            #expect(answer.status == 200)
            #expect(answer.json["Summary"] == "1 instance has no place (\"web\").")
            let group = answer.json["Groups"]?[0]
            #expect(group?["Missing"] == 1)
            let metric = group?["Metric"]
            let counts = [metric?["ConstraintFiltered"]?[row.reason], metric?["DimensionExhausted"]?[row.reason]]
            #expect(row.reason.isEmpty || counts.contains(1), "\(metric?.text ?? "")")
            let remedy = group?["Remedies"]?[0]
            #expect(remedy?["Text"] == .string(row.text))
            #expect(remedy?["Places"] == 1)
            #expect(remedy?["Changes"]?[0]?["Kind"] == .string(row.kind))
        }
    }

    @Test func portsNameWhoHoldsThem() async throws {
        try await Fixture.run { api in
            _ = try await api.addNode { node in
                var address = NodeAddress()
                (address.family, address.address) = ("ipv4", "127.0.0.1")
                var network = NodeNetwork()
                (network.device, network.addresses) = ("lo", [address])
                node.nodeResources.nodeNetworks = [network]
            }
            let network: JSON = [["ReservedPorts": [["Label": "http", "Value": 8080]]]]
            for id in ["first", "second"] {
                let job = Fixture.job(id, groupExtra: [("Networks", network)])
                #expect(try await api.send("PUT", "/v1/jobs", ["Job": job]).status == 200)
                _ = try await api.eventually("/v1/job/\(id)/evaluations") { $0.json[0]?["Status"] == "complete" }
            }
            #expect(try await api.get("/v1/job/first/explain").json["Groups"]?[0] == nil)
            let remedy = try await api.get("/v1/job/second/explain").json["Groups"]?[0]?["Remedies"]?[0]
            #expect(
                remedy?["Text"] == "Use another port than 8080 for \"http\", or stop first.web[0] on node1",
                "\(remedy?.text ?? "")")
            #expect(remedy?["Changes"]?[0]?["Holders"]?[0] == "first.web[0]")
            #expect(try await api.get("/v1/job/nobody/explain").status == 404)
        }
    }

    /// What the operator says of priorities, counts and the scheduler counts from the first job on.
    @Test func operatorsLimitsHold() async throws {
        try await Fixture.run(settings: { settings in
            (settings.jobPriorityMax, settings.jobDefaultPriority, settings.jobCountMax) = (200, 70, 5)
            settings.schedulerConfiguration.schedulerAlgorithm = "spread"
        }) { api in
            func register(_ id: String, count: Int64 = 1, priority: Int64) async throws -> Fixture.Answer {
                let job = Fixture.job(id, count: count, extra: [("Priority", .int(priority))])
                return try await api.send("PUT", "/v1/jobs", ["Job": job])
            }
            #expect(try await register("high", priority: 200).status == 200)
            #expect(try await register("low", priority: 0).status == 200)
            #expect(try await api.get("/v1/job/low").json["Priority"] == 70)
            let higher = try await register("higher", priority: 201)
            #expect(higher.status == 500)
            #expect(higher.text.contains("Job priority must be between [1, 200]"))
            let many = try await register("many", count: 6, priority: 50)
            #expect(many.status == 500)
            #expect(many.text.contains("total count was greater than configured job_max_count: 6 > 5"))
            let scaled = try await api.send(
                "POST", "/v1/job/low/scale", ["Count": 6, "Target": ["Group": "web"]])
            #expect(scaled.status == 400)
            #expect(scaled.text.contains("job_max_count: 6 > 5"))
            let scheduler = try await api.get("/v1/operator/scheduler/configuration").json["SchedulerConfig"]
            #expect(scheduler?["SchedulerAlgorithm"] == "spread")
        }
    }

    /// A server that can take no more commands refuses them and says when to come again; reading goes on.
    @Test func tooManyCommandsAreRefused() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "caravan-api-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let journal = try SQLiteJournal(path: directory.appending(path: "journal.sqlite").path, logger: logger)
        var configuration = Fixture.configuration()
        configuration.mailboxCapacity = 0
        var context = HTTPAPIContext()
        context.server = try await ClusterServer(configuration: configuration, journal: journal, logger: logger)
        let api = Fixture(server: try #require(context.server), dispatcher: Dispatcher(context))
        let answer = try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("web")])
        #expect(answer.status == 429)
        #expect(answer.headers.first { $0.key.lowercased() == "retry-after" }?.value == "1", "\(answer.headers)")
        #expect(answer.text.contains("overloaded"))
        #expect(try await api.get("/v1/jobs").status == 200)
    }
}
