import Base
import Foundation
import Testing

/// What mode "bridge" leaves on a host: nothing that it made, everything that was there.
@Suite(
    .serialized, .enabled(if: Workbench.obstacle == nil, "needs root"),
    .enabled(if: HostNetwork.obstacle == nil, "needs ip, nsenter and openssl"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/lib/cni/portmap"), "needs CNI plugins"))
struct BridgeTests {
    /// The agent's configuration for the bridge of a host.
    static func configuration(_ host: HostNetwork.Host) -> String {
        "client {\n  bridge_network_name = \"\(host.bridge)\"\n}\n"
    }

    private static func job(_ name: String) -> String {
        """
        job "\(name)" {
          datacenters = ["dc1"]
          group "g" {
            network {
              mode = "bridge"
              port "http" { to = 8080 }
            }
            task "main" {
              driver = "raw_exec"
              config {
                command = "/bin/sleep"
                args    = ["3600"]
              }
            }
          }
        }
        """
    }

    @Test func theBridgeAndItsChainGoWithTheLastGroup() async throws {
        try await Workbench.with { bench in
            let host = try bench.hosts().host()
            let agent = try await bench.agent(
                extra: Self.configuration(host), flags: ["-server", "-client"], host: host)
            try await agent.untilReady()
            func start(_ name: String) async throws {
                let run = try agent.run("job", "run", "-detach", try bench.write("\(name).nomad.hcl", Self.job(name)))
                #expect(run.status == 0, "\(run.out)\(run.err)")
                try await agent.until(name, "running")
            }
            func stop(_ name: String) async throws {
                let id = try #require(try agent.allocations(name).last).text("ID")
                #expect(try agent.run("job", "stop", "-yes", "-detach", name).status == 0)
                try await eventually("the network of \(name) is gone") {
                    !FileManager.default.fileExists(atPath: "/var/run/netns/\(id)")
                }
            }
            func rules() throws -> String { try host.run("/usr/sbin/iptables-save").out }
            func hasBridge() throws -> Bool {
                try host.run("/usr/sbin/ip", "link", "show", "dev", host.bridge).status == 0
            }

            try await start("first")
            try await start("second")
            #expect(try hasBridge() && rules().contains(":CARAVAN-ADMIN"))
            try await stop("first")
            #expect(try hasBridge() && rules().contains(":CARAVAN-ADMIN"))
            try await stop("second")
            #expect(try !hasBridge())
            let left = try rules()
            #expect(!left.contains("CARAVAN-ADMIN"), "\(left)")

            // Rules and a bridge that an operator made stay.
            #expect(try host.run("/usr/sbin/ip", "link", "add", host.bridge, "type", "bridge").status == 0)
            try await start("third")
            #expect(
                try host.run(
                    "/usr/sbin/iptables", "-w", "-A", "CARAVAN-ADMIN", "-s", "192.0.2.1", "-j", "DROP"
                ).status == 0)
            try await stop("third")
            #expect(try hasBridge())
            let kept = try rules()
            #expect(kept.contains("-A CARAVAN-ADMIN -s 192.0.2.1/32 -j DROP"), "\(kept)")
        }
    }
}
