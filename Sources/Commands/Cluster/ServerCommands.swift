import Base
import CaravanClient

enum ServerCommands {
    static let all: [Command] = [
        members, members.alias("server-members"), join, join.alias("server-join"), forceLeave,
        forceLeave.alias("server-force-leave"),
    ]

    static let members = Command(
        "server members", "Display a list of known servers and their status",
        flags: [.bool("detailed", "Show the servers' tags."), .verbose, .json, .template, .browser]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let answer = try await invocation.doing("Error querying servers") { try await client.members() }
        let members = answer.list("Members")
        if try invocation.printFormatted(.array(members)) { return 0 }
        if invocation.flags.bool("detailed") || invocation.flags.bool("verbose") {
            invocation.lines(ServerLayout.detailed(members))
            return 0
        }
        // Each region has a leader of its own.
        var leaders: Set<String> = []
        var failures: [String] = []
        let regions = Set(members.map { $0.child("Tags").text("region") }).sorted()
        for region in regions {
            var options = QueryOptions()
            options.region = region
            let query = options
            do {
                leaders.insert(try await client.leader(query))
            } catch let error as ClientError {
                failures.append("Region \"\(region)\": \(error.message)")
            }
        }
        invocation.lines(ServerLayout.list(members, leaders: leaders))
        if !failures.isEmpty {
            throw CommandFailure("\nError determining leaders: " + failures.joined(separator: "\n"))
        }
        return 0
    }

    static let join = Command(
        "server join", "Join server nodes together", usage: "[options] <addr> [<addr>...]"
    ) { invocation in
        guard !invocation.arguments.isEmpty else {
            throw UsageFailure("This command takes at least one argument: <addr>")
        }
        let client = try invocation.client
        let addresses = invocation.arguments
        let answer = try await invocation.doing("Error joining") { try await client.join(addresses) }
        if answer.int("num_joined") == 0, !answer.text("error").isEmpty {
            throw CommandFailure("Error joining: \(answer.text("error"))")
        }
        invocation.line("Joined \(answer.int("num_joined")) servers successfully")
        return 0
    }

    static let forceLeave = Command(
        "server force-leave", "Force a server into the 'left' state", usage: "[options] <node>",
        flags: [.bool("prune", "Forget the server at once.")]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<node>")
        let prune = invocation.flags.bool("prune")
        try await invocation.doing("Error force-leaving server \(name)") {
            try await client.forceLeave(name, prune: prune)
        }
        return 0
    }
}

/// Layouts of servers.
enum ServerLayout {
    private static func sorted(_ members: [JSON]) -> [JSON] {
        members.sorted { $0.text("Name") < $1.text("Name") }
    }

    static func list(_ members: [JSON], leaders: Set<String>) -> [String] {
        var table = Table(
            "Name", "Address", "Port", "Status", "Leader", "Protocol", "Build", "Datacenter", "Region")
        for member in sorted(members) {
            let tags = member.child("Tags")
            let address = member.text("Addr")
            // The leader is known by the address of its other port.
            let host = address.contains(":") ? "[\(address)]" : address
            let leads =
                leaders.contains("\(host):\(tags.text("port"))")
                || leaders.contains("\(tags.text("rpc_addr")):\(tags.text("port"))")
            table.add(
                member.text("Name"), address, "\(member.int("Port"))", member.text("Status"), "\(leads)",
                "\(member.int("ProtocolCur"))", tags.text("build"), tags.text("dc"), tags.text("region"))
        }
        return table.lines
    }

    static func detailed(_ members: [JSON]) -> [String] {
        var table = Table("Name", "Address", "Port", "Tags")
        for member in sorted(members) {
            let tags = member.entries("Tags").map { "\($0.name)=\($0.value.stringValue ?? "")" }
            table.add(
                member.text("Name"), member.text("Addr"), "\(member.int("Port"))", tags.joined(separator: ","))
        }
        return table.lines
    }
}
