import Base
import CaravanClient

/// ACL auth methods and binding rules.
enum AuthMethodCommands {
    static let all: [Command] = [
        create, update, delete, info, list, createRule, updateRule, deleteRule, infoRule, listRules,
    ]

    private static let settings: [Flag] = [
        .optional("type", "type", "OIDC or JWT."), .optional("token-locality", "scope", "local or global."),
        .optional("token-name-format", "format", "How tokens are named."),
        .optional("max-token-ttl", "duration", "Longest time that tokens live."),
        .optional("config", "json", "The method's configuration: JSON, @file or '-'."),
        .optionalBool("default", "People who name no method get this one."), .json, .template,
    ]

    private static func apply(_ flags: FlagValues, to method: inout JSON) throws {
        for (flag, name) in [
            ("type", "Type"), ("token-locality", "TokenLocality"), ("token-name-format", "TokenNameFormat"),
        ] {
            if let text = flags.optional(flag) { method[name] = .string(text) }
        }
        if let text = flags.optional("max-token-ttl") {
            guard let span = TimeSpan(text: text) else {
                throw CommandFailure("-max-token-ttl: not a duration: \(text)")
            }
            method["MaxTokenTTL"] = .int(span.nanoseconds)
        }
        if let flag = flags.optionalBool("default") { method["Default"] = .bool(flag) }
        guard let config = flags.optional("config") else { return }
        do {
            let bytes =
                config == "-" || config.hasPrefix("@")
                ? try StandardInput.file(config == "-" ? "-" : String(config.dropFirst())) : Array(config.utf8)
            method["Config"] = try JSON(parsing: bytes)
        } catch {
            throw CommandFailure("Error reading the configuration: \(error)")
        }
    }

    private static func show(_ method: JSON, _ invocation: Invocation) throws -> Int32 {
        if try invocation.printFormatted(method) { return 0 }
        invocation.lines(
            KeyValues([
                ("Name", method.text("Name")), ("Type", method.text("Type")),
                ("Locality", method.text("TokenLocality")), ("Token Name Format", method.text("TokenNameFormat")),
                ("Max Token TTL", TimeSpan(nanoseconds: method.int("MaxTokenTTL")).text),
                ("Default", "\(method.flag("Default"))"), ("Create Index", "\(method.int("CreateIndex"))"),
                ("Modify Index", "\(method.int("ModifyIndex"))"),
            ]).lines)
        if method.has("Config") {
            invocation.lines(["", invocation.show.title("Auth Method Config"), "", method.child("Config").pretty()])
        }
        return 0
    }

    static let create = Command(
        "acl auth-method create", "Create a new ACL auth method",
        flags: [.text("name", "name", "Name of the method.")] + settings
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let name = invocation.flags.text("name")
        guard !name.isEmpty else { throw CommandFailure("ACL auth method name must be specified using the -name flag") }
        var method: JSON = ["Name": .string(name)]
        try apply(invocation.flags, to: &method)
        let body = method
        let made = try await invocation.doing("Error creating ACL auth method") {
            try await client.put("/v1/acl/auth-method", body).json()
        }
        return try show(made, invocation)
    }

    static let update = Command(
        "acl auth-method update", "Update an existing ACL auth method", usage: "[options] <acl_auth_method_name>",
        flags: settings
    ) { invocation in
        let client = try invocation.client
        let path = "/v1/acl/auth-method/" + Escaping.segment(try invocation.oneArgument("<acl_auth_method_name>"))
        var method = try await invocation.doing("Error reading ACL auth method") { try await client.get(path).json() }
        try apply(invocation.flags, to: &method)
        let body = method
        let made = try await invocation.doing("Error updating ACL auth method") {
            try await client.put(path, body).json()
        }
        return try show(made, invocation)
    }

    static let delete = Command(
        "acl auth-method delete", "Delete an existing ACL auth method", usage: "<acl_method_name>"
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<acl_method_name>")
        _ = try await invocation.doing("Error deleting ACL auth method") {
            try await client.delete("/v1/acl/auth-method/" + Escaping.segment(name))
        }
        invocation.line("ACL auth method \(name) successfully deleted")
        return 0
    }

    static let info = Command(
        "acl auth-method info", "Fetch information on an existing ACL auth method",
        usage: "[options] <acl_method_name>", flags: [.json, .template]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<acl_method_name>")
        let method = try await invocation.doing("Error reading ACL auth method") {
            try await client.get("/v1/acl/auth-method/" + Escaping.segment(name)).json()
        }
        return try show(method, invocation)
    }

