import Base
import Foundation
import Testing

/// Commands in running tasks, from the same host and from others.
@Suite(
    .serialized, .enabled(if: Workbench.obstacle == nil, "needs root"),
    .enabled(if: HostNetwork.obstacle == nil, "needs ip, nsenter and openssl"))
struct ExecTests {
    /// A script against an agent, with `exec` for its `alloc exec`.
    private func script(_ agent: Agent, _ bench: Workbench, _ text: String) throws -> Output {
        let program = Workbench.binary.path()
        let path = try bench.write(
            "script.sh", "cd \(bench.directory.path())\nexec_() { \(program) alloc exec \"$@\"; }\n" + text)
        return try execute(
            "/usr/bin/timeout", ["120", "/bin/bash", path],
            environment: ["NOMAD_ADDR": agent.address, "NOMAD_CLI_NO_COLOR": "1"])
    }

    @Test func commandsRunInTasksOfOtherHosts() async throws {
        try await Workbench.with { bench in
            let (server, clients) = try await RemoteTests.cluster(bench, clients: 2)
            let run = try server.run("job", "run", "-detach", try bench.write("web.nomad.hcl", RemoteTests.spread))
            #expect(run.status == 0, "\(run.out)\(run.err)")
            try await server.until("web", "running", count: 2)
            let id = try #require(
                try server.allocations("web").first { $0.text("NodeName") == "client2" }
            ).text("ID")

            // Through the server, through a client that does not run it, and through the one that does.
            for agent in [server] + clients {
                func exec(_ words: String..., input: String? = nil) throws -> Output {
                    try execute(
                        "/usr/bin/timeout", ["60", Workbench.binary.path(), "alloc", "exec"] + words,
                        environment: ["NOMAD_ADDR": agent.address], input: input)
                }
                let both = try exec(id, "/bin/sh", "-c", "echo $NOMAD_TASK_NAME; echo wrong >&2; exit 7")
                #expect(both.status == 7 && both.out == "main\n" && both.err == "wrong\n", "\(agent.name): \(both)")
                let echo = try exec(id, "/bin/cat", input: "a line\n")
                #expect(echo.status == 0 && echo.out == "a line\n", "\(agent.name): \(echo)")
                let none = try exec("-i=false", id, "/bin/cat", input: "not for it")
                #expect(none.status == 0 && none.out.isEmpty && none.err.isEmpty, "\(agent.name): \(none)")
                let plain = try exec("-t=false", id, "/bin/sh", "-c", "test -t 0 || echo no terminal")
                #expect(plain.status == 0 && plain.out == "no terminal\n", "\(agent.name): \(plain)")
                let terminal = try exec("-t=true", id, "/bin/sh", "-c", "test -t 0 && test -t 1 && echo a terminal")
                #expect(terminal.status == 0 && terminal.out == "a terminal\r\n", "\(agent.name): \(terminal)")
                let missing = try exec(id, "/no/such/command")
                #expect(missing.status != 0 && missing.err.contains("/no/such/command"), "\(agent.name): \(missing)")
                let neither = try exec("-t=true", "-i=false", id, "/bin/true")
                #expect(neither.status == 1 && neither.err.contains("-i must be enabled"), "\(neither)")
            }

            // Bytes of all values, more than any buffer on the way holds, there and back.
            let binary = try script(
                clients[0], bench,
                """
                head -c 3000000 /dev/urandom >sent
                exec_ \(id) /bin/cat <sent >back || { echo "ended with $?"; exit 3; }
                cmp sent back
                """)
            #expect(binary.status == 0, "\(binary)")

            // A host that can't be reached.
            try bench.hosts().connect(#require(clients[1].host), false)
            let cut = try clients[0].run("alloc", "exec", id, "/bin/true")
            #expect(cut.status == 1 && !cut.err.isEmpty, "\(cut)")
            try bench.hosts().connect(#require(clients[1].host), true)
        }
    }
}
