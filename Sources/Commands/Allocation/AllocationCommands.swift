import Base
import CaravanClient

enum AllocationCommands {
    static let all: [Command] = [
        status, status.alias("alloc-status"), stop, restart, signal, checks, execute, execute.alias("exec"),
    ]

    static let status = Command(
        "alloc status", "Display allocation status information and metadata", usage: "[options] <allocation>",
        flags: [
            .bool("short", "Only a summary of the tasks."), .verbose,
            .bool("stats", "Show what the tasks use in detail."), .json, .template, .browser,
        ]
    ) { invocation in
        let client = try invocation.client
        let formats = invocation.flags.bool("json") || !invocation.flags.text("t").isEmpty
        if invocation.arguments.isEmpty, formats {
            let all = try await invocation.doing("Error querying allocations") { try await client.allocations() }
            _ = try invocation.printFormatted(.array(all))
            return 0
        }
        guard invocation.arguments.count == 1, let id = invocation.arguments.first else {
            throw UsageFailure(
                """
                This command takes one of the following argument conditions:
                 * A single <allocation>
                 * No arguments, with output format specified
                """)
        }
        let allocation = try await whole(try await invocation.lookup.allocation(id), invocation)
        if try invocation.printFormatted(allocation) { return 0 }
        let show = invocation.show
        if invocation.flags.bool("short") {
            invocation.lines(AllocationLayout.short(allocation, show: show))
            return 0
        }
        invocation.lines(AllocationLayout.header(allocation, show: show))
        invocation.lines(AllocationLayout.addresses(allocation, show: show))
        let statistics = try await statistics(of: allocation, invocation)
        for task in AllocationTask.all(of: allocation) {
            let usage = statistics.map { $0.child("Tasks").child(task.name) }
            invocation.lines(task.lines(allocation, usage: usage, show: show))
            if invocation.flags.bool("stats"), let usage {
                invocation.lines(task.statistics(usage, show: show))
            }
        }
        if show.isVerbose {
            let scores = PlacementLayout.scores(allocation.child("Metrics"), show: show)
            if !scores.isEmpty {
                invocation.line("")
                invocation.line(show.title("Placement Metrics"))
                invocation.lines(scores)
            }
        }
        return 0
    }

    /// The whole allocation of a stub.
    static func whole(_ stub: JSON, _ invocation: Invocation) async throws -> JSON {
        let client = try invocation.client
        let options = QueryOptions(namespace: stub["Namespace"]?.stringValue)
        return try await invocation.doing("Error querying allocation") {
            try await client.allocation(stub.text("ID"), options)
        }
    }

    /// What the tasks use; nil where the node doesn't say. An ended allocation uses nothing.
    private static func statistics(of allocation: JSON, _ invocation: Invocation) async throws -> JSON? {
        let client = try invocation.client
        let ended = ["complete", "failed", "lost"].contains(allocation.text("ClientStatus"))
        do {
            return try await client.stats(
                allocation: allocation.text("ID"), QueryOptions(namespace: allocation["Namespace"]?.stringValue))
        } catch let error as ClientError {
            if ended { return .object([:]) }
            if allocation.text("ClientStatus") == "running" {
                invocation.line("")
                invocation.console.errorLine("Couldn't retrieve stats: \(error.message)")
            }
            return nil
        }
    }

    static let stop = Command(
        "alloc stop", "Stop and reschedule a running allocation", usage: "[options] <allocation>",
        flags: [.detach, .verbose, .bool("no-shutdown-delay", "Stop tasks without their shutdown delay.")]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.allocation(try invocation.oneArgument("<alloc-id>"))
        let options = QueryOptions(namespace: stub["Namespace"]?.stringValue)
        let noDelay = invocation.flags.bool("no-shutdown-delay")
        let answer = try await invocation.doing("Error stopping allocation") {
            try await client.stop(allocation: stub.text("ID"), noShutdownDelay: noDelay, options)
        }
        let evaluation = answer.text("EvalID")
        if invocation.flags.bool("detach") {
            invocation.line(evaluation)
            return 0
        }
        return evaluation.isEmpty ? 0 : try await Monitor(invocation).evaluation(evaluation)
    }

