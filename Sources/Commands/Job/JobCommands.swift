import Base
import CaravanClient
import JobSpec
import Model

enum JobCommands {
    static let all: [Command] = [status, inspect, inspect.alias("inspect"), allocations, deployments]

    static let status = Command(
        "job status", "Display status information about a job", usage: "[options] <job>",
        details: """
            Without a job, lists all jobs. With a job's id, or the start of one, shows the
            job with its latest deployment and its allocations.
            """,
        flags: [
            .bool("short", "Only the first block."), .bool("evals", "Show the evaluations of the job."),
            .bool("all-allocs", "Show allocations of earlier jobs with the same id too."), .json, .template, .verbose,
            .browser,
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes either no arguments or one: <job>")
        }
        guard let id = invocation.arguments.first else { return try await list(invocation) }
        return try await one(id, invocation)
    }

    static func list(_ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        let jobs = try await invocation.doing("Error querying jobs") { try await client.jobs() }
        if try invocation.printFormatted(.array(jobs)) { return 0 }
        if jobs.isEmpty {
            invocation.line("No running jobs")
        } else {
            invocation.lines(
                JobLayout.list(jobs, allNamespaces: invocation.asksAllNamespaces, show: invocation.show))
        }
        return 0
    }

    static func one(_ prefix: String, _ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        let stub = try await invocation.lookup.job(prefix)
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        let job = try await invocation.doing("Error querying job") { try await client.job(id, options) }
        if try invocation.printFormatted(job) { return 0 }
        let show = invocation.show
        let next = NextLaunch.instant(of: job, after: show.now)
        invocation.lines(JobLayout.header(job, nextLaunch: next, show: show))
        if invocation.flags.bool("short") { return 0 }
        if JobLayout.isParameterized(job) || JobLayout.isPeriodic(job) {
            try await parent(job, options, invocation)
        } else {
            try await plain(job, options, invocation)
        }
        return 0
    }

    /// A periodic or parameterized job: what it has launched.
    private static func parent(_ job: JSON, _ options: QueryOptions, _ invocation: Invocation) async throws {
        let client = try invocation.client
        let show = invocation.show
        let id = job.text("ID")
        let parameterized = JobLayout.isParameterized(job)
        var childOptions = options
        childOptions.prefix = id + (parameterized ? "/dispatch-" : "/periodic-")
        let query = childOptions
        let children = try await invocation.doing("Error querying job") { try await client.jobs(query) }
        let summary = try await invocation.doing("Error querying job summary") {
            try await client.summary(job: id, options)
        }
        invocation.line("")
        if parameterized {
            invocation.lines(JobLayout.parameters(job, show: show))
            invocation.line("")
        }
        invocation.lines(
            JobLayout.children(
                parameterized ? "Parameterized Job Summary" : "Children Job Summary", summary, show: show))
        invocation.line("")
        if children.isEmpty {
            invocation.line(
                parameterized
                    ? "No dispatched instances of parameterized job found" : "No instances of periodic job found")
        } else {
            invocation.line(show.title(parameterized ? "Dispatched Jobs" : "Previously Launched Jobs"))
            invocation.lines(JobLayout.instances(children))
        }
    }

    /// A job with allocations of its own.
    private static func plain(_ job: JSON, _ options: QueryOptions, _ invocation: Invocation) async throws {
        let client = try invocation.client
        let show = invocation.show
        let id = job.text("ID")
        let everything = invocation.flags.bool("all-allocs")
        let summary = try await invocation.doing("Error querying job summary") {
            try await client.summary(job: id, options)
        }
        let evaluations = try await invocation.doing("Error querying job evaluations") {
            try await client.evaluations(job: id, options)
        }
        let allocations = try await invocation.doing("Error querying job allocations") {
            try await client.allocations(job: id, all: everything, options)
        }
        let deployment = try await invocation.doing("Error querying latest job deployment") {
            try await client.latestDeployment(job: id, options)
        }
        invocation.line("")
        invocation.lines(JobLayout.summary(summary, show: show))
        if invocation.flags.bool("evals") || show.isVerbose {
            invocation.line("")
            invocation.lines(JobLayout.evaluations(evaluations, show: show))
        }
        if let lines = JobLayout.placementFailure(evaluations, show: show) {
            invocation.line("")
            invocation.lines(lines)
        }
        if let lines = JobLayout.rescheduling(allocations, evaluations, show: show) {
            invocation.line("")
            invocation.lines(lines)
        }
        if let deployment {
            invocation.line("")
            invocation.lines(DeploymentLayout.latest(deployment, show: show))
        }
        invocation.line("")
        invocation.line(show.title("Allocations"))
        invocation.lines(
            allocations.isEmpty ? ["No allocations placed"] : AllocationLayout.list(allocations, show: show))
    }

