import Base
import Foundation
import Testing

/// The jobs of the examples, and groups with networks of their own, on a Docker daemon.
@Suite(
    .serialized, .enabled(if: Workbench.obstacle == nil, "needs root"),
    .enabled(if: DockerDaemon.obstacle == nil, "needs dockerd and docker"))
struct DockerTests {
    private static let examples = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples")

    @Test func theExamplesRun() async throws {
        try await Workbench.with { bench in
            let daemon = try await bench.dockerDaemon()
            let agent = try await bench.agent(extra: daemon.block, flags: ["-server", "-client"])
            try await agent.untilReady()
            for name in ["docs", "fabio"] {
                let run = try agent.run("job", "run", Self.examples.appending(path: "\(name).nomad.hcl").path())
                #expect(run.status == 0, "\(run.out)\(run.err)")
                try await agent.until(name, "running")
            }
            func page(_ port: Int) throws -> String {
                try execute("/usr/bin/curl", ["-s", "--max-time", "5", "http://127.0.0.1:\(port)/"]).out
            }
            try await eventually("the container of docs answers") { try page(5678) == "hello world\n" }
            try await eventually("fabio answers on both ports") {
                try page(9999).contains("fabio") && page(9998).contains("fabio")
            }
            let docs = try #require(try agent.allocations("docs").first).text("ID")
            let status = try agent.run("alloc", "status", docs)
            #expect(status.out.contains("127.0.0.1:5678"), "\(status.out)")
            try await eventually("the log is collected") {
                try agent.logs(docs, task: "server", stream: "stderr").contains("listening on :5678")
            }
            let echo = try agent.run("alloc", "exec", docs, "/bin/echo", "from inside")
            #expect(echo.status == 0 && echo.out.contains("from inside"), "\(echo.out)\(echo.err)")
            let stats = try agent.json("/v1/client/allocation/\(docs)/stats")
            #expect((stats["ResourceUsage"]?["MemoryStats"]?["Usage"]?.intValue ?? 0) > 0)
            #expect(try daemon.containers().count == 2)

            for name in ["docs", "fabio"] {
                #expect(try agent.run("job", "stop", "-yes", "-purge", "-detach", name).status == 0)
            }
            try await eventually("no container is left") { try daemon.containers().isEmpty }
        }
    }

    static let group = """
        job "pod" {
          datacenters = ["dc1"]
          group "g" {
            network {
              mode     = "bridge"
              hostname = "pod"
              dns { servers = ["192.0.2.53"] }
              port "http" { to = 8080 }
            }
            restart {
              attempts = 3
              delay    = "1s"
            }
            task "server" {
              driver = "docker"
              config {
                image   = "busybox:1.35"
                command = "/bin/sh"
                args    = ["-c", "echo $NOMAD_ALLOC_ID >/tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
                ports   = ["http"]
              }
            }
            task "companion" {
              driver = "docker"
              config {
                image   = "busybox:1.35"
                command = "/bin/sh"
                args    = ["-c", "cat /etc/hosts /etc/resolv.conf; until wget -q -O - http://127.0.0.1:8080/; do sleep 0.2; done; exec sleep 3600"]
              }
            }
            task "neighbour" {
              driver = "raw_exec"
              config {
                command = "/bin/sh"
                args    = ["-c", "until curl -s http://127.0.0.1:8080/; do sleep 0.2; done; exec sleep 3600"]
              }
            }
          }
        }
        """

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/lib/cni/portmap"), "needs CNI plugins"))
    func aGroupSharesItsNetwork() async throws {
        try await Workbench.with { bench in
            let daemon = try await bench.dockerDaemon()
            // On a host of its own: bridge and rules are in its network, not in this machine's.
            let host = try bench.hosts().host()
            let agent = try await bench.agent(
                extra: daemon.block + BridgeTests.configuration(host), flags: ["-server", "-client"], host: host)
            try await agent.untilReady()
            let run = try agent.run("job", "run", "-detach", try bench.write("pod.nomad.hcl", Self.group))
            #expect(run.status == 0, "\(run.out)\(run.err)")
            try await agent.until("pod", "running")
            let allocation = try #require(try agent.allocations("pod").first)
            let id = allocation.text("ID")
            for task in ["companion", "neighbour"] {
                try await eventually("\(task) reaches the server on the loopback interface") {
                    try agent.logs(id, task: task).contains(id)
                }
            }
            let detail = try agent.json("/v1/allocation/\(id)")
            let address = detail.text("NetworkStatus", "Address")
            #expect(address.hasPrefix("172.26."))
            let names = try agent.logs(id, task: "companion")
            #expect(names.contains("\(address) pod") && names.contains("nameserver 192.0.2.53"), "\(names)")

            // From the host, and from another machine through the mapped port.
            let port = try #require(
                detail["AllocatedResources"]?["Shared"]?["Ports"]?.arrayValue?.first?["Value"]?.intValue)
            try await eventually("the group's address answers") {
                try host.run("/usr/bin/curl", "-s", "--max-time", "5", "http://\(address):8080/").out.contains(id)
            }
            try await eventually("the mapped port answers") {
                try execute("/usr/bin/curl", ["-s", "--max-time", "5", "http://\(host.address):\(port)/"]).out
                    .contains(id)
            }
            let rules = try host.run("/usr/sbin/iptables-save", "-t", "nat").out
            #expect(rules.contains("--to-destination \(address):8080") && rules.contains("--dport \(port)"), "\(rules)")

            #expect(try agent.run("job", "stop", "-yes", "-purge", "-detach", "pod").status == 0)
            try await eventually("no container, namespace or rule is left") {
                let rules = try host.run("/usr/sbin/iptables-save", "-t", "nat").out
                return try daemon.containers().isEmpty && !rules.contains(address)
                    && !FileManager.default.fileExists(atPath: "/var/run/netns/\(id)")
            }
        }
    }
}
