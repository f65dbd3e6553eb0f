import Base
import Foundation
import Testing

/// A server and clients in processes and on hosts of their own, with certificates on both sides.
@Suite(
    .serialized, .enabled(if: Workbench.obstacle == nil, "needs root"),
    .enabled(if: HostNetwork.obstacle == nil, "needs ip, nsenter and openssl"))
struct RemoteTests {
    /// A lost node is found soon, but not one on a busy machine.
    static let hasty = """
        server {
          min_heartbeat_ttl = "2s"
          heartbeat_grace   = "8s"
        }
        """

    /// A server and so many clients, each on its own host; ready.
    static func cluster(
        _ bench: Workbench, clients: Int, settings: String = ""
    ) async throws -> (server: Agent, clients: [Agent]) {
        let authority = try Authority("authority", bench: bench)
        let tls = try (server: authority.block(role: "server"), client: authority.block(role: "client"))
        let network = try bench.hosts()
        let server = try await bench.agent(
            "server", extra: settings + "\n" + tls.server, flags: ["-server"], host: try network.host())
        let address = try #require(server.host).address
        var agents: [Agent] = []
        for number in 1...clients {
            agents.append(
                try await bench.agent(
                    "client\(number)", extra: tls.client, flags: ["-client", "-servers=\(address)"],
                    host: try network.host()))
        }
        try await server.untilReady(nodes: clients)
        return (server, agents)
    }

    static let spread = JobTests.service.replacing(
        "count = 2",
        with: """
            count = 2
                constraint {
                  operator = "distinct_hosts"
                  value    = "true"
                }
            """)

    @Test func jobsRunOnOtherHosts() async throws {
        try await Workbench.with { bench in
            let (server, clients) = try await Self.cluster(bench, clients: 2)
            let run = try server.run("job", "run", try bench.write("web.nomad.hcl", Self.spread))
            #expect(run.status == 0, "\(run.out)\(run.err)")
            try await server.until("web", "running", count: 2)
            let all = try server.allocations("web")
            #expect(Set(all.map { $0.text("NodeName") }) == ["client1", "client2"])

            // Through the server, through the client that runs it, and through the one that doesn't.
            for agent in [server] + clients {
                for allocation in all {
                    let id = allocation.text("ID")
                    let index = allocation.text("Name").suffix(2).prefix(1)
                    try await eventually("\(agent.name) shows the log") {
                        try agent.run("alloc", "logs", id).out.hasPrefix("index \(index) port ")
                    }
                    #expect(try agent.run("alloc", "fs", id, "main/").out.contains("secrets"))
                    let stats = try agent.json("/v1/client/allocation/\(id)/stats")
                    #expect(stats["Tasks"]?["main"]?["Pids"]?.objectValue?.isEmpty == false)
                    let status = try agent.run("alloc", "status", "-stats", id)
                    #expect(status.status == 0 && status.out.contains("running"), "\(status.out)\(status.err)")
                }
                #expect(try agent.run("job", "status", "web").out.contains("running"))
                #expect(try agent.json("/v1/nodes").arrayValue?.count == 2)
            }

            // A client takes orders for the cluster, and for what runs elsewhere.
            let elsewhere = try #require(all.first { $0.text("NodeName") == "client2" }).text("ID")
            let restart = try clients[0].run("alloc", "restart", elsewhere)
            #expect(restart.status == 0, "\(restart.out)\(restart.err)")
            try await eventually("it is restarted") {
                try server.json("/v1/allocation/\(elsewhere)")["TaskStates"]?["main"]?["Restarts"]?.intValue == 1
            }
            #expect(try clients[0].run("job", "stop", "-yes", "-detach", "web").status == 0)
            try await server.until("web", "complete", count: 2)
        }
    }

