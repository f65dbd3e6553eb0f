import Base
import CaravanClient

/// Restarting the allocations of a job, a batch at a time.
enum JobRestartCommand {
    static let command: Command = Command(
        "job restart", "Restart or reschedule the allocations of a job", usage: "[options] <job>",
        details: """
            Restarts the tasks of a job's running allocations in place, or with -reschedule
            stops the allocations so that others are placed.
            """,
        flags: [
            .bool("all-tasks", "Restart tasks that have ended too."),
            .number("batch-size", "count", "Allocations at a time.", default: 1),
            .span("batch-wait", "Pause between batches."),
            .list("group", "name", "Only this group; may be repeated."),
            .list("task", "name", "Only this task; may be repeated."),
            .bool("no-shutdown-delay", "Stop tasks without their shutdown delay."),
            .text("on-error", "ask|fail", "What to do when an allocation can't be restarted.", default: "ask"),
            .bool("reschedule", "Stop the allocations instead of restarting their tasks."), .verbose, .yes,
        ]
    ) { invocation in
        let client = try invocation.client
        let flags = invocation.flags
        let size = Int(flags.number("batch-size"))
        guard size > 0 else { throw UsageFailure("-batch-size has to be above zero") }
        if flags.bool("reschedule"), flags.isGiven("task") || flags.bool("all-tasks") {
            throw UsageFailure("-reschedule can't be combined with -task or -all-tasks")
        }
        let stub = try await invocation.lookup.job(try invocation.oneArgument("<job>"), doing: "Error listing jobs")
        let options = invocation.lookup.options(for: stub)
        let groups = flags.list("group")
        let all = try await invocation.doing("Error retrieving job allocations") {
            try await client.allocations(job: stub.text("ID"), options)
        }
        let running = AllocationLayout.newestFirst(all).filter {
            $0.text("ClientStatus") == "running" && $0.text("DesiredStatus") == "run"
                && (groups.isEmpty || groups.contains($0.text("TaskGroup")))
        }
        if running.isEmpty {
            invocation.line("No allocations to restart")
            return 0
        }
        let show = invocation.show
        var start = 0
        while start < running.count {
            let batch = running[start..<min(start + size, running.count)]
            for allocation in batch {
                let id = allocation.text("ID")
                invocation.line("    \(show.time(invocation.clock.now)): Restarting allocation \"\(show.id(id))\"")
                invocation.console.flush()
                guard try await restart(id, options, invocation) else { return 1 }
            }
            start += size
            if start < running.count, flags.span("batch-wait") > .zero {
                try await Task.sleep(nanoseconds: UInt64(flags.span("batch-wait").nanoseconds))
            }
        }
        invocation.line("==> \(show.time(invocation.clock.now)): Finished job restart")
        return 0
    }

    /// Whether to go on.
    private static func restart(_ id: String, _ options: QueryOptions, _ invocation: Invocation) async throws -> Bool {
        let client = try invocation.client
        let flags = invocation.flags
        do {
            if flags.bool("reschedule") {
                _ = try await client.stop(
                    allocation: id, noShutdownDelay: flags.bool("no-shutdown-delay"), options)
                return true
            }
            for task in flags.list("task").isEmpty ? [""] : flags.list("task") {
                try await client.restart(allocation: id, task: task, allTasks: flags.bool("all-tasks"), options)
            }
            return true
        } catch let error as ClientError {
            invocation.console.errorLine(
                "Error restarting allocation \"\(invocation.show.id(id))\": \(error.message)")
            if flags.text("on-error") == "fail" || flags.bool("yes") { return false }
            return invocation.ask("Continue with the other allocations? [y/N]") == "y"
        }
    }
}
