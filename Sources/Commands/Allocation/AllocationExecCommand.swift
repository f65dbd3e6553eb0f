import Base
import CaravanClient

extension AllocationCommands {
    static let execute = Command(
        "alloc exec", "Execute commands in task", usage: "[options] <allocation> <command>",
        details: """
            Runs a command inside a task and ends with the command's exit status.
            """,
        flags: [
            .text("task", "name", "The task; needed if the allocation has several."),
            .text("group", "name", "With -job: an allocation of this group."),
            .bool("job", "The first argument is a job; one of its running allocations is taken."),
            .bool("i", "Pass standard input to the command.", default: true),
            .optionalBool("t", "Give the command a terminal; by default if this one's standard input is one."),
            .text(
                "e", "character", "Escape character for terminals: it and '.' end the session; 'none' for none.",
                default: "~"),
        ]
    ) { invocation in
        guard let first = invocation.arguments.first else {
            throw UsageFailure(
                invocation.flags.bool("job") ? "A job ID is required" : "An allocation ID is required")
        }
        let words = Array(invocation.arguments.dropFirst())
        guard !words.isEmpty else { throw UsageFailure("A command is required") }
        let stub =
            invocation.flags.bool("job")
            ? try await invocation.lookup.runningAllocation(ofJob: first, group: invocation.flags.text("group"))
            : try await invocation.lookup.allocation(first)
        let allocation = try await whole(stub, invocation)
        let name = try execTask(invocation.flags.text("task"), of: allocation)
        return try await ExecTerminal(invocation: invocation).run(allocation.text("ID"), task: name, words)
    }

    private static func execTask(_ name: String, of allocation: JSON) throws -> String {
        let task = try task(name, of: allocation)
        if !task.isEmpty { return task }
        let names = AllocationTask.all(of: allocation).map(\.name).sorted()
        guard names.count == 1, let only = names.first else {
            throw CommandFailure(
                "Allocation \"\(Show.short(allocation.text("ID")))\" is running the following tasks:\n"
                    + names.map { "  * \($0)" }.joined(separator: "\n") + "\n\nPlease specify the task.")
        }
        return only
    }
}