    @Test func aForeignCertificateIsRefused() async throws {
        try await Workbench.with { bench in
            let (server, _) = try await Self.cluster(bench, clients: 1)
            let authority = try Authority("stranger", bench: bench)
            let address = try #require(server.host).address
            let stranger = try bench.prepare(
                "stranger",
                // It trusts the cluster, but its own certificate comes from somewhere else.
                extra: try authority.block(
                    role: "client", authority: Authority(existing: "authority", bench: bench)),
                flags: ["-client", "-servers=\(address)"], host: try bench.hosts().host())
            _ = try stranger.launch()
            try await eventually("the stranger says why it can't come in") {
                stranger.log.contains("can't register this node")
            }
            #expect(stranger.log.contains("the server refused this agent's certificate"), "\(stranger.log)")
            #expect(try server.json("/v1/nodes").arrayValue?.count == 1)

            let distrusting = try bench.prepare(
                "distrusting", extra: try authority.block(role: "client"), flags: ["-client", "-servers=\(address)"],
                host: try bench.hosts().host())
            _ = try distrusting.launch()
            try await eventually("the distrusting one says that it does not know the server's authority") {
                distrusting.log.contains("can't register this node")
            }
            #expect(distrusting.log.contains("the server's certificate is not trusted"), "\(distrusting.log)")
        }
    }

    @Test func restartsOnBothSidesLeaveTasksAlone() async throws {
        try await Workbench.with { bench in
            let (server, clients) = try await Self.cluster(bench, clients: 1)
            #expect(
                try server.run("job", "run", "-detach", try bench.write("counter.nomad.hcl", RestartTests.counter))
                    .status == 0)
            try await server.until("counter", "running")
            let id = try #require(try server.allocations("counter").first).text("ID")
            try await eventually("it counts") { try server.logs(id, task: "main").contains("line 20\n") }

            server.kill9()
            try await eventually("the client notices") { clients[0].log.contains("heartbeat missed") }
            try await server.start()
            try await server.untilReady()
            clients[0].kill9()
            try await clients[0].start()
            try await server.untilReady()
            let before = try server.logs(id, task: "main").split(separator: "\n").count
            try await eventually("it goes on counting") {
                try server.logs(id, task: "main").split(separator: "\n").count > before + 20
            }
            let all = try server.allocations("counter")
            #expect(all.map { $0.text("ID") } == [id])
            #expect(all[0]["TaskStates"]?["main"]?["Restarts"]?.intValue == 0)
            #expect(try server.logs(id, task: "main").split(separator: "\n").count { $0.hasPrefix("pid") } == 1)
        }
    }

    @Test func whatWasOnALostHostRunsElsewhere() async throws {
        try await Workbench.with { bench in
            let (server, clients) = try await Self.cluster(bench, clients: 2, settings: Self.hasty)
            let job = JobTests.service.replacing("count = 2", with: "count = 1")
            #expect(try server.run("job", "run", "-detach", try bench.write("web.nomad.hcl", job)).status == 0)
            try await server.until("web", "running")
            let first = try #require(try server.allocations("web").first)
            let lost = try #require(clients.first { $0.name == first.text("NodeName") })
            let host = try #require(lost.host)

            try bench.hosts().connect(host, false)
            try await eventually("the node is down and its allocation replaced") {
                let all = try server.allocations("web")
                return all.count == 2 && all[0]["ClientStatus"] == "lost" && all[1]["ClientStatus"] == "running"
            }
            let node = try #require(try server.json("/v1/nodes").arrayValue?.first { $0.text("Name") == lost.name })
            #expect(node.text("Status") == "down")
            #expect(try server.allocations("web")[1].text("NodeName") != lost.name)

            // Back again, it stops what was replaced.
            try bench.hosts().connect(host, true)
            try await server.untilReady(nodes: 2)
            try await eventually("the first one is stopped") {
                try lost.json("/v1/allocation/\(first.text("ID"))")["TaskStates"]?["main"]?.text("State") == "dead"
            }
            #expect(try server.allocations("web").filter { $0["ClientStatus"] == "running" }.count == 1)
        }
    }
}