    static let list = Command("acl auth-method list", "List ACL auth methods", flags: [.json, .template]) {
        invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let methods = try await invocation.doing("Error listing ACL auth methods") {
            try await client.get("/v1/acl/auth-methods").json()
        }
        if try invocation.printFormatted(methods) { return 0 }
        guard let elements = methods.arrayValue, !elements.isEmpty else {
            invocation.line("No ACL auth methods found")
            return 0
        }
        var table = Table("Name", "Type", "Default")
        for method in elements { table.add(method.text("Name"), method.text("Type"), "\(method.flag("Default"))") }
        invocation.lines(table.lines)
        return 0
    }

    // MARK: - Binding rules

    private static let ruleSettings: [Flag] = [
        .optional("description", "text", "What the rule is for."),
        .optional("selector", "expression", "Which identities the rule is for."),
        .optional("bind-type", "type", "role, policy or management."),
        .optional("bind-name", "name", "The role or policy that they get."), .json, .template,
    ]

    private static func applyRule(_ flags: FlagValues, to rule: inout JSON) {
        for (flag, name) in [
            ("description", "Description"), ("selector", "Selector"), ("bind-type", "BindType"),
            ("bind-name", "BindName"),
        ] {
            if let text = flags.optional(flag) { rule[name] = .string(text) }
        }
    }

    private static func showRule(_ rule: JSON, _ invocation: Invocation) throws -> Int32 {
        if try invocation.printFormatted(rule) { return 0 }
        invocation.lines(
            KeyValues([
                ("ID", rule.text("ID")), ("Description", rule.text("Description")),
                ("Auth Method", rule.text("AuthMethod")), ("Selector", GoQuote.text(rule.text("Selector"))),
                ("Bind Type", rule.text("BindType")), ("Bind Name", rule.text("BindName")),
                ("Create Time", rule.text("CreateTime")), ("Modify Time", rule.text("ModifyTime")),
                ("Create Index", "\(rule.int("CreateIndex"))"), ("Modify Index", "\(rule.int("ModifyIndex"))"),
            ]).lines)
        return 0
    }

    static let createRule = Command(
        "acl binding-rule create", "Create a new ACL binding rule",
        flags: [.text("auth-method", "name", "The auth method that the rule belongs to.")] + ruleSettings
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let method = invocation.flags.text("auth-method")
        guard !method.isEmpty else {
            throw CommandFailure("ACL binding rule auth method must be specified using the -auth-method flag")
        }
        var rule: JSON = ["AuthMethod": .string(method)]
        applyRule(invocation.flags, to: &rule)
        let body = rule
        let made = try await invocation.doing("Error creating ACL binding rule") {
            try await client.put("/v1/acl/binding-rule", body).json()
        }
        return try showRule(made, invocation)
    }

    static let updateRule = Command(
        "acl binding-rule update", "Update an existing ACL binding rule", usage: "[options] <acl_binding_rule_id>",
        flags: ruleSettings + [.bool("no-merge", "Replace the rule as a whole.")]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<acl_binding_rule_id>")
        let path = "/v1/acl/binding-rule/" + Escaping.segment(id)
        let old = try await invocation.doing("Error reading ACL binding rule") { try await client.get(path).json() }
        var rule: JSON =
            invocation.flags.bool("no-merge")
            ? ["ID": .string(id), "AuthMethod": .string(old.text("AuthMethod"))] : old
        applyRule(invocation.flags, to: &rule)
        let body = rule
        let made = try await invocation.doing("Error updating ACL binding rule") {
            try await client.put(path, body).json()
        }
        return try showRule(made, invocation)
    }

    static let deleteRule = Command(
        "acl binding-rule delete", "Delete an existing ACL binding rule", usage: "<acl_binding_rule_id>"
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<acl_binding_rule_id>")
        _ = try await invocation.doing("Error deleting ACL binding rule") {
            try await client.delete("/v1/acl/binding-rule/" + Escaping.segment(id))
        }
        invocation.line("ACL binding rule \(id) successfully deleted")
        return 0
    }

    static let infoRule = Command(
        "acl binding-rule info", "Fetch information on an existing ACL binding rule",
        usage: "[options] <acl_binding_rule_id>", flags: [.json, .template]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<acl_binding_rule_id>")
        let rule = try await invocation.doing("Error reading ACL binding rule") {
            try await client.get("/v1/acl/binding-rule/" + Escaping.segment(id)).json()
        }
        return try showRule(rule, invocation)
    }

    static let listRules = Command(
        "acl binding-rule list", "List ACL binding rules", flags: [.json, .template]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let rules = try await invocation.doing("Error listing ACL binding rules") {
            try await client.get("/v1/acl/binding-rules").json()
        }
        if try invocation.printFormatted(rules) { return 0 }
        guard let elements = rules.arrayValue, !elements.isEmpty else {
            invocation.line("No ACL binding rules found")
            return 0
        }
        var table = Table("ID", "Description", "Auth Method")
        for rule in elements { table.add(rule.text("ID"), rule.text("Description"), rule.text("AuthMethod")) }
        invocation.lines(table.lines)
        return 0
    }
}
