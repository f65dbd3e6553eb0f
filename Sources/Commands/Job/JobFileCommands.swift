import Base
import CaravanClient
import Model

/// Commands that read a job file.
enum JobFileCommands {
    static let all: [Command] = [
        run, run.alias("run"), plan, plan.alias("plan"), validate, validate.alias("validate"), initialize,
        initialize.alias("init"),
    ]

    static let run = Command(
        "job run", "Run a new job or update an existing job", usage: "[options] <path>",
        details: """
            Registers the job of a file, or of standard input for "-", and follows its
            evaluation and deployment until they are done. Exit status 2 means that not
            all allocations found a place.
            """,
        flags: JobSource.flags + [
            .detach, .verbose, .bool("output", "Print the job as JSON and do not submit it."),
            .bool("policy-override", "Override soft mandatory policies."),
            .bool("preserve-counts", "Keep the counts of the job that runs."),
            .bool("preserve-resources", "Keep the resources of the job that runs."),
            .text("check-index", "index", "Only register if the job has this modify index; 0 means it must be new."),
            .text("consul-namespace", "name", "Consul namespace of the job."),
            .text("vault-namespace", "name", "Vault namespace of the job."),
            .text("consul-token", "token", "Taken for compatibility."),
            .text("vault-token", "token", "Taken for compatibility."),
            .number("eval-priority", "priority", "Priority of the evaluation.", default: 0), .browser,
        ]
    ) { invocation in
        let path = try invocation.oneArgument("<path>")
        let file = try JobSource.load(path, invocation)
        if invocation.flags.bool("output") {
            JSON.object(["Job": file.job]).write(indent: 4) { invocation.console.write($0) }
            invocation.line("")
            return 0
        }
        return try await submit(file, invocation)
    }

    private static func submit(_ file: JobSource, _ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        let flags = invocation.flags
        var request: JSON = [
            "Job": file.job, "PolicyOverride": .bool(flags.bool("policy-override")),
            "PreserveCounts": .bool(flags.bool("preserve-counts")),
            "PreserveResources": .bool(flags.bool("preserve-resources")),
            "EvalPriority": .int(flags.number("eval-priority")), "Submission": file.submission,
        ]
        if !flags.text("consul-namespace").isEmpty {
            request["Job"]?["ConsulNamespace"] = .string(flags.text("consul-namespace"))
        }
        if !flags.text("vault-namespace").isEmpty {
            request["Job"]?["VaultNamespace"] = .string(flags.text("vault-namespace"))
        }
        if !flags.text("check-index").isEmpty {
            guard let index = UInt64(flags.text("check-index")) else {
                throw CommandFailure(
                    "Error parsing check-index value \(GoQuote.text(flags.text("check-index"))): invalid syntax")
            }
            request["EnforceIndex"] = true
            request["JobModifyIndex"] = .int(Int64(clamping: index))
        }
        let options = jobOptions(file.job, invocation)
        let answer: JSON
        do {
            answer = try await client.register(request, options)
        } catch let error as ClientError {
            if let text = enforcement(error) { throw CommandFailure(text + "\nJob not updated") }
            throw CommandFailure(
                "Error submitting job: \(error.message)",
                advice: file.places(of: error.message, invocation) ?? error.advice)
        }
        printWarnings(answer, invocation)
        let id = file.job.text("ID")
        let evaluation = answer.text("EvalID")
        if evaluation.isEmpty || flags.bool("detach") {
            invocation.line("Job registration successful")
            if evaluation.isEmpty {
                if let next = await nextLaunch(id, options, client, invocation.clock.now) {
                    invocation.line(
                        "Approximate next launch time: \(JobLayout.launch(next, show: invocation.show))")
                }
            } else {
                invocation.line("Evaluation ID: \(evaluation)")
            }
            return 0
        }
        return try await Monitor(invocation).evaluation(evaluation)
    }

    private static func nextLaunch(_ id: String, _ options: QueryOptions, _ client: Client, _ now: Instant) async
        -> Instant?
    {
        guard let job = try? await client.job(id, options) else { return nil }
        return NextLaunch.instant(of: job, after: now)
    }

    /// The namespace of the file counts, unless a flag names one.
    private static func jobOptions(_ job: JSON, _ invocation: Invocation) -> QueryOptions {
        if invocation.flags.isGiven("namespace") { return QueryOptions() }
        let namespace = job.text("Namespace")
        return QueryOptions(namespace: namespace.isEmpty ? nil : namespace)
    }

    /// What `-check-index` ran into, if that is the error.
    private static func enforcement(_ error: ClientError) -> String? {
        guard let start = error.message.range(ofText: "Enforcing job modify index") else { return nil }
        var text = String(error.message[start...])
        if text.hasSuffix(")") { text.removeLast() }
        return text
    }

    static func printWarnings(_ answer: JSON, _ invocation: Invocation) {
        let warnings = answer.text("Warnings").trimmingBlanks
        guard !warnings.isEmpty else { return }
        invocation.line(invocation.show.style.yellow("Job Warnings:"))
        invocation.line(warnings)
        invocation.line("")
    }

    // MARK: Plan

    /// Exit statuses of `job plan`.
    private static let planChangesStatus: Int32 = 1
    private static let planErrorStatus: Int32 = 255

