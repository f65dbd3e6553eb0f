import Base
import CaravanClient

/// Pools of nodes.
enum NodePoolCommands {
    static let all: [Command] = [list, info, nodes, jobs, apply, delete, initialize]

    static let list = Command(
        "node pool list", "List node pools", flags: [.json, .template, .filter, .perPage, .pageToken]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let options = invocation.pageOptions
        let pools = try await invocation.doing("Error querying node pools") { try await client.nodePools(options) }
        if try invocation.printFormatted(.array(pools)) { return 0 }
        if pools.isEmpty {
            invocation.line("No node pools")
            return 0
        }
        var table = Table("Name", "Description")
        for pool in pools.sorted(by: { $0.text("Name") < $1.text("Name") }) {
            table.add(pool.text("Name"), pool.text("Description"))
        }
        invocation.lines(table.lines)
        return 0
    }

    static let info = Command(
        "node pool info", "Display a node pool", usage: "<node-pool>", flags: [.json, .template]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<node-pool>")
        let pool = try await invocation.doing("Error querying node pool") { try await client.nodePool(name) }
        if try invocation.printFormatted(pool) { return 0 }
        let show = invocation.show
        invocation.lines(
            KeyValues([("Name", pool.text("Name")), ("Description", pool.text("Description"))]).lines)
        let meta = pool.entries("Meta")
        invocation.lines(["", show.title("Metadata")])
        invocation.lines(
            meta.isEmpty ? ["No metadata"] : KeyValues(meta.map { ($0.name, $0.value.stringValue ?? "") }).lines)
        let scheduler = pool.child("SchedulerConfiguration")
        invocation.lines(["", show.title("Scheduler Configuration")])
        if scheduler.isNull {
            invocation.line("No scheduler configuration")
        } else {
            invocation.lines(
                KeyValues([
                    ("Scheduler Algorithm", scheduler.text("SchedulerAlgorithm")),
                    (
                        "Memory Oversubscription Enabled",
                        scheduler["MemoryOversubscriptionEnabled"]?.boolValue.map { "\($0)" } ?? ""
                    ),
                ]).lines)
        }
        return 0
    }

    static let nodes = Command(
        "node pool nodes", "List the nodes of a pool", usage: "<node-pool>",
        flags: [.json, .template, .filter, .perPage, .pageToken, .verbose]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<node-pool>")
        let options = invocation.pageOptions
        let nodes = try await invocation.doing("Error querying nodes") {
            try await client.nodePool(name, "nodes", options)
        }
        if try invocation.printFormatted(.array(nodes)) { return 0 }
        invocation.lines(
            nodes.isEmpty
                ? ["No nodes"] : NodeLayout.list(nodes, show: invocation.show, options: NodeListOptions()))
        return 0
    }

    static let jobs = Command(
        "node pool jobs", "List the jobs of a pool", usage: "<node-pool>",
        flags: [.json, .template, .filter, .perPage, .pageToken]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<node-pool>")
        let options = invocation.pageOptions
        let jobs = try await invocation.doing("Error querying jobs") {
            try await client.nodePool(name, "jobs", options)
        }
        if try invocation.printFormatted(.array(jobs)) { return 0 }
        invocation.lines(
            jobs.isEmpty
                ? ["No jobs"]
                : JobLayout.list(jobs, allNamespaces: invocation.asksAllNamespaces, show: invocation.show))
        return 0
    }
}

// MARK: - Changing pools

extension NodePoolCommands {
    private static let names = [
        "name": "Name", "description": "Description", "meta": "Meta", "node_identity_ttl": "NodeIdentityTTL",
        "scheduler_config": "SchedulerConfiguration",
    ]
    private static let schedulerNames = [
        "scheduler_algorithm": "SchedulerAlgorithm",
        "memory_oversubscription_enabled": "MemoryOversubscriptionEnabled",
    ]

    static let apply = Command(
        "node pool apply", "Create or update a node pool", usage: "[options] <input>",
        details: "The input is a file or '-' that describes a pool in HCL, or in JSON with -json.",
        flags: [.bool("json", "The input is JSON.")]
    ) { invocation in
        let client = try invocation.client
        let input = try invocation.oneArgument("<input>")
        let pool = try specification(path: input, json: invocation.flags.bool("json"))
        let name = pool.text("Name")
        guard !name.isEmpty else { throw CommandFailure("Failed to parse \(input): missing name") }
        _ = try await invocation.doing("Error applying node pool") {
            try await client.put("/v1/node/pools", .object(pool))
        }
        invocation.line("Successfully applied node pool \"\(name)\"!")
        return 0
    }

    private static func specification(path: String, json: Bool) throws -> JSONObject {
        var tree = try SpecificationFile.tree(path: path, json: json)
        if json { return tree }
        // node_pool "name" { … }
        if let block = tree["node_pool"]?.objectValue {
            guard block.count == 1, let member = block.members.first, let inner = member.value.objectValue else {
                throw CommandFailure("Failed to parse \(path): it must describe one node pool")
            }
            tree = inner
            tree["name"] = .string(member.name)
        }
        var result = try SpecificationFile.renamed(tree, names, in: "node pool")
        if let inner = result["SchedulerConfiguration"]?.objectValue {
            result["SchedulerConfiguration"] = .object(
                try SpecificationFile.renamed(inner, schedulerNames, in: "scheduler_config"))
        }
        return result
    }

    static let delete = Command("node pool delete", "Delete a node pool", usage: "[options] <node-pool>") {
        invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<node-pool>")
        _ = try await invocation.doing("Error deleting node pool") {
            try await client.delete("/v1/node/pool/" + Escaping.segment(name))
        }
        invocation.line("Successfully deleted node pool \"\(name)\"!")
        return 0
    }

    static let initialize = ExampleSpecification(
        command: "node pool init", of: "node pool", file: "pool.nomad", hcl: exampleHCL, json: exampleJSON
    ).command

    private static let exampleHCL = """
        node_pool "example" {
          description = "Example node pool"

          meta {
            environment = "prod"
            owner       = "sre"
          }
        }

        """

    private static let exampleJSON = """
        {
          "Name": "example",
          "Description": "Example node pool",
          "Meta": {
            "environment": "prod",
            "owner": "sre"
          }
        }

        """
}

extension Invocation {
    /// What `-filter`, `-per-page` and `-page-token` ask for.
    var pageOptions: QueryOptions {
        var options = QueryOptions()
        options.filter = flags.text("filter")
        options.nextToken = flags.text("page-token")
        if flags.number("per-page") > 0 { options.perPage = Int(flags.number("per-page")) }
        return options
    }
}
