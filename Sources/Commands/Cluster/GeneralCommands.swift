import Base
import CaravanClient

/// Commands that belong to no family.
enum GeneralCommands {
    static let all: [Command] = [
        version, status, agentInfo, check, collectGarbage, reconcile, monitor, ui, scalingList, scalingInfo,
        CompletionCommand.command, CompletionCommand.candidates,
    ]

    static let version = Command("version", "Prints the version", usage: "", asksAgent: false) { invocation in
        invocation.line("Caravan v\(Program.version)")
        // Tools that wrap the command line look for this line to know what they talk to.
        invocation.line("Nomad v\(Program.compatibleVersion) API")
        return 0
    }

    static let status = Command(
        "status", "Display the status output for a resource", usage: "[options] <identifier>",
        details: """
            Shows whatever an id, or the start of one, belongs to: a job, an allocation, a
            node, an evaluation, a deployment, a namespace. Without one, lists the jobs.
            """,
        flags: [
            .verbose, .bool("short", "Only the first block."), .bool("evals", "Show the evaluations of a job."),
            .bool("all-allocs", "Show allocations of earlier jobs too."), .json, .template, .browser,
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes either no arguments or one: <identifier>")
        }
        guard let id = invocation.arguments.first else { return try await JobCommands.list(invocation) }
        return try await Resolution(invocation).run(id)
    }

    static let agentInfo = Command(
        "agent-info", "Display status information about the local agent", flags: [.json, .template]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let agent = try await invocation.doing("Error querying agent info") { try await client.agentSelf() }
        if try invocation.printFormatted(agent) { return 0 }
        for (section, values) in agent.entries("stats") {
            invocation.line(section)
            for (key, value) in values.objectValue?.sorted ?? [] {
                invocation.line("  \(key) = \(value.stringValue ?? value.text)")
            }
        }
        return 0
    }

    /// Exit statuses that monitoring systems know.
    private enum CheckStatus {
        static let warning: Int32 = 1
        static let critical: Int32 = 2
        static let unknown: Int32 = 3
    }

    static let check = Command(
        "check", "Displays health of the local agent",
        flags: [
            .number("min-peers", "count", "Peers that a server has to know.", default: 0),
            .number("min-servers", "count", "Servers that a client has to know.", default: 1),
        ], isHidden: true
    ) { invocation in
        let client = try invocation.client
        let stats: JSON
        do {
            stats = try await client.agentSelf().child("stats")
        } catch let error as ClientError {
            throw CommandFailure(
                "unable to query agent info: \(error.message)", advice: error.advice, status: CheckStatus.unknown)
        }
        if let raft = stats["raft"] {
            let peers = Int64(raft.text("num_peers")) ?? 0
            if peers < invocation.flags.number("min-peers") {
                let least = invocation.flags.number("min-peers")
                throw CommandFailure(
                    "known peers: \(peers), is less than expected number of peers: \(least)",
                    status: CheckStatus.critical)
            }
        }
        if let agent = stats["client"] {
            let servers = agent.text("known_servers").split(separator: ",").count
            if servers < invocation.flags.number("min-servers") {
                let least = invocation.flags.number("min-servers")
                throw CommandFailure(
                    "known servers: \(servers), is less than expected number of servers: \(least)",
                    status: CheckStatus.critical)
            }
        }
        return 0
    }

    static let collectGarbage = Command("system gc", "Run the system garbage collection process") { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        try await invocation.doing("Error running system garbage-collection") { try await client.collectGarbage() }
        return 0
    }

    static let reconcile = Command(
        "system reconcile summaries", "Reconciles the summaries of all registered jobs"
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        try await invocation.doing("Error running system summary reconciliation") {
            try await client.reconcileSummaries()
        }
        return 0
    }