    /// The task that a command means: an argument or `-task`, checked against the allocation's tasks.
    static func task(_ name: String, of allocation: JSON) throws -> String {
        let names = AllocationTask.all(of: allocation).map(\.name).sorted()
        guard name.isEmpty || names.contains(name) else {
            throw CommandFailure(
                "Could not find task named: \(name), found:\n" + names.joined(separator: "\n"))
        }
        return name
    }

    private static func allocationAndTask(_ invocation: Invocation) async throws -> (JSON, String) {
        guard (1...2).contains(invocation.arguments.count) else {
            throw UsageFailure("This command takes one or two arguments: <alloc-id> <task>")
        }
        let stub = try await invocation.lookup.allocation(invocation.arguments[0])
        let allocation = try await whole(stub, invocation)
        var name = invocation.flags.text("task")
        if invocation.arguments.count == 2 { name = invocation.arguments[1] }
        return (allocation, try task(name.trimmingBlanks, of: allocation))
    }

    static let restart = Command(
        "alloc restart", "Restart a running allocation", usage: "[options] <allocation> <task>",
        details: "Restarts a task of an allocation in place, or all its running tasks if none is named.",
        flags: [
            .bool("all-tasks", "Restart tasks that have ended too."), .text("task", "name", "The task."), .verbose,
        ]
    ) { invocation in
        let client = try invocation.client
        let (allocation, task) = try await allocationAndTask(invocation)
        let everything = invocation.flags.bool("all-tasks")
        if everything, !task.isEmpty {
            throw CommandFailure("The -all-tasks option is not allowed when restarting a specific task.")
        }
        try await invocation.doing("Failed to restart allocation") {
            try await client.restart(
                allocation: allocation.text("ID"), task: task, allTasks: everything,
                QueryOptions(namespace: allocation["Namespace"]?.stringValue))
        }
        return 0
    }

    static let signal = Command(
        "alloc signal", "Signal a running allocation", usage: "[options] <allocation> <task>",
        flags: [
            .text("s", "signal", "The signal.", default: "SIGKILL"), .text("task", "name", "The task."), .verbose,
        ]
    ) { invocation in
        let client = try invocation.client
        let (allocation, task) = try await allocationAndTask(invocation)
        let signal = invocation.flags.text("s")
        try await invocation.doing("Error signalling allocation") {
            try await client.signal(
                allocation: allocation.text("ID"), task: task, signal: signal,
                QueryOptions(namespace: allocation["Namespace"]?.stringValue))
        }
        return 0
    }

    static let checks = Command(
        "alloc checks", "Outputs service health check status of an allocation", usage: "[options] <allocation>",
        flags: [.verbose, .json, .template]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.allocation(try invocation.oneArgument("<allocation>"))
        let checks = try await invocation.doing("Error querying allocation checks") {
            try await client.checks(allocation: stub.text("ID"))
        }
        if try invocation.printFormatted(checks) { return 0 }
        let entries = checks.objectValue?.sorted.map(\.value) ?? []
        if entries.isEmpty {
            invocation.line("No checks")
            return 0
        }
        invocation.line("Status of \(entries.count) Nomad Service Checks")
        let show = invocation.show
        for check in entries.sorted(by: { key($0) < key($1) }) {
            invocation.line("")
            invocation.lines(
                KeyValues([
                    ("ID", show.id(check.text("ID"))), ("Name", check.text("Check")),
                    ("Group", check.text("Group")),
                    ("Task", check.text("Task").isEmpty ? "(group)" : check.text("Task")),
                    ("Service", check.text("Service")), ("Status", check.text("Status")), ("Mode", check.text("Mode")),
                    ("Timestamp", show.ago(Instant(nanoseconds: check.int("Timestamp") &* 1_000_000_000))),
                    ("Output", check.text("Output")),
                ]).lines)
        }
        return 0
    }

    private static func key(_ check: JSON) -> String {
        ["Group", "Task", "Service", "Check", "ID"].map { check.text($0) }.joined(separator: "\u{0}")
    }
}
