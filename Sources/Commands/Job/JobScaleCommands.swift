import Base
import CaravanClient

extension JobChangeCommands {
    static let scale = Command(
        "job scale", "Change the count of a job's group", usage: "[options] <job> [<group>] <count>",
        details: "Changes the count of a group. The group may be left out if the job has only one.",
        flags: [
            .text("check-index", "index", "Only if the job has this modify index."), .detach, .verbose,
        ]
    ) { invocation in
        guard (2...3).contains(invocation.arguments.count), let last = invocation.arguments.last else {
            throw UsageFailure("Command requires at least two arguments and no more than three")
        }
        guard let count = Int64(last) else {
            throw CommandFailure(
                "Failed to convert count string to int: strconv.Atoi: parsing \(GoQuote.text(last)): invalid syntax")
        }
        let client = try invocation.client
        let name = invocation.arguments[0]
        let stub = try await invocation.lookup.job(name, doing: "Error querying job")
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        let job = try await invocation.doing("Error querying job") { try await client.job(id, options) }
        let groups = job.list("TaskGroups").map { $0.text("Name") }
        let group: String
        if invocation.arguments.count == 3 {
            group = invocation.arguments[1]
            if !groups.contains(group) { throw CommandFailure("Group \(group) not found within job") }
        } else {
            guard groups.count == 1, let only = groups.first else {
                throw CommandFailure("Group name required")
            }
            group = only
        }
        var request: JSON = [
            "Count": .int(count),
            "Target": ["Namespace": job["Namespace"] ?? "default", "Job": .string(id), "Group": .string(group)],
            "Message": "submitted using the command line",
        ]
        let check = invocation.flags.text("check-index")
        if !check.isEmpty {
            guard let index = Int64(check) else {
                throw CommandFailure("Error parsing check-index value \(GoQuote.text(check)): invalid syntax")
            }
            request["JobModifyIndex"] = .int(index)
        }
        let body = request
        let answer = try await invocation.doing("Error submitting scaling request") {
            try await client.scale(job: id, body, options)
        }
        JobFileCommands.printWarnings(answer, invocation)
        if invocation.flags.bool("detach") || answer.text("EvalID").isEmpty {
            if !answer.text("EvalID").isEmpty { invocation.line("Evaluation ID: \(answer.text("EvalID"))") }
            return 0
        }
        return try await follow(answer, invocation)
    }

    static let scalingEvents = Command(
        "job scaling-events", "Display the most recent scaling events for a job", usage: "[options] <job>",
        flags: [.verbose]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(
            try invocation.oneArgument("<job_id>"), doing: "Error listing jobs")
        let options = invocation.lookup.options(for: stub)
        let status = try await invocation.doing("Error listing scaling events") {
            try await client.scaleStatus(job: stub.text("ID"), options)
        }
        let lines = scalingEventLines(status, show: invocation.show)
        invocation.lines(lines)
        return 0
    }

    /// The newest event first; groups with the same time by name. Attempts that failed need `-verbose`, which has
    /// the columns to tell them apart.
    static func scalingEventLines(_ status: JSON, show: Show) -> [String] {
        var events: [(group: String, event: JSON)] = []
        for (name, group) in status.entries("TaskGroups") {
            for event in group.list("Events") where show.isVerbose || !event.flag("Error") {
                events.append((name, event))
            }
        }
        guard !events.isEmpty else { return ["No events found"] }
        events.sort {
            let (a, b) = ($0.event.int("Time"), $1.event.int("Time"))
            return a != b ? a > b : $0.group < $1.group
        }
        var table = Table(
            show.isVerbose
                ? ["Task Group", "Count", "PrevCount", "Error", "Message", "Eval ID", "Date"]
                : ["Task Group", "Count", "PrevCount", "Date"])
        for (group, event) in events {
            let count = event.has("Count") ? "\(event.int("Count"))" : ""
            let previous = "\(event.int("PreviousCount"))"
            let date = show.time(event.instant("Time"))
            if show.isVerbose {
                table.add(
                    group, count, previous, "\(event.flag("Error"))", event.text("Message"), event.text("EvalID"),
                    date)
            } else {
                table.add(group, count, previous, date)
            }
        }
        return table.lines
    }
}

/// Paths of jobs for requests that have no method of their own.
enum JobPath {
    /// An id as a path segment; ids of launched jobs have a slash.
    static func segment(_ id: String) -> String {
        id.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
    }
}
