import Base
import CaravanClient

/// Layout of tokens.
enum TokenLayout {
    static func lines(_ token: JSON, show: Show) -> [String] {
        var block = KeyValues([
            ("Accessor ID", token.text("AccessorID")),
            ("Secret ID", token.text("SecretID")),
            ("Name", token.text("Name")),
            ("Type", token.text("Type")),
            ("Global", "\(token.flag("Global"))"),
            (
                "Policies",
                token.text("Type") == "management" ? "n/a" : "[\(token.texts("Policies").joined(separator: " "))]"
            ),
            ("Create Time", time(token.text("CreateTime"))),
        ])
        if token.has("ExpirationTime") { block.add("Expiry Time", time(token.text("ExpirationTime"))) }
        block.add("Create Index", "\(token.int("CreateIndex"))")
        block.add("Modify Index", "\(token.int("ModifyIndex"))")
        let roles = token.list("Roles")
        guard !roles.isEmpty else { return block.lines }
        var table = Table("ID", "Name")
        for role in roles { table.add(role.text("ID"), role.text("Name")) }
        return block.lines + ["", show.title("Roles")] + table.lines
    }

    /// As Go prints times in UTC: `2026-11-22 16:39:11.115 +0000 UTC`.
    private static func time(_ text: String) -> String {
        guard let instant = Instant(rfc3339: text) else { return text }
        let utc = instant.rfc3339(fraction: true).dropLast()
        return utc.split(separator: "T").joined(separator: " ") + " +0000 UTC"
    }
}

/// ACL tokens.
enum TokenCommands {
    static let all: [Command] = [create, update, delete, info, list, own]

    private static let bindings: [Flag] = [
        .list("policy", "name", "Policy of the token; may be repeated."),
        .list("role-id", "id", "Role of the token; may be repeated."),
        .list("role-name", "name", "Role of the token; may be repeated."),
    ]

    private static func roles(_ flags: FlagValues) -> [JSON] {
        flags.list("role-id").map { ["ID": .string($0)] } + flags.list("role-name").map { ["Name": .string($0)] }
    }

    static let create = Command(
        "acl token create", "Create a new ACL token", usage: "[options]",
        flags: bindings + [
            .text("name", "name", "Name for people."),
            .text("type", "type", "client or management.", default: "client"),
            .bool("global", "The token counts in all regions."), .text("ttl", "duration", "Time that the token lives."),
            .text("accessor", "id", "The token's public id."), .json, .template,
        ]
    ) { invocation in
        let client = try invocation.client
        let flags = invocation.flags
        var token: JSON = [
            "Name": .string(flags.text("name")), "Type": .string(flags.text("type")),
            "Policies": .array(flags.list("policy").map { .string($0) }), "Global": .bool(flags.bool("global")),
        ]
        let roles = roles(flags)
        if !roles.isEmpty { token["Roles"] = .array(roles) }
        if !flags.text("accessor").isEmpty { token["AccessorID"] = .string(flags.text("accessor")) }
        if !flags.text("ttl").isEmpty {
            guard let span = TimeSpan(text: flags.text("ttl")) else {
                throw CommandFailure("Failed to parse TTL as time duration: \(GoQuote.text(flags.text("ttl")))")
            }
            token["ExpirationTTL"] = .int(span.nanoseconds)
        }
        let body = token
        let created = try await invocation.doing("Error creating token") { try await client.create(token: body) }
        if try invocation.printFormatted(created) { return 0 }
        invocation.lines(TokenLayout.lines(created, show: invocation.show))
        return 0
    }

    static let update = Command(
        "acl token update", "Update an existing ACL token", usage: "<token_accessor_id>",
        flags: bindings + [
            .optional("name", "name", "Name for people."), .optional("type", "type", "client or management."),
            .bool("global", "The token counts in all regions."),
        ]
    ) { invocation in
        let client = try invocation.client
        let flags = invocation.flags
        let accessor = try invocation.oneArgument("<token_accessor_id>")
        var token = try await invocation.doing("Error fetching token") { try await client.token(accessor) }
        if let name = flags.optional("name") { token["Name"] = .string(name) }
        if let type = flags.optional("type") { token["Type"] = .string(type) }
        if flags.isGiven("global") { token["Global"] = .bool(flags.bool("global")) }
        if flags.isGiven("policy") { token["Policies"] = .array(flags.list("policy").map { .string($0) }) }
        let roles = roles(flags)
        if !roles.isEmpty { token["Roles"] = .array(roles) }
        let body = token
        let updated = try await invocation.doing("Error updating token") {
            try await client.update(token: body, accessor: accessor)
        }
        invocation.lines(TokenLayout.lines(updated, show: invocation.show))
        return 0
    }

    static let delete = Command(
        "acl token delete", "Delete an existing ACL token", usage: "<token_accessor_id>"
    ) { invocation in
        let client = try invocation.client
        let accessor = try invocation.oneArgument("<token_accessor_id>")
        try await invocation.doing("Error deleting token") { try await client.delete(token: accessor) }
        invocation.line("Token \(accessor) successfully deleted")
        return 0
    }

    static let info = Command(
        "acl token info", "Fetch information on an existing ACL token", usage: "<token_accessor_id>"
    ) { invocation in
        let client = try invocation.client
        let accessor = try invocation.oneArgument("<token_accessor_id>")
        let token = try await invocation.doing("Error fetching token") { try await client.token(accessor) }
        invocation.lines(TokenLayout.lines(token, show: invocation.show))
        return 0
    }

    static let own = Command("acl token self", "Lookup self ACL token", usage: "") { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let token = try await invocation.doing("Error fetching self token") { try await client.ownToken() }
        invocation.lines(TokenLayout.lines(token, show: invocation.show))
        return 0
    }

    static let list = Command("acl token list", "List ACL tokens", flags: [.json, .template]) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let tokens = try await invocation.doing("Error listing ACL tokens") { try await client.tokens() }
        if try invocation.printFormatted(.array(tokens)) { return 0 }
        if tokens.isEmpty {
            invocation.line("No tokens found")
            return 0
        }
        var table = Table("Name", "Type", "Global", "Accessor ID")
        for token in tokens {
            table.add(token.text("Name"), token.text("Type"), "\(token.flag("Global"))", token.text("AccessorID"))
        }
        invocation.lines(table.lines)
        return 0
    }
}
