import Base
import CaravanClient

/// ACL: the first token, and policies.
enum AccessCommands {
    static let all: [Command] = [bootstrap, policyList, policyInfo, policyApply, policyDelete, policySelf]

    static let bootstrap = Command(
        "acl bootstrap", "Make the first management token", usage: "[options] [<path>]",
        details: "Makes the first management token. Its secret may come from a file or from '-'.",
        flags: [.json, .template]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes no arguments or one: <path>")
        }
        let client = try invocation.client
        var secret: String?
        if let path = invocation.arguments.first {
            do {
                secret = String(decoding: try StandardInput.file(path), as: UTF8.self).trimmingBlanks
            } catch {
                throw CommandFailure("Error reading the secret: \(error)")
            }
        }
        let given = secret
        let token = try await invocation.doing("Error bootstrapping") {
            try await client.bootstrapAccess(secret: given)
        }
        if try invocation.printFormatted(token) { return 0 }
        invocation.lines(TokenLayout.lines(token, show: invocation.show))
        return 0
    }

    static let policyList = Command("acl policy list", "List ACL policies", flags: [.json, .template]) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let policies = try await invocation.doing("Error listing ACL policies") { try await client.policies() }
        return try printPolicies(policies, invocation)
    }

    private static func printPolicies(_ policies: [JSON], _ invocation: Invocation) throws -> Int32 {
        if try invocation.printFormatted(.array(policies)) { return 0 }
        if policies.isEmpty {
            invocation.line("No policies found")
            return 0
        }
        var table = Table("Name", "Description")
        for policy in policies.sorted(by: { $0.text("Name") < $1.text("Name") }) {
            table.add(policy.text("Name"), policy.text("Description"))
        }
        invocation.lines(table.lines)
        return 0
    }

    static let policySelf = Command(
        "acl policy self", "List the policies of the token in use", flags: [.json, .template]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let policies = try await invocation.doing("Error listing ACL policies") {
            try await client.get("/v1/acl/policy/self").json().arrayValue ?? []
        }
        return try printPolicies(policies, invocation)
    }

    static let policyInfo = Command(
        "acl policy info", "Fetch info on an existing ACL policy", usage: "[options] <name>"
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<name>")
        let policy = try await invocation.doing("Error fetching info on ACL policy") { try await client.policy(name) }
        var rules = policy.text("Rules")
        while rules.hasSuffix("\n") { rules.removeLast() }
        invocation.lines(
            KeyValues([
                ("Name", policy.text("Name")), ("Description", policy.text("Description")), ("Rules", rules),
                ("CreateIndex", "\(policy.int("CreateIndex"))"), ("ModifyIndex", "\(policy.int("ModifyIndex"))"),
            ]).lines)
        return 0
    }

    static let policyApply = Command(
        "acl policy apply", "Create or update an ACL policy", usage: "[options] <name> <path>",
        details: "Writes a policy from a file, or from standard input for '-'.",
        flags: [
            .text("description", "text", "What the policy is for."),
            .text("job", "id", "The policy belongs to this job's tasks."),
            .text("group", "name", "With -job: to this group's."),
            .text("task", "name", "With -group: to this task's."),
        ]
    ) { invocation in
        let client = try invocation.client
        let (name, path) = try invocation.twoArguments("<name> <path>")
        let flags = invocation.flags
        let rules: String
        do {
            rules = String(decoding: try StandardInput.file(path), as: UTF8.self)
        } catch {
            throw CommandFailure("Failed to read file: \(error)")
        }
        var policy: JSON = [
            "Name": .string(name), "Description": .string(flags.text("description")), "Rules": .string(rules),
        ]
        if !flags.text("job").isEmpty {
            policy["JobACL"] = [
                "Namespace": .string(client.configuration.namespace ?? "default"),
                "JobID": .string(flags.text("job")), "Group": .string(flags.text("group")),
                "Task": .string(flags.text("task")),
            ]
        } else if !flags.text("group").isEmpty || !flags.text("task").isEmpty {
            throw CommandFailure("-group and -task need -job")
        }
        let body = policy
        try await invocation.doing("Error writing ACL policy") { try await client.apply(policy: body, name: name) }
        invocation.line("Successfully wrote \"\(name)\" ACL policy!")
        return 0
    }

    static let policyDelete = Command(
        "acl policy delete", "Delete an existing ACL policy", usage: "<name>"
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<name>")
        try await invocation.doing("Error deleting ACL policy") { try await client.delete(policy: name) }
        invocation.line("Successfully deleted \(name) policy!")
        return 0
    }
}