    static let monitor = Command(
        "monitor", "Stream logs from an agent",
        flags: [
            .text("log-level", "level", "Level to show.", default: "INFO"),
            .text("node-id", "id", "Agent of this node."),
            .text("server-id", "name", "This server, or 'leader'."), .bool("json", "Log lines as JSON."),
            .bool("log-include-location", "Where in the program a line comes from."),
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let flags = invocation.flags
        var parameters = [(name: "log_level", value: flags.text("log-level"))]
        if !flags.text("node-id").isEmpty {
            let node = try await invocation.lookup.node(flags.text("node-id"), doing: "Error querying node")
            parameters.append(("node_id", node.text("ID")))
        }
        if !flags.text("server-id").isEmpty { parameters.append(("server_id", flags.text("server-id"))) }
        if flags.bool("json") { parameters.append(("log_json", "true")) }
        if flags.bool("log-include-location") { parameters.append(("log_include_location", "true")) }
        let query = parameters
        let frames = try await invocation.doing("Error starting monitor") { try await client.monitor(query) }
        for try await frame in frames {
            invocation.console.write(Base64.bytes(frame.text("Data")) ?? [])
            invocation.console.flush()
        }
        return 0
    }

    static let ui = Command(
        "ui", "Open the web interface", usage: "[options] <identifier>",
        details: "Prints the address of the web interface, or of the page of a job, node or allocation.",
        flags: [
            .bool("authenticate", "Exchange the token for a one-time one."),
            .bool("show-url", "Only print the address."),
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes no or one optional argument, [<identifier>]")
        }
        let client = try invocation.client
        var url = client.configuration.address
        while url.hasSuffix("/") { url.removeLast() }
        url += "/ui/"
        if let id = invocation.arguments.first {
            let (context, found) = try await Resolution(invocation).find(id)
            switch context {
            case "nodes": url += "clients/" + found
            case "allocs": url += "allocations/" + found
            case "jobs": url += "jobs/" + JobPath.segment(found)
            default: throw CommandFailure("Unable to resolve ID: \(GoQuote.text(id))")
            }
        }
        if invocation.flags.bool("authenticate") {
            let answer = try await invocation.doing("Could not get one-time token") { try await client.oneTimeToken() }
            url += "?ott=" + answer.child("OneTimeToken").text("OneTimeSecretID")
            invocation.line("Opening URL \(GoQuote.text(url)) with one-time token")
            return 0
        }
        invocation.line(
            invocation.flags.bool("show-url") ? "URL for web UI: \(url)" : "Opening URL \(GoQuote.text(url))")
        return 0
    }

    // MARK: Scaling policies

    static let scalingList = Command(
        "scaling policy list", "List all scaling policies",
        flags: [
            .verbose, .json, .template, .text("type", "type", "Only policies of this type."),
            .text("job", "id", "Only policies of this job."),
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let parameters = ["type", "job"].filter { !invocation.flags.text($0).isEmpty }.map {
            (name: $0, value: invocation.flags.text($0))
        }
        let policies = try await invocation.doing("Error listing scaling policies") {
            try await client.scalingPolicies(parameters)
        }
        if try invocation.printFormatted(.array(policies)) { return 0 }
        if policies.isEmpty {
            invocation.line("No policies found")
            return 0
        }
        var table = Table("ID", "Enabled", "Type", "Target")
        for policy in policies.sorted(by: { $0.text("ID") < $1.text("ID") }) {
            table.add(
                invocation.show.id(policy.text("ID")), "\(policy.flag("Enabled"))", policy.text("Type"),
                target(policy))
        }
        invocation.lines(table.lines)
        return 0
    }

    /// `Namespace:default,Job:web,Group:app`, from the outside in.
    private static func target(_ policy: JSON) -> String {
        let order = ["Namespace", "Job", "Group", "Task"]
        let target = policy.entries("Target")
        let known = order.compactMap { name in target.first { $0.name == name } }
        let others = target.filter { !order.contains($0.name) }
        return (known + others).map { "\($0.name):\($0.value.stringValue ?? "")" }.joined(separator: ",")
    }

    static let scalingInfo = Command(
        "scaling policy info", "Display an individual scaling policy", usage: "[options] <policy_id>",
        flags: [.verbose, .json, .template]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<policy_id>")
        let stubs = try await invocation.doing("Error querying scaling policies") {
            try await client.scalingPolicies([])
        }.filter { $0.text("ID").hasPrefix(id) }
        guard let stub = stubs.first else {
            throw CommandFailure("No scaling policies with prefix or id \(GoQuote.text(id)) found")
        }
        if stubs.count > 1 { throw CommandFailure("Prefix matched multiple scaling policies") }
        let policy = try await invocation.doing("Error querying scaling policy") {
            try await client.scalingPolicy(stub.text("ID"))
        }
        if try invocation.printFormatted(policy) { return 0 }
        let rules = policy.child("Policy")
        invocation.lines(
            KeyValues([
                ("ID", invocation.show.id(policy.text("ID"))), ("Enabled", "\(policy.flag("Enabled"))"),
                ("Target", target(policy)), ("Min", "\(policy.int("Min"))"), ("Max", "\(policy.int("Max"))"),
            ]).lines)
        invocation.line("")
        invocation.line("Policy:")
        invocation.line(rules.isNull || rules == .object([:]) ? "<empty>" : rules.pretty())
        return 0
    }
}