    static let inspect = Command(
        "job inspect", "Inspect a submitted job", usage: "[options] <job>",
        flags: [
            .json, .template, .optional("version", "number", "This version instead of the newest."),
            .bool("hcl", "Print the job file that was submitted."),
            .bool("with-vars", "With -hcl: print the variables too."),
        ]
    ) { invocation in
        let client = try invocation.client
        let flags = invocation.flags
        if invocation.arguments.isEmpty, flags.bool("json") || !flags.text("t").isEmpty {
            let jobs = try await invocation.doing("Error querying jobs") { try await client.jobs() }
            _ = try invocation.printFormatted(.array(jobs))
            return 0
        }
        let stub = try await invocation.lookup.job(
            try invocation.oneArgument("<job>"), doing: "Error inspecting job")
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        let version = try flags.optional("version").map { try Self.version($0) }
        if flags.bool("hcl") { return try await printSource(id, version, options, invocation) }
        var job: JSON
        if let version {
            let answer = try await invocation.doing("Error retrieving job \(id) versions") {
                try await client.versions(job: id, diffs: false, options)
            }
            guard let found = answer.list("Versions").first(where: { $0.int("Version") == version }) else {
                throw CommandFailure("job \"\(id)\" with version \(version) couldn't be found")
            }
            job = found
        } else {
            job = try await invocation.doing("Error inspecting job") { try await client.job(id, options) }
        }
        // The form in which job files are written in JSON has these for all groups together, too.
        for name in ["Migrate", "Reschedule"] where job[name] == nil { job[name] = .null }
        if try invocation.printFormatted(job) { return 0 }
        invocation.line(JSON.object(["Job": job]).pretty())
        return 0
    }

    private static func printSource(
        _ id: String, _ version: Int64?, _ options: QueryOptions, _ invocation: Invocation
    ) async throws -> Int32 {
        let client = try invocation.client
        let number: Int64
        if let version {
            number = version
        } else {
            number = try await invocation.doing("Error inspecting job") { try await client.job(id, options) }
                .int("Version")
        }
        let submission: JSON
        do {
            submission = try await client.submission(job: id, version: number, options)
        } catch let error as ClientError where error.code == .status(404) {
            invocation.line(try await written(id, number, options, invocation))
            return 0
        } catch let error as ClientError {
            throw CommandFailure("Error getting job submission: \(error.message)", advice: error.advice)
        }
        if invocation.flags.bool("with-vars") {
            for (name, value) in submission.entries("VariableFlags") {
                invocation.line("\(name) = \(GoQuote.text(value.stringValue ?? ""))")
            }
            if !submission.text("Variables").isEmpty { invocation.line(submission.text("Variables")) }
        }
        invocation.line(submission.text("Source"))
        return 0
    }

    /// A job file for a version that came without one: through the API, by scaling, by an automatic revert.
    private static func written(
        _ id: String, _ version: Int64, _ options: QueryOptions, _ invocation: Invocation
    ) async throws -> String {
        let client = try invocation.client
        let versions = try await invocation.doing("Error retrieving job \(id) versions") {
            try await client.versions(job: id, diffs: false, options).list("Versions")
        }
        guard let job = versions.first(where: { $0.int("Version") == version }) else {
            throw CommandFailure("job \"\(id)\" with version \(version) couldn't be found")
        }
        do {
            let text = try JobWriter.text(JobWire.complete(job))
            return "# No job file was kept for this version: this one was written from the job as it is stored.\n\n"
                + text
        } catch {
            throw CommandFailure("Error writing job \(id) as a job file: \(error)", advice: "Use -json instead.")
        }
    }

    /// A version as users write it.
    static func version(_ text: String) throws -> Int64 {
        guard let number = Int64(text), number >= 0 else {
            throw CommandFailure(
                "Error converting job version: strconv.ParseUint: parsing \(GoQuote.text(text)): invalid syntax")
        }
        return number
    }

    static let allocations = Command(
        "job allocs", "List allocations of a job", usage: "[options] <job>",
        flags: [
            .bool("all", "Allocations of earlier jobs with the same id too."), .verbose, .json, .template,
        ]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(
            try invocation.oneArgument("<job>"), doing: "Error listing jobs")
        let options = invocation.lookup.options(for: stub)
        let everything = invocation.flags.bool("all")
        let allocations = try await invocation.doing("Error retrieving allocations") {
            try await client.allocations(job: stub.text("ID"), all: everything, options)
        }
        if try invocation.printFormatted(.array(allocations)) { return 0 }
        invocation.lines(
            allocations.isEmpty
                ? ["No allocations placed"] : AllocationLayout.list(allocations, show: invocation.show))
        return 0
    }

    static let deployments = Command(
        "job deployments", "List deployments for a job", usage: "[options] <job>",
        flags: [
            .bool("latest", "Only the newest deployment, in detail."), .verbose,
            .bool("all", "Deployments of earlier jobs with the same id too."), .json, .template,
        ]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(
            try invocation.oneArgument("<job>"), doing: "Error listing jobs")
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        let everything = invocation.flags.bool("all")
        if invocation.flags.bool("latest") {
            let deployment = try await invocation.doing("Error retrieving deployments") {
                try await client.latestDeployment(job: id, options)
            }
            if try invocation.printFormatted(deployment ?? .null) { return 0 }
            guard let deployment else {
                invocation.line("No deployments found")
                return 0
            }
            invocation.lines(DeploymentLayout.status(deployment, show: invocation.show))
            return 0
        }
        let deployments = try await invocation.doing("Error retrieving deployments") {
            try await client.deployments(job: id, all: everything, options)
        }
        if try invocation.printFormatted(.array(deployments)) { return 0 }
        invocation.lines(
            deployments.isEmpty
                ? ["No deployments found"] : DeploymentLayout.list(deployments, show: invocation.show))
        return 0
    }
}
