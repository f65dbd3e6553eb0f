import Base
import CaravanClient

enum NamespaceCommands {
    static let all: [Command] = [list, status, inspect, apply, delete]

    static let list = Command("namespace list", "List namespaces", flags: [.json, .template]) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let namespaces = try await invocation.doing("Error retrieving namespaces") { try await client.namespaces() }
        if try invocation.printFormatted(.array(namespaces)) { return 0 }
        invocation.lines(namespaces.isEmpty ? ["No namespaces found"] : lines(namespaces))
        return 0
    }

    private static func lines(_ namespaces: [JSON]) -> [String] {
        var table = Table("Name", "Description")
        for namespace in namespaces.sorted(by: { $0.text("Name") < $1.text("Name") }) {
            table.add(namespace.text("Name"), namespace.text("Description"))
        }
        return table.lines
    }

    /// The namespace of this name, or the only one whose name starts with it.
    private static func find(_ name: String, _ invocation: Invocation) async throws -> JSON {
        let client = try invocation.client
        let matches = try await invocation.doing("Error retrieving namespaces") {
            try await client.namespaces(QueryOptions(prefix: name))
        }
        if let exact = matches.first(where: { $0.text("Name") == name }) { return exact }
        guard let first = matches.first else {
            throw CommandFailure("Error retrieving namespaces: Namespace \"\(name)\" matched no namespaces")
        }
        if matches.count > 1 {
            throw CommandFailure("Prefix matched multiple namespaces\n\n" + lines(matches).joined(separator: "\n"))
        }
        return first
    }

    static let status = Command(
        "namespace status", "Display a namespace's status", usage: "[options] <namespace>", flags: [.json, .template]
    ) { invocation in
        let namespace = try await find(try invocation.oneArgument("<namespace>"), invocation)
        if try invocation.printFormatted(namespace) { return 0 }
        var block = KeyValues([
            ("Name", namespace.text("Name")), ("Description", namespace.text("Description")),
            ("Quota", namespace.text("Quota")),
        ])
        let capabilities = namespace.child("Capabilities")
        for (title, member) in [
            ("EnabledDrivers", "EnabledTaskDrivers"), ("DisabledDrivers", "DisabledTaskDrivers"),
        ] where !capabilities.texts(member).isEmpty {
            block.add(title, capabilities.texts(member).joined(separator: ","))
        }
        invocation.lines(block.lines)
        let meta = namespace.entries("Meta")
        if !meta.isEmpty {
            invocation.line("")
            invocation.line(invocation.show.title("Metadata"))
            invocation.lines(KeyValues(meta.map { ($0.name, $0.value.stringValue ?? "") }).lines)
        }
        return 0
    }

    static let inspect = Command(
        "namespace inspect", "Inspect a namespace", usage: "[options] <namespace>", flags: [.template]
    ) { invocation in
        let client = try invocation.client
        let name = try await find(try invocation.oneArgument("<namespace>"), invocation).text("Name")
        let namespace = try await invocation.doing("Error retrieving namespace") { try await client.namespace(name) }
        if try invocation.printFormatted(namespace) { return 0 }
        invocation.line(namespace.pretty())
        return 0
    }

    static let apply = Command(
        "namespace apply", "Create or update a namespace", usage: "[options] <input>",
        details: """
            The input is the name of a namespace, or a file or '-' that describes one in HCL,
            or in JSON with -json.
            """,
        flags: [
            .optional("description", "text", "What the namespace is for."),
            .optional("quota", "name", "The quota of the namespace."), .bool("json", "The input is JSON."),
        ]
    ) { invocation in
        let input = try invocation.oneArgument("<input>")
        let client = try invocation.client
        let flags = invocation.flags
        var namespace: JSON
        if input == "-" || LocalFile.exists(input) {
            namespace = .object(try specification(path: input, json: flags.bool("json")))
            guard !namespace.text("Name").isEmpty else {
                throw CommandFailure("Failed to parse \(input): missing name")
            }
        } else {
            let known = try await invocation.doing("Error looking up namespace") {
                try await client.namespaces(QueryOptions(prefix: input))
            }
            namespace = known.first { $0.text("Name") == input } ?? ["Name": .string(input)]
        }
        if let text = flags.optional("description") { namespace["Description"] = .string(text) }
        if let text = flags.optional("quota") { namespace["Quota"] = .string(text) }
        let body = namespace
        try await invocation.doing("Error applying namespace") { try await client.apply(namespace: body) }
        invocation.line("Successfully applied namespace \"\(namespace.text("Name"))\"!")
        return 0
    }

    private static let names = [
        "name": "Name", "description": "Description", "quota": "Quota", "capabilities": "Capabilities",
        "node_pool_config": "NodePoolConfiguration", "vault": "VaultConfiguration", "consul": "ConsulConfiguration",
        "meta": "Meta", "required_extra_claims": "RequiredExtraClaims",
        "optional_extra_claims": "OptionalExtraClaims",
    ]
    private static let capabilityNames = [
        "enabled_task_drivers": "EnabledTaskDrivers", "disabled_task_drivers": "DisabledTaskDrivers",
        "enabled_network_modes": "EnabledNetworkModes", "disabled_network_modes": "DisabledNetworkModes",
    ]
    private static let listNames = ["default": "Default", "allowed": "Allowed", "denied": "Denied"]

    /// A file with the API's names.
    private static func specification(path: String, json: Bool) throws -> JSONObject {
        let tree = try SpecificationFile.tree(path: path, json: json)
        // JSON is the API's own form; indexes and hashes that were read come back with it.
        if json { return tree }
        var result = try SpecificationFile.renamed(tree, names, in: "namespace")
        if let inner = result["Capabilities"]?.objectValue {
            result["Capabilities"] = .object(
                try SpecificationFile.renamed(inner, capabilityNames, in: "capabilities"))
        }
        for name in ["NodePoolConfiguration", "VaultConfiguration", "ConsulConfiguration"] {
            guard let inner = result[name]?.objectValue else { continue }
            result[name] = .object(try SpecificationFile.renamed(inner, listNames, in: name))
        }
        return result
    }

    static let delete = Command(
        "namespace delete", "Delete a namespace", usage: "[options] <namespace>"
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<namespace>")
        try await invocation.doing("Error deleting namespace") { try await client.delete(namespace: name) }
        invocation.line("Successfully deleted namespace \"\(name)\"!")
        return 0
    }
}
