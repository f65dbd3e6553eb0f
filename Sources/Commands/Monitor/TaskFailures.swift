import Base

/// Why tasks of a deployment fail, told once each: a deployment alone only counts the unhealthy.
struct TaskFailures {
    private var told: Set<String> = []
    /// So many lines are shown of one look; large jobs tend to fail in one way.
    static let linesMax = 10

    /// Types of events that tell a cause. What follows from it ("Not Restarting") is left out.
    private static let causes: Set<String> = [
        "Driver Failure", "Setup Failure", "Failed Validation", "Failed Artifact Download", "Terminated",
    ]

    /// Lines for what is new in these allocations, in their order.
    mutating func news(_ allocations: [JSON], show: Show) -> [String] {
        var lines: [String] = []
        for (key, line) in allocations.flatMap({ Self.failures($0, show) }) where told.insert(key).inserted {
            lines.append(line)
        }
        if lines.count > Self.linesMax {
            lines = lines.prefix(Self.linesMax) + ["\(lines.count - Self.linesMax) more tasks failed"]
        }
        return lines
    }

    /// The newest failure of each task, with a key that tells it from the task's other failures.
    static func failures(_ allocation: JSON, _ show: Show) -> [(key: String, line: String)] {
        allocation.entries("TaskStates").compactMap { task, state in
            guard let event = state.list("Events").last(where: isCause) else { return nil }
            let id = allocation.text("ID")
            return (
                "\(id)/\(task)/\(event.int("Time"))",
                "Allocation \"\(show.id(id))\" task \"\(task)\": \(event.text("Type")): "
                    + AllocationLayout.eventText(event)
            )
        }
    }

    private static func isCause(_ event: JSON) -> Bool {
        guard causes.contains(event.text("Type")) else { return false }
        guard event.text("Type") == "Terminated" else { return true }
        return event.int("ExitCode") != 0 || event.int("Signal") != 0
    }
}
