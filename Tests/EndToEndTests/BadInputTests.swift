import Base
import Foundation
import TestHost
import Testing

/// What goes wrong says so: the exit status or HTTP status, and a message that names the thing.
@Suite(.serialized, .enabled(if: Workbench.obstacle == nil, "needs root"))
struct BadInputTests {
    /// A service with one task; what the tests change is a parameter.
    private static func job(
        _ name: String, driver: String = "raw_exec", config: String = "command = \"/bin/sleep\"\nargs = [\"3600\"]",
        task: String = "", group: String = ""
    ) -> String {
        """
        job "\(name)" {
          datacenters = ["dc1"]
          group "g" {
            reschedule {
              attempts  = 0
              unlimited = false
            }
            restart {
              attempts = 0
              mode     = "fail"
            }
            \(group)
            task "main" {
              driver = "\(driver)"
              config {
                \(config)
              }
              \(task)
            }
          }
        }
        """
    }

    @Test func jobsThatCanNotRunSayWhy() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            func run(_ name: String, _ text: String) throws -> Output {
                try agent.run("job", "run", try bench.write("\(name).nomad.hcl", text))
            }
            func expect(_ output: Output, _ status: Int32, _ texts: String..., place: SourceLocation = #_sourceLocation)
            {
                #expect(output.status == status, "\(output.out)\(output.err)", sourceLocation: place)
                for text in texts {
                    #expect(
                        (output.out + output.err).contains(text), "\(output.out)\(output.err)", sourceLocation: place)
                }
            }
            expect(
                try run("driver", Self.job("driver", driver: "rocket")), 2,
                "Constraint \"missing drivers\": 1 nodes excluded by filter")
            expect(
                try run("large", Self.job("large", task: "resources { memory = 900000 }")), 2,
                "Resources exhausted on 1 nodes", "Dimension \"memory\" exhausted on 1 nodes")
            expect(
                try run("fast", Self.job("fast", task: "resources { cpu = 900000 }")), 2,
                "Dimension \"cpu\" exhausted on 1 nodes")
            expect(
                try run(
                    "elsewhere",
                    Self.job(
                        "elsewhere",
                        group: "constraint {\n attribute = \"${attr.kernel.name}\"\n value = \"plan9\"\n}")), 2,
                "Constraint \"${attr.kernel.name} = plan9\": 1 nodes excluded by filter")
            // And what would let them run.
            expect(
                try agent.run("job", "explain", "large"), 2, "1 instance has no place (\"g\").",
                "Task Group \"g\": 1 missing", "MB of memory on", "(places 1 of 1)")
            expect(
                try agent.run("job", "explain", "-json", "elsewhere"), 2, "\"Kind\": \"constraint\"",
                "\"Subject\": \"${attr.kernel.name} = plan9\"")
            expect(try agent.run("job", "explain", "nobody"), 1, "No job(s) with prefix or id \"nobody\" found")
            // A port that another job has.
            let port = Loopback.freePort()
            let network = "network {\n port \"http\" { static = \(port) }\n}"
            expect(try run("first", Self.job("first", group: network)), 0)
            expect(
                try run("second", Self.job("second", group: network)), 2,
                "Dimension \"network: reserved port collision http=\(port)\" exhausted on 1 nodes")
            // Nothing but the deployment's end tells of a task that does not start.
            let missing = Self.job("missing", config: "command = \"/no/such/command\"")
            expect(try agent.run("job", "run", "-detach", try bench.write("missing.nomad.hcl", missing)), 0)
            try await agent.until("missing", "failed")
            let id = try #require(try agent.allocations("missing").first).text("ID")
            expect(
                try agent.run("alloc", "status", id), 0, "Driver Failure", "/no/such/command",
                "No such file or directory", "Not Restarting")
        }
    }

    @Test(.enabled(if: DockerDaemon.obstacle == nil, "needs dockerd and docker"))
    func anImageThatIsNotThereIsToldByTheMonitor() async throws {
        try await Workbench.with { bench in
            let daemon = try await bench.dockerDaemon()
            let agent = try await bench.agent(extra: daemon.block, flags: ["-server", "-client"])
            try await agent.untilReady()
            // Nobody answers there, as on a machine without a way to a registry.
            let image = "127.0.0.1:\(Loopback.freePort())/nothing/here:1"
            let job = Self.job("image", driver: "docker", config: "image = \"\(image)\"")
            let run = try agent.run("job", "run", try bench.write("image.nomad.hcl", job))
            #expect(run.status == 1, "\(run.out)\(run.err)")
            for text in [
                "task \"main\": Driver Failure: failed to pull \(image)", "refused", "Status      = failed",
            ] { #expect(run.out.contains(text), "\(run.out)\(run.err)") }
            let id = try #require(try agent.allocations("image").first).text("ID")
            let status = try agent.run("alloc", "status", id)
            for text in ["Driver Failure", "failed to pull \(image)", "Not Restarting", "Policy allows no restarts"] {
                #expect(status.out.contains(text), "\(status.out)\(status.err)")
            }
            #expect(try daemon.containers().isEmpty)
        }
    }

    @Test func wrongJobFilesAreRefused() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            for (text, messages) in [
                ("job \"x\" {", ["x.nomad.hcl", "line 1"]),
                (Self.job("x").replacing("driver =", with: "drivr ="), ["drivr", "driver"]),
                (Self.job("x", task: "resources { cpu = \"much\" }"), ["a number is required"]),
                (Self.job("x", task: "kill_timeout = \"soon\""), ["soon"]),
            ] {
                let output = try agent.run("job", "run", try bench.write("x.nomad.hcl", text))
                #expect(output.status == 1)
                for message in messages { #expect(output.err.contains(message), "\(output.err)") }
            }
            let nothing = try agent.run("job", "run", bench.directory.path() + "/none.nomad.hcl")
            #expect(nothing.status == 1 && nothing.err.contains("none.nomad.hcl"), "\(nothing.err)")
        }
    }

    @Test func wrongRequestsAreRefused() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server"])
            let broken = try agent.call("PUT", "/v1/jobs", body: "{\"Job\": {\"ID\": ")
            #expect(broken.status == 400 && !broken.text.isEmpty, "\(broken)")
            let other = try agent.call("PUT", "/v1/jobs", body: "[1]")
            #expect(other.status == 400, "\(other)")
            let none = try agent.call("PUT", "/v1/jobs", body: "{}")
            #expect(none.status == 400 && none.text.contains("Job must be specified"), "\(none)")
            let large = String(repeating: "x", count: 17 << 20)
            let tooLarge = try agent.call("PUT", "/v1/jobs", body: "{\"Job\": {\"ID\": \"\(large)\"}}")
            #expect(tooLarge.status == 413, "\(tooLarge.status) \(tooLarge.text.prefix(200))")
            #expect(try agent.get("/v1/job/none").status == 404)
            #expect(try agent.get("/v1/nothing").status == 404)
            #expect(try agent.call("DELETE", "/v1/status/leader").status == 405)
            // It goes on working.
            #expect(try agent.get("/v1/status/leader").status == 200)
        }
    }

    @Test func aServerThatIsNotThereIsNamed() throws {
        let port = Loopback.freePort()
        for arguments in [["job", "status"], ["node", "status"], ["job", "stop", "x"], ["server", "members"]] {
            let output = try execute(
                Workbench.binary.path(), arguments, environment: ["NOMAD_ADDR": "http://127.0.0.1:\(port)"])
            #expect(output.status == 1)
            #expect(output.err.contains("127.0.0.1:\(port)") && output.err.contains("refused"), "\(output.err)")
        }
    }

    @Test func agentsThatCanNotStartSayWhy() async throws {
        try await Workbench.with { bench in
            let first = try await bench.agent("first", flags: ["-server"])
            func start(_ configuration: String, _ flags: String...) throws -> Output {
                try execute(
                    "/usr/bin/timeout",
                    ["20", Workbench.binary.path(), "agent", "-config", try bench.write("a.hcl", configuration)] + flags
                )
            }
            let data = "data_dir = \"\(bench.directory.path())/a\"\nbind_addr = \"127.0.0.1\"\n"
            let taken = try start(
                data
                    + "ports {\n http = \(first.http)\n rpc = \(Loopback.freePort())\n}\nserver {\n enabled = true\n}\n"
            )
            #expect(taken.status == 1)
            #expect(taken.err.contains("127.0.0.1:\(first.http)") && taken.err.contains("in use"), "\(taken.err)")
            let link = try start(
                data + "ports {\n http = \(Loopback.freePort())\n rpc = \(first.rpc)\n}\nserver {\n enabled = true\n}\n"
            )
            #expect(link.status == 1)
            #expect(link.err.contains("127.0.0.1:\(first.rpc)") && link.err.contains("in use"), "\(link.err)")
            for (text, message) in [
                (data + "sever {\n enabled = true\n}\n", "did you mean \"server\""),
                (data, "Must specify either server, client or dev mode for the agent."),
                ("server {\n enabled = true\n}\n", "data_dir"),
                (data + "server {\n enabled = true\n}\ntls {\n rpc = true\n}\n", "tls"),
                (data + "client {\n enabled = true\n}\n", "-servers"),
            ] {
                let output = try start(text)
                #expect(output.status == 1)
                #expect(output.err.lowercased().contains(message.lowercased()), "\(output.err)")
            }
        }
    }
}
