import Base
import CaravanClient

enum NodeCommands {
    static let all: [Command] = [
        status, status.alias("node-status"), eligibility, config, config.alias("client-config"), drain,
        drain.alias("node-drain"),
    ]

    static let status = Command(
        "node status", "Display status information about nodes", usage: "[options] <node>",
        details: "Without a node, lists all nodes. With a node's id, or the start of one, shows the node.",
        flags: [
            .bool("self", "The node of the agent that is asked."), .bool("stats", "Show what the host uses in detail."),
            .bool("allocs", "Count the running allocations of each node."), .bool("short", "Leave out what is long."),
            .verbose, .bool("os", "Show the operating systems."), .bool("quiet", "Only ids."), .json, .template,
            .filter, .perPage, .pageToken, .browser,
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes either one or no arguments")
        }
        if invocation.flags.bool("self") {
            return try await one(try await ownID(invocation), invocation)
        }
        guard let id = invocation.arguments.first else { return try await list(invocation) }
        return try await one(id, invocation)
    }

    /// The id of the node that the agent runs.
    static func ownID(_ invocation: Invocation) async throws -> String {
        let client = try invocation.client
        let agent = try await invocation.doing("Error querying agent info") { try await client.agentSelf() }
        let id = agent.child("stats").child("client").text("node_id")
        if id.isEmpty { throw CommandFailure("Error: the agent is not a client: it runs no node") }
        return id
    }

    private static func list(_ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        let flags = invocation.flags
        var options = invocation.pageOptions
        if flags.bool("os") { options.parameters.append(("os", "true")) }
        let query = options
        let nodes = try await invocation.doing("Error querying node status") { try await client.nodes(query) }
        if try invocation.printFormatted(.array(nodes)) { return 0 }
        if nodes.isEmpty {
            invocation.line("No nodes registered")
            return 0
        }
        if flags.bool("quiet") {
            for node in nodes { invocation.line(invocation.show.id(node.text("ID"))) }
            return 0
        }
        var layout = NodeListOptions()
        layout.showsSystem = flags.bool("os")
        if flags.bool("allocs") {
            var running: [String: Int] = [:]
            for node in nodes {
                let id = node.text("ID")
                let allocations = try await invocation.doing("Error querying node allocations") {
                    try await client.allocations(node: id)
                }
                running[id] = allocations.count { $0.text("ClientStatus") == "running" }
            }
            layout.running = running
        }
        invocation.lines(NodeLayout.list(nodes, show: invocation.show, options: layout))
        return 0
    }

    private static func one(_ prefix: String, _ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        let stub = try await invocation.lookup.node(prefix, words: "prefix", doing: "Error querying node info")
        let id = stub.text("ID")
        let node = try await invocation.doing("Error querying node info") { try await client.node(id).json() }
        if try invocation.printFormatted(node) { return 0 }
        let show = invocation.show
        let volumes = await volumes(of: id, client)
        let allocations = try await invocation.doing("Error querying node allocations") {
            try await client.allocations(node: id)
        }
        if invocation.flags.bool("short") {
            invocation.lines(NodeLayout.header(node, volumes: volumes, uptime: nil, isShort: true, show: show))
        } else {
            try await details(node, volumes, allocations, invocation)
        }
        invocation.line("")
        invocation.line(show.title("Allocations"))
        invocation.lines(
            allocations.isEmpty
                ? ["No allocations placed"] : AllocationLayout.list(allocations, show: show, ofNode: true))
        if show.isVerbose, !invocation.flags.bool("short") {
            invocation.lines(NodeLayout.attributes("Attributes", node.entries("Attributes"), show: show))
            invocation.lines(NodeLayout.attributes("Meta", node.entries("Meta"), show: show))
        }
        return 0
    }

