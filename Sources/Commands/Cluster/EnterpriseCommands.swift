import Base
import CaravanClient

/// Commands of endpoints that only the field's commercial edition has: they ask, and say what the server says.
enum EnterpriseCommands {
    static let all: [Command] = [
        license, listing("quota list", "List quotas", "/v1/quotas", "Error retrieving quotas"),
        one("quota status", "Display a quota's status", "<quota>", "/v1/quota/", "Error retrieving quota"),
        one("quota inspect", "Inspect a quota", "<quota>", "/v1/quota/", "Error retrieving quota"),
        one("quota delete", "Delete a quota", "<quota>", "/v1/quota/", "Error deleting quota", method: "DELETE"),
        listing(
            "sentinel list", "List Sentinel policies", "/v1/sentinel/policies", "Error listing Sentinel policies"),
        one(
            "sentinel read", "Read a Sentinel policy", "<name>", "/v1/sentinel/policy/",
            "Error reading Sentinel policy"),
        one(
            "sentinel delete", "Delete a Sentinel policy", "<name>", "/v1/sentinel/policy/",
            "Error deleting Sentinel policy", method: "DELETE"),
        listing(
            "recommendation list", "List recommendations", "/v1/recommendations", "Error listing recommendations",
            flags: [
                .text("job", "id", "Only for this job."), .text("group", "name", "Only for this group."),
                .text("task", "name", "Only for this task."),
            ]),
        one(
            "recommendation info", "Display a recommendation", "<recommendation_id>", "/v1/recommendation/",
            "Error reading recommendation"),
    ]

    private static let license = Command("license get", "Display the licence in use") { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let answer = try await invocation.doing("Error getting license") {
            try await client.get("/v1/operator/license")
        }
        if answer.body.isEmpty { throw CommandFailure("Error getting license: Nomad Enterprise only endpoint") }
        invocation.line(try answer.json().pretty())
        return 0
    }

    private static func listing(
        _ name: String, _ summary: String, _ path: String, _ doing: String, flags: [Flag] = []
    ) -> Command {
        Command(name, summary, flags: flags + [.json, .template]) { invocation in
            try invocation.noArguments()
            let client = try invocation.client
            let parameters = flags.filter { !invocation.flags.text($0.name).isEmpty }.map {
                (name: $0.name, value: invocation.flags.text($0.name))
            }
            let answer = try await invocation.doing(doing) {
                try await client.get(path, QueryOptions(parameters: parameters)).json()
            }
            if try invocation.printFormatted(answer) { return 0 }
            invocation.line(answer.pretty())
            return 0
        }
    }

    private static func one(
        _ name: String, _ summary: String, _ argument: String, _ path: String, _ doing: String, method: String = "GET"
    ) -> Command {
        Command(name, summary, usage: "[options] \(argument)", flags: [.json, .template]) { invocation in
            let client = try invocation.client
            let target = path + JobPath.segment(try invocation.oneArgument(argument))
            let answer = try await invocation.doing(doing) {
                try await client.request(method: method, target).json()
            }
            if try invocation.printFormatted(answer) { return 0 }
            if !answer.isNull { invocation.line(answer.pretty()) }
            return 0
        }
    }
}
