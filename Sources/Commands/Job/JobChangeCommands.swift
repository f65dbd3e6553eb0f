import Base
import CaravanClient

/// Commands that change jobs which are registered already.
enum JobChangeCommands {
    static let all: [Command] = [
        stop, stop.alias("stop"), evaluate, dispatch, force, scale, scalingEvents, promote, start, start.alias("start"),
    ]

    /// Follows the evaluation that an answer names, unless `-detach` is given.
    static func follow(_ answer: JSON, _ invocation: Invocation) async throws -> Int32 {
        let evaluation = answer.text("EvalID")
        if evaluation.isEmpty || invocation.flags.bool("detach") { return 0 }
        return try await Monitor(invocation).evaluation(evaluation)
    }

    static let stop = Command(
        "job stop", "Stop a running job", usage: "[options] <job>",
        flags: [
            .detach, .verbose, .bool("global", "Stop a multi-region job in all its regions."),
            .bool("no-shutdown-delay", "Stop tasks without their shutdown delay."), .yes,
            .bool("purge", "Forget the job as well."),
            .number("eval-priority", "priority", "Priority of the evaluation.", default: 0),
        ]
    ) { invocation in
        guard !invocation.arguments.isEmpty else {
            throw UsageFailure("This command takes at least one argument: <job>")
        }
        let client = try invocation.client
        var status: Int32 = 0
        for name in invocation.arguments {
            let stub = try await invocation.lookup.job(name, doing: "Error deregistering job")
            let id = stub.text("ID")
            if id != name, invocation.arguments.count == 1, !invocation.flags.bool("yes") {
                guard try confirmStop(id, invocation) else { return 0 }
            }
            var options = invocation.lookup.options(for: stub)
            let flags = invocation.flags
            if flags.bool("global") { options.parameters.append(("global", "true")) }
            if flags.bool("no-shutdown-delay") { options.parameters.append(("no_shutdown_delay", "true")) }
            if flags.number("eval-priority") > 0 {
                options.parameters.append(("eval_priority", "\(flags.number("eval-priority"))"))
            }
            let query = options
            let answer = try await invocation.doing("Error deregistering job") {
                try await client.deregister(id, purge: flags.bool("purge"), query)
            }
            let evaluation = answer.text("EvalID")
            if evaluation.isEmpty { continue }
            if flags.bool("detach") {
                invocation.line(evaluation)
            } else {
                status = max(status, try await Monitor(invocation).evaluation(evaluation))
            }
        }
        return status
    }

    private static func confirmStop(_ id: String, _ invocation: Invocation) throws -> Bool {
        let answer = invocation.ask("Are you sure you want to stop job \(GoQuote.text(id))? [y/N]") ?? ""
        if answer == "y" { return true }
        if answer.isEmpty || answer.lowercased().hasPrefix("n") {
            invocation.line("Cancelling job stop")
            return false
        }
        throw CommandFailure("For confirmation, an exact 'y' is required.")
    }

