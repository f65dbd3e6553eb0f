import Base
import Foundation
import Testing

/// The agent is killed, at any moment, and nothing is lost.
@Suite(.serialized, .enabled(if: Workbench.obstacle == nil, "needs root"))
struct RestartTests {
    static let counter = """
        job "counter" {
          datacenters = ["dc1"]
          group "g" {
            ephemeral_disk { size = 60 }
            task "main" {
              driver = "raw_exec"
              config {
                command = "/bin/sh"
                args    = ["-c", "echo pid $$; i=0; while true; do i=$((i+1)); echo line $i; sleep 0.01; done"]
              }
              logs {
                max_files     = 5
                max_file_size = 10
              }
            }
          }
        }
        """

    @Test func tasksOutliveTheAgent() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            #expect(
                try agent.run("job", "run", "-detach", try bench.write("counter.nomad.hcl", Self.counter)).status == 0)
            try await agent.until("counter", "running")
            let id = try #require(try agent.allocations("counter").first).text("ID")
            try await eventually("it counts") { try agent.logs(id, task: "main").contains("line 20\n") }
            let pid = try agent.logs(id, task: "main").prefix { $0 != "\n" }

            for _ in 0..<3 {
                agent.kill9()
                try await Task.sleep(nanoseconds: 500_000_000)
                try await agent.start()
                try await agent.untilReady()
            }
            let before = try agent.logs(id, task: "main").split(separator: "\n").count
            try await eventually("it goes on counting") {
                try agent.logs(id, task: "main").split(separator: "\n").count > before + 50
            }
            let lines = try agent.logs(id, task: "main").split(separator: "\n")
            #expect(lines.first == pid, "the process is the same one")
            #expect(lines.filter { $0.hasPrefix("pid") }.count == 1)
            // The last line may still be on its way.
            let numbers = lines.dropFirst().dropLast().compactMap { Int($0.dropFirst(5)) }
            #expect(numbers == Array(1...numbers.count), "no line is missing or doubled")
            let state = try agent.json("/v1/allocation/\(id)")["TaskStates"]?["main"]
            #expect(state?["Restarts"]?.intValue == 0)
            #expect(try agent.allocations("counter").count == 1)
        }
    }

    /// The task's first act is to kill the agent that starts it: its handle is not written down, or just so.
    @Test func anAgentKilledInTheMomentOfAStartLeavesNoOrphan() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            let target = bench.directory.appending(path: "target").path()
            let seconds = "\(100_000 + UInt32.random(in: 0..<900_000))"
            let job = """
                job "assassin" {
                  datacenters = ["dc1"]
                  group "g" {
                    task "main" {
                      driver = "raw_exec"
                      config {
                        command = "/bin/sh"
                        args    = ["-c", "p=$(cat \(target)) && rm \(target) && kill -9 $p; exec sleep \(seconds)"]
                      }
                    }
                  }
                }
                """
            let pid = try #require(agent.process?.processIdentifier)
            try "\(pid)".write(toFile: target, atomically: true, encoding: .utf8)
            let run = try agent.run("job", "run", "-detach", try bench.write("a.nomad.hcl", job))
            #expect(run.status == 0, "\(run.out)\(run.err)")
            try await eventually("the agent is killed") { agent.process?.isRunning == false }
            try await agent.start()
            try await agent.until("assassin", "running")
            try await eventually("one task runs") {
                try execute("/usr/bin/pgrep", ["-c", "-x", "-f", "sleep \(seconds)"]).out == "1\n"
            }
        }
    }

    @Test func nothingAcknowledgedIsLostInTwentyKills() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server"])
            var acknowledged: [String] = []
            var next = 0
            for round in 1...20 {
                // A writer counts acknowledgements in the background while the server is killed under it.
                let list = bench.directory.appending(path: "acknowledged-\(round)").path()
                let writer = Process()
                writer.executableURL = URL(filePath: "/bin/sh")
                writer.arguments = [
                    "-c",
                    """
                    i=\(next)
                    while true; do
                      curl -sf --max-time 5 -X PUT -d '{"Name":"ns-'$i'"}' \(agent.address)/v1/namespace/ns-$i >/dev/null || exit 0
                      echo ns-$i >> \(list)
                      i=$((i+1))
                    done
                    """,
                ]
                try writer.run()
                try await Task.sleep(nanoseconds: UInt64(100_000_000 + round * 17_000_000))
                agent.kill9()
                writer.waitUntilExit()
                let mine = ((try? String(contentsOfFile: list, encoding: .utf8)) ?? "").split(separator: "\n").map(
                    String.init)
                acknowledged += mine
                next += mine.count + 1
                try await agent.start()
            }
            #expect(acknowledged.count > 20)
            let kept = Set(try agent.json("/v1/namespaces").arrayValue?.map { $0.text("Name") } ?? [])
            #expect(acknowledged.filter { !kept.contains($0) } == [])
        }
    }

    @Test func aDamagedJournalStopsTheStartAndIsLeftAsItIs() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server"])
            for n in 0..<50 {
                #expect(try agent.call("PUT", "/v1/namespace/n\(n)", body: "{\"Name\":\"n\(n)\"}").status == 200)
            }
            await agent.end()
            let journal = try #require(
                FileManager.default.enumerator(atPath: agent.dataDirectory.path())?.compactMap { $0 as? String }
                    .first { $0.hasSuffix("journal.sqlite") })
            let path = agent.dataDirectory.appending(path: journal).path()
            // A byte of an entry, wherever SQLite keeps it now: in the file or in its write-ahead log.
            let folder = URL(filePath: path).deletingLastPathComponent()
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path()) where !name.hasSuffix("-shm")
            {
                var bytes = try Data(contentsOf: folder.appending(path: name))
                var from = bytes.startIndex
                while let range = bytes.range(of: Data("n25".utf8), in: from..<bytes.endIndex) {
                    bytes[range.lowerBound] = UInt8(ascii: "m")
                    from = range.upperBound
                }
                try bytes.write(to: folder.appending(path: name))
            }

            let start = try execute("/usr/bin/timeout", ["60", Workbench.binary.path()] + agent.startArguments)
            #expect(start.status == 1)
            let said = start.out + start.err
            #expect(said.contains(path), "names the file: \(said)")
            #expect(said.contains("left as it is"), "says what to do: \(said)")
            #expect(said.contains("checksum"), "says what is wrong: \(said)")
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }
}
