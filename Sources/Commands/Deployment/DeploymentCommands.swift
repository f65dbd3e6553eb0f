import Base
import CaravanClient

enum DeploymentCommands {
    static let all: [Command] = [list, status, pause, resume, promote, fail, unblock]

    static let list = Command(
        "deployment list", "List all deployments", flags: [.verbose, .json, .filter, .template]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let filter = invocation.flags.text("filter")
        let deployments = try await invocation.doing("Error retrieving deployments") {
            var options = QueryOptions()
            options.filter = filter
            return try await client.deployments(options)
        }
        if try invocation.printFormatted(.array(deployments)) { return 0 }
        if deployments.isEmpty {
            invocation.line("No deployments found")
            return 0
        }
        invocation.lines(DeploymentLayout.list(deployments, show: invocation.show))
        return 0
    }

    static let status = Command(
        "deployment status", "Display the status of a deployment", usage: "[options] <deployment id>",
        flags: [
            .verbose, .json, .template, .bool("monitor", "Follow the deployment until it is done."),
            .span("wait", "How often a followed deployment is looked at.", default: .seconds(2)), .browser,
        ]
    ) { invocation in
        let client = try invocation.client
        let formats = invocation.flags.bool("json") || !invocation.flags.text("t").isEmpty
        if invocation.arguments.isEmpty, formats {
            let all = try await invocation.doing("Error retrieving deployments") { try await client.deployments() }
            _ = try invocation.printFormatted(.array(all))
            return 0
        }
        let deployment = try await invocation.lookup.deployment(try invocation.oneArgument("<deployment id>"))
        if try invocation.printFormatted(deployment) { return 0 }
        if invocation.flags.bool("monitor") {
            return try await Monitor(invocation).deployment(deployment.text("ID"))
        }
        invocation.lines(DeploymentLayout.status(deployment, show: invocation.show))
        return 0
    }

    static let pause = Command(
        "deployment pause", "Pause a deployment", usage: "[options] <deployment id>", flags: [.verbose]
    ) { invocation in
        let client = try invocation.client
        let id = try await invocation.lookup.deployment(try invocation.oneArgument("<deployment id>")).text("ID")
        _ = try await invocation.doing("Error pausing deployment") {
            try await client.pause(deployment: id, true)
        }
        invocation.line("Deployment \"\(id)\" paused")
        return 0
    }

    static let resume = Command(
        "deployment resume", "Resume a paused deployment", usage: "[options] <deployment id>",
        flags: [.detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let id = try await invocation.lookup.deployment(try invocation.oneArgument("<deployment id>")).text("ID")
        let answer = try await invocation.doing("Error resuming deployment") {
            try await client.pause(deployment: id, false)
        }
        invocation.line("Deployment \"\(id)\" resumed")
        return try await follow(answer, invocation)
    }

    static let promote = Command(
        "deployment promote", "Promote canaries in a deployment", usage: "[options] <deployment id>",
        flags: [.list("group", "name", "Only this group; may be repeated."), .detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let id = try await invocation.lookup.deployment(try invocation.oneArgument("<deployment id>")).text("ID")
        let groups = invocation.flags.list("group")
        let answer = try await invocation.doing("Error promoting deployment") {
            try await client.promote(deployment: id, groups: groups)
        }
        return try await follow(answer, invocation)
    }

    static let fail = Command(
        "deployment fail", "Mark a deployment as failed", usage: "[options] <deployment id>",
        flags: [.detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let id = try await invocation.lookup.deployment(try invocation.oneArgument("<deployment id>")).text("ID")
        let answer = try await invocation.doing("Error failing deployment") {
            try await client.act("fail", deployment: id)
        }
        if answer.has("RevertedJobVersion") {
            invocation.line(
                "Deployment \"\(id)\" failed. Auto-reverted to job version \(answer.int("RevertedJobVersion")).")
        } else {
            invocation.line("Deployment \"\(id)\" failed")
        }
        return try await follow(answer, invocation)
    }

    static let unblock = Command(
        "deployment unblock", "Unblock a blocked deployment", usage: "[options] <deployment id>",
        flags: [.detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let id = try await invocation.lookup.deployment(try invocation.oneArgument("<deployment id>")).text("ID")
        let answer = try await invocation.doing("Error unblocking deployment") {
            try await client.act("unblock", deployment: id)
        }
        invocation.line("Deployment \"\(id)\" unblocked")
        return try await follow(answer, invocation)
    }

    /// Follows the evaluation that an answer names, unless `-detach` is given.
    private static func follow(_ answer: JSON, _ invocation: Invocation) async throws -> Int32 {
        let evaluation = answer.text("EvalID")
        if invocation.flags.bool("detach") || evaluation.isEmpty { return 0 }
        invocation.line("")
        return try await Monitor(invocation).evaluation(evaluation)
    }
}
