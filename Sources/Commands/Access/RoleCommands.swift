import Base
import CaravanClient

/// ACL roles.
enum RoleCommands {
    static let all: [Command] = [create, update, delete, info, list]

    private static let settings: [Flag] = [
        .optional("name", "name", "Name of the role."), .optional("description", "text", "What the role is for."),
        .list("policy", "name", "Policy of the role; may be repeated."), .json, .template,
    ]

    private static func lines(_ role: JSON) -> [String] {
        KeyValues([
            ("ID", role.text("ID")), ("Name", role.text("Name")), ("Description", role.text("Description")),
            ("Policies", role.list("Policies").map { $0.text("Name") }.joined(separator: ",")),
            ("Create Index", "\(role.int("CreateIndex"))"), ("Modify Index", "\(role.int("ModifyIndex"))"),
        ]).lines
    }

    private static func show(_ role: JSON, _ invocation: Invocation) throws -> Int32 {
        if try invocation.printFormatted(role) { return 0 }
        invocation.lines(lines(role))
        return 0
    }

    private static func policies(_ flags: FlagValues) -> JSON {
        .array(flags.list("policy").map { ["Name": .string($0)] })
    }

    static let create = Command("acl role create", "Create a new ACL role", flags: settings) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let flags = invocation.flags
        guard let name = flags.optional("name"), !name.isEmpty else {
            throw CommandFailure("ACL role name must be specified using the -name flag")
        }
        guard !flags.list("policy").isEmpty else {
            throw CommandFailure("At least one policy name must be specified using the -policy flag")
        }
        let body: JSON = [
            "Name": .string(name), "Description": .string(flags.optional("description") ?? ""),
            "Policies": policies(flags),
        ]
        let role = try await invocation.doing("Error creating ACL role") {
            try await client.put("/v1/acl/role", body).json()
        }
        return try show(role, invocation)
    }

    static let update = Command(
        "acl role update", "Update an existing ACL role", usage: "[options] <acl_role_id>",
        details: "Changes a role. What no flag names stays, unless -no-merge is given.",
        flags: settings + [.bool("no-merge", "Replace the role as a whole.")]
    ) { invocation in
        let client = try invocation.client
        let flags = invocation.flags
        let id = try invocation.oneArgument("<acl_role_id>")
        let old = try await invocation.doing("Error reading ACL role") {
            try await client.get("/v1/acl/role/" + Escaping.segment(id)).json()
        }
        var role: JSON = flags.bool("no-merge") ? ["ID": .string(id)] : old
        if let name = flags.optional("name") { role["Name"] = .string(name) }
        if let text = flags.optional("description") { role["Description"] = .string(text) }
        if flags.bool("no-merge") {
            role["Policies"] = policies(flags)
        } else {
            let names = old.list("Policies").map { $0.text("Name") }
            let added = flags.list("policy").filter { !names.contains($0) }
            role["Policies"] = .array((names + added).map { ["Name": .string($0)] })
        }
        let body = role
        let updated = try await invocation.doing("Error updating ACL role") {
            try await client.put("/v1/acl/role/" + Escaping.segment(id), body).json()
        }
        return try show(updated, invocation)
    }

    static let delete = Command("acl role delete", "Delete an existing ACL role", usage: "<acl_role_id>") {
        invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<acl_role_id>")
        _ = try await invocation.doing("Error deleting ACL role") {
            try await client.delete("/v1/acl/role/" + Escaping.segment(id))
        }
        invocation.line("ACL role \(id) successfully deleted")
        return 0
    }

    static let info = Command(
        "acl role info", "Fetch information on an existing ACL role", usage: "[options] <acl_role_id>",
        flags: [.bool("by-name", "The argument is the role's name."), .json, .template]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<acl_role_id>")
        let path = invocation.flags.bool("by-name") ? "/v1/acl/role/name/" : "/v1/acl/role/"
        let role = try await invocation.doing("Error reading ACL role") {
            try await client.get(path + Escaping.segment(id)).json()
        }
        return try show(role, invocation)
    }

    static let list = Command("acl role list", "List ACL roles", flags: [.json, .template]) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let roles = try await invocation.doing("Error listing ACL roles") {
            try await client.get("/v1/acl/roles").json()
        }
        if try invocation.printFormatted(roles) { return 0 }
        guard let elements = roles.arrayValue, !elements.isEmpty else {
            invocation.line("No ACL roles found")
            return 0
        }
        var table = Table("ID", "Name", "Description", "Policies")
        for role in elements {
            table.add(
                role.text("ID"), role.text("Name"), role.text("Description"),
                role.list("Policies").map { $0.text("Name") }.joined(separator: ","))
        }
        invocation.lines(table.lines)
        return 0
    }
}
