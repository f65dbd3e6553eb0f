import Base
import Foundation
import Testing

/// What becomes of the files of allocations.
@Suite(.serialized, .enabled(if: Workbench.obstacle == nil, "needs root"))
struct DiskTests {
    private static func job(_ version: Int, sticky: Bool) -> String {
        """
        job "keeper" {
          datacenters = ["dc1"]
          group "g" {
            ephemeral_disk {
              size   = 150
              sticky = \(sticky)
            }
            task "main" {
              driver = "raw_exec"
              config {
                command = "/bin/sh"
                args    = ["-c", "cat $NOMAD_ALLOC_DIR/data/x $NOMAD_TASK_DIR/y; echo end; echo data \(version) >>$NOMAD_ALLOC_DIR/data/x; echo local \(version) >>$NOMAD_TASK_DIR/y; echo written >&2; exec sleep 3600"]
              }
              kill_timeout = "1s"
            }
          }
        }
        """
    }

    /// What the job's allocation of this number, from 1, found after its task has read it.
    private func found(_ agent: Agent, _ number: Int) async throws -> String {
        try await eventually("allocation \(number) runs") {
            let all = try agent.allocations("keeper")
            return all.count == number && all.last?.text("ClientStatus") == "running"
        }
        let id = try #require(try agent.allocations("keeper").last).text("ID")
        try await eventually("the task has looked") { try agent.logs(id, task: "main").contains("end\n") }
        try await eventually("the task has written") {
            try agent.logs(id, task: "main", stream: "stderr").contains("written\n")
        }
        return try agent.logs(id, task: "main")
    }

    @Test func aStickyDiskMovesToTheNextAllocation() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            func run(_ version: Int, sticky: Bool) throws {
                let run = try agent.run(
                    "job", "run", "-detach", try bench.write("keeper.nomad.hcl", Self.job(version, sticky: sticky)))
                #expect(run.status == 0 && !run.err.contains("sticky"), "\(run.out)\(run.err)")
            }
            try run(1, sticky: true)
            #expect(try await found(agent, 1) == "end\n")
            for version in 2...3 {
                try run(version, sticky: true)
                let text = try await found(agent, version)
                #expect(text == (version == 2 ? "data 1\nlocal 1\nend\n" : "data 1\ndata 2\nlocal 1\nlocal 2\nend\n"))
            }
            // Not without being asked for.
            try run(4, sticky: false)
            #expect(try await found(agent, 4) == "end\n")
        }
    }

    @Test func endedAllocationsGoWhenTheDiskIsFull() async throws {
        try await Workbench.with { bench in
            // Any disk is fuller than that.
            let agent = try await bench.agent(
                extra: "client {\n  gc_interval = \"1s\"\n  gc_disk_usage_threshold = 0.0001\n}\n",
                flags: ["-server", "-client"])
            try await agent.untilReady()
            for (name, command) in [("short", "true"), ("long", "exec sleep 3600")] {
                let job = Self.job(1, sticky: false).replacing("\"keeper\"", with: "\"\(name)\"")
                    .replacing(
                        "datacenters =", with: "type = \"\(name == "short" ? "batch" : "service")\"\n  datacenters ="
                    )
                    .replacing("exec sleep 3600", with: command)
                let run = try agent.run("job", "run", "-detach", try bench.write("\(name).nomad.hcl", job))
                #expect(run.status == 0, "\(run.out)\(run.err)")
            }
            try await agent.until("short", "complete")
            try await agent.until("long", "running")
            func directory(_ job: String) throws -> String {
                let id = try #require(try agent.allocations(job).first).text("ID")
                return agent.dataDirectory.appending(path: "alloc/\(id)").path()
            }
            let (short, long) = (try directory("short"), try directory("long"))
            try await eventually("what has ended is removed") { !FileManager.default.fileExists(atPath: short) }
            #expect(agent.log.contains("is over gc threshold of"), "\(agent.log)")
            #expect(FileManager.default.fileExists(atPath: long))
            #expect(try agent.allocations("short").first?.text("ClientStatus") == "complete")
        }
    }
}
