import Base
import Foundation
import Testing

/// Jobs on the built binary, from the file to the process and back.
@Suite(.serialized, .enabled(if: Workbench.obstacle == nil, "needs root"))
struct JobTests {
    static let service = """
        job "web" {
          datacenters = ["dc1"]
          group "g" {
            count = 2
            ephemeral_disk { size = 30 }
            restart {
              attempts = 1
              interval = "10s"
              delay    = "1s"
              mode     = "fail"
            }
            reschedule {
              delay          = "5s"
              delay_function = "constant"
              unlimited      = true
            }
            update {
              min_healthy_time = "1s"
              healthy_deadline = "20s"
              health_check     = "task_states"
            }
            task "main" {
              driver = "raw_exec"
              config {
                command = "/bin/sh"
                args    = ["-c", "echo index $NOMAD_ALLOC_INDEX port ${NOMAD_PORT_http}; exec sleep 3600"]
              }
              logs {
                max_files     = 2
                max_file_size = 1
              }
              resources {
                cpu    = 50
                memory = 32
              }
            }
            network {
              port "http" {}
            }
          }
        }
        """

    @Test func aServiceRunsScalesAndStops() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            let file = try bench.write("web.nomad.hcl", Self.service)

            let run = try agent.run("job", "run", file)
            #expect(run.status == 0, "\(run.out)\(run.err)")
            #expect(run.out.contains("finished with status \"complete\""))
            try await agent.until("web", "running", count: 2)
            let indexes = try agent.allocations("web").map { $0.text("Name") }.sorted()
            #expect(indexes == ["web.g[0]", "web.g[1]"])
            let first = try #require(try agent.allocations("web").first { $0.text("Name") == "web.g[0]" })
            try await eventually("the log is there") {
                try agent.logs(first.text("ID"), task: "main").hasPrefix("index 0 port ")
            }

            let smaller = try bench.write("smaller.nomad.hcl", Self.service.replacing("count = 2", with: "count = 1"))
            #expect(try agent.run("job", "run", smaller).status == 0)
            try await agent.until("web", "running", count: 1)
            #expect(try agent.allocations("web").first { $0["ClientStatus"] == "running" }?.text("Name") == "web.g[0]")

            let stop = try agent.run("job", "stop", "-yes", "web")
            #expect(stop.status == 0, "\(stop.out)\(stop.err)")
            try await agent.until("web", "running", count: 0)
            #expect(try agent.json("/v1/job/web").text("Status") == "dead")
            #expect(try agent.run("job", "stop", "-yes", "-purge", "-detach", "web").status == 0)
            try await eventually("the job is gone") { try agent.get("/v1/job/web").status == 404 }
        }
    }

    @Test func aBatchJobEnds() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            let file = try bench.write(
                "sum.nomad.hcl",
                """
                job "sum" {
                  datacenters = ["dc1"]
                  type        = "batch"
                  group "g" {
                    ephemeral_disk { size = 30 }
                    task "main" {
                      driver = "raw_exec"
                      config {
                        command = "/bin/sh"
                        args    = ["-c", "echo $((20 + 22)); echo warning >&2"]
                      }
                      logs {
                        max_files     = 1
                        max_file_size = 1
                      }
                    }
                  }
                }
                """)
            #expect(try agent.run("job", "run", file).status == 0)
            try await agent.until("sum", "complete")
            let id = try #require(try agent.allocations("sum").first).text("ID")
            #expect(try agent.run("alloc", "logs", id).out == "42\n")
            #expect(try agent.run("alloc", "logs", "-stderr", id).out == "warning\n")
            #expect(try agent.json("/v1/job/sum").text("Status") == "dead")
            // Registered again unchanged: what has ended well is not run again.
            #expect(try agent.run("job", "run", "-detach", file).status == 0)
            try await eventually("the evaluation is done") {
                try agent.json("/v1/job/sum/evaluations").arrayValue?.allSatisfy { $0["Status"] == "complete" } ?? false
            }
            #expect(try agent.allocations("sum").count == 1)
        }
    }

    @Test func aCrashingServiceIsRestartedThenRescheduled() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            let crashing = Self.service.replacing("exec sleep 3600", with: "sleep 0.3; exit 3").replacing(
                "count = 2", with: "count = 1")
            let file = try bench.write("crash.nomad.hcl", crashing)
            #expect(try agent.run("job", "run", "-detach", file).status == 0)
            try await eventually("the first allocation fails after one restart and another replaces it", seconds: 90) {
                let all = try agent.allocations("web")
                return all.count >= 2 && all[0]["ClientStatus"] == "failed"
            }
            let all = try agent.allocations("web")
            let state = all[0]["TaskStates"]?["main"]
            #expect(state?["Restarts"]?.intValue == 1)
            let events = state?["Events"]?.arrayValue?.map { $0.text("Type") } ?? []
            #expect(events.contains("Restarting"))
            #expect(events.contains("Not Restarting"))
            let detail = try agent.json("/v1/allocation/\(all[1].text("ID"))")
            #expect(detail.text("PreviousAllocation") == all[0].text("ID"))
            #expect(detail.text("Name") == all[0].text("Name"), "a replacement keeps the index")
        }
    }
}
