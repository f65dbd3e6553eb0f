import Base
import Foundation
import Testing

/// A running agent reads its configuration again: on SIGHUP, and when the API asks for it.
@Suite(
    .serialized, .enabled(if: Workbench.obstacle == nil, "needs root"),
    .enabled(if: HostNetwork.obstacle == nil, "needs ip, nsenter and openssl"))
struct ReloadTests {
    /// Changes the file that an agent was started with.
    private func edit(_ agent: Agent, _ change: (String) -> String) throws {
        let path = try #require(agent.startArguments.first { $0.hasSuffix(".hcl") })
        try change(String(contentsOfFile: path, encoding: .utf8)).write(
            toFile: path, atomically: true, encoding: .utf8)
    }

    private func hangUp(_ agent: Agent) throws { kill(try #require(agent.process).processIdentifier, SIGHUP) }

    @Test func theLogLevelChangesAndMistakesChangeNothing() async throws {
        try await Workbench.with { bench in
            let agent = try await bench.agent(extra: "log_level = \"ERROR\"\n", flags: ["-server", "-client"])
            try await agent.untilReady()
            #expect(!agent.log.contains("[INFO]"), "\(agent.log)")

            try edit(agent) { $0.replacing("\"ERROR\"", with: "\"INFO\"") }
            try hangUp(agent)
            try await eventually("the agent tells that it has reloaded") {
                agent.log.contains("==> Reloading configuration...")
                    && agent.log.contains("[INFO]  agent: configuration reloaded: log_level=INFO")
            }

            try edit(agent) { $0.replacing("\"INFO\"", with: "\"LOUD\"") }
            try hangUp(agent)
            try await eventually("the agent tells what is wrong") {
                agent.log.contains("the new configuration can't be used; the old one stays")
                    && agent.log.contains("LOUD")
            }
            let refused = try agent.call("PUT", "/v1/agent/reload")
            #expect(refused.status == 500 && refused.text.contains("LOUD"), "\(refused)")

            try edit(agent) { $0.replacing("\"LOUD\"", with: "\"DEBUG\"") }
            #expect(try agent.call("PUT", "/v1/agent/reload").status == 200)
            try await eventually("the agent reloads for the API too") { agent.log.contains("log_level=DEBUG") }
            #expect(try agent.json("/v1/nodes").arrayValue?.count == 1)
        }
    }

    @Test func certificatesAreReplaced() async throws {
        try await Workbench.with { bench in
            let authority = try Authority("authority", bench: bench)
            let block = try authority.block(role: "server")
            let agent = try bench.prepare(
                "secure", extra: block.replacing("tls {", with: "tls {\n  http = true"), flags: ["-server"])
            _ = try agent.launch()
            let authorityFile = authority.directory.appending(path: "ca.pem").path()
            func answers() throws -> Bool {
                try execute(
                    "/usr/bin/curl",
                    [
                        "-s", "--max-time", "10", "--cacert", authorityFile,
                        "https://localhost:\(agent.http)/v1/status/leader",
                    ]
                ).out.contains(":")
            }
            /// The number of the certificate that somebody shows who listens on a port.
            func serial(_ port: Int) throws -> String {
                let shown = try execute(
                    "/bin/sh",
                    [
                        "-c",
                        "openssl s_client -connect 127.0.0.1:\(port) -alpn h2 </dev/null 2>/dev/null"
                            + " | openssl x509 -noout -serial",
                    ])
                return shown.out
            }
            try await eventually("the agent answers") { try answers() }
            let (web, link) = (try serial(agent.http), try serial(agent.rpc))
            #expect(web.hasPrefix("serial=") && web == link)

            // Files that don't fit together change nothing.
            let certificate = authority.directory.appending(path: "server.pem")
            let old = try Data(contentsOf: certificate)
            try Data("no certificate".utf8).write(to: certificate)
            try hangUp(agent)
            try await eventually("the agent tells what is wrong") {
                agent.log.contains("the new configuration can't be used; the old one stays")
            }
            #expect(try serial(agent.http) == web && serial(agent.rpc) == link)
            try old.write(to: certificate)

            _ = try authority.block(role: "server")
            try hangUp(agent)
            try await eventually("the agent has reloaded") { agent.log.contains("configuration reloaded") }
            let (newWeb, newLink) = (try serial(agent.http), try serial(agent.rpc))
            #expect(newWeb.hasPrefix("serial=") && newWeb != web && newLink == newWeb)
            #expect(try answers())
        }
    }
}