    private static func details(
        _ node: JSON, _ volumes: [JSON], _ allocations: [JSON], _ invocation: Invocation
    ) async throws {
        let client = try invocation.client
        let show = invocation.show
        let id = node.text("ID")
        var host: JSON?
        var failure: ClientError?
        do {
            host = try await client.stats(node: id)
        } catch let error as ClientError {
            failure = error
        }
        let uptime = host.map { TimeSpan.seconds($0.int("Uptime")) }
        invocation.lines(NodeLayout.header(node, volumes: volumes, uptime: uptime, isShort: false, show: show))
        if show.isVerbose { invocation.lines(NodeLayout.verboseTables(node, volumes: volumes, show: show)) }
        invocation.lines(NodeLayout.events(node, show: show))
        let resources = NodeResourceLayout(node: node, show: show)
        invocation.lines(resources.allocated(allocations))
        guard let host else {
            invocation.line("")
            invocation.console.errorLine(
                "error fetching node stats: actual resource usage not present"
                    + (failure.map { " (\($0.message))" } ?? ""))
            return
        }
        var usage: [JSON] = []
        for allocation in allocations where allocation.text("ClientStatus") == "running" {
            let options = QueryOptions(namespace: allocation["Namespace"]?.stringValue)
            if let statistics = try? await client.stats(allocation: allocation.text("ID"), options) {
                usage.append(statistics)
            }
        }
        invocation.lines(resources.used(usage))
        invocation.lines(resources.host(host))
        if invocation.flags.bool("stats") { invocation.lines(resources.statistics(host)) }
    }

    /// Volumes that the node has mounted; none where the server doesn't know volumes.
    private static func volumes(of node: String, _ client: Client) async -> [JSON] {
        (try? await client.volumes(QueryOptions(namespace: "*", parameters: [("node_id", node)]))) ?? []
    }

    static let eligibility = Command(
        "node eligibility", "Toggle scheduling eligibility for a given node", usage: "[options] <node>",
        flags: [
            .bool("enable", "New allocations may be placed on the node."),
            .bool("disable", "No new allocations are placed on the node."),
            .bool("self", "The node of the agent that is asked."),
        ]
    ) { invocation in
        let enable = invocation.flags.bool("enable")
        guard enable != invocation.flags.bool("disable") else {
            throw UsageFailure("Either the '-enable' or '-disable' flag must be set")
        }
        let client = try invocation.client
        let id = try await target(invocation, doing: "Error toggling scheduling eligibility")
        _ = try await invocation.doing("Error updating scheduling eligibility") {
            try await client.eligibility(node: id, eligible: enable)
        }
        invocation.line(
            "Node \"\(id)\" scheduling eligibility set: \(enable ? "eligible" : "ineligible") for scheduling")
        return 0
    }

    /// The node that a command means: its argument, or the agent's own with `-self`.
    static func target(_ invocation: Invocation, doing: String) async throws -> String {
        if invocation.flags.bool("self") { return try await ownID(invocation) }
        guard invocation.arguments.count == 1, let id = invocation.arguments.first else {
            throw UsageFailure("Node ID must be specified if -self isn't being used")
        }
        return try await invocation.lookup.node(id, doing: doing).text("ID")
    }

    static let config = Command(
        "node config", "View or modify client configuration details",
        flags: [
            .bool("servers", "List the servers that the agent knows."),
            .bool("update-servers", "Set them to the arguments, host:port each."),
        ]
    ) { invocation in
        let client = try invocation.client
        let update = invocation.flags.bool("update-servers")
        guard update != invocation.flags.bool("servers") else {
            throw UsageFailure("The '-servers' OR '-update-servers' flag(s) must be set")
        }
        if update {
            let addresses = invocation.arguments
            guard !addresses.isEmpty else {
                throw UsageFailure("If the '-update-servers' flag is set, atleast one server argument must be provided")
            }
            try await invocation.doing("Error updating server list") { try await client.setAgentServers(addresses) }
            return 0
        }
        let servers = try await invocation.doing("Error querying server list") { try await client.agentServers() }
        for server in servers.compactMap(\.stringValue).sorted() { invocation.line(server) }
        return 0
    }
}
