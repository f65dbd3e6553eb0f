import Base
import Foundation
import Testing

/// Any command that reads, run a hundred times on the same state, gives the same bytes.
@Suite(.serialized, .enabled(if: Workbench.obstacle == nil, "needs root"))
struct ReadingTests {
    private static let rounds = 100

    @Test func everyReadingCommandGivesTheSameBytes() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(flags: ["-server", "-client"])
            try await agent.untilReady()
            #expect(try agent.run("job", "run", try bench.write("web.nomad.hcl", JobTests.service)).status == 0)
            #expect(
                try agent.run(
                    "job", "run", try bench.write("again.nomad.hcl", JobTests.service.replacing("50", with: "60"))
                ).status == 0)
            #expect(
                try agent.run(
                    "job", "run", "-detach",
                    try bench.write(
                        "large.nomad.hcl",
                        JobTests.service.replacing("\"web\"", with: "\"large\"").replacing(
                            "memory = 32", with: "memory = 900000"))
                ).status == 0)
            try await agent.until("web", "running", count: 2)
            // The state has to stand still: every allocation's health is told and every evaluation done.
            try await eventually("nothing is under way") {
                try agent.json("/v1/evaluations").arrayValue?.allSatisfy { $0["Status"] != "pending" } == true
                    && agent.json("/v1/deployments").arrayValue?.contains { $0["Status"] == "successful" } == true
            }
            let allocation = try #require(try agent.allocations("web").last { $0["ClientStatus"] == "running" })
            let evaluation = try #require(try agent.json("/v1/job/large/evaluations").arrayValue?.first)
            let deployment = try #require(try agent.json("/v1/job/web/deployments").arrayValue?.first)
            let node = try #require(try agent.json("/v1/nodes").arrayValue?.first)
            let commands: [[String]] = [
                ["status"], ["job", "status", "web"], ["job", "status", "large"], ["job", "history", "-p", "web"],
                ["job", "inspect", "web"], ["alloc", "status", "-verbose", allocation.text("ID")],
                ["alloc", "status", "-json", allocation.text("ID")], ["alloc", "fs", allocation.text("ID"), "main/"],
                ["eval", "list"], ["eval", "status", evaluation.text("ID")], ["deployment", "list"],
                ["deployment", "status", deployment.text("ID")], ["node", "status"],
                ["node", "status", "-json", node.text("ID")], ["server", "members"], ["namespace", "list"],
                ["operator", "scheduler", "get-config"],
            ]
            for command in commands {
                // One shell for all rounds, four at a time: each output's sum, and how often there was which.
                let words = ([Workbench.binary.path()] + command).joined(separator: " ")
                let script =
                    "seq \(Self.rounds) | xargs -P 4 -I{} sh -c '\(words) 2>&1 | \(Self.mask) | md5sum' | sort | uniq -c"
                let output = try execute(
                    "/bin/sh", ["-c", script],
                    environment: ["NOMAD_ADDR": agent.address, "NOMAD_CLI_NO_COLOR": "1", "TZ": "UTC"])
                let sums = output.out.split(separator: "\n")
                #expect(sums.count == 1, "\(command.joined(separator: " ")): \(output.out)")
            }
        }
    }

    /// The age of something changes with the time.
    private static let mask = #"sed -E "s/[0-9a-z]+ ago *$/AGO/g; s/[0-9a-z]+ ago +/AGO /g; s/ +/ /g""#
}
