import Base
import CaravanClient

enum EvaluationCommands {
    static let all: [Command] = [status, list, delete, status.alias("eval-status")]

    static let status = Command(
        "eval status", "Display an evaluation's state and what it decided", usage: "[options] <evaluation>",
        flags: [
            .bool("monitor", "Follow the evaluation until it is done."), .verbose, .json, .template, .browser,
        ]
    ) { invocation in
        let client = try invocation.client
        let formats = invocation.flags.bool("json") || !invocation.flags.text("t").isEmpty
        if invocation.arguments.isEmpty, formats {
            let all = try await invocation.doing("Error querying evaluations") {
                try await client.evaluations().json()
            }
            _ = try invocation.printFormatted(all)
            return 0
        }
        let stub = try await invocation.lookup.evaluation(try invocation.oneArgument("<evaluation>"))
        if invocation.flags.bool("monitor") {
            return try await Monitor(invocation).evaluation(stub.text("ID"))
        }
        let evaluation = try await invocation.doing("Error querying evaluation") {
            try await client.evaluation(stub.text("ID"), QueryOptions(namespace: stub["Namespace"]?.stringValue)).json()
        }
        if try invocation.printFormatted(evaluation) { return 0 }
        invocation.lines(EvaluationLayout.status(evaluation, show: invocation.show))
        return 0
    }

    static let list = Command(
        "eval list", "List evaluations", usage: "[options]",
        flags: [
            .verbose, .json, .template, .filter, .perPage, .pageToken,
            .text("job", "id", "Only evaluations of this job."),
            .text("status", "status", "Only evaluations with this status."), .browser,
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let flags = invocation.flags
        let answer = try await invocation.doing("Error querying evaluations") {
            var options = invocation.pageOptions
            if !flags.text("job").isEmpty { options.parameters.append(("job", flags.text("job"))) }
            if !flags.text("status").isEmpty { options.parameters.append(("status", flags.text("status"))) }
            return try await client.evaluations(options)
        }
        let evaluations = try answer.json()
        if try invocation.printFormatted(evaluations) { return 0 }
        guard let elements = evaluations.arrayValue, !elements.isEmpty else {
            invocation.line("No evals found")
            return 0
        }
        invocation.lines(EvaluationLayout.list(elements, show: invocation.show))
        if let next = answer.nextToken {
            invocation.line("")
            invocation.line("Results have been paginated. To get the next page run:\n")
            invocation.line("\(invocation.program.text) eval list -page-token \(next)")
        }
        return 0
    }

    static let delete = Command(
        "eval delete", "Delete finished evaluations", usage: "[options] <evaluation>", flags: [.filter, .yes]
    ) { invocation in
        let client = try invocation.client
        let filter = invocation.flags.text("filter")
        guard filter.isEmpty != invocation.arguments.isEmpty else {
            throw UsageFailure("This command takes either an evaluation id or -filter")
        }
        let ids = invocation.arguments
        let answer = try await invocation.doing("Error deleting evaluations") {
            let body: JSON =
                filter.isEmpty ? ["EvalIDs": .array(ids.map { .string($0) })] : ["Filter": .string(filter)]
            return try await client.request(method: "DELETE", "/v1/evaluations", body: body.bytes()).json()
        }
        invocation.line(
            "Successfully deleted \(answer.has("Count") ? Int(answer.int("Count")) : ids.count) evaluations")
        return 0
    }
}