    static let start = Command(
        "job start", "Start a stopped job", usage: "[options] <job>", flags: [.detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(try invocation.oneArgument("<job>"), doing: "Error querying job")
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        var job = try await invocation.doing("Error querying job") { try await client.job(id, options) }
        guard job.flag("Stop") else { throw CommandFailure("Job \(GoQuote.text(id)) is not stopped") }
        job["Stop"] = false
        let request: JSON = ["Job": job]
        let answer = try await invocation.doing("Error submitting job") {
            try await client.register(request, options)
        }
        if invocation.flags.bool("detach") || answer.text("EvalID").isEmpty {
            invocation.line("Job start successful")
            if !answer.text("EvalID").isEmpty { invocation.line("Evaluation ID: \(answer.text("EvalID"))") }
            return 0
        }
        return try await follow(answer, invocation)
    }

    static let evaluate = Command(
        "job eval", "Force an evaluation for the job", usage: "[options] <job_id>",
        flags: [.bool("force-reschedule", "Try failed allocations again now."), .detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(
            try invocation.oneArgument("<job>"), doing: "Error evaluating job")
        let options = invocation.lookup.options(for: stub)
        let force = invocation.flags.bool("force-reschedule")
        let answer = try await invocation.doing("Error evaluating job") {
            try await client.evaluate(job: stub.text("ID"), forceReschedule: force, options)
        }
        if invocation.flags.bool("detach") {
            invocation.line("Created eval ID: \"\(invocation.show.id(answer.text("EvalID")))\" ")
            return 0
        }
        return try await follow(answer, invocation)
    }

    static let dispatch = Command(
        "job dispatch", "Dispatch an instance of a parameterized job",
        usage: "[options] <parameterized job> [input source]",
        details: """
            Starts an instance of a parameterized job with a payload from a file or, for "-",
            from standard input.
            """,
        flags: [
            .list("meta", "key=value", "Metadata of the instance; may be repeated."),
            .text("id-prefix-template", "template", "How the instance's id starts."),
            .text("idempotency-token", "token", "A second dispatch with the same token starts nothing."),
            .number("priority", "number", "Priority of the instance.", default: 0), .detach, .verbose, .browser,
            .bool("wait", "Wait until the instance has ended."),
        ]
    ) { invocation in
        guard (1...2).contains(invocation.arguments.count) else {
            throw UsageFailure("This command takes one or two argument: <parameterized job> [input source]")
        }
        let client = try invocation.client
        let flags = invocation.flags
        let job = invocation.arguments[0]
        var payload: [UInt8] = []
        if invocation.arguments.count == 2 {
            do {
                payload = try StandardInput.file(invocation.arguments[1])
            } catch let error as FileFailure {
                throw CommandFailure("Error reading input data: \(error)")
            }
        }
        var meta = JSONObject()
        for text in flags.list("meta") {
            guard let equals = text.firstIndex(of: "=") else {
                throw CommandFailure("Error parsing meta value: \(text)")
            }
            meta[String(text[..<equals])] = .string(String(text[text.index(after: equals)...]))
        }
        var request: JSON = [
            "JobID": .string(job), "Payload": .string(Base64.text(payload)), "Meta": .object(meta),
            "IdPrefixTemplate": .string(flags.text("id-prefix-template")),
        ]
        if flags.number("priority") > 0 { request["Priority"] = .int(flags.number("priority")) }
        var options = QueryOptions()
        if !flags.text("idempotency-token").isEmpty {
            options.parameters.append(("idempotency_token", flags.text("idempotency-token")))
        }
        let (body, query) = (request, options)
        let answer = try await invocation.doing("Failed to dispatch job") {
            try await client.dispatch(job: job, body, query)
        }
        let evaluation = answer.text("EvalID")
        var block = KeyValues([("Dispatched Job ID", answer.text("DispatchedJobID"))])
        if !evaluation.isEmpty { block.add("Evaluation ID", invocation.show.id(evaluation)) }
        invocation.lines(block.lines)
        if flags.bool("detach") || evaluation.isEmpty { return 0 }
        invocation.line("")
        let status = try await Monitor(invocation).evaluation(evaluation)
        if flags.bool("wait") { return try await waitForEnd(of: answer.text("DispatchedJobID"), invocation, status) }
        return status
    }

    /// Waits until a dispatched job is dead.
    private static func waitForEnd(of id: String, _ invocation: Invocation, _ status: Int32) async throws -> Int32 {
        let client = try invocation.client
        var index: UInt64?
        while true {
            let at = index
            let answer = try await invocation.doing("Error querying job") {
                try await client.get(
                    "/v1/job/" + JobPath.segment(id), QueryOptions(index: at, wait: at == nil ? nil : .seconds(60)))
            }
            if try answer.json().text("Status") == "dead" { break }
            index = max(1, answer.index)
        }
        let allocations = try await invocation.doing("Error querying job allocations") {
            try await client.allocations(job: id)
        }
        return allocations.contains { $0.text("ClientStatus") == "failed" } ? 1 : status
    }

    static let force = Command(
        "job periodic force", "Force the launch of a periodic job", usage: "<job id>", flags: [.detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<job id>")
        let jobs = try await invocation.doing("Error forcing periodic job") {
            try await client.jobs(QueryOptions(prefix: name))
        }
        let periodic = jobs.filter { $0.flag("Periodic") }
        guard let stub = periodic.first(where: { $0.text("ID") == name }) ?? periodic.first else {
            throw CommandFailure("No periodic job(s) with prefix or id \"\(name)\" found")
        }
        if periodic.count > 1, stub.text("ID") != name {
            let table = JobLayout.list(
                periodic, allNamespaces: invocation.asksAllNamespaces, show: invocation.show)
            throw CommandFailure("Prefix matched multiple periodic jobs\n\n" + table.joined(separator: "\n"))
        }
        let options = invocation.lookup.options(for: stub)
        let answer = try await invocation.doing("Error forcing periodic job \(GoQuote.text(stub.text("ID")))") {
            try await client.forcePeriodic(job: stub.text("ID"), options)
        }
        if invocation.flags.bool("detach") {
            invocation.line("Force periodic successful")
            invocation.line("Evaluation ID: \(answer.text("EvalID"))")
            return 0
        }
        return try await follow(answer, invocation)
    }

    static let promote = Command(
        "job promote", "Promote a job's canaries", usage: "[options] <job id>",
        flags: [.list("group", "name", "Only this group; may be repeated."), .detach, .verbose]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(try invocation.oneArgument("<job id>"), doing: "Error promoting job")
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        let deployment = try await invocation.doing("Error retrieving latest deployment") {
            try await client.latestDeployment(job: id, options)
        }
        guard let deployment else { throw CommandFailure("Unable to find latest deployment for job \"\(id)\"") }
        let groups = invocation.flags.list("group")
        let deploymentID = deployment.text("ID")
        let answer = try await invocation.doing(
            "Error promoting deployment \"\(deploymentID)\" for job \"\(id)\""
        ) {
            try await client.promote(deployment: deploymentID, groups: groups, options)
        }
        return try await follow(answer, invocation)
    }
}