    static let plan = Command(
        "job plan", "Dry-run a job update to determine its effects", usage: "[options] <path>",
        details: """
            Shows what registering a job file would change. The exit status is 0 if no
            allocation would be created or stopped, 1 if some would, 255 for errors.
            """,
        flags: JobSource.flags + [
            .bool("diff", "Show the difference to the job that runs.", default: true),
            .bool("policy-override", "Override soft mandatory policies."), .verbose,
            .bool("json-output", "Print the plan as JSON."), .template,
            .text("vault-namespace", "name", "Vault namespace of the job."),
        ]
    ) { invocation in
        guard invocation.arguments.count == 1, let path = invocation.arguments.first else {
            throw UsageFailure("This command takes one argument: <path>", status: planErrorStatus)
        }
        let client = try invocation.client
        let flags = invocation.flags
        let file = try JobSource.load(path, invocation, status: planErrorStatus)
        let options = jobOptions(file.job, invocation)
        let answer: JSON
        do {
            answer = try await client.plan(
                id: file.job.text("ID"), job: file.job, diff: flags.bool("diff"),
                policyOverride: flags.bool("policy-override"), options)
        } catch let error as ClientError {
            throw CommandFailure(
                "Error during plan: \(error.message)",
                advice: file.places(of: error.message, invocation) ?? error.advice, status: planErrorStatus)
        }
        if flags.bool("json-output") {
            invocation.line(answer.pretty())
        } else if !flags.text("t").isEmpty {
            invocation.line(try Invocation.render(flags.text("t"), answer))
        } else {
            invocation.lines(PlanLayout.lines(answer, file: path, invocation))
        }
        return PlanLayout.changesAllocations(answer) ? planChangesStatus : 0
    }

    // MARK: Validate and init

    static let validate = Command(
        "job validate", "Checks if a given job specification is valid", usage: "[options] <path>",
        flags: JobSource.flags + [.text("vault-namespace", "name", "Vault namespace of the job.")]
    ) { invocation in
        let file = try JobSource.load(try invocation.oneArgument("<path>"), invocation)
        let client = try invocation.client
        let options = jobOptions(file.job, invocation)
        let answer: JSON
        do {
            // A large job is not written into a request that nobody takes.
            if file.text.utf8.count > largeFileBytes { try await client.reach() }
            answer = try await client.validate(job: file.job, options)
        } catch let error as ClientError where error.code == .unreachable {
            answer = try validateHere(file)
        } catch let error as ClientError {
            throw CommandFailure("Error validating job: \(error.message)", advice: error.advice)
        }
        if answer.has("DriverConfigValidated"), !answer.flag("DriverConfigValidated") {
            invocation.line(
                "Driver configuration not validated since connection to the agent couldn't be established.")
        }
        if !answer.text("Error").isEmpty {
            let error = answer.text("Error")
            throw CommandFailure("Job validation errors:\n" + error, advice: file.places(of: error, invocation))
        }
        let errors = answer.texts("ValidationErrors")
        if !errors.isEmpty {
            throw CommandFailure("Job validation errors:\n" + errors.map { "  * \($0)" }.joined(separator: "\n"))
        }
        printWarnings(answer, invocation)
        invocation.line("Job validation successful")
        return 0
    }

    /// Above this the request takes longer to write than to ask whether there is an agent.
    private static let largeFileBytes = 1 << 20

    /// The same rules without an agent; only what an agent's drivers say is missing.
    private static func validateHere(_ file: JobSource) throws -> JSON {
        do {
            let job = try JobAdmission.read(file.job, AdmissionDefaults())
            let report = JobAdmission.admit(job).report
            return [
                "DriverConfigValidated": false, "Error": .string(report.errors.text),
                "Warnings": .string(report.warningText),
            ]
        } catch {
            throw CommandFailure("Error validating job: \(error)")
        }
    }

    static let initialize = Command(
        "job init", "Create a new job file", usage: "[options] <filename>",
        details: "Writes an example job file, example.nomad unless another name is given.",
        flags: [
            .bool("short", "Without the comments."),
            .bool("connect", "An example of two services that talk through the mesh."),
            .text("template", "name", "Take this template; -list-templates shows them."),
            .bool("list-templates", "List the templates."),
        ], asksAgent: false
    ) { invocation in
        if invocation.flags.bool("list-templates") {
            invocation.lines(ExampleJob.names)
            return 0
        }
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes no arguments or one: <filename>")
        }
        let path = invocation.arguments.first ?? "example.nomad"
        if LocalFile.exists(path) { throw CommandFailure("Job '\(path)' already exists") }
        var name = invocation.flags.text("template")
        if name.isEmpty { name = invocation.flags.bool("connect") ? "connect" : "service" }
        guard let text = ExampleJob.text(name, short: invocation.flags.bool("short")) else {
            throw CommandFailure("No template \(GoQuote.text(name)); -list-templates shows them")
        }
        do {
            try LocalFile.write(path, Array(text.utf8))
        } catch {
            throw CommandFailure("Failed to write '\(path)': \(error)")
        }
        invocation.line("Example job file written to \(path)")
        return 0
    }
}

extension String {
    /// Where a text occurs first.
    func range(ofText text: String) -> String.Index? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return at }
            at = index(after: at)
        }
        return nil
    }
}
